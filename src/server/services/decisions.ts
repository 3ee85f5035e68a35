/**
 * Who decided what in the studio: people, keys, settings, jobs. The consent room keeps its own chained log of records,
 * grants and seals; this one says which person of the studio pressed the button.
 */
import type { Database } from '../../jobs/index.js';
import type { StudioUser } from '../auth.js';

/** One decision. */
export interface Decision {
  readonly n: number;
  readonly at: Date;
  readonly person: string | null;
  readonly action: string;
  readonly about: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Writes decisions down. */
export class Decisions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * @param action dotted words: `jobs.cancel`
   * @param about id of what it is about
   * @param facts no secrets, no biometrics
   */
  async add(
    who: StudioUser | null,
    action: string,
    about: string | null = null,
    facts: Readonly<Record<string, string | number | boolean | null>> = {},
  ): Promise<void> {
    await this.#db.query('INSERT INTO studio_decisions (person, action, about, facts) VALUES ($1, $2, $3, $4::jsonb)', [
      who?.id ?? null,
      action,
      about,
      JSON.stringify(facts),
    ]);
  }

  /** The latest, newest first. */
  last(count: number): Promise<Decision[]> {
    return this.#db.query<Decision>(
      `SELECT n, at, person, action, about, facts FROM studio_decisions ORDER BY n DESC LIMIT ${Math.trunc(count)}`,
    );
  }
}
