/**
 * Whether a property of the files tells the classes apart by more than chance. With twenty files of a class an AUC above .6
 * comes about by chance in every seventh property or so; a set is refused only where permuted labels hardly ever give as
 * strong a property, whichever it is (the largest of all statistics: Westfall and Young 1993).
 */
import { groupBy, Random } from '../../base/index.js';
import { auc } from '../metrics/index.js';

/** An AUC above this, by such a property alone, is a leak where it is not chance. */
export const SHORTCUT_LIMIT = 0.6;

/** How often a set without any shortcut is refused, all properties together. */
export const FALSE_REFUSALS = 0.05;

/** Classes with fewer files than this are not tested: no order of so few is rare enough. */
export const LEAST_TESTED = 5;

/** Labels are drawn anew so often. */
const ROUNDS = 999;

/** One property of the files, and how well it alone tells the classes apart. */
export interface Shortcut {
  readonly property: string;
  /** .5 (nothing) to 1, whichever way it points. */
  readonly auc: number;
  /** How often permuted labels give some property that is as strong. 1 where none of them exceeds the limit. */
  readonly p: number;
}

/** A property with its value for each file. */
export interface Property {
  readonly property: string;
  readonly values: readonly number[];
}

/** What the test has to know of a file. */
export interface Labelled {
  readonly fake: boolean;
  /** Files of one group are relabelled together: they are alike without any leak. */
  readonly group: string;
}

/** Ranks, ties in the middle, less their mean and over their spread; `null` where all values are the same. */
function standardRanks(values: readonly number[]): Float64Array | null {
  const n = values.length;
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(n);
  for (let i = 0; i < n; ) {
    let j = i;
    while (j < n && values[order[j] as number] === values[order[i] as number]) j++;
    for (let k = i; k < j; k++) ranks[order[k] as number] = (i + j + 1) / 2 - (n + 1) / 2;
    i = j;
  }
  const spread = Math.sqrt(ranks.reduce((sum, r) => sum + r * r, 0) / (n - 1));
  return spread === 0 ? null : ranks.map((r) => r / spread);
}

/** How far the ranks of the synthetic files lie from where chance would have them, in standard deviations. */
function distance(ranks: Float64Array, fake: Uint8Array, fakes: number): number {
  const n = ranks.length;
  let sum = 0;
  for (let i = 0; i < n; i++) if (fake[i] === 1) sum += ranks[i] as number;
  return Math.abs(sum) / Math.sqrt((fakes * (n - fakes)) / n);
}

/** Draws labels as they might be if they said nothing: over groups, and within those that hold both classes. */
function relabeller(files: readonly Labelled[]): (random: Random, into: Uint8Array) => void {
  const groups = [
    ...groupBy(
      files.map((f, i) => ({ i, ...f })),
      (f) => f.group,
    ).values(),
  ];
  const mixed = groups.filter((g) => g.some((f) => f.fake) && g.some((f) => !f.fake));
  const pure = groups.filter((g) => !mixed.includes(g));
  const set = (into: Uint8Array, i: number, fake: boolean): void => {
    into[i] = fake ? 1 : 0;
  };
  return (random, into) => {
    const labels = random.shuffle(pure.map((g) => g[0]?.fake === true));
    pure.forEach((g, k) => {
      for (const f of g) set(into, f.i, labels[k] === true);
    });
    for (const g of mixed) {
      const own = random.shuffle(g.map((f) => f.fake));
      g.forEach((f, k) => {
        set(into, f.i, own[k] === true);
      });
    }
  };
}

/**
 * Tests all properties together, strongest first; those that say nothing at all are left out.
 *
 * @param properties each with one value for each file
 * @param seed same seed, same answer
 */
export function testShortcuts(files: readonly Labelled[], properties: readonly Property[], seed = 1): Shortcut[] {
  const n = files.length;
  const fakes = files.filter((f) => f.fake).length;
  if (Math.min(fakes, n - fakes) < LEAST_TESTED) return [];
  const fake = Uint8Array.from(files, (f) => (f.fake ? 1 : 0));
  const own = properties.flatMap(({ property, values }) => {
    const ranks = standardRanks(values);
    if (ranks === null) return [];
    const one = auc(
      values.filter((_, i) => fake[i] === 0),
      values.filter((_, i) => fake[i] === 1),
    );
    return [{ property, ranks, far: distance(ranks, fake, fakes), auc: Math.max(one, 1 - one) }];
  });
  const above = new Map(own.filter((o) => o.auc > SHORTCUT_LIMIT).map((o) => [o.property, 0]));
  if (above.size > 0) {
    const random = new Random(seed);
    const relabel = relabeller(files);
    const labels = new Uint8Array(n);
    for (let round = 0; round < ROUNDS; round++) {
      relabel(random, labels);
      const count = labels.reduce((sum, l) => sum + l, 0);
      const most = Math.max(...own.map((o) => distance(o.ranks, labels, count)));
      for (const o of own) {
        const seen = above.get(o.property);
        if (seen !== undefined && most >= o.far - 1e-9) above.set(o.property, seen + 1);
      }
    }
  }
  return own
    .filter((o) => o.auc > 0.5)
    .map((o) => {
      const as = above.get(o.property);
      return { property: o.property, auc: o.auc, p: as === undefined ? 1 : (1 + as) / (1 + ROUNDS) };
    })
    .sort((a, b) => b.auc - a.auc);
}

/** Whether a property is a reason to refuse the set. */
export const isLeak = (s: Shortcut): boolean => s.auc > SHORTCUT_LIMIT && s.p <= FALSE_REFUSALS;
