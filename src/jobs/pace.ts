/** How long a stage, and a whole job, will take, from how it went so far. */
import type { ProgressEvent } from '../base/index.js';
import { type Spent, wholeOf } from './course.js';
import type { JobProgress, JobWhole } from './types.js';

/** Seconds before which a pace says nothing. */
const SETTLE = 2;

/** What went before, and what is known of jobs like this one. */
export interface Past {
  /** Seconds by stage before this process had the job. */
  readonly spent: Spent;
  readonly shares: Spent | null;
  /** What was said last of the whole. */
  readonly whole: JobWhole | null;
}

/** Follows one job through its stages. */
export class Pace {
  readonly #shares: Spent | null;
  readonly #spent: Record<string, number>;
  #whole: JobWhole | null;
  #stage = '';
  #since: number | null = null;
  #from = 0;
  #last: number;

  /** @param now seconds */
  constructor(past: Past = { spent: {}, shares: null, whole: null }, now: number = performance.now() / 1000) {
    this.#shares = past.shares;
    this.#spent = { ...past.spent };
    this.#whole = past.whole;
    this.#last = now;
  }

  /** Seconds by stage, all processes together. */
  get spent(): Spent {
    return this.#spent;
  }

  /** Counts the time until now to the stage that it passed in. */
  settle(now: number = performance.now() / 1000): void {
    if (this.#stage !== '') this.#spent[this.#stage] = (this.#spent[this.#stage] ?? 0) + now - this.#last;
    this.#last = now;
  }

  /** @param now seconds */
  at(event: ProgressEvent, now: number = performance.now() / 1000): JobProgress {
    const { stage, done, total, unit, note } = event;
    // What came before the first stage is its beginning.
    if (this.#stage === '') this.#stage = stage;
    this.settle(now);
    if (stage !== this.#stage || done < this.#from || this.#since === null) {
      this.#stage = stage;
      this.#since = now;
      this.#from = done;
      this.#spent[stage] ??= 0;
    }
    const spent = now - this.#since;
    const made = done - this.#from;
    const left = total > 0 && made > 0 && spent >= SETTLE ? ((total - done) * spent) / made : null;
    const share = total > 0 ? Math.min(1, done / total) : null;
    const course = { shares: this.#shares, spent: this.#spent, stage, done: share, left, before: this.#whole };
    this.#whole = wholeOf(course);
    return {
      stage,
      done,
      total,
      unit,
      note: note ?? null,
      share,
      secondsLeft: left === null ? null : Math.max(0, Math.round(left)),
      whole: this.#whole,
    };
  }
}
