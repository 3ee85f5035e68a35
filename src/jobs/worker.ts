/** A worker: takes tickets, does each job in a child process, writes down how it goes, and obeys pause and cancel. */
import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { LikenessError, messageOf, type ProgressEvent } from '../base/index.js';
import { JobFiles } from './blobs/job-files.js';
import type { BlobStore } from './blobs/store.js';
import { JobProcess } from './child-process.js';
import { dataFolder } from './database/open.js';
import { Pace } from './pace.js';
import { type JobQueue, LANES, type Lane, type Ticket } from './queue.js';
import type { JobStore, OnMade } from './store.js';
import type { Job, JobError, TaskResult } from './types.js';

/** Milliseconds between two looks at what is wanted of a job. */
const LISTEN = 500;
/** Deaths of a child after which a job counts as failed. */
const ATTEMPTS = 3;
/** Free bytes that a job must find. */
const ROOM = 256 * 1024 * 1024;
/** The folder or project is held by a run whose death has not been noticed yet. */
const BUSY = /\.(busy|locked)$/;
/** Where files are kept cannot be used now; somebody mends that, and lets the job go on. */
const WAITING = /^blobs\.(unreachable|busy|full|access|clock|region|bucket)$/;
/** Milliseconds before a busy job is tried again. */
const BUSY_WAIT = 2000;

/** What a worker is given. */
export interface WorkerOptions {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly blobs: BlobStore;
  /** Jobs at once; those of the house run beside the quick ones. */
  readonly parallel: WorkerSize;
  /** True where this machine has not the keys and records of the studio: it takes what needs none of them. */
  readonly guest: boolean;
  readonly onMade: OnMade;
  readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
}

/** How many jobs at once: checks and analyses, and training and rendering. */
export interface WorkerSize {
  readonly quick: number;
  readonly long: number;
}

type Outcome =
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: JobError; readonly stopped: boolean }
  | { readonly type: 'died'; readonly error: JobError };

/** An error of this process, as a job says it. */
function errorOf(thrown: unknown): JobError {
  if (thrown instanceof LikenessError) return { code: thrown.code, detail: thrown.message, hint: thrown.hint ?? null };
  return { code: 'jobs.fault', detail: `A fault of Likeness: ${messageOf(thrown)}`, hint: 'Start the job again.' };
}

/** A job under way. */
interface Run {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

const fullDisk = (): JobError => ({
  code: 'file.full',
  detail: 'The disk of the studio is full; the job waits.',
  hint: 'Free some space, then let the job go on. What was done is kept.',
});

async function hasRoom(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(dataFolder());
    return bavail * bsize >= ROOM;
  } catch {
    return true;
  }
}

