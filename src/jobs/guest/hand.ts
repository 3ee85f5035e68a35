/**
 * A guest's hand in the renders of others: takes stretches that wait, has each rendered in a child process, carries its questions
 * to whoever has the home of the studio, and puts the locked segments where the others find them. Nothing of it stays here.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive, messageOf, sha256File } from '../../base/index.js';
import { codeVersion, QUESTION_SECONDS, type Question } from '../../synth/guest/index.js';
import type { BlobStore } from '../blobs/store.js';
import { JobProcess } from '../child-process.js';
import { dataFolder } from '../database/open.js';
import { type Mate, Mates } from '../mates.js';
import { askChild, errorOf, type Outcome } from '../outcome.js';
import type { PartTicket } from '../parts.js';
import type { JobStore } from '../store.js';
import { segmentsPath } from '../tasks/task.js';
import type { Job } from '../types.js';
import { BEAT_SECONDS } from './presence.js';

/** Milliseconds between two looks for a stretch, whether one is still wanted, and for an answer. */
const LOOK = 700;
const LISTEN = 500;
const ANSWER = 100;
/** Milliseconds for which a job is left to others after it went wrong here. */
const REST = 60_000;

/** What a hand is given. */
export interface HandOptions {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly name: string;
  /** Stretches at once. */
  readonly parallel: number;
  readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
}

/** A process that works for one film, and its folder. */
interface Hired extends Mate {
  readonly folder: string;
}

const root = (): string => join(dataFolder(), 'guest');
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Clears away what a process of this machine left that is gone: all of it is locked, with keys that nobody has any more. */
async function sweep(): Promise<void> {
  for (const name of await readdir(root()).catch(() => [])) {
    const [pid, host] = name.split('~');
    if (host !== encodeURIComponent(hostname()) || !isAlive(Number(pid)) || Number(pid) === process.pid)
      await rm(join(root(), name), { recursive: true, force: true });
  }
}

/** See the head of this file. */
export class GuestHand {
  readonly #options: HandOptions;
  readonly #mates = new Mates<Hired>();
  readonly #running = new Map<Promise<void>, () => void>();
  /** Jobs that are left to others, until when. */
  readonly #left = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #beaten = Number.NEGATIVE_INFINITY;
  #alone = false;
  #closing = false;

  constructor(options: HandOptions) {
    this.#options = options;
  }

  /** Stretches in work. */
  get running(): number {
    return this.#running.size;
  }

  /** Says that a guest is here, and begins to look for stretches. */
  async start(): Promise<void> {
    await sweep();
    await this.#beat();
    this.#next();
  }

