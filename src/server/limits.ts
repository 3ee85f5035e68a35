/** Rate limits: a bucket of tokens for each caller that fills again with time. Kept in memory: one process, one count. */
import { HttpProblem } from './problem.js';

/** How much, how often. */
export interface Rate {
  /** Requests at once. */
  readonly burst: number;
  /** Requests that come back each second. */
  readonly perSecond: number;
  /** For the message: `sign-in attempts`. */
  readonly what: string;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Callers that are remembered at most; the one that was quiet longest goes first. */
const CALLERS = 10_000;

/** One limit for many callers. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /**
   * Takes one.
   *
   * @throws HttpProblem `request.rate` where none is left
   */
  take(caller: string, now: number = Date.now()): void {
    const { burst, perSecond, what } = this.#rate;
    const before = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) / 1000) * perSecond);
    // Put back at the end: the map's order is that of the last request.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: Math.max(0, tokens - 1), at: now });
    if (this.#buckets.size > CALLERS) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    if (tokens < 1) {
      const wait = Math.ceil((1 - tokens) / perSecond);
      throw new HttpProblem(429, 'request.rate', `Too many ${what}.`, {
        hint: `Try again in ${wait} second${wait === 1 ? '' : 's'}.`,
      });
    }
  }

  /** Forgets what a caller used up: it has proved to be somebody. */
  forget(caller: string): void {
    this.#buckets.delete(caller);
  }
}