/** See the head of this file. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #files: JobFiles;
  readonly #running = new Map<string, Run>();
  #closing = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#files = new JobFiles(options.blobs);
  }

  /** Jobs under way in this worker. */
  get running(): number {
    return this.#running.size;
  }

  /** Starts taking tickets. */
  async start(): Promise<void> {
    const { queue, parallel, guest } = this.#options;
    const sizes: Readonly<Record<Lane, number>> = {
      quick: parallel.quick,
      long: guest ? 0 : parallel.long,
      house: guest ? 0 : parallel.quick,
    };
    for (const lane of LANES) if (sizes[lane] > 0) await queue.work(lane, sizes[lane], (ticket) => this.#serve(ticket));
  }

  /** Stops all jobs at their next safe point and puts them back into the queue. */
  async close(): Promise<void> {
    this.#closing = true;
    const runs = [...this.#running.values()];
    for (const { stop } of runs) stop();
    await Promise.all(runs.map(({ ended }) => ended));
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
    const { outcome, wanted } = await this.#run(job);
    await this.#conclude(job, outcome, wanted);
    log('job ended', { job: job.id, kind: job.kind, outcome: outcome.type });
  }

  /** Fetches what the job needs, runs the child to its end, and puts away what it left. */
  async #run(job: Job): Promise<{ outcome: Outcome; wanted: 'paused' | 'cancelled' | null }> {
    const { store } = this.#options;
    const pace = new Pace();
    const abort = new AbortController();
    let latest: ProgressEvent | null = null;
    let wanted: 'paused' | 'cancelled' | null = null;
    let child: JobProcess | null = null;
    const stop = (): void => {
      abort.abort();
      child?.stop();
    };
    const look = async (): Promise<void> => {
      const event = latest;
      latest = null;
      const answer = await store
        .report(job.id, this.#name, event === null ? null : pace.at(event))
        .catch(() => undefined);
      // The database did not answer: the work goes on, and is told to stop if it turns out to be another's.
      if (answer === undefined) return;
      if (answer === null) {
        abort.abort();
        child?.kill();
      } else if (answer.wanted !== null && wanted === null) {
        wanted = answer.wanted;
        stop();
      }
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
    const work = this.#work(job, abort.signal, onProgress, (begun) => {
      child = begun;
    }).catch((thrown: unknown): Outcome => ({ type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted }));
    this.#running.set(job.id, { stop, ended: work });
    const outcome = await work;
    clearInterval(timer);
    this.#running.delete(job.id);
    return { outcome, wanted };
  }

  async #work(
    job: Job,
    signal: AbortSignal,
    onProgress: (event: ProgressEvent) => void,
    onChild: (child: JobProcess) => void,
  ): Promise<Outcome> {
    const release = await this.#files.bring(job, { signal, onProgress });
    try {
      signal.throwIfAborted();
      const trouble = (thrown: unknown): void =>
        this.#options.log('training not kept', { job: job.id, problem: messageOf(thrown) });
      const unfollow = this.#files.follow(job, trouble);
      const outcome = await this.#child(job, onProgress, onChild).finally(unfollow);
      if (outcome.type === 'done') await this.#files.keep(job, outcome.result);
      return outcome;
    } finally {
      await release();
    }
  }

  async #child(
    job: Job,
    onProgress: (event: ProgressEvent) => void,
    onChild: (child: JobProcess) => void,
  ): Promise<Outcome> {
    let outcome: Outcome | null = null;
    const child = new JobProcess((message) => {
      if (message.type === 'progress') onProgress(message.event);
      else if (message.type === 'done' || message.type === 'failed') outcome = message;
    });
    onChild(child);
    child.send({ type: 'job', id: job.id, input: job.input });
    const end = await child.ended;
    const how = end.signal === null ? `exit code ${end.code ?? 'unknown'}` : end.signal;
    const last = end.words.split('\n').at(-1) ?? '';
    return (
      outcome ?? {
        type: 'died',
        error: {
          code: 'jobs.died',
          detail: `The process of the job ended by itself (${how})${last === '' ? '' : `: ${last}`}.`,
          hint: 'It is started again by itself; what was done is kept.',
        },
      }
    );
  }

  async #conclude(job: Job, outcome: Outcome, wanted: 'paused' | 'cancelled' | null): Promise<void> {
    const { store, onMade } = this.#options;
    const name = this.#name;
    if (outcome.type === 'done') return store.finish(job, name, outcome.result, onMade);
    if (wanted !== null) return store.putDown(job.id, name, wanted, null);
    if (this.#closing) return store.putBack(job.id, name, null);
    if (outcome.type === 'died') {
      if (job.attempts < ATTEMPTS) return store.putBack(job.id, name, outcome.error);
      const hint = 'Start it again; if it dies again, the file or this machine is the likely cause.';
      return store.putDown(job.id, name, 'failed', { ...outcome.error, hint });
    }
    // A bucket that does not answer now is no fault of the job: it waits, as with a full disk.
    if (WAITING.test(outcome.error.code)) return store.putDown(job.id, name, 'paused', outcome.error);
    if (outcome.error.code === 'file.full') return store.putDown(job.id, name, 'paused', fullDisk());
    if (BUSY.test(outcome.error.code) && job.attempts < 10 * ATTEMPTS) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT));
      return store.putBack(job.id, name, outcome.error);
    }
    return store.putDown(job.id, name, 'failed', outcome.error);
  }
}
