/** How well the expression came across: one signal of the face in the output against the same in the target. */
import { correlation, deviation } from './stats.js';

/** How well one signal follows another. */
export interface Following {
  /** Pearson's correlation, 1 is perfect timing. */
  readonly correlation: number;
  /** Standard deviation of the output's signal over the target's, 1 is equally strong. */
  readonly amplitude: number;
}

/** Compares the output's signal with the target's, frame by frame. NaN where the target's never changes. */
export function following(output: readonly number[], target: readonly number[]): Following {
  const moved = deviation(target);
  return {
    correlation: correlation(output, target),
    amplitude: moved === 0 ? Number.NaN : deviation(output) / moved,
  };
}
