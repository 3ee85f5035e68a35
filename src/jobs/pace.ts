/** How long a stage will take, from how it went so far. */
import type { ProgressEvent } from '../base/index.js';
import type { JobProgress } from './types.js';

/** Seconds before which a pace says nothing. */
const SETTLE = 2;

/** Follows one job through its stages. */
export class Pace {
  #stage = '';
  #since = 0;
  #from = 0;

  /** @param now seconds */
  at(event: ProgressEvent, now: number = performance.now() / 1000): JobProgress {
    if (event.stage !== this.#stage || event.done < this.#from) {
      this.#stage = event.stage;
      this.#since = now;
      this.#from = event.done;
    }
    const { stage, done, total, unit, note } = event;
    const spent = now - this.#since;
    const made = done - this.#from;
    const left = total > 0 && made > 0 && spent >= SETTLE ? ((total - done) * spent) / made : null;
    return {
      stage,
      done,
      total,
      unit,
      note: note ?? null,
      share: total > 0 ? Math.min(1, done / total) : null,
      secondsLeft: left === null ? null : Math.max(0, Math.round(left)),
    };
  }
}
