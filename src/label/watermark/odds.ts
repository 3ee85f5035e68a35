/** How likely a find is by chance alone. */
import { CODE_BITS, MESSAGE_BITS } from './bch.js';
import { SLOTS, TILE } from './pattern.js';

/** log10 of the probability that normal noise exceeds `z` (asymptotic series; exact enough from 2 on). */
function logTail(z: number): number {
  if (z < 2) return Math.log10(0.5) - (z < 0 ? 0 : z * 0.67);
  return (-z * z) / 2 / Math.LN10 - Math.log10(z * Math.sqrt(2 * Math.PI)) + Math.log10(1 - 1 / (z * z));
}

/** Share of all words that lie within `errors` wrong bits of a code word, as log10. */
function logCovered(errors: number): number {
  let term = 1;
  let sum = 1;
  for (let i = 1; i <= errors; i++) {
    term *= (CODE_BITS - i + 1) / i;
    sum += term;
  }
  return Math.log10(sum) - (CODE_BITS - MESSAGE_BITS) * Math.log10(2);
}

/**
 * log10 of the probability that an unmarked picture gives such a find.
 *
 * @param peak of the sync pattern, in deviations
 * @param errors bits that were mended
 * @param trials words that were given to the decoder at this place
 * @param places scales, angles and orientations that were looked at
 */
export function logOdds(peak: number, errors: number, trials: number, places: number): number {
  // The peak is the largest of all shifts at all places; the word had `trials` chances, each also to fit its slot.
  const sync = Math.min(0, logTail(peak) + Math.log10(TILE * TILE * places));
  return sync + Math.min(0, logCovered(errors) + Math.log10(Math.max(1, trials / SLOTS)));
}
