/**
 * Whether one score ranks better than another on the same files: the difference of their AUC with a paired bootstrap
 * interval. Both are taken of the same draws, so what is hard for both does not widen the interval.
 */
import { groupBy, Random } from '../../base/index.js';
import type { Interval } from './bootstrap.js';
import { auc } from './roc.js';

/** What is known of a file beside its scores. */
export interface PairedFile {
  readonly fake: boolean;
  /** Files of one group are drawn together. */
  readonly group: string;
}

/** How a score compares with the first. */
export interface PairedAuc {
  readonly auc: number;
  /** Its AUC less that of the first: below zero where it ranks worse. */
  readonly change: number;
  readonly interval: Interval;
}

/** An AUC of files that are there several times, in time that grows with their number only. */
function drawnAuc(scores: readonly number[], files: readonly PairedFile[]): (counts: Uint32Array) => number {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  return (counts) => {
    let [sum, reals, fakes] = [0, 0, 0];
    for (let i = 0; i < order.length; ) {
      let [real, fake] = [0, 0];
      const score = scores[order[i] as number];
      for (; i < order.length && scores[order[i] as number] === score; i++) {
        const file = order[i] as number;
        if (files[file]?.fake === true) fake += counts[file] as number;
        else real += counts[file] as number;
      }
      sum += fake * (reals + real / 2);
      reals += real;
      fakes += fake;
    }
    return reals === 0 || fakes === 0 ? Number.NaN : sum / (reals * fakes);
  };
}

/**
 * Compares scores of the same files with the first of them. NaN where a class is empty.
 *
 * @param files as many as there are scores in each list
 * @param first what is compared with
 * @param others any number of lists of scores
 * @param rounds resamplings
 * @param seed same seed, same intervals
 */
export function pairedAucs(
  files: readonly PairedFile[],
  first: readonly number[],
  others: readonly (readonly number[])[],
  rounds = 1000,
  seed = 1,
): PairedAuc[] {
  const of = (scores: readonly number[]): number =>
    auc(
      scores.filter((_, i) => files[i]?.fake === false),
      scores.filter((_, i) => files[i]?.fake === true),
    );
  const whole = of(first);
  if (others.length === 0 || !Number.isFinite(whole))
    return others.map(() => ({ auc: Number.NaN, change: Number.NaN, interval: [Number.NaN, Number.NaN] }));
  const groups = [...groupBy(files.keys(), (i) => files[i]?.group).values()];
  const random = new Random(seed);
  const base = drawnAuc(first, files);
  const drawn = others.map((scores) => ({ figure: drawnAuc(scores, files), changes: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    const counts = new Uint32Array(files.length);
    for (let g = 0; g < groups.length; g++)
      for (const i of groups[random.int(groups.length)] ?? []) counts[i] = (counts[i] as number) + 1;
    const now = base(counts);
    if (Number.isFinite(now)) for (const d of drawn) d.changes.push(d.figure(counts) - now);
  }
  return others.map((scores, k) => {
    const changes = (drawn[k]?.changes ?? []).sort((a, b) => a - b);
    const at = (q: number): number => changes[Math.round(q * (changes.length - 1))] ?? Number.NaN;
    const own = of(scores);
    return { auc: own, change: own - whole, interval: [at(0.025), at(0.975)] };
  });
}
