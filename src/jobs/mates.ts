/**
 * Processes that have made a film ready: to do so takes seconds, so one stays for a while when its stretch is finished, for the
 * next of the same film.
 */
import type { JobProcess } from './child-process.js';

/** Milliseconds that one waits for the next stretch. */
const IDLE = 5000;

/** A process, and what it works for. */
export interface Mate {
  /** Id of the piece of work that it is ready for. */
  readonly work: string;
  readonly child: JobProcess;
  /** Lets go of the files that it works from. */
  readonly release: () => Promise<void>;
}

/** Those that wait. */
export class Mates<M extends Mate> {
  readonly #idle = new Map<M, NodeJS.Timeout>();
  readonly #leaving = new WeakMap<M, Promise<void>>();

  /** One that is ready for this work, or null; those that are ready for other work are sent away, for their memory. */
  async take(work: string): Promise<M | null> {
    let found: M | null = null;
    for (const [mate, timer] of [...this.#idle])
      if (mate.work === work && found === null) {
        this.#idle.delete(mate);
        clearTimeout(timer);
        found = mate;
      } else if (mate.work !== work) await this.dismiss(mate);
    return found;
  }

  /** Lets one wait for the next stretch. */
  rest(mate: M): void {
    mate.child.listen(() => undefined);
    this.#idle.set(
      mate,
      setTimeout(() => void this.dismiss(mate), IDLE),
    );
    // One that dies while it waits is of no use for the next stretch.
    void mate.child.ended.then(() => this.dismiss(mate));
  }

  /** Sends one away, once: whoever asks again waits for the same end. */
  dismiss(mate: M): Promise<void> {
    clearTimeout(this.#idle.get(mate));
    this.#idle.delete(mate);
    const leaving = this.#leaving.get(mate) ?? this.#end(mate);
    this.#leaving.set(mate, leaving);
    return leaving;
  }

  async #end(mate: M): Promise<void> {
    mate.child.end();
    await mate.child.ended;
    await mate.release();
  }

  /** Sends everybody away who waits. */
  async dismissAll(): Promise<void> {
    await Promise.all([...this.#idle.keys()].map((mate) => this.dismiss(mate)));
  }
}
