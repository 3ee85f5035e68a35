/** How likely a find is by chance alone. */
import { MESSAGE_BITS } from './bch.js';
import { TILE } from './pattern.js';

/** log10 of the probability that normal noise exceeds `z` (asymptotic series; exact enough from 2 on). */
function logTail(z: number): number {
  if (z < 2) return Math.log10(0.5) - (z < 0 ? 0 : z * 0.67);
  return (-z * z) / 2 / Math.LN10 - Math.log10(z * Math.sqrt(2 * Math.PI)) + Math.log10(1 - 1 / (z * z));
}

/**
 * log10 of a bound on the probability that bits of these strengths with signs by chance agree so well with any of the
 * 2^64 code words (Chernoff, exact in the strengths; then the sum over all code words). It holds for any way to search.
 */
export function logAgreement(soft: Float32Array, agreement: number): number {
  if (agreement <= 0) return 0;
  let least = 0;
  // Log-convex in the rate, which is about the strength of a bit: a coarse ladder is never too hopeful.
  for (let rate = 0.05; rate < 12; rate *= 1.15) {
    let sum = -rate * agreement;
    for (const v of soft) {
      const x = Math.abs(rate * v);
      sum += x + Math.log1p(Math.exp(-2 * x)) - Math.LN2;
    }
    least = Math.min(least, sum);
  }
  return Math.min(0, least / Math.LN10 + MESSAGE_BITS * Math.log10(2));
}

/**
 * log10 of the probability that an unmarked picture gives such a find.
 *
 * @param peak of the sync pattern, in deviations
 * @param data of {@link logAgreement}
 * @param layouts ways of laying the tile out whose slots were tried; of the slots of one, each fits one payload in so many
 * @param places scales, angles and orientations that were looked at
 */
export function logOdds(peak: number, data: number, layouts: number, places: number): number {
  // The peak is the largest of all shifts at all places.
  const sync = Math.min(0, logTail(peak) + Math.log10(TILE * TILE * places));
  return sync + Math.min(0, data + Math.log10(layouts));
}
