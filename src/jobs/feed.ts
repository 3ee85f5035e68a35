/** What happens to jobs, as it happens: one look at the database for however many listeners, wherever the workers are. */
import type { JobStore } from './store.js';
import type { Job } from './types.js';

/** Milliseconds between two looks. */
const EVERY = 300;
/** Changes that are looked at twice: of two that overlap, the later number may be seen first. */
const OVERLAP = 50;

/** Told of a job that changed; the same change may come twice. */
export type JobListener = (job: Job) => void;

/** See the head of this file. */
export class JobFeed {
  readonly #store: JobStore;
  readonly #listeners = new Set<JobListener>();
  readonly #seen = new Map<string, number>();
  #last = -1;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** Listens until the returned function is called. */
  listen(listener: JobListener): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), EVERY);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (this.#last < 0) this.#last = await this.#store.lastChange();
      for (const job of await this.#store.changedSince(this.#last - OVERLAP)) {
        this.#last = Math.max(this.#last, job.change);
        if (this.#seen.get(job.id) === job.change) continue;
        this.#seen.set(job.id, job.change);
        for (const listener of this.#listeners) listener(job);
      }
      for (const [id, change] of this.#seen) if (change < this.#last - 2 * OVERLAP) this.#seen.delete(id);
    } catch {
      // The database does not answer for a moment; the next look finds what came meanwhile.
    } finally {
      this.#looking = false;
    }
  }

  /** Stops looking. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#last = -1;
    this.#seen.clear();
  }
}
