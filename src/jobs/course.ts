/**
 * How long a whole job will take, from how earlier ones of the same kind went: which share of their time each stage took, and how
 * far this one came in the time that it had. Never exact; where it turns out to be wrong it says nothing rather than more.
 */
import type { JobInput, JobWhole } from './types.js';

/** Seconds by stage. */
export type Spent = Readonly<Record<string, number>>;

/** What is known of a job when an estimate is asked for. */
export interface Course {
  /** Shares of the stages in the time of earlier jobs; 1 together. Null where none is known. */
  readonly shares: Spent | null;
  /** Seconds so far, the current stage included. */
  readonly spent: Spent;
  readonly stage: string;
  /** 0..1 of the current stage, null where it is not known. */
  readonly done: number | null;
  /** Seconds of the current stage that are left by its own pace, null where that is not known. */
  readonly left: number | null;
  /** What was said last. */
  readonly before: JobWhole | null;
}

/** Seconds, and part of the whole, before which nothing is said. */
const SETTLE = 2;
const LEAST = 0.02;
/** How far a new estimate may lie above what was said, by factor and seconds, for that to stand. */
const HOLDS = 1.5;
const SLACK = 5;

/** Jobs whose stages take like shares of their time have one word. */
export function courseOf(input: JobInput): string {
  if (input.kind === 'train') return `train ${input.route.engine} ${input.route.training?.preset ?? ''}`.trim();
  if (input.kind !== 'render') return input.kind;
  const engines = [...new Set(input.routes.map(({ engine }) => engine))].sort().join('+');
  return `${input.trial === undefined ? 'render' : 'trial'} ${engines} ${input.quality}`;
}

const sum = (spent: Spent): number => Object.values(spent).reduce((total, seconds) => total + seconds, 0);

/** The mean share of each stage, every job counting alike however long it was; null without any. */
export function sharesOf(earlier: readonly Spent[]): Spent | null {
  const usable = earlier.filter((spent) => sum(spent) > 0);
  if (usable.length === 0) return null;
  const shares: Record<string, number> = {};
  for (const spent of usable)
    for (const [stage, seconds] of Object.entries(spent))
      shares[stage] = (shares[stage] ?? 0) + seconds / sum(spent) / usable.length;
  return shares;
}

/** A length of time as people say it: the longer, the rounder; rather a little too much. */
function round(seconds: number): number {
  const step = seconds < 60 ? 5 : seconds < 600 ? 15 : seconds < 3600 ? 60 : 300;
  return Math.ceil(seconds / step) * step;
}

/**
 * An estimate for the whole job, or null where there is nothing to tell. Its share never falls and its seconds never rise: where
 * more are left than was said, that stands a while, and where far more are left, no seconds are said.
 */
export function wholeOf({ shares, spent, stage, done, left, before }: Course): JobWhole | null {
  const total = sum(spent);
  if (shares === null || total < SETTLE) return before;
  const passed = Object.keys(spent).filter((each) => each !== stage);
  const share = (each: string): number => shares[each] ?? 0;
  const reached = passed.reduce((all, each) => all + share(each), 0) + (done ?? 0) * share(stage);
  if (reached < LEAST) return before;
  // What a share of 1 takes here.
  const pace = total / reached;
  const unbegun = Object.keys(shares).filter((each) => !(each in spent));
  const own = left ?? (1 - (done ?? 0)) * share(stage) * pace;
  const estimate = own + pace * unbegun.reduce((all, each) => all + share(each), 0);
  const said = before?.least ?? Number.POSITIVE_INFINITY;
  const now = round(estimate);
  const seconds = now <= said ? now : estimate <= HOLDS * said + SLACK ? said : null;
  return {
    share: Math.max(before?.share ?? 0, total / (total + estimate)),
    secondsLeft: seconds,
    least: Math.min(now, said),
  };
}
