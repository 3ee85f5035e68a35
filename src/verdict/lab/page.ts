/** A bench as one HTML page with plots, and as a model card in Markdown. */
import { basename } from 'node:path';
import { escapeHtml, htmlPage } from '../../base/index.js';
import type { BenchReport, LevelFigures } from './bench.js';
import type { DetectorFigures, Share } from './figures.js';
import { PLOT_STYLE, plot } from './plots.js';

const NAMES = {
  original: 'as they are',
  web: 'web (JPEG 60, Opus 24)',
  hard: 'hard (half size, JPEG 40, Opus 12)',
} as const;

const two = (x: number): string => (Number.isFinite(x) ? x.toFixed(2).replace(/^0\./, '.') : 'none');
const span = ([a, b]: readonly [number, number]): string => `${two(a)} to ${two(b)}`;
const shareText = (s: Share): string => (s.of === 0 ? 'none' : `${s.hits} of ${s.of} (${span(s.interval)})`);

type Row = readonly string[];

function detectorRows(report: BenchReport): Row[] {
  return report.levels.flatMap(({ level, detectors }) =>
    Object.entries(detectors).map(([id, f]) => [
      id === 'fused' ? 'all together' : (report.titles[id] ?? id),
      NAMES[level],
      `${f.real} / ${f.fake}`,
      two(f.auc),
      span(f.aucInterval),
      two(f.tprAt1),
      two(f.tprAt5),
      two(f.eer),
    ]),
  );
}

const DETECTOR_HEAD: Row = ['Detector', 'Files', 'Real / fake', 'AUC', '95 %', 'TPR at 1 % FPR', 'at 5 %', 'EER'];

function verdictRows(levels: readonly LevelFigures[]): Row[] {
  return levels.flatMap(({ level, verdicts: v }) => [
    [NAMES[level], 'verdicts given', shareText(v.given)],
    [NAMES[level], 'right among them', shareText(v.accuracy)],
    ...v.falseAlarms.map((f) => [NAMES[level], `false alarms, ${f.source}`, shareText(f)]),
    ...v.misses.map((m) => [NAMES[level], `called authentic, ${m.generator}`, shareText(m)]),
    [NAMES[level], 'calibration error', two(v.ece)],
    ...v.ecePerSource.map((e) => [NAMES[level], `calibration error, ${e.source}`, two(e.ece)]),
  ]);
}

const VERDICT_HEAD: Row = ['Files', 'Figure', 'Seen'];

function generatorRows(report: BenchReport): Row[] {
  return report.levels.flatMap(({ level, detectors }) =>
    Object.entries(detectors).flatMap(([id, f]) =>
      f.generators.map((g) => [
        id === 'fused' ? 'all together' : (report.titles[id] ?? id),
        NAMES[level],
        g.generator,
        String(g.files),
        two(g.auc),
      ]),
    ),
  );
}

const GENERATOR_HEAD: Row = ['Detector', 'Files', 'Generator', 'Fakes', 'AUC against all real'];

const gateWords = ({ gates }: BenchReport): string[] => [
  gates.duplicates.length === 0
    ? 'No file is there twice.'
    : `${gates.duplicates.length} files are there twice, such as ${gates.duplicates[0]?.b}.`,
  gates.shortcuts.length === 0
    ? 'No property of the files tells the classes apart.'
    : `Strongest shortcut: ${gates.shortcuts[0]?.property}, AUC ${two(gates.shortcuts[0]?.auc ?? 0.5)} (limit .60).`,
  ...gates.remarks,
  ...gates.refusals.map((r) => `Leak: ${r} Measured on re-encoded copies only.`),
];

