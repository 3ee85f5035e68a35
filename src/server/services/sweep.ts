/**
 * Clears away what nobody comes back to: uploads that broke off, files of a measurement that was never begun, recordings
 * that were open for a look when the studio was killed, and finished segments of renders that were given up, by age alone; and
 * what consent records say is to go: recordings, trained pairs. Also signs lists of withdrawals anew. At the start and every hour.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, type Database, dataFolder, type JobStore, studioFolder } from '../../jobs/index.js';
import type { Log } from '../log.js';
import { LAB_PROJECT } from '../schemas/bench.js';
import { sweepConsents } from './ended.js';
import type { MediaStore } from './media-store.js';
import { hourly } from './rounds.js';
import { sweepSegments } from './segments.js';
import type { StatusLists } from './status-lists.js';
import { FORGET_UPLOAD } from './uploads.js';

/** Milliseconds after which a file of the lab that no measurement has is deleted. */
const FORGET_LAB = 86_400_000;
/** Milliseconds after which a recording that was opened for a look is nobody's any more. */
const FORGET_LOOK = 600_000;

/** What a round took away. */
export interface Swept {
  readonly uploads: number;
  readonly lab: number;
  readonly looks: number;
  /** Renders that were given up, whose finished segments were deleted. */
  readonly renders: number;
  /** Recordings of consent whose day had come. */
  readonly recordings: number;
  /** Trained pairs whose records had ended. */
  readonly pairs: number;
  /** Lists of withdrawals that were signed anew. */
  readonly statusLists: number;
}

interface Parts {
  readonly db: Database;
  readonly media: MediaStore;
  readonly jobs: JobStore;
  readonly blobs: BlobStore;
  readonly statusLists: StatusLists;
  readonly log: Log;
}

/** Deletes what in a folder has a name like this and has not been written to for some time; how many. */
async function clear(folder: string, pattern: RegExp, age: number, now: number): Promise<number> {
  let gone = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!pattern.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => null);
    if (facts === null || now - facts.mtimeMs < age) continue;
    await rm(path, { recursive: true, force: true });
    gone++;
  }
  return gone;
}

/** See the head of this file. */
export class Sweep {
  readonly #parts: Parts;
  #rounds: ReturnType<typeof hourly> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * One round.
   *
   * @param now milliseconds, as of `Date.now()`
   */
  async round(now: number = Date.now()): Promise<Swept> {
    return {
      uploads: await this.#uploads(now),
      lab: await this.#lab(now),
      looks: await clear(studioFolder(), /^look-/, FORGET_LOOK, now),
      renders: await sweepSegments(this.#parts.blobs, this.#parts.jobs, now),
      ...(await sweepConsents(this.#parts.blobs, new Date(now))),
      statusLists: await this.#parts.statusLists.renew(new Date(now)),
    };
  }

  /** An upload is two files: its bytes are written to, its description is not. */
  async #uploads(now: number): Promise<number> {
    const folder = join(dataFolder(), 'uploads');
    const gone = await clear(folder, /^[0-9a-f-]{36}$/, FORGET_UPLOAD, now);
    const left = new Set(await readdir(folder).catch(() => []));
    for (const name of left) if (!left.has(name.replace(/\.json$/, ''))) await rm(join(folder, name), { force: true });
    return gone;
  }

  async #lab(now: number): Promise<number> {
    const { db, media } = this.#parts;
    const rows = await db.query<{ id: string }>(
      `SELECT m.id FROM studio_media m WHERE m.project = $1 AND m.created_at < $2 AND NOT EXISTS
       (SELECT 1 FROM studio_jobs j WHERE j.kind = 'bench' AND j.input::text LIKE '%' || m.sha256 || '%')`,
      [LAB_PROJECT, new Date(now - FORGET_LAB)],
    );
    for (const file of await media.list(rows.map(({ id }) => id))) await media.remove(file);
    return rows.length;
  }

  /** One round now, and one every hour. */
  start(): void {
    this.#rounds = hourly(() => this.round(), this.#parts.log);
  }

  /** Ends the rounds. */
  stop(): void {
    this.#rounds?.stop();
  }
}
