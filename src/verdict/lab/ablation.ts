/**
 * Ablations: what the verdicts' ratio would be worth without one of its cues, with that one alone, and what compression
 * takes from it. All from answers that are there; nothing is scored again.
 */
import type { CopyLevel } from '../../detect/index.js';
import type { Calibration } from '../calibration.js';
import type { WeighedCue } from '../fuse.js';
import { fusedRatio, judge } from '../judge.js';
import { type PairedAuc, pairedAucs } from '../metrics/index.js';
import type { LevelScore, ScoredLabFile } from './types.js';

/** One cue left out, and left alone. */
export interface Ablation {
  /** The detector. */
  readonly cue: string;
  /** Files in which it said anything, among those that have a fused ratio. */
  readonly spoke: number;
  /** All together, without it, against all together. */
  readonly without: PairedAuc;
  /** It alone, against all together. */
  readonly alone: PairedAuc;
  /** Files about which nothing is left without it; they count as even odds. */
  readonly silentWithout: number;
}

/** What a level of compression takes from a score. */
export interface CompressionLoss extends PairedAuc {
  /** A detector, or `fused`. */
  readonly detector: string;
  readonly level: CopyLevel;
  /** The mildest level measured, with which it is compared. */
  readonly against: CopyLevel;
  /** Files that have the score at both levels. */
  readonly files: number;
}

/** The fused ratio of a stored answer, from some of its cues; `null` where none of them has any weight. */
export function fuseAgain(
  { people, cues }: Pick<LevelScore, 'people' | 'cues'>,
  keep: (cue: WeighedCue) => boolean,
  calibration: Calibration,
): number | null {
  // The medium decides on obstacles only, which no ratio has.
  return fusedRatio(judge({ medium: 'picture', people, strange: [], cues: cues.filter(keep) }, calibration));
}

/** Leaves out each cue that has a weight in the fused ratio, and leaves it alone. */
export function ablate(scores: readonly ScoredLabFile[], level: CopyLevel, calibration: Calibration): Ablation[] {
  const files = scores.flatMap((file) => {
    const found = file.levels.find((l) => l.level === level);
    return found === undefined || found.llr === null ? [] : [{ fake: file.fake, group: file.group, found }];
  });
  const whole = files.map(({ found }) => found.llr ?? 0);
  // A mouth that does not follow its sound is an obstacle, never part of the ratio.
  const fused = (c: WeighedCue): boolean => c.hypothesis !== 'dub' && (calibration.weights[c.detector] ?? 1) > 0;
  const cues = new Set(files.flatMap(({ found }) => found.cues.filter(fused).map((c) => c.detector)));
  return [...cues].sort().map((cue) => {
    const without = files.map(({ found }) => fuseAgain(found, (c) => c.detector !== cue, calibration));
    const alone = files.map(({ found }) => fuseAgain(found, (c) => c.detector === cue, calibration));
    const even = (list: readonly (number | null)[]): number[] => list.map((llr) => llr ?? 0);
    const [a, b] = pairedAucs(files, whole, [even(without), even(alone)]) as [PairedAuc, PairedAuc];
    return {
      cue,
      spoke: alone.filter((llr) => llr !== null).length,
      without: a,
      alone: b,
      silentWithout: without.filter((llr) => llr === null).length,
    };
  });
}

const scoreAt = (file: ScoredLabFile, level: CopyLevel, id: string): number | null => {
  const found = file.levels.find((l) => l.level === level);
  return (id === 'fused' ? found?.llr : found?.detectors[id]?.score) ?? null;
};

/** Compares every score at each level with itself at the first, on the files that have both. */
export function compressionLosses(scores: readonly ScoredLabFile[], levels: readonly CopyLevel[]): CompressionLoss[] {
  const [against, ...others] = levels;
  if (against === undefined) return [];
  const ids = new Set(scores.flatMap((s) => s.levels.flatMap((l) => Object.keys(l.detectors))));
  return others.flatMap((level) =>
    [...[...ids].sort(), 'fused'].flatMap((detector) => {
      const both = scores.flatMap((file) => {
        const [before, after] = [scoreAt(file, against, detector), scoreAt(file, level, detector)];
        return before === null || after === null ? [] : [{ fake: file.fake, group: file.group, before, after }];
      });
      const [loss] = pairedAucs(
        both,
        both.map((f) => f.before),
        [both.map((f) => f.after)],
      );
      return loss === undefined ? [] : [{ detector, level, against, files: both.length, ...loss }];
    }),
  );
}