const table = (head: Row, rows: readonly Row[], name: string): string =>
  `<div class="wide" role="region" aria-label="${escapeHtml(name)}" tabindex="0"><table><thead><tr>${head.map((h) => `<th scope="col">${escapeHtml(h)}</th>`).join('')}</tr></thead><tbody>${rows.map((r) => `<tr>${r.map((c) => `<td>${escapeHtml(c)}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;

function plotsOf(report: BenchReport, { level, detectors, verdicts }: LevelFigures): string {
  const name = (id: string, f: DetectorFigures): string =>
    `${id === 'fused' ? 'all together' : (report.titles[id] ?? id)} (AUC ${two(f.auc)})`;
  const lines = Object.entries(detectors).map(([id, f]) => ({
    name: name(id, f),
    points: f.roc.map((p) => [p.fpr, p.tpr] as const),
  }));
  const worst = Math.max(0.05, ...verdicts.risk.map((r) => r.risk));
  return `<h3>Files ${NAMES[level]}</h3><div class="plots">${plot(lines, {
    title: 'ROC',
    x: 'false positive rate',
    y: 'true positive rate',
    words: `ROC at ${level}: ${lines.map((l) => l.name).join('; ')}.`,
    diagonal: true,
  })}${plot([{ name: 'all together', points: verdicts.reliability.map((b) => [b.claimed, b.observed] as const) }], {
    title: 'Reliability',
    x: 'claimed share synthetic',
    y: 'observed',
    words: `Claimed against observed share; calibration error ${two(verdicts.ece)}.`,
    diagonal: true,
  })}${plot([{ name: 'all together', points: verdicts.risk.map((r) => [r.coverage, r.risk] as const) }], {
    title: 'Risk and coverage',
    x: 'share answered, surest first',
    y: 'share wrong',
    words: 'How often the surest answers are wrong, as more of the files are answered.',
    top: Number(Math.min(1, worst * 1.1).toFixed(2)),
  })}</div>`;
}

/** The bench as a page. */
export function benchPage(report: BenchReport): string {
  const failed = report.failed.map((f) => `<li>${escapeHtml(`${f.name}: ${f.error}`)}</li>`).join('');
  return htmlPage(
    `Bench: ${basename(report.set)}`,
    `<header><h1>Bench on ${escapeHtml(basename(report.set))}</h1><p class="lead">${report.real} genuine and ${report.fake} synthetic files, ${escapeHtml(report.benchedAt.slice(0, 16).replace('T', ' '))} UTC. Intervals: 95 %, bootstrap by group for AUC, Wilson for shares.</p></header>
<main><h2>The set</h2><ul>${gateWords(report)
      .map((w) => `<li>${escapeHtml(w)}</li>`)
      .join('')}</ul>
<h2>Detectors</h2>${table(DETECTOR_HEAD, detectorRows(report), 'Detectors')}
${report.levels.map((l) => plotsOf(report, l)).join('\n')}
<h2>Generators</h2>${table(GENERATOR_HEAD, generatorRows(report), 'Generators')}
<h2>Verdicts</h2>${table(VERDICT_HEAD, verdictRows(report.levels), 'Verdicts')}
${failed === '' ? '' : `<h2>Not scored</h2><ul>${failed}</ul>`}</main>`,
    PLOT_STYLE,
  );
}

const markdown = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n');

/** The bench as a model card in Markdown: what was measured on what, and where it falls short. */
export function modelCardText(report: BenchReport): string {
  const weak = report.levels
    .flatMap(({ level, verdicts }) => verdicts.falseAlarms.map((f) => ({ level, ...f })))
    .filter((f) => f.share > 0.05)
    .map(
      (f) => `- ${NAMES[f.level]}: ${f.hits} of ${f.of} verdicts on genuine files of ${f.source} were false alarms.`,
    );
  return `# Model card: measured on ${basename(report.set)}

${report.real} genuine and ${report.fake} synthetic files, ${report.benchedAt.slice(0, 10)}. Intervals are 95 %.

## The set

${gateWords(report)
  .map((w) => `- ${w}`)
  .join('\n')}

## Detectors

${markdown(DETECTOR_HEAD, detectorRows(report))}

## Generators

${markdown(GENERATOR_HEAD, generatorRows(report))}

## Verdicts

${markdown(VERDICT_HEAD, verdictRows(report.levels))}

## Falls short

${weak.length === 0 ? '- No source had more than 5 % false alarms among the verdicts given.' : weak.join('\n')}
- Figures hold for these sources and generators. Others can be better or worse.
`;
}