  #next(): void {
    if (this.#closing) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        // The database does not answer for a moment.
        .catch(() => undefined)
        .finally(() => this.#next());
    }, LOOK);
  }

  async #beat(): Promise<void> {
    const { store, name, log } = this.#options;
    this.#beaten = performance.now();
    await store.presence.beat(name, true);
    const alone = !(await store.presence.has(false));
    if (alone && !this.#alone)
      log('stretches wait', { why: 'nobody who has the records of the studio is there to ask for consent' });
    this.#alone = alone;
  }

  async #look(): Promise<void> {
    const { store, name, parallel } = this.#options;
    if (performance.now() - this.#beaten > BEAT_SECONDS * 1000) await this.#beat();
    while (!this.#alone && !this.#closing && this.#running.size < parallel) {
      const now = performance.now();
      for (const [job, until] of this.#left) if (until < now) this.#left.delete(job);
      const ticket = await store.guestParts.take(name, codeVersion(), [...this.#left.keys()]);
      if (ticket === null) return;
      const abort = new AbortController();
      const work = this.#serve(ticket, abort).catch((thrown: unknown) =>
        this.#options.log('part not ended', { job: ticket.job, problem: messageOf(thrown) }),
      );
      this.#running.set(work, () => abort.abort());
      void work.finally(() => this.#running.delete(work));
    }
  }

  async #serve(ticket: PartTicket, abort: AbortController): Promise<void> {
    const { store, log } = this.#options;
    const part = ticket.part.number;
    log('part started', { job: ticket.job, part, guest: 'yes' });
    const job = await store.get(ticket.job);
    const outcome =
      job?.plan == null
        ? null
        : await this.#render(job, ticket, abort).catch((thrown: unknown): Outcome => {
            return { type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted };
          });
    if (outcome?.type !== 'part') await this.#giveBack(ticket, outcome);
    const code = outcome?.type === 'failed' || outcome?.type === 'died' ? outcome.error.code : '';
    log('part ended', { job: ticket.job, part, outcome: outcome?.type ?? 'gone', ...(code === '' ? {} : { code }) });
  }

  /** What went wrong here says nothing of the job: others take the stretch up. Whether it fails is for the home to say. */
  async #giveBack(ticket: PartTicket, outcome: Outcome | null): Promise<void> {
    const { store, name, log } = this.#options;
    if (outcome !== null && 'error' in outcome && !(outcome.type === 'failed' && outcome.stopped)) {
      this.#left.set(ticket.job, performance.now() + REST);
      const { code, detail } = outcome.error;
      log('part given back', { job: ticket.job, part: ticket.part.number, code, why: detail });
      // Who answers may come back any moment.
      if (code === 'leave.silent') this.#beaten = Number.NEGATIVE_INFINITY;
    }
    // What looks explicit here does so at home, where the refusal is written down.
    const forGood = outcome?.type === 'failed' && outcome.error.code.startsWith('consent.');
    await store.guestParts.giveBack(ticket, name, forGood);
  }

  /** Does a stretch to its end, and listens meanwhile whether it is still wanted. */
  async #render(job: Job, ticket: PartTicket, abort: AbortController): Promise<Outcome> {
    const { store, name } = this.#options;
    const mate = (await this.#mates.take(job.plan?.work ?? '')) ?? (await this.#hire(job, abort.signal));
    abort.signal.addEventListener('abort', () => mate.child.stop());
    let done: number | null = null;
    let looking = false;
    const look = async (): Promise<void> => {
      const frames = done;
      done = null;
      await store.guestParts.beat(ticket, name);
      if (!(await store.parts.report(ticket, name, frames))) abort.abort();
    };
    const timer = setInterval(() => {
      if (looking) return;
      looking = true;
      void look()
        .catch(() => undefined)
        .finally(() => {
          looking = false;
        });
    }, LISTEN);
    let stays = false;
    try {
      abort.signal.throwIfAborted();
      const stretch = {
        job: job.id,
        ticket: ticket.ticket,
        part: ticket.part.number,
        turn: ticket.part.turn,
        worker: name,
      };
      const { key = '', code = '' } = job.plan?.packed ?? {};
      const film = { folder: mate.folder, target: this.#targetOf(job).at, key, code };
      const outcome = await askChild(
        mate.child,
        { type: 'stretch', step: { stretch, film } },
        {
          onProgress: (event) => {
            if (event.stage === 'swapping') done = event.done;
          },
          onAsk: (question) => void this.#carry(question, mate.child, abort.signal),
        },
      );
      if (outcome.type === 'part') await this.#handIn(ticket, mate.folder, outcome.files);
      stays = outcome.type === 'part' && !abort.signal.aborted;
      return outcome;
    } finally {
      clearInterval(timer);
      if (stays) {
        // What the process needs is in its memory; the disk is cleared at once.
        await rm(mate.folder, { recursive: true, force: true });
        this.#mates.rest(mate);
      } else await this.#mates.dismiss(mate);
    }
  }

  /** Carries a question to the home of the studio, and the answer back. */
  async #carry(question: Question, child: JobProcess, signal: AbortSignal): Promise<void> {
    const { questions } = this.#options.store;
    const until = performance.now() + QUESTION_SECONDS * 1000;
    const posted = await questions.post(question).then(
      () => true,
      () => false,
    );
    while (posted && performance.now() < until && !signal.aborted) {
      const answer = await questions.take(question.id).catch(() => null);
      if (answer !== null) return child.send({ type: 'heard', id: question.id, answer });
      await pause(ANSWER);
    }
    await questions.withdraw(question.id).catch(() => undefined);
    child.send({ type: 'heard', id: question.id, answer: null });
  }

  /** Puts the segments where the others find them; where the stretch is not this guest's any more, nothing of it stays. */
  async #handIn(ticket: PartTicket, folder: string, files: readonly string[]): Promise<void> {
    const { store, blobs, name } = this.#options;
    const put: string[] = [];
    let finished = false;
    try {
      for (const file of files) {
        const path = `${segmentsPath(ticket.job)}/${file}`;
        put.push(path);
        await blobs.keepAs(join(folder, file), path, await sha256File(join(folder, file)));
      }
      finished = await store.parts.finish(ticket, name);
    } finally {
      if (!finished) for (const path of put) await blobs.remove(path).catch(() => undefined);
    }
  }

  #targetOf({ input }: Job): { readonly path: string; readonly sha256: string; readonly at: string } {
    if (input.kind !== 'render') throw new Error('only renders have stretches');
    const { path, sha256 } = input.target;
    return { path, sha256, at: join(dataFolder(), path) };
  }

  async #hire(job: Job, signal: AbortSignal): Promise<Hired> {
    const { blobs } = this.#options;
    const { path, sha256 } = this.#targetOf(job);
    const folder = join(root(), `${process.pid}~${encodeURIComponent(hostname())}~${randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unpin = await blobs.pin([path]);
    const release = async (): Promise<void> => {
      await unpin();
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await blobs.bring(path, sha256, { signal });
      for (const name of [job.plan?.file ?? '', ...(job.plan?.packed?.files ?? [])])
        await blobs.bringAs(`${segmentsPath(job.id)}/${name}`, join(folder, name), null, { signal });
      return { work: job.plan?.work ?? '', child: new JobProcess(() => undefined), folder, release };
    } catch (thrown) {
      await release();
      throw thrown;
    }
  }

  /** Stops all stretches and gives them back. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    for (const stop of this.#running.values()) stop();
    await Promise.all(this.#running.keys());
    await this.#mates.dismissAll();
    await this.#options.store.presence.leave(this.#options.name).catch(() => undefined);
  }
}
