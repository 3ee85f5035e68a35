/** How figures of the lab are written, and the tables of a bench: rows of text that the page and the card both show. */
import { escapeHtml } from '../../base/index.js';
import type { PairedAuc } from '../metrics/index.js';
import type { BenchReport, LevelFigures } from './bench.js';
import type { Share } from './figures.js';

/** The levels in words. */
export const LEVEL_NAMES = {
  original: 'as they are',
  web: 'web (JPEG 60, Opus 24)',
  hard: 'hard (half size, JPEG 40, Opus 12)',
} as const;

/** A line of a table. */
export type Row = readonly string[];

/** A table with its heading. */
export interface LabTable {
  readonly title: string;
  /** What a reader has to know of it; empty where the heads say it. */
  readonly words: string;
  readonly head: Row;
  readonly rows: readonly Row[];
}

/** A figure with two digits, `none` where there is none. */
export const two = (x: number): string => (Number.isFinite(x) ? x.toFixed(2).replace(/^(-?)0\./, '$1.') : 'none');

const span = ([a, b]: readonly [number, number]): string => `${two(a)} to ${two(b)}`;
const shareText = (s: Share): string => (s.of === 0 ? 'none' : `${s.hits} of ${s.of} (${span(s.interval)})`);

/** A change of an AUC with its sign and interval: `-.03 (-.05 to -.01)`. */
export const changeText = ({ change, interval }: Pick<PairedAuc, 'change' | 'interval'>): string => {
  const signed = (x: number): string => (x >= 0.005 ? `+${two(x)}` : two(x).replace(/^-\.00$/, '.00'));
  return Number.isFinite(change) ? `${signed(change)} (${interval.map(signed).join(' to ')})` : 'none';
};

/** What a detector is called. */
export const titleOf = (report: Pick<BenchReport, 'titles'>, id: string): string =>
  id === 'fused' ? 'all together' : (report.titles[id] ?? id);

/** Rows for each detector at each level. */
function byDetector(
  report: BenchReport,
  rowsOf: (figures: LevelFigures['detectors'][string], id: string) => readonly Row[],
): Row[] {
  return report.levels.flatMap(({ level, detectors }) =>
    Object.entries(detectors).flatMap(([id, f]) =>
      rowsOf(f, id).map((row) => [titleOf(report, id), LEVEL_NAMES[level], ...row]),
    ),
  );
}

/** What each detector is worth. */
export const detectorTable = (report: BenchReport): LabTable => ({
  title: 'Detectors',
  words: '',
  head: ['Detector', 'Files', 'Real / fake', 'AUC', '95 %', 'TPR at 1 % FPR', 'at 5 %', 'EER', 'Calibration error'],
  rows: byDetector(report, (f) => [
    [`${f.real} / ${f.fake}`, two(f.auc), span(f.aucInterval), two(f.tprAt1), two(f.tprAt5), two(f.eer), two(f.ece)],
  ]),
});

/** Genuine files of each source that a detector accuses. */
export const sourceTable = (report: BenchReport): LabTable => ({
  title: 'False alarms of each detector, by source',
  words: 'At the score that 5 % of all genuine files of the set reach, and by its calibrated ratio above even odds.',
  head: ['Detector', 'Files', 'Source', 'At 5 % of all', 'Rather synthetic'],
  rows: byDetector(report, (f) =>
    f.falseAlarms.map((a) => [
      a.source,
      shareText(a.atFive),
      a.leaning === null ? 'not calibrated' : shareText(a.leaning),
    ]),
  ),
});

/** Each generator against all genuine files. */
export const generatorTable = (report: BenchReport): LabTable => ({
  title: 'Generators',
  words: '',
  head: ['Detector', 'Files', 'Generator', 'Fakes', 'AUC against all real'],
  rows: byDetector(report, (f) => f.generators.map((g) => [g.generator, String(g.files), two(g.auc)])),
});

/** What the verdicts' ratio is without each cue, and with it alone. */
export const ablationTable = (report: BenchReport): LabTable => ({
  title: 'Ablations: which cue',
  words:
    'All together without a cue, and the cue alone, from the same answers fused again. Changes of the AUC against all together, with the 95 % interval of a paired bootstrap. Files about which nothing is left count as even odds.',
  head: ['Cue', 'Files', 'Spoke', 'AUC without', 'Change', 'Silent without', 'AUC alone', 'Change'],
  rows: report.levels.flatMap(({ level, ablations }) =>
    ablations.map((a) => [
      titleOf(report, a.cue),
      LEVEL_NAMES[level],
      String(a.spoke),
      two(a.without.auc),
      changeText(a.without),
      String(a.silentWithout),
      two(a.alone.auc),
      changeText(a.alone),
    ]),
  ),
});

/** What compression takes from each score. */
export const compressionTable = (report: BenchReport): LabTable => ({
  title: 'Ablations: which compression',
  words: 'On the files that have the score at both levels, paired as above.',
  head: ['Detector', 'Files', 'Against', 'Scored at both', 'AUC', 'Change'],
  rows: report.compression.map((c) => [
    titleOf(report, c.detector),
    LEVEL_NAMES[c.level],
    LEVEL_NAMES[c.against],
    String(c.files),
    two(c.auc),
    changeText(c),
  ]),
});

/** What the verdicts are worth. */
export const verdictTable = ({ levels }: BenchReport): LabTable => ({
  title: 'Verdicts',
  words: '',
  head: ['Files', 'Figure', 'Seen'],
  rows: levels.flatMap(({ level, verdicts: v }) =>
    [
      ['verdicts given', shareText(v.given)],
      ['right among them', shareText(v.accuracy)],
      ...v.falseAlarms.flatMap((f) => [
        [`false alarms among verdicts, ${f.source}`, shareText(f)],
        [`false alarms among all genuine files, ${f.source}`, shareText(f.ofAll)],
      ]),
      ...v.misses.flatMap((m) => [
        [`called authentic among verdicts, ${m.generator}`, shareText(m)],
        [`called authentic among all, ${m.generator}`, shareText(m.ofAll)],
      ]),
      ['calibration error', two(v.ece)],
      ...v.ecePerSource.map((e) => [`calibration error, ${e.source}`, two(e.ece)]),
    ].map((row) => [LEVEL_NAMES[level], ...row]),
  ),
});

/** A table as HTML, with its heading. */
export function tableHtml({ title, words, head, rows }: LabTable): string {
  const cells = (tag: string, row: Row): string =>
    row.map((c) => `<${tag}>${escapeHtml(c)}</${tag.slice(0, 2)}>`).join('');
  return `<h2>${escapeHtml(title)}</h2>${words === '' ? '' : `<p>${escapeHtml(words)}</p>`}<div class="wide" role="region" aria-label="${escapeHtml(title)}" tabindex="0"><table><thead><tr>${cells('th scope="col"', head)}</tr></thead><tbody>${rows.map((r) => `<tr>${cells('td', r)}</tr>`).join('')}</tbody></table></div>`;
}

/** A table as Markdown, with its heading. */
export function tableMarkdown({ title, words, head, rows }: LabTable): string {
  // A name may hold what would end a cell.
  const line = (r: Row): string => `| ${r.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return `## ${title}\n\n${words === '' ? '' : `${words}\n\n`}${[head, head.map(() => '---'), ...rows].map(line).join('\n')}`;
}
