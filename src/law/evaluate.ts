/**
 * Conditions in three-valued logic (Kleene): `all` is the least, `any` the greatest of its parts, in the order
 * no < unknown < yes.
 */
import type { Fact, Facts, Truth } from './facts.js';
import type { Condition, LawMedium } from './schema.js';

/** What a condition is held against. */
export interface Situation {
  readonly facts: Facts;
  readonly medium?: LawMedium | undefined;
}

const RANK: Record<Truth, number> = { no: 0, unknown: 1, yes: 2 };
const least = (a: Truth, b: Truth): Truth => (RANK[a] <= RANK[b] ? a : b);
const greatest = (a: Truth, b: Truth): Truth => (RANK[a] >= RANK[b] ? a : b);

/** The opposite; unknown stays unknown. */
export function not(a: Truth): Truth {
  return a === 'unknown' ? a : a === 'yes' ? 'no' : 'yes';
}

/** Both. */
export function both(a: Truth, b: Truth): Truth {
  return least(a, b);
}

/** Whether a condition holds. No parts in `all` hold always. */
export function evaluate(of: Condition, situation: Situation): Truth {
  if (typeof of !== 'string')
    return 'all' in of
      ? of.all.map((part) => evaluate(part, situation)).reduce(least, 'yes')
      : of.any.map((part) => evaluate(part, situation)).reduce(greatest, 'no');
  const [name, value] = of.split('=') as [Fact | 'medium', string];
  if (name === 'medium') return situation.medium === undefined ? 'unknown' : situation.medium === value ? 'yes' : 'no';
  const known = situation.facts[name] ?? 'unknown';
  return value === 'yes' ? known : not(known);
}
