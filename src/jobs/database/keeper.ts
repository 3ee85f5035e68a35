/**
 * Looks after an embedded database where nobody else does. Alone in its process it never makes a checkpoint of its own accord,
 * so that its log would grow as long as the studio runs: so checkpoints are made. On a full disk it could not write down that a
 * job is paused, and where its log has to grow it ends: so the log has a spare file to go on in, and some bytes are kept
 * beside the database, which are let go when nothing else is left.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';

const MB = 1024 * 1024;
/** Bytes of log between two checkpoints; a file of it has 16 MB. */
const EVERY = 8 * MB;
/** Bytes that are kept for the database. */
const RESERVE = 16 * MB;
/** Free bytes below which it gets them. */
const NEED = 8 * MB;
/** Free bytes above which they are put aside again, and without which no checkpoint is begun: on a full disk it would end. */
const ROOM = 64 * MB;
/** Milliseconds between two looks at the disk, and between two at the log. */
const LOOK = 500;
const LOOK_AT_LOG = 30_000;

/** Where the bytes lie that are kept for a database. */
const reserveOf = (folder: string): string => `${folder}.reserve`;

/** Free bytes on the disk of a folder. */
export async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** See the head of this file. */
export class DatabaseKeeper {
  readonly #db: PGlite;
  readonly #folder: string;
  #last = 0;
  #looked = performance.now();
  #holds = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  /** @param folder of the database */
  constructor(db: PGlite, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  #free(): Promise<number> {
    return freeIn(this.#folder);
  }

  /** Where the log is, in bytes. */
  async #at(): Promise<number> {
    const { rows } = await this.#db.query<{ at: number }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS at`,
    );
    return rows[0]?.at ?? 0;
  }

  /** Makes the spare file where there is none: what the log has left behind becomes what it goes on in. */
  async spare(): Promise<void> {
    const names = await readdir(join(this.#folder, 'pg_wal'));
    if (names.filter((name) => /^[0-9A-F]{24}$/.test(name)).length > 1 || (await this.#free()) < ROOM) return;
    await this.#db.exec('SELECT pg_switch_wal(); CHECKPOINT;');
  }

  /** Makes a checkpoint where much was written since the last one, and there is room. */
  async tend(): Promise<void> {
    const at = await this.#at();
    if (at - this.#last < EVERY || (await this.#free()) < ROOM) return;
    await this.#db.exec('CHECKPOINT');
    this.#last = at;
  }

  /** Keeps bytes for the database, or lets go of them. */
  async #mindDisk(): Promise<void> {
    const free = await this.#free();
    const path = reserveOf(this.#folder);
    if (this.#holds && free < NEED) {
      await rm(path, { force: true });
      this.#holds = false;
    } else if (!this.#holds && free >= ROOM + RESERVE) {
      const { size } = await stat(path).catch(() => ({ size: 0 }));
      // Random: a disk that compresses would keep nothing of zeros.
      if (size !== RESERVE) await writeFile(path, randomBytes(RESERVE), { mode: 0o600 });
      this.#holds = true;
    }
  }

  async #look(): Promise<void> {
    await this.#mindDisk();
    if (performance.now() - this.#looked < LOOK_AT_LOG) return;
    this.#looked = performance.now();
    await this.tend();
  }

  /** Looks after the database until {@link stop}. */
  async start(): Promise<void> {
    await this.spare();
    this.#last = await this.#at();
    this.#timer = setInterval(() => {
      // Where the database does not answer, whoever asks it next hears of that.
      this.#looking ??= this.#look()
        .catch(() => undefined)
        .finally(() => {
          this.#looking = null;
        });
    }, LOOK);
    this.#timer.unref();
  }

  /** Stops looking; before the database is closed. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
  }
}
