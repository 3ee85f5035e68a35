/** How sure a figure is: bootstrap intervals (Efron 1979), drawn by group so that near-copies do not count as many. */
import { groupBy, Random } from '../../base/index.js';

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number];

/**
 * The percentile bootstrap interval of a figure.
 *
 * @param items what the figure is taken of
 * @param groupOf items with the same group are drawn together
 * @param figure of a sample; NaN samples are left out
 * @param rounds resamplings
 * @param seed same seed, same interval
 */
export function bootstrapInterval<T>(
  items: readonly T[],
  groupOf: (item: T) => string,
  figure: (sample: readonly T[]) => number,
  rounds = 1000,
  seed = 1,
): Interval {
  const groups = [...groupBy(items, groupOf).values()];
  const random = new Random(seed);
  const values: number[] = [];
  for (let r = 0; r < rounds; r++) {
    const sample: T[] = [];
    for (let g = 0; g < groups.length; g++) sample.push(...(groups[random.int(groups.length)] ?? []));
    const value = figure(sample);
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (q: number): number =>
    values[Math.min(values.length - 1, Math.max(0, Math.round(q * (values.length - 1))))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/**
 * Wilson's 95 % interval (1927) of a share, also honest at 0 of n.
 *
 * @param hits of `n`
 */
export function wilson(hits: number, n: number): Interval {
  if (n === 0) return [0, 1];
  const z = 1.96;
  const p = hits / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
