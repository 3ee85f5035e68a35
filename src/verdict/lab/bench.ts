/** `likeness lab bench`: from a labelled set to figures, for each detector and for the verdicts, at each compression. */
import { LikenessError, type LongWork } from '../../base/index.js';
import type { CopyLevel } from '../../detect/index.js';
import type { Calibration } from '../calibration.js';
import { readLineup } from '../lineup.js';
import { type Ablation, ablate, type CompressionLoss, compressionLosses } from './ablation.js';
import { leftOutWords, readLabSet, refuseOneClass } from './dataset.js';
import { type DetectorFigures, detectorFigures, type Scored, type VerdictFigures, verdictFigures } from './figures.js';
import { type GateFindings, gateSet, refuseLeaks } from './gates.js';
import { scoreSet } from './run.js';
import { LEVELS } from './score-file.js';
import type { LabFile, LeftOut, ScoredLabFile } from './types.js';

/** Figures at one level of compression. */
export interface LevelFigures {
  readonly level: CopyLevel;
  /** By detector id, and `fused` for all together. */
  readonly detectors: Readonly<Record<string, DetectorFigures>>;
  readonly verdicts: VerdictFigures;
  /** By cue: the fused ratio without it and with it alone. */
  readonly ablations: readonly Ablation[];
}

/** The result of a bench. */
export interface BenchReport {
  readonly version: 1;
  readonly set: string;
  readonly files: number;
  readonly real: number;
  readonly fake: number;
  /** Files in folders that say neither real nor fake. */
  readonly leftOut: readonly LeftOut[];
  readonly gates: GateFindings;
  readonly levels: readonly LevelFigures[];
  /** Every score at each later level against the first. */
  readonly compression: readonly CompressionLoss[];
  readonly titles: Readonly<Record<string, string>>;
  /** Files that could not be scored. */
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly scores: readonly ScoredLabFile[];
  readonly benchedAt: string;
}

/** How to bench. */
export interface BenchOptions extends LongWork {
  readonly levels?: readonly CopyLevel[] | undefined;
  /**
   * Measure although the files leak: every picture is then judged only after it was re-encoded like all others, so the
   * level `original` is left out. Files that are in both classes stay a refusal.
   */
  readonly equalise?: boolean;
  /** Told what should be known of the set, before the long part begins. */
  readonly onRemark?: (remark: string) => void;
}

/** Figures of scores at one level, with the calibration that they were weighed by. */
export function levelFigures(
  scores: readonly ScoredLabFile[],
  level: CopyLevel,
  calibration: Calibration,
): LevelFigures {
  const at = scores.flatMap((file) => {
    const found = file.levels.find((l) => l.level === level);
    return found === undefined ? [] : [{ file, found }];
  });
  const scored = (file: ScoredLabFile, score: number, llr: number | null): Scored => ({
    fake: file.fake,
    source: file.source,
    generator: file.generator,
    group: file.group,
    score,
    llr,
  });
  const ids = [...new Set(at.flatMap(({ found }) => Object.keys(found.detectors)))].sort();
  const fused = at.flatMap(({ file, found }) =>
    found.llr === null ? [] : [{ ...scored(file, found.llr, found.llr), label: found.label }],
  );
  const each = ids.map((id) => {
    const own = at.flatMap(({ file, found }) => {
      const one = found.detectors[id];
      return one === undefined ? [] : [scored(file, one.score, one.llr)];
    });
    return [id, detectorFigures(own)] as const;
  });
  return {
    level,
    detectors: Object.fromEntries([...each, ['fused', detectorFigures(fused)] as const]),
    // Files in which nothing could be weighed got no verdict, and count as such.
    verdicts: verdictFigures([
      ...fused,
      ...at.flatMap(({ file, found }) =>
        found.llr === null ? [{ ...scored(file, 0, null), label: 'inconclusive' as const }] : [],
      ),
    ]),
    ablations: ablate(scores, level, calibration),
  };
}

/**
 * Benches all detectors on a labelled set.
 *
 * @param set a folder or CSV, or files with their labels and what to call them together
 * @throws LikenessError `lab.leak` where the set gives the answer away, `lab.crossed` where pictures are in both classes, `lab.csv`, `lab.empty`,
 * `lab.one-class`
 */
export async function benchSet(
  set: string | { readonly name: string; readonly files: readonly LabFile[] },
  options: BenchOptions = {},
): Promise<BenchReport> {
  const {
    name: path,
    files,
    leftOut,
  } = typeof set === 'string' ? { name: set, ...(await readLabSet(set)) } : { ...set, leftOut: [] };
  const counts = { real: files.filter((f) => !f.fake).length, fake: files.filter((f) => f.fake).length };
  refuseOneClass(path, counts, leftOut);
  const gates = await gateSet(files, options);
  refuseOneClass(path, gates.readable, leftOut, ' that can be read');
  refuseLeaks(path, gates, options.equalise === true);
  for (const remark of [leftOutWords(leftOut), ...gates.remarks]) if (remark !== '') options.onRemark?.(remark);
  const wanted = LEVELS.filter(
    (l) => (options.levels ?? LEVELS).includes(l) && (options.equalise !== true || l !== 'original'),
  );
  if (wanted.length === 0)
    throw new LikenessError('lab.levels', 'With --equalise there are only the levels web and hard.', {
      hint: 'Leave out --levels.',
    });
  const { detectors, calibration } = await readLineup();
  const scores = await scoreSet(files, wanted, options);
  return {
    version: 1,
    set: path,
    files: files.length,
    ...counts,
    leftOut,
    gates,
    levels: wanted.map((level) => levelFigures(scores, level, calibration)),
    compression: compressionLosses(scores, wanted),
    titles: Object.fromEntries(detectors.map((d) => [d.id, d.title])),
    failed: scores.flatMap((s) => (s.error === null ? [] : [{ name: s.name, error: s.error }])),
    scores,
    benchedAt: new Date().toISOString(),
  };
}
