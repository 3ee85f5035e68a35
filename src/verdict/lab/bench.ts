/** `likeness lab bench`: from a labelled set to figures, for each detector and for the verdicts, at each compression. */
import { LikenessError, type LongWork } from '../../base/index.js';
import type { CopyLevel } from '../../detect/index.js';
import { readLineup } from '../lineup.js';
import { readLabSet } from './dataset.js';
import { type DetectorFigures, detectorFigures, type Scored, type VerdictFigures, verdictFigures } from './figures.js';
import { type GateFindings, gateSet, refuseLeaks } from './gates.js';
import { scoreSet } from './run.js';
import { LEVELS } from './score-file.js';
import type { LabFile, ScoredLabFile } from './types.js';

/** Figures at one level of compression. */
export interface LevelFigures {
  readonly level: CopyLevel;
  /** By detector id, and `fused` for all together. */
  readonly detectors: Readonly<Record<string, DetectorFigures>>;
  readonly verdicts: VerdictFigures;
}

/** The result of a bench. */
export interface BenchReport {
  readonly version: 1;
  readonly set: string;
  readonly files: number;
  readonly real: number;
  readonly fake: number;
  readonly gates: GateFindings;
  readonly levels: readonly LevelFigures[];
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
}

/** Figures of scores at one level. */
export function levelFigures(scores: readonly ScoredLabFile[], level: CopyLevel): LevelFigures {
  const at = scores.flatMap((file) => {
    const found = file.levels.find((l) => l.level === level);
    return found === undefined ? [] : [{ file, found }];
  });
  const scored = (file: ScoredLabFile, score: number): Scored => ({
    fake: file.fake,
    source: file.source,
    generator: file.generator,
    group: file.group,
    score,
  });
  const ids = [...new Set(at.flatMap(({ found }) => Object.keys(found.detectors)))].sort();
  const fused = at.flatMap(({ file, found }) =>
    found.llr === null ? [] : [{ ...scored(file, found.llr), label: found.label }],
  );
  const each = ids.map((id) => {
    const own = at.flatMap(({ file, found }) => {
      const one = found.detectors[id];
      return one === undefined ? [] : [scored(file, one.score)];
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
        found.llr === null ? [{ ...scored(file, 0), label: 'inconclusive' as const }] : [],
      ),
    ]),
  };
}

/**
 * Benches all detectors on a labelled set.
 *
 * @param set a folder or CSV, or files with their labels and what to call them together
 * @throws LikenessError `lab.leak` where the set gives the answer away, `lab.crossed` where pictures are in both classes, `lab.csv`, `lab.empty`
 */
export async function benchSet(
  set: string | { readonly name: string; readonly files: readonly LabFile[] },
  options: BenchOptions = {},
): Promise<BenchReport> {
  const { name: path, files } = typeof set === 'string' ? { name: set, files: await readLabSet(set) } : set;
  const gates = await gateSet(files, options);
  refuseLeaks(path, gates, options.equalise === true);
  const wanted = (options.levels ?? LEVELS).filter((l) => options.equalise !== true || l !== 'original');
  if (wanted.length === 0)
    throw new LikenessError('lab.levels', 'With --equalise there are only the levels web and hard.', {
      hint: 'Leave out --levels.',
    });
  const scores = await scoreSet(files, wanted, options);
  return {
    version: 1,
    set: path,
    files: files.length,
    real: files.filter((f) => !f.fake).length,
    fake: files.filter((f) => f.fake).length,
    gates,
    levels: wanted.map((level) => levelFigures(scores, level)),
    titles: Object.fromEntries((await readLineup()).detectors.map((d) => [d.id, d.title])),
    failed: scores.flatMap((s) => (s.error === null ? [] : [{ name: s.name, error: s.error }])),
    scores,
    benchedAt: new Date().toISOString(),
  };
}
