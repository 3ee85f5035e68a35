/**
 * Whoever has the home of the studio answers guests: takes their questions from the database, has each looked at in a process of
 * its own, and writes the answer back. Where consent was refused the whole job is put down here, whatever the guest makes of it.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.js';
import type { Answer, Question } from '../../synth/guest/index.js';
import type { BlobStore } from '../blobs/store.js';
import { JobProcess } from '../child-process.js';
import { dataFolder } from '../database/open.js';
import type { AskedStep, FromChild } from '../messages.js';
import type { JobStore } from '../store.js';
import { segmentsPath } from '../tasks/task.js';
import type { Job } from '../types.js';
import { endsKey } from './keys.js';
import { BEAT_SECONDS } from './presence.js';

/** Milliseconds between two looks for questions: while guests are there, and while there are none. */
const LOOK = 150;
const IDLE_LOOK = 2000;
/** Milliseconds without a question after which the process that answers goes. */
const IDLE = 60_000;

/** What a desk is given. */
export interface DeskOptions {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly name: string;
  readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
}

const no = (code: string, detail: string): Answer => ({ no: { code, detail, hint: null } });

/** What a question is about, where it is one that can be asked. */
function asked(job: Job | null, question: Question): Omit<AskedStep, 'key'> | null {
  const stretch = job?.plan?.stretches.find(({ index }) => index === question.part);
  if (job === null || job.plan === null || job.input.kind !== 'render' || stretch === undefined) return null;
  const { step } = question;
  const known = typeof step !== 'number' || (step >= stretch.first && step < stretch.first + stretch.files.length);
  return known ? { question, input: job.input, work: job.plan.work } : null;
}

/** See the head of this file. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #busy = new Set<Promise<void>>();
  #child: JobProcess | null = null;
  #idle: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #beaten = Number.NEGATIVE_INFINITY;
  #guests = false;
  #closed = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Says that somebody is here, and begins to answer. */
  async start(): Promise<void> {
    await this.#beat();
    this.#next(0);
  }

  #next(milliseconds: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        // The database does not answer for a moment; guests wait, or stop.
        .catch(() => undefined)
        .finally(() => this.#next(this.#guests ? LOOK : IDLE_LOOK));
    }, milliseconds);
  }

  async #beat(): Promise<void> {
    const { store, name, log } = this.#options;
    this.#beaten = performance.now();
    await store.presence.beat(name, false);
    this.#guests = await store.presence.has(true);
    const dead = await store.guestParts.reap();
    if (dead > 0) log('guests are gone', { parts: dead });
    await store.questions.sweep();
  }

  async #look(): Promise<void> {
    const { store, name } = this.#options;
    if (performance.now() - this.#beaten > BEAT_SECONDS * 1000) await this.#beat();
    for (;;) {
      const question = this.#closed ? null : await store.questions.next(name);
      if (question === null) return;
      const work = this.#serve(question).catch((thrown: unknown) =>
        this.#options.log('guest not answered', { job: question.job, problem: messageOf(thrown) }),
      );
      this.#busy.add(work);
      void work.finally(() => this.#busy.delete(work));
    }
  }

  async #serve(question: Question): Promise<void> {
    const { store, log } = this.#options;
    const job = await store.get(question.job);
    const step = asked(job, question);
    const key = await store.keys.find(question.job);
    const answer =
      step === null || key === null
        ? no('leave.question', 'This is no question that can be asked of this job.')
        : await this.#ask({ ...step, key });
    if ('no' in answer) {
      const { code } = answer.no;
      log('guest refused', { job: question.job, part: question.part, code });
      if (endsKey(answer.no)) await this.#putDown(question, answer.no);
    }
    await store.questions.answer(question, answer);
  }

  /** Consent is refused: the job fails, its key is forgotten, and nothing of it stays. */
  async #putDown(question: Question, error: Extract<Answer, { no: unknown }>['no']): Promise<void> {
    const { store, blobs } = this.#options;
    const { job, ticket, part, turn, worker } = question;
    await store.parts.putDown({ job, ticket, part: { number: part, turn } }, worker, 'failed', error);
    await rm(join(dataFolder(), segmentsPath(job)), { recursive: true, force: true });
    await blobs.removeFolder(segmentsPath(job));
  }

  #start(): JobProcess {
    const child = new JobProcess((message: FromChild) => {
      if (message.type !== 'answered') return;
      this.#waiting.get(message.id)?.(message.answer);
      this.#waiting.delete(message.id);
    });
    void child.ended.then(() => {
      if (this.#child === child) this.#child = null;
      for (const [id, resolve] of this.#waiting) {
        this.#waiting.delete(id);
        resolve(no('jobs.died', 'The process that was to answer ended by itself.'));
      }
    });
    return child;
  }

  #ask(step: AskedStep): Promise<Answer> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#child ??= this.#start();
    const child = this.#child;
    this.#idle = setTimeout(() => {
      if (this.#child === child) this.#child = null;
      child.end();
    }, IDLE);
    this.#idle.unref();
    return new Promise((resolve) => {
      this.#waiting.set(step.question.id, resolve);
      child.send({ type: 'question', step });
    });
  }

  /** Answers what it has taken, and says goodbye. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all(this.#busy);
    if (this.#idle !== null) clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = null;
    child?.end();
    await child?.ended;
    await this.#options.store.presence.leave(this.#options.name).catch(() => undefined);
  }
}
