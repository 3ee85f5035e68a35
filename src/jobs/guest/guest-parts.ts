/**
 * Stretches in the hands of guests. A guest has no ticket: it takes a stretch that waits, which voids the ticket that lies for it,
 * and gives signs of life in the database; where it stops, or they do, the stretch gets a ticket again.
 */
import type { Database } from '../database/types.js';
import type { PartStore, PartTicket } from '../parts.js';

/** How often guests may try a stretch before it is left to those who have the home. */
const TRIES = 2;
/** Seconds without a sign of life after which a guest counts as dead. */
const DEAD = 20;

interface Held {
  readonly job: string;
  readonly ticket: number;
  readonly part: number;
  readonly turn: number;
  readonly worker: string;
}

const ticketOf = ({ job, ticket, part, turn }: Held): PartTicket => ({ job, ticket, part: { number: part, turn } });

/** See the head of this file. */
export class GuestParts {
  readonly #db: Database;
  readonly #parts: PartStore;

  constructor(db: Database, parts: PartStore) {
    this.#db = db;
    this.#parts = parts;
  }

  /**
   * Takes the stretch that is next, of a film that was packed for guests.
   *
   * @param code what the guest's program is; films that another one planned are left alone
   * @param but jobs that it leaves to others for now
   */
  async take(worker: string, code: string, but: readonly string[]): Promise<PartTicket | null> {
    const rows = await this.#db.query<Held>(
      `UPDATE studio_parts p SET state = 'running', guest = true, worker = $1, desk = NULL, seen_at = now(),
       attempts = p.attempts + 1, guest_tries = p.guest_tries + 1
       FROM (SELECT w.job, w.part, j.ticket FROM studio_parts w JOIN studio_jobs j ON j.id = w.job
         WHERE w.state = 'waiting' AND w.guest_tries < ${TRIES} AND j.state = 'running' AND j.worker IS NULL
         AND j.plan->'packed'->>'code' = $2 AND NOT (j.id = ANY($3))
         ORDER BY j.priority DESC, j.created_at, w.part LIMIT 1 FOR UPDATE OF w SKIP LOCKED) next
       WHERE p.job = next.job AND p.part = next.part RETURNING p.job, p.part, p.turn, p.worker, next.ticket`,
      [worker, code, but],
    );
    return rows[0] === undefined ? null : ticketOf(rows[0]);
  }

  /** Gives a sign of life. */
  async beat({ job, part }: PartTicket, worker: string): Promise<void> {
    await this.#db.query(
      `UPDATE studio_parts SET seen_at = now() WHERE job = $1 AND part = $2 AND turn = $3 AND worker = $4 AND guest`,
      [job, part.number, part.turn, worker],
    );
  }

  /**
   * Gives a stretch back; that it was begun does not count.
   *
   * @param forGood leaves it to those who have the home
   */
  async giveBack(ticket: PartTicket, worker: string, forGood = false): Promise<void> {
    const { job, part } = ticket;
    await this.#db.query(
      `UPDATE studio_parts SET attempts = greatest(0, attempts - 1), guest_tries = guest_tries + $5
       WHERE job = $1 AND part = $2 AND turn = $3 AND worker = $4 AND guest AND state = 'running'`,
      [job, part.number, part.turn, worker, forGood ? TRIES : 0],
    );
    await this.#parts.putBack(ticket, worker);
  }

  /** Gives the stretches of dead guests back; how many. */
  async reap(): Promise<number> {
    const rows = await this.#db.query<Held>(
      `SELECT p.job, p.part, p.turn, p.worker, j.ticket FROM studio_parts p JOIN studio_jobs j ON j.id = p.job
       WHERE p.guest AND p.state = 'running' AND j.state = 'running' AND p.seen_at < now() - interval '${DEAD} seconds'`,
    );
    for (const held of rows) await this.giveBack(ticketOf(held), held.worker);
    return rows.length;
  }
}
