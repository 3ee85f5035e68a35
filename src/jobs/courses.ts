/** What earlier jobs say of how the time of a job is shared among its stages, from the database. */
import { type Spent, sharesOf } from './course.js';
import type { Database } from './database/types.js';

/** Jobs that are looked at. */
const LATEST = 8;
/** Milliseconds for which an answer is taken again, and for which one that nothing is known. */
const KEPT = 60_000;
const KEPT_NOTHING = 3000;

/** See the head of this file. */
export class Courses {
  readonly #db: Database;
  readonly #known = new Map<string, { readonly at: number; readonly shares: Spent | null }>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Shares of the stages of jobs like one, null where none has been done yet: those that went through in one go count. */
  async shares(course: string): Promise<Spent | null> {
    const known = this.#known.get(course);
    if (known !== undefined && performance.now() - known.at < (known.shares === null ? KEPT_NOTHING : KEPT))
      return known.shares;
    const rows = await this.#db.query<{ spent: Spent }>(
      `SELECT spent FROM studio_jobs WHERE course = $1 AND state = 'done' AND attempts = 1 AND spent <> '{}'
       ORDER BY ended_at DESC LIMIT ${LATEST}`,
      [course],
    );
    const shares = sharesOf(rows.map(({ spent }) => spent));
    this.#known.set(course, { at: performance.now(), shares });
    return shares;
  }
}
