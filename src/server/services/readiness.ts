/** Whether the studio can work: what it needs for that, asked one by one, and in words what is missing. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.js';
import { type BlobStore, type Database, dataFolder, freeBytes, type JobQueue, ROOM } from '../../jobs/index.js';
import type { Log } from '../log.js';

/** What is asked. */
export const READY_CHECKS = ['database', 'files', 'disk', 'worker'] as const;
/** One of {@link READY_CHECKS}. */
export type ReadyCheck = (typeof READY_CHECKS)[number];

/** What is missing: everybody may read it, so that it names no place. */
export interface NotReady {
  readonly check: ReadyCheck;
  readonly message: string;
}

/** What is looked at. */
export interface ReadinessParts {
  readonly db: Pick<Database, 'query' | 'kind'>;
  readonly blobs: Pick<BlobStore, 'check' | 'shared'>;
  readonly queue: Pick<JobQueue, 'workers'>;
  readonly log: Log;
}

/** Milliseconds that each has to answer. */
const PATIENCE = 5000;
/** Milliseconds for which an answer is given again: whoever asks often asks nobody else more often. */
const KEPT = 1000;

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** See the head of this file. */
export class Readiness {
  readonly #parts: ReadinessParts;
  #asked: { readonly at: number; readonly answer: Promise<NotReady[]> } | null = null;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** What is missing; nothing where the studio can work. */
  look(): Promise<NotReady[]> {
    const now = performance.now();
    if (this.#asked === null || now - this.#asked.at > KEPT) {
      const answer = Promise.all(READY_CHECKS.map((check) => this.#one(check)));
      this.#asked = { at: now, answer: answer.then((all) => all.filter((each) => each !== null)) };
    }
    return this.#asked.answer;
  }

  async #one(check: ReadyCheck): Promise<NotReady | null> {
    try {
      const message = await inTime(this.#ask(check));
      return message === null ? null : { check, message };
    } catch (thrown) {
      this.#parts.log('warn', 'not ready', { check, problem: messageOf(thrown) });
      return { check, message: this.#words(check) };
    }
  }

  /** What is said where asking failed. */
  #words(check: ReadyCheck): string {
    if (check === 'database') return 'The database does not answer.';
    if (check !== 'files') return `Asking for the ${check} failed.`;
    return this.#parts.blobs.shared
      ? 'The bucket with the files does not answer, or refuses.'
      : 'The folder for the files cannot be written to.';
  }

  /** @returns what is missing, or null */
  async #ask(check: ReadyCheck): Promise<string | null> {
    const { db, blobs } = this.#parts;
    if (check === 'database') await db.query('SELECT 1');
    else if (check === 'files') {
      await blobs.check();
      if (!blobs.shared) await this.#write();
    } else if (check === 'disk') {
      if ((await freeBytes()) < ROOM)
        return `The disk of the studio has less than ${ROOM / 1024 ** 2} MB free: jobs and uploads wait for room.`;
    } else return this.#askWorker();
    return null;
  }

  /** Writes a file where media lie, and deletes it. */
  async #write(): Promise<void> {
    const folder = join(dataFolder(), 'media');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `.${randomUUID()}.part`);
    try {
      await writeFile(path, '.', { flag: 'wx', mode: 0o600 });
    } finally {
      await rm(path, { force: true });
    }
  }

  #askWorker(): string | null {
    const workers = this.#parts.queue.workers();
    if (workers === 'silent') return 'The worker of the studio has not looked for work for a while.';
    // On a PostgreSQL server the work may be left to others.
    if (workers === 'none' && this.#parts.db.kind === 'embedded') return 'Nobody does the jobs of this studio.';
    return null;
  }
}
