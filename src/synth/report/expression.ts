/** What mouth and lids do, from landmarks: the two signals by which an expression is judged to have come across. */
import { correlation, deviation } from './stats.js';

function distance(points: Float32Array, a: number, b: number): number {
  return Math.hypot(
    (points[a * 3] as number) - (points[b * 3] as number),
    (points[a * 3 + 1] as number) - (points[b * 3 + 1] as number),
  );
}

/** Gap between the inner lips in heights of the face (forehead to chin); 0 is shut. */
export function mouthOpening(points: Float32Array): number {
  return distance(points, 13, 14) / Math.max(1e-6, distance(points, 10, 152));
}

/** Mean gap between the lids in widths of the eye; about 0.05 shut, 0.3 open. */
export function eyeOpening(points: Float32Array): number {
  const right = distance(points, 159, 145) / Math.max(1e-6, distance(points, 33, 133));
  const left = distance(points, 386, 374) / Math.max(1e-6, distance(points, 263, 362));
  return (right + left) / 2;
}

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
