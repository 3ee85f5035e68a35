/**
 * Questions of guests, and what they were answered, on their way through the database. What is here is good for seconds, and
 * is believed by neither side: who asks must hold the stretch, and a yes must open (`synth/guest/letters.ts`).
 */
import { type Answer, QUESTION_SECONDS, type Question } from '../../synth/guest/index.js';
import type { Database } from '../database/types.js';

interface Row {
  readonly id: string;
  readonly job: string;
  readonly ticket: number;
  readonly part: number;
  readonly turn: number;
  readonly worker: string;
  readonly step: string;
  readonly publicKey: string;
}

/** Holds where the stretch that a question is about is in the hands of whoever asks. */
const IN_HAND = `p.job = q.job AND p.part = q.part AND p.turn = q.turn AND p.worker = q.worker AND p.guest
  AND p.state = 'running' AND j.id = q.job AND j.ticket = q.ticket AND j.state = 'running'`;
const FRESH = `q.asked_at > now() - interval '${QUESTION_SECONDS} seconds'`;
/** Seconds that a question is left to whoever answered the former ones of its stretch, and has the grants at hand. */
const KNOWN_DESK = 3;

const COLUMNS = 'q.id, q.job, q.ticket, q.part, q.turn, q.worker, q.step, q.public_key AS "publicKey"';

const stepOf = (text: string): Question['step'] => (text === 'begin' || text === 'end' ? text : Number(text));

/** See the head of this file. */
export class QuestionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Asks. */
  async post({ id, job, ticket, part, turn, worker, step, publicKey }: Question): Promise<void> {
    await this.#db.query(
      `INSERT INTO studio_questions (id, job, ticket, part, turn, worker, step, public_key)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, job, ticket, part, turn, worker, String(step), publicKey],
    );
  }

  /** The answer, where there is one; it is gone then. */
  async take(id: string): Promise<Answer | null> {
    const rows = await this.#db.query<{ answer: Answer }>(
      'DELETE FROM studio_questions WHERE id = $1 AND answer IS NOT NULL RETURNING answer',
      [id],
    );
    return rows[0]?.answer ?? null;
  }

  /** Takes a question back that nobody waits for any more. */
  async withdraw(id: string): Promise<void> {
    await this.#db.query('DELETE FROM studio_questions WHERE id = $1', [id]);
  }

  /**
   * The next question for one of those who answer, of a guest that has the stretch in hand; nobody else gets it.
   *
   * @param desk who answers
   */
  async next(desk: string): Promise<Question | null> {
    return this.#db.transaction(async (sql) => {
      const rows = await sql.query<Row>(
        `SELECT ${COLUMNS} FROM studio_questions q, studio_parts p, studio_jobs j
         WHERE ${IN_HAND} AND ${FRESH} AND q.desk IS NULL AND q.answer IS NULL
         AND (p.desk IS NULL OR p.desk = $1 OR q.asked_at < now() - interval '${KNOWN_DESK} seconds')
         ORDER BY q.asked_at LIMIT 1 FOR UPDATE OF q SKIP LOCKED`,
        [desk],
      );
      const [found] = rows;
      if (found === undefined) return null;
      await sql.query('UPDATE studio_questions SET desk = $2 WHERE id = $1', [found.id, desk]);
      await sql.query('UPDATE studio_parts SET desk = $3 WHERE job = $1 AND part = $2', [found.job, found.part, desk]);
      return { ...found, step: stepOf(found.step) };
    });
  }

  /** Answers; a yes only where it is not too late, and the stretch still in the same hands. */
  async answer({ id }: Question, answer: Answer): Promise<void> {
    const held = `AND ${FRESH} AND EXISTS (SELECT 1 FROM studio_parts p, studio_jobs j WHERE ${IN_HAND})`;
    await this.#db.query(
      `UPDATE studio_questions q SET answer = $2::jsonb WHERE q.id = $1 AND q.answer IS NULL ${'yes' in answer ? held : ''}`,
      [id, JSON.stringify(answer)],
    );
  }

  /** Forgets what nobody waits for any more. */
  async sweep(): Promise<void> {
    await this.#db.query(`DELETE FROM studio_questions WHERE asked_at < now() - interval '1 minute'`);
  }
}
