/** Who is there: processes that have the home of the studio, and answer; and guests, who ask. */
import type { Database } from '../database/types.js';

/** Seconds between two signs of life. */
export const BEAT_SECONDS = 5;
/** Seconds without one after which somebody counts as gone. */
const GONE = 15;

/** See the head of this file. */
export class Presence {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Gives a sign of life. */
  async beat(name: string, guest: boolean): Promise<void> {
    await this.#db.query(
      `INSERT INTO studio_presence (name, guest) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seen_at = now()`,
      [name, guest],
    );
  }

  /** Says goodbye; also for whoever did not, a day ago. */
  async leave(name: string): Promise<void> {
    await this.#db.query(`DELETE FROM studio_presence WHERE name = $1 OR seen_at < now() - interval '1 day'`, [name]);
  }

  /** Whether a guest, or somebody with the home, is there. */
  async has(guest: boolean): Promise<boolean> {
    const rows = await this.#db.query(
      `SELECT 1 FROM studio_presence WHERE guest = $1 AND seen_at > now() - make_interval(secs => $2) LIMIT 1`,
      [guest, GONE],
    );
    return rows.length > 0;
  }
}
