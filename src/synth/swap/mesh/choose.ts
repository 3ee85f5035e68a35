/**
 * Which pictures of the source stand for a target's face. The upper and the lower half of the face choose apart, so that
 * a blink and a word need not have been filmed together. Each half takes a few pictures with weights that are a smooth
 * function of the target alone: nothing pops, no state is kept, and the same crop always gives the same face.
 */

/** Numbers of the drive vector (see `drive.ts`) and how much they count, upper and lower face. */
const UPPER: readonly (readonly [number, number])[] = [
  [0, 2.4],
  [1, 1.6],
  [2, 0.2],
  [14, 0.9],
  [15, 0.9],
  [16, 0.35],
  [17, 0.35],
  [18, 0.35],
  [19, 0.35],
  [20, 0.35],
  [22, 0.35],
];
const LOWER: readonly (readonly [number, number])[] = [
  [0, 2.2],
  [1, 1.4],
  [2, 0.2],
  [3, 1.2],
  [4, 0.5],
  [5, 0.5],
  [6, 0.8],
  [7, 0.5],
  [8, 0.3],
  [10, 0.3],
  [11, 0.5],
];

/** Pictures that are mixed at most. */
export const MIX = 3;

/** One picture and its share. */
export interface Choice {
  readonly index: number;
  /** The shares of a list add up to 1. */
  readonly weight: number;
}

/** The halves of the face. */
export type Half = 'upper' | 'lower';

/**
 * Chooses pictures for one half of a face.
 *
 * @param drive the target's, relative to the person in the target
 * @param drives the source's, relative to the source person
 * @param usable false for pictures that are too blurred
 */
export function choose(
  half: Half,
  drive: Float32Array,
  drives: readonly Float32Array[],
  usable: readonly boolean[],
): Choice[] {
  const weights = half === 'upper' ? UPPER : LOWER;
  const best: { index: number; distance: number }[] = [];
  for (let i = 0; i < drives.length; i++) {
    if (usable[i] === false) continue;
    const other = drives[i] as Float32Array;
    let distance = 0;
    for (const [k, w] of weights) {
      const d = (drive[k] as number) - (other[k] as number);
      distance += w * d * d;
    }
    if (best.length > MIX && distance >= (best[MIX] as { distance: number }).distance) continue;
    const at = best.findIndex((b) => distance < b.distance);
    best.splice(at < 0 ? best.length : at, 0, { index: i, distance });
    if (best.length > MIX + 1) best.pop();
  }
  // Weights fall to nothing at the first picture that is not taken, so that a change of the list is a change of nothing.
  const edge = best.length > MIX ? (best[MIX] as { distance: number }).distance + 1e-6 : Number.POSITIVE_INFINITY;
  const taken = best.slice(0, MIX);
  const nearest = (taken[0]?.distance ?? 0) + 1e-3;
  const raw = taken.map(({ distance }) => {
    const fade = edge === Number.POSITIVE_INFINITY ? 1 : Math.max(0, 1 - distance / edge);
    return fade ** 1.5 * (nearest / (distance + 1e-3)) ** 2;
  });
  const total = raw.reduce((a, b) => a + b, 0);
  if (total <= 1e-9) return taken.slice(0, 1).map(({ index }) => ({ index, weight: 1 }));
  return taken.map(({ index }, k) => ({ index, weight: (raw[k] as number) / total })).filter((c) => c.weight > 0.01);
}
