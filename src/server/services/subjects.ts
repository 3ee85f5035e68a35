/** What belongs to a subject: records about them, and everything that was made under those. */
import type { Database } from '../../jobs/index.js';
import type { StudioUser } from '../auth.js';
import type { Media } from './media-store.js';

/** See the head of this file. */
export class Subjects {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Says that a record is about a person of the studio. */
  async link(consent: string, person: string): Promise<void> {
    await this.#db.query('INSERT INTO studio_subjects (consent, person) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      consent,
      person,
    ]);
  }

  /** Ids of the records about a person. */
  async consentsOf(user: StudioUser): Promise<string[]> {
    const rows = await this.#db.query<{ consent: string }>('SELECT consent FROM studio_subjects WHERE person = $1', [
      user.id,
    ]);
    return rows.map(({ consent }) => consent);
  }

  /** Ids of the media that were made under a person's records. */
  async mediaOf(user: StudioUser): Promise<string[]> {
    const rows = await this.#db.query<{ media: string }>(
      `SELECT DISTINCT m.media FROM studio_made_under m JOIN studio_subjects s ON s.consent = m.consent
       WHERE s.person = $1`,
      [user.id],
    );
    return rows.map(({ media }) => media);
  }

  /** Ids of the media that were made under a record. */
  async madeUnder(consent: string): Promise<string[]> {
    const rows = await this.#db.query<{ media: string }>('SELECT media FROM studio_made_under WHERE consent = $1', [
      consent,
    ]);
    return rows.map(({ media }) => media);
  }

  /** Whether a person may see a file: made with their likeness, or sent by themselves. */
  async maySee(user: StudioUser, media: Media): Promise<boolean> {
    return media.owner === user.id || (await this.mediaOf(user)).includes(media.id);
  }
}
