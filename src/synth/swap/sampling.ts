/**
 * Which pictures a training batch takes. People mostly look ahead with closed mouths; drawn evenly, a net learns little
 * else. Pictures are drawn in inverse proportion to how common their pose and expression are in the set.
 */
import type { Random } from '../../base/index.js';

/** Draws indices with fixed probabilities (Vose's alias method: one draw costs two random numbers). */
export class WeightedPicker {
  #probability: Float64Array;
  #alias: Int32Array;

  /** @param weights one positive number per item */
  constructor(weights: readonly number[]) {
    const n = weights.length;
    const sum = weights.reduce((a, b) => a + b, 0);
    this.#probability = new Float64Array(n).fill(1);
    this.#alias = Int32Array.from(weights, (_, i) => i);
    const scaled = Float64Array.from(weights, (w) => (w / sum) * n);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < n; i++) ((scaled[i] as number) < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const s = small.pop() as number;
      const l = large[large.length - 1] as number;
      this.#probability[s] = scaled[s] as number;
      this.#alias[s] = l;
      scaled[l] = (scaled[l] as number) - (1 - (scaled[s] as number));
      if ((scaled[l] as number) < 1) {
        large.pop();
        small.push(l);
      }
    }
  }

  /** The next index. */
  pick(random: Random): number {
    const i = random.int(this.#alias.length);
    return random.float() < (this.#probability[i] as number) ? i : (this.#alias[i] as number);
  }
}

/**
 * Weights that even out a set over the given features.
 *
 * For each picture the local density is estimated per feature with a Gaussian kernel of half a standard deviation; the
 * weight is the product of `density ^ -power`, limited to `limit` times the median so that a lone outlier, often a
 * tracking error, does not fill the batches.
 *
 * @param features one row per picture, the same columns in each
 */
export function balanceWeights(features: readonly (readonly number[])[], power = 0.5, limit = 8): number[] {
  const n = features.length;
  const columns = features[0]?.length ?? 0;
  const weights = new Array<number>(n).fill(1);
  for (let c = 0; c < columns; c++) {
    const values = features.map((row) => row[c] as number);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
    if (deviation < 1e-6) continue;
    const bins = 48;
    const low = mean - 3 * deviation;
    const width = (6 * deviation) / bins;
    const histogram = new Float64Array(bins);
    const binOf = (v: number): number => Math.min(bins - 1, Math.max(0, Math.floor((v - low) / width)));
    for (const v of values) {
      const b = binOf(v);
      histogram[b] = (histogram[b] as number) + 1;
    }
    const smooth = new Float64Array(bins);
    for (let i = 0; i < bins; i++)
      for (let j = 0; j < bins; j++)
        smooth[i] = (smooth[i] as number) + (histogram[j] as number) * Math.exp(-0.5 * ((i - j) / 4) ** 2);
    for (let i = 0; i < n; i++)
      weights[i] = (weights[i] as number) * Math.max(1, smooth[binOf(values[i] as number)] as number) ** -power;
  }
  const median = [...weights].sort((a, b) => a - b)[n >> 1] ?? 1;
  return weights.map((w) => Math.min(w, median * limit));
}
