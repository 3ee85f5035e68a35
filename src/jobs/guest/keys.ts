/**
 * The key of each render that workers share: made when it is planned, gone when it is done or somebody withdraws. The database
 * has it locked with the key of the studio's home, which guests have not; they are given what is derived from it, piece by piece.
 */
import { randomBytes } from 'node:crypto';
import { LikenessError } from '../../base/index.js';
import { lockBytes, unlockBytes } from '../../faces/index.js';
import type { Database, Queryable } from '../database/types.js';
import type { JobError } from '../types.js';

const BYTES = 32;
const purpose = (job: string): string => `likeness.render-key/1 ${job}`;

/**
 * Opens a key as the database has it.
 *
 * @throws LikenessError `jobs.key` where this machine has not the home that locked it
 */
export async function openRenderKey(job: string, locked: string): Promise<Uint8Array> {
  const key = await unlockBytes(Buffer.from(locked, 'base64'), purpose(job));
  if (key?.length === BYTES) return key;
  throw new LikenessError('jobs.key', 'The key of this render does not open with the LIKENESS_HOME of this machine.', {
    hint: 'All who plan and seal share one LIKENESS_HOME. Start the job again: it gets a new key.',
  });
}

/** Whether nothing of a render may be opened any more after such an error: consent was refused. */
export const endsKey = (error: JobError | null): boolean => error?.code.startsWith('consent.') === true;

/** See the head of this file. */
export class RenderKeys {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The locked key of a render; null where it has none. */
  async find(job: string): Promise<string | null> {
    const rows = await this.#db.query<{ locked: string }>('SELECT locked FROM studio_render_keys WHERE job = $1', [
      job,
    ]);
    return rows[0]?.locked ?? null;
  }

  /** The locked key of a render, made where it has none, or one that another home locked. Not for guests. */
  async get(job: string): Promise<string> {
    const known = await this.find(job);
    if (known !== null && (await openRenderKey(job, known).catch(() => null)) !== null) return known;
    const made = Buffer.from(await lockBytes(randomBytes(BYTES), purpose(job))).toString('base64');
    const rows = await this.#db.query<{ locked: string }>(
      `INSERT INTO studio_render_keys (job, locked) VALUES ($1, $2)
       ON CONFLICT (job) DO UPDATE SET locked = CASE WHEN studio_render_keys.locked IS NOT DISTINCT FROM $3
       THEN excluded.locked ELSE studio_render_keys.locked END RETURNING locked`,
      [job, made, known],
    );
    return rows[0]?.locked ?? made;
  }

  /** Forgets a key: nobody opens anything of that render any more. */
  async forget(job: string, sql: Queryable = this.#db): Promise<void> {
    await sql.query('DELETE FROM studio_render_keys WHERE job = $1', [job]);
  }

  /** Forgets the keys of renders that ended so many milliseconds ago. */
  async sweep(age: number): Promise<void> {
    await this.#db.query(
      `DELETE FROM studio_render_keys k USING studio_jobs j WHERE j.id = k.job
       AND j.ended_at < now() - make_interval(secs => $1)`,
      [age / 1000],
    );
  }
}
