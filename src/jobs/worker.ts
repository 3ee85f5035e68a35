/** A worker: takes tickets, does each job in a child process, writes down how it goes, and obeys pause and cancel. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDiskFull, messageOf, type ProgressEvent } from '../base/index.js';
import { JobFiles } from './blobs/job-files.js';
import type { BlobStore } from './blobs/store.js';
import { JobProcess } from './child-process.js';
import { Crew } from './crew.js';
import { Desk } from './guest/desk.js';
import { GuestHand } from './guest/hand.js';
import { ATTEMPTS, askChild, deadForGood, errorOf, fullDisk, type Outcome, stoppedOnly, waitsFor } from './outcome.js';
import { Pace } from './pace.js';
import type { PartTicket } from './parts.js';
import { type JobQueue, LANES, type Lane, laneOf, type Ticket } from './queue.js';
import { freeBytes, KEEP, ROOM } from './room.js';
import type { JobStore, OnMade } from './store.js';
import type { Job } from './types.js';

/** Milliseconds between two looks at what is wanted of a job. */
const LISTEN = 500;
/** The folder or project is held by a run whose death has not been noticed yet. */
const BUSY = /\.(busy|locked)$/;
/** Milliseconds before a busy job is tried again. */
const BUSY_WAIT = 2000;

/** What a worker is given. */
export interface WorkerOptions {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly blobs: BlobStore;
  /** Jobs at once; those of the house run beside the quick ones. */
  readonly parallel: WorkerSize;
  /** True where this machine has not the keys and records of the studio: it takes what needs none of them, and asks. */
  readonly guest: boolean;
  readonly onMade: OnMade;
  readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
}

/** How many jobs at once: checks and analyses, and training and rendering. */
export interface WorkerSize {
  readonly quick: number;
  readonly long: number;
}

