/** A worker: takes tickets, does each job in a child process, writes down how it goes, and obeys pause and cancel. */
import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { ProgressEvent } from '../base/index.js';
import { JobProcess } from './child-process.js';
import { studioFolder } from './database/open.js';
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
/** Milliseconds before a busy job is tried again. */
const BUSY_WAIT = 2000;

/** What a worker is given. */
export interface WorkerOptions {
  readonly store: JobStore;
  readonly queue: JobQueue;
  /** Jobs at once in each lane. */
  readonly parallel: Readonly<Record<Lane, number>>;
  readonly onMade: OnMade;
  readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
}

type Outcome =
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: JobError; readonly stopped: boolean }
  | { readonly type: 'died'; readonly error: JobError };

const fullDisk = (): JobError => ({
  code: 'file.full',
  detail: 'The disk of the studio is full; the job waits.',
  hint: 'Free some space, then let the job go on. What was done is kept.',
});

async function hasRoom(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(studioFolder());
    return bavail * bsize >= ROOM;
  } catch {
    return true;
  }
}

/** See the head of this file. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #running = new Map<string, JobProcess>();
  #closing = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Jobs under way in this worker. */
  get running(): number {
    return this.#running.size;
  }

  /** Starts taking tickets. */
  async start(): Promise<void> {
    const { queue, parallel } = this.#options;
    for (const lane of LANES)
      if (parallel[lane] > 0) await queue.work(lane, parallel[lane], (ticket) => this.#serve(ticket));
  }

  /** Stops all jobs at their next safe point and puts them back into the queue. */
  async close(): Promise<void> {
    this.#closing = true;
    const children = [...this.#running.values()];
    for (const child of children) child.stop();
    await Promise.all(children.map((child) => child.ended));
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

  /** Runs the child to its end. */
  async #run(job: Job): Promise<{ outcome: Outcome; wanted: 'paused' | 'cancelled' | null }> {
    const { store } = this.#options;
    const pace = new Pace();
    let latest: ProgressEvent | null = null;
    let outcome: Outcome | null = null;
    let wanted: 'paused' | 'cancelled' | null = null;
    const child = new JobProcess((message) => {
      if (message.type === 'progress') latest = message.event;
      else if (message.type === 'done' || message.type === 'failed') outcome = message;
    });
    this.#running.set(job.id, child);
    const look = async (): Promise<void> => {
      const event = latest;
      latest = null;
      const answer = await store
        .report(job.id, this.#name, event === null ? null : pace.at(event))
        .catch(() => undefined);
      // The database did not answer: the work goes on, and is told to stop if it turns out to be another's.
      if (answer === undefined) return;
      if (answer === null) child.kill();
      else if (answer.wanted !== null && wanted === null) {
        wanted = answer.wanted;
        child.stop();
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
    child.send({ type: 'job', id: job.id, input: job.input });
    const end = await child.ended;
    clearInterval(timer);
    this.#running.delete(job.id);
    const how = end.signal === null ? `exit code ${end.code ?? 'unknown'}` : end.signal;
    const last = end.words.split('\n').at(-1) ?? '';
    return {
      outcome: outcome ?? {
        type: 'died',
        error: {
          code: 'jobs.died',
          detail: `The process of the job ended by itself (${how})${last === '' ? '' : `: ${last}`}.`,
          hint: 'It is started again by itself; what was done is kept.',
        },
      },
      wanted,
    };
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
    if (outcome.error.code === 'file.full') return store.putDown(job.id, name, 'paused', fullDisk());
    if (BUSY.test(outcome.error.code) && job.attempts < 10 * ATTEMPTS) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT));
      return store.putBack(job.id, name, outcome.error);
    }
    return store.putDown(job.id, name, 'failed', outcome.error);
  }
}
