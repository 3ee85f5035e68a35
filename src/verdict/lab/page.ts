/** A bench as one HTML page with plots, and as a model card in Markdown. */
import { basename } from 'node:path';
import { escapeHtml, htmlPage } from '../../base/index.js';
import type { BenchReport, LevelFigures } from './bench.js';
import { leftOutWords } from './dataset.js';
import type { DetectorFigures } from './figures.js';
import { PLOT_STYLE, plot } from './plots.js';
import {
  ablationTable,
  compressionTable,
  detectorTable,
  generatorTable,
  LEVEL_NAMES,
  sourceTable,
  tableHtml,
  tableMarkdown,
  titleOf,
  two,
  verdictTable,
} from './tables.js';

const gateWords = ({ gates, leftOut }: BenchReport): string[] => [
  ...(leftOut.length === 0 ? [] : [leftOutWords(leftOut)]),
  gates.duplicates.length === 0
    ? 'No file is there twice.'
    : `${gates.duplicates.length} files are there twice, such as ${gates.duplicates[0]?.b}.`,
  gates.shortcuts.length === 0
    ? 'No property of the files tells the classes apart.'
    : `Strongest shortcut: ${gates.shortcuts[0]?.property}, AUC ${two(gates.shortcuts[0]?.auc ?? 0.5)} (limit .60).`,
  ...gates.remarks,
  ...gates.refusals.map((r) => `This leaks: ${r} Measured on re-encoded copies only.`),
];

function plotsOf(report: BenchReport, { level, detectors, verdicts }: LevelFigures): string {
  const name = (id: string, f: DetectorFigures): string => `${titleOf(report, id)} (AUC ${two(f.auc)})`;
  const lines = Object.entries(detectors).map(([id, f]) => ({
    name: name(id, f),
    points: f.roc.map((p) => [p.fpr, p.tpr] as const),
  }));
  const worst = Math.max(0.05, ...verdicts.risk.map((r) => r.risk));
  return `<h3>Files ${LEVEL_NAMES[level]}</h3><div class="plots">${plot(lines, {
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
${tableHtml(detectorTable(report))}
${report.levels.map((l) => plotsOf(report, l)).join('\n')}
${[sourceTable, generatorTable, ablationTable, compressionTable, verdictTable].map((t) => tableHtml(t(report))).join('\n')}
${failed === '' ? '' : `<h2>Not scored</h2><ul>${failed}</ul>`}</main>`,
    PLOT_STYLE,
  );
}

/** The bench as a model card in Markdown: what was measured on what, and where it falls short. */
export function modelCardText(report: BenchReport): string {
  const weak = report.levels
    .flatMap(({ level, verdicts }) => verdicts.falseAlarms.map((f) => ({ level, ...f })))
    .filter((f) => f.share > 0.05)
    .map(
      (f) =>
        `- ${LEVEL_NAMES[f.level]}: ${f.hits} of ${f.of} verdicts on genuine files of ${f.source} were false alarms.`,
    );
  return `# Model card: measured on ${basename(report.set)}

${report.real} genuine and ${report.fake} synthetic files, ${report.benchedAt.slice(0, 10)}. Intervals are 95 %.

## The set

${gateWords(report)
  .map((w) => `- ${w}`)
  .join('\n')}

${[detectorTable, sourceTable, generatorTable, ablationTable, compressionTable, verdictTable].map((t) => tableMarkdown(t(report))).join('\n\n')}

## Falls short

${weak.length === 0 ? '- No source had more than 5 % false alarms among the verdicts given.' : weak.join('\n')}
- Figures hold for these sources and generators. Others can be better or worse.
`;
}