/** A job under way. */
interface Run {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

const hasRoom = async (): Promise<boolean> => (await freeBytes()) >= ROOM;

/** Why a job is to stop. */
type Wanted = 'paused' | 'cancelled' | 'gone' | 'full';

/** What is under way: how it is done, and who is told how it goes. */
interface Work {
  /** Under which it is known here. */
  readonly id: string;
  readonly job: Job;
  /**
   * Tells the database how far it is.
   *
   * @returns why it is to stop, null where it is not
   */
  readonly report: (event: ProgressEvent | null) => Promise<Wanted | null>;
  readonly part: 'plan' | 'finish' | number;
}

/** See the head of this file. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #files: JobFiles;
  readonly #crew: Crew;
  readonly #running = new Map<string, Run>();
  /** Answers guests, where this machine has the keys and records of the studio; else asks. */
  #desk: Desk | null = null;
  #hand: GuestHand | null = null;
  #closing = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#files = new JobFiles(options.blobs);
    const { store, blobs } = options;
    this.#crew = new Crew(this.#files, {
      key: (job) => store.keys.get(job),
      guests: async () => blobs.shared && (await store.presence.has(true)),
      pack: (job, pack) => store.parts.pack(job, pack),
    });
  }

  /** Jobs under way in this worker. */
  get running(): number {
    return this.#running.size + (this.#hand?.running ?? 0);
  }

  /** Starts taking tickets. */
  async start(): Promise<void> {
    const { queue, parallel, guest, store, blobs, log } = this.#options;
    const sizes: Readonly<Record<Lane, number>> = {
      quick: parallel.quick,
      long: guest ? 0 : parallel.long,
      house: guest ? 0 : parallel.quick,
    };
    for (const lane of LANES)
      if (sizes[lane] > 0)
        await queue.work(lane, sizes[lane], ({ part, ...ticket }) =>
          part === undefined ? this.#serve(ticket) : this.#servePart({ ...ticket, part }),
        );
    // Guests have the files from a bucket; without one there are none.
    if (!blobs.shared) return;
    const who = { store, blobs, name: this.#name, log };
    if (!guest) {
      this.#desk = new Desk(who);
      await this.#desk.start();
    } else if (parallel.long > 0) {
      this.#hand = new GuestHand({ ...who, parallel: parallel.long });
      await this.#hand.start();
    }
  }

  /** Stops all jobs at their next safe point and puts them back into the queue. */
  async close(): Promise<void> {
    this.#closing = true;
    const runs = [...this.#running.values()];
    for (const { stop } of runs) stop();
    await Promise.all(runs.map(({ ended }) => ended));
    await this.#crew.rest();
    await this.#hand?.close();
    await this.#desk?.close();
  }

  async #serve(ticket: Ticket): Promise<void> {
    const { store, log } = this.#options;
    if (this.#closing) return;
    const job = await store.claim(ticket, this.#name);
    if (job === null) return;
    log('job started', { job: job.id, kind: job.kind, attempt: job.attempts });
    if (!(await hasRoom())) {
      await store.putDown(job.id, this.#name, 'paused', fullDisk());
      return;
    }
    const { spent, progress, course } = job;
    const pace = new Pace({ spent, shares: await store.courses.shares(course), whole: progress?.whole ?? null });
    const { outcome, wanted } = await this.#run({
      id: job.id,
      job,
      part: job.plan === null ? 'plan' : 'finish',
      report: async (event) => {
        const answer = await store.report(job.id, this.#name, event === null ? null : pace.at(event), pace.spent);
        return answer === null ? 'gone' : answer.wanted;
      },
    });
    pace.settle();
    await this.#whenItCan(async () => {
      await store.noteSpent(job.id, this.#name, pace.spent);
      await this.#conclude(job, outcome, wanted);
    });
    log('job ended', { job: job.id, kind: job.kind, outcome: outcome.type });
  }

  /** One stretch of a render that is shared out. */
  async #servePart(ticket: PartTicket): Promise<void> {
    const { store, log } = this.#options;
    const { parts } = store;
    if (this.#closing) return;
    const attempt = await parts.claim(ticket, this.#name);
    const job = attempt === null ? null : await store.get(ticket.job);
    if (attempt === null || job === null) return;
    const number = ticket.part.number;
    log('part started', { job: job.id, part: number, attempt });
    if (!(await hasRoom())) {
      await parts.putDown(ticket, this.#name, 'paused', fullDisk());
      return;
    }
    const { outcome, wanted } = await this.#run({
      id: `${job.id}/${number}`,
      job,
      part: number,
      report: async (event) => {
        const done = event?.stage === 'swapping' ? event.done : null;
        return (await parts.report(ticket, this.#name, done)) ? null : 'gone';
      },
    });
    await this.#whenItCan(() => this.#concludePart(ticket, attempt, outcome, wanted));
    log('part ended', { job: job.id, part: number, outcome: outcome.type });
  }

  /** Writes down how something ended: where the database has no room for that, as soon as it has. */
  async #whenItCan(write: () => Promise<void>): Promise<void> {
    for (;;)
      try {
        return await write();
      } catch (thrown) {
        if (!isDiskFull(thrown) || this.#closing) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, LISTEN));
      }
  }

  /** Does a piece of work to its end, and listens meanwhile whether it is still wanted. */
  async #run(work: Work): Promise<{ outcome: Outcome; wanted: Wanted | null }> {
    const abort = new AbortController();
    let latest: ProgressEvent | null = null;
    let wanted: Wanted | null = null;
    let child: JobProcess | null = null;
    const stop = (): void => {
      abort.abort();
      child?.stop();
    };
    const look = async (): Promise<void> => {
      const event = latest;
      latest = null;
      const answer = await work.report(event).catch(() => null);
      // Where the database did not answer the work goes on, and is told to stop if it turns out to be another's.
      if (wanted !== null) return;
      wanted = answer ?? ((await freeBytes()) < KEEP ? 'full' : null);
      if (wanted === null) return;
      // A job is another's only where this worker was thought dead; a part also where its job is paused or has failed.
      if (wanted === 'gone' && typeof work.part !== 'number') {
        abort.abort();
        child?.kill();
      } else stop();
    };
    let looking = false;
    const timer = setInterval(() => {
      if (looking) return;
      looking = true;
      void look().finally(() => {
        looking = false;
      });
    }, LISTEN);
    const onProgress = (event: ProgressEvent): void => {
      latest = event;
    };
    const ended = this.#work(work, abort.signal, onProgress, (begun) => {
      child = begun;
    }).catch((thrown: unknown): Outcome => ({ type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted }));
    this.#running.set(work.id, { stop, ended });
    const outcome = await ended;
    clearInterval(timer);
    this.#running.delete(work.id);
    return { outcome, wanted };
  }

  /** Fetches what a job needs, runs the child to its end, and puts away what it left. */
  async #work(
    { job, part }: Work,
    signal: AbortSignal,
    onProgress: (event: ProgressEvent) => void,
    onChild: (child: JobProcess) => void,
  ): Promise<Outcome> {
    if (job.kind === 'render') return this.#crew.work(job, { part, signal, onProgress, onChild });
    if (laneOf(job.input) === 'long') await this.#crew.rest();
    const release = await this.#files.bring(job, { signal, onProgress });
    try {
      signal.throwIfAborted();
      const trouble = (thrown: unknown): void =>
        this.#options.log('training not kept', { job: job.id, problem: messageOf(thrown) });
      const unfollow = this.#files.follow(job, trouble);
      const child = new JobProcess(() => undefined);
      onChild(child);
      const asked = askChild(child, { type: 'job', id: job.id, input: job.input, step: null }, { onProgress });
      const outcome = await asked.finally(unfollow);
      if (outcome.type === 'done') await this.#files.keep(job, outcome.result);
      return outcome;
    } finally {
      await release();
    }
  }

  async #conclude(job: Job, outcome: Outcome, wanted: Wanted | null): Promise<void> {
    const { store, onMade } = this.#options;
    const name = this.#name;
    if (wanted === 'gone') return;
    if (outcome.type === 'done') return store.finish(job, name, outcome.result, onMade);
    if (outcome.type === 'part') throw new Error('a job answered as if it were a part');
    if (wanted === 'full') {
      if (stoppedOnly(outcome)) return store.putDown(job.id, name, 'paused', fullDisk());
    } else if (wanted !== null) return store.putDown(job.id, name, wanted, null);
    if (this.#closing) return store.putBack(job.id, name, null);
    if (outcome.type === 'planned') {
      if (await store.parts.share(job.id, name, outcome.plan)) return;
      // Somebody wants it to stop, and said so after the last look.
      const late = await store.report(job.id, name, null, {});
      if (late?.wanted != null) await store.putDown(job.id, name, late.wanted, null);
      return;
    }
    if (outcome.type === 'died') {
      if (job.attempts < ATTEMPTS) return store.putBack(job.id, name, outcome.error);
      return store.putDown(job.id, name, 'failed', deadForGood(outcome.error));
    }
    const waits = waitsFor(outcome.error);
    if (waits !== null) return store.putDown(job.id, name, 'paused', waits);
    if (BUSY.test(outcome.error.code) && job.attempts < 10 * ATTEMPTS) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT));
      return store.putBack(job.id, name, outcome.error);
    }
    return store.putDown(job.id, name, 'failed', outcome.error);
  }

  async #concludePart(ticket: PartTicket, attempt: number, outcome: Outcome, wanted: Wanted | null): Promise<void> {
    const { parts } = this.#options.store;
    const name = this.#name;
    if (wanted !== null && wanted !== 'full') return;
    if (outcome.type === 'part') {
      await parts.finish(ticket, name);
      return;
    }
    if (wanted === 'full' && stoppedOnly(outcome)) return parts.putDown(ticket, name, 'paused', fullDisk());
    if (this.#closing) return parts.putBack(ticket, name);
    if (outcome.type === 'died') {
      if (attempt < ATTEMPTS) return parts.putBack(ticket, name);
      return parts.putDown(ticket, name, 'failed', deadForGood(outcome.error));
    }
    if (outcome.type !== 'failed') throw new Error(`a part answered with "${outcome.type}"`);
    const waits = waitsFor(outcome.error);
    if (waits !== null) return parts.putDown(ticket, name, 'paused', waits);
    return parts.putDown(ticket, name, 'failed', outcome.error);
  }
}
