/**
 * Stretches of renders in the database, each with tickets of its own. While they are shared out the job belongs to no worker;
 * its ticket is what they all hold on to: when the job is paused, has failed or begins anew, that changes, and all of
 * theirs are void.
 */
import { type Spent, wholeOf } from './course.js';
import type { Courses } from './courses.js';
import type { Database, Queryable } from './database/types.js';
import { endsKey, type RenderKeys } from './guest/keys.js';
import type { JobQueue, Ticket } from './queue.js';
import type { Job, JobError, JobPart, JobProgress, JobWhole, SharedPack, SharedPlan } from './types.js';

const CHANGED = `change = nextval('studio_job_changes')`;

/** The lane that renders are in. */
const LANE = 'long';

/** A ticket of a part. */
export type PartTicket = Required<Ticket>;

/** What was found of a job whose parts are shared out. */
interface Shared {
  readonly priority: number;
}

/** Seconds before which a pace says nothing. */
const SETTLE = 2;
/** What is done while a job is shared out. */
const STAGE = 'swapping';

/** How far all parts of a job are together. */
interface Progress {
  readonly frames: number;
  readonly done: number;
  readonly found: number;
  readonly seconds: number;
  readonly spent: Spent;
  readonly course: string;
  readonly before: JobWhole | null;
}

/** See the head of this file. */
export class PartStore {
  readonly #db: Database;
  readonly #queue: JobQueue;
  readonly #keys: RenderKeys;
  readonly #courses: Courses;

  constructor(db: Database, queue: JobQueue, keys: RenderKeys, courses: Courses) {
    this.#db = db;
    this.#queue = queue;
    this.#keys = keys;
    this.#courses = courses;
  }

  /** The parts of a job, in order; none where it was not shared out. */
  list(job: string): Promise<JobPart[]> {
    return this.#db.query<JobPart>(
      'SELECT part, state, frames, done, attempts, worker FROM studio_parts WHERE job = $1 ORDER BY part',
      [job],
    );
  }

  /**
   * Shares a job out: its worker lets go of it, and every stretch that is not finished gets a ticket.
   *
   * @returns false where the job is not this worker's any more, or is to stop
   */
  async share(job: string, worker: string, plan: SharedPlan): Promise<boolean> {
    return this.#db.transaction(async (sql) => {
      const rows = await sql.query<{ ticket: number; priority: number }>(
        `UPDATE studio_jobs SET plan = $3::jsonb, shared_at = now(), worker = NULL, ticket = ticket + 1, ${CHANGED}
         WHERE id = $1 AND worker = $2 AND state = 'running' AND wanted IS NULL RETURNING ticket, priority`,
        [job, worker, JSON.stringify(plan)],
      );
      const [found] = rows;
      if (found === undefined) return false;
      await sql.query('DELETE FROM studio_parts WHERE job = $1', [job]);
      for (const { index, frames } of plan.stretches) {
        const missing = plan.missing.includes(index);
        await sql.query(
          'INSERT INTO studio_parts (job, part, state, frames, found, done) VALUES ($1, $2, $3, $4, $5, $5)',
          [job, index, missing ? 'waiting' : 'done', frames, missing ? 0 : frames],
        );
        if (missing) await this.#send(sql, { job, ticket: found.ticket, part: { number: index, turn: 0 } }, found);
      }
      // All of them are finished, but lie elsewhere: whoever puts them together has them brought.
      if (plan.missing.length === 0) await this.#send(sql, { job, ticket: found.ticket }, found);
      return true;
    });
  }

  /**
   * Notes what was packed for guests after a job was shared out; two who pack at once make the same files.
   *
   * @returns false where it is shared out no more
   */
  async pack({ id, plan }: Job, pack: SharedPack): Promise<boolean> {
    const rows = await this.#db.query(
      `UPDATE studio_jobs SET plan = jsonb_set(plan, '{packed}', $3::jsonb) WHERE id = $1 AND state = 'running'
       AND plan->>'work' = $2 RETURNING id`,
      [id, plan?.work ?? '', JSON.stringify(pack)],
    );
    return rows.length > 0;
  }

  #send(sql: Queryable, ticket: Ticket, { priority }: Shared): Promise<void> {
    return this.#queue.add(LANE, ticket, priority, sql, true);
  }

  /** Locks the row of a job for the rest of a transaction; null where a ticket of its parts is void. */
  async #lock(sql: Queryable, { job, ticket }: Ticket): Promise<Shared | null> {
    const rows = await sql.query<Shared>(
      `SELECT priority FROM studio_jobs WHERE id = $1 AND ticket = $2 AND state = 'running' FOR UPDATE`,
      [job, ticket],
    );
    return rows[0] ?? null;
  }

  /**
   * Takes a part for a worker. A ticket comes twice only where its first worker is gone, so a part under way may be taken, but
   * not from a guest, who has no ticket.
   *
   * @returns how often it was begun, this time included; null where the ticket is void
   */
  async claim({ job, ticket, part }: PartTicket, worker: string): Promise<number | null> {
    const rows = await this.#db.query<{ attempts: number }>(
      `UPDATE studio_parts p SET state = 'running', guest = false, worker = $5, attempts = p.attempts + 1 FROM studio_jobs j
       WHERE p.job = $1 AND p.part = $3 AND p.turn = $4 AND (p.state = 'waiting' OR (p.state = 'running' AND NOT p.guest))
       AND j.id = $1 AND j.ticket = $2 AND j.state = 'running' RETURNING p.attempts`,
      [job, ticket, part.number, part.turn, worker],
    );
    return rows[0]?.attempts ?? null;
  }

  /**
   * Writes down how far a part is, and what that makes of the whole.
   *
   * @param done its finished frames; null where there is nothing new
   * @returns false where it is this worker's no more
   */
  async report({ job, ticket, part }: PartTicket, worker: string, done: number | null): Promise<boolean> {
    const mine = `p.job = $1 AND p.part = $3 AND p.turn = $4 AND p.worker = $5 AND p.state = 'running'
      AND j.id = $1 AND j.ticket = $2 AND j.state = 'running'`;
    const values = [job, ticket, part.number, part.turn, worker] as const;
    if (done === null)
      return (await this.#db.query(`SELECT 1 FROM studio_parts p, studio_jobs j WHERE ${mine}`, values)).length > 0;
    const rows = await this.#db.query(
      `UPDATE studio_parts p SET done = $6 FROM studio_jobs j WHERE ${mine} RETURNING p.part`,
      [...values, done],
    );
    if (rows.length === 0) return false;
    await this.#tell(job, ticket);
    return true;
  }

  async #tell(job: string, ticket: number): Promise<void> {
    const rows = await this.#db.query<Progress>(
      `SELECT sum(p.frames)::int AS frames, sum(p.done)::int AS done, sum(p.found)::int AS found,
       extract(epoch FROM now() - j.shared_at)::float AS seconds, coalesce(j.spent, '{}') AS spent, coalesce(j.course, '') AS course, j.progress->'whole' AS before
       FROM studio_parts p JOIN studio_jobs j ON j.id = p.job WHERE p.job = $1 GROUP BY j.id`,
      [job],
    );
    const [row] = rows;
    if (row === undefined) return;
    const { frames, done, found, seconds, course, before } = row;
    const made = done - found;
    const share = frames > 0 ? done / frames : null;
    const left = made > 0 && seconds >= SETTLE ? ((frames - done) * seconds) / made : null;
    // Everybody's time counts as one: by the clock.
    const spent = { ...row.spent, [STAGE]: seconds };
    const shares = await this.#courses.shares(course);
    const whole = wholeOf({ shares, spent, stage: STAGE, done: share, left, before });
    const progress: JobProgress = {
      stage: STAGE,
      done,
      total: frames,
      unit: 'frames',
      note: null,
      share,
      secondsLeft: left === null ? null : Math.round(left),
      whole,
    };
    await this.#db.query(
      `UPDATE studio_jobs SET progress = $3::jsonb, spent = $4::jsonb, ${CHANGED} WHERE id = $1 AND ticket = $2
       AND state = 'running'`,
      [job, ticket, JSON.stringify(progress), JSON.stringify(spent)],
    );
  }

  /**
   * Ends a part well. With the last one the job gets a ticket again: what is left is to put the parts together.
   *
   * @returns false where it is this worker's no more
   */
  async finish(ticket: PartTicket, worker: string): Promise<boolean> {
    const { job, part } = ticket;
    const finished = await this.#db.transaction(async (sql) => {
      const shared = await this.#lock(sql, ticket);
      if (shared === null) return false;
      const mine = await sql.query(
        `UPDATE studio_parts SET state = 'done', done = frames WHERE job = $1 AND part = $2 AND turn = $3 AND worker = $4
         AND state = 'running' RETURNING part`,
        [job, part.number, part.turn, worker],
      );
      const left = await sql.query(`SELECT 1 FROM studio_parts WHERE job = $1 AND state <> 'done' LIMIT 1`, [job]);
      if (mine.length === 0) return false;
      if (left.length > 0) return true;
      const rows = await sql.query<{ ticket: number }>(
        `UPDATE studio_jobs SET ticket = ticket + 1, ${CHANGED} WHERE id = $1 RETURNING ticket`,
        [job],
      );
      await this.#send(sql, { job, ticket: rows[0]?.ticket ?? 0 }, shared);
      return true;
    });
    await this.#tell(job, ticket.ticket);
    return finished;
  }

  /** Gives a part another ticket: its worker stops, or its process died. */
  async putBack(ticket: PartTicket, worker: string): Promise<void> {
    const { job, part } = ticket;
    await this.#db.transaction(async (sql) => {
      const shared = await this.#lock(sql, ticket);
      if (shared === null) return;
      const rows = await sql.query<{ turn: number }>(
        `UPDATE studio_parts SET state = 'waiting', turn = turn + 1 WHERE job = $1 AND part = $2 AND turn = $3
         AND worker = $4 AND state = 'running' RETURNING turn`,
        [job, part.number, part.turn, worker],
      );
      const turn = rows[0]?.turn;
      if (turn !== undefined) await this.#send(sql, { ...ticket, part: { number: part.number, turn } }, shared);
    });
  }

  /** Puts the whole job down because of one part; the others find out within a second. */
  async putDown(ticket: PartTicket, worker: string, state: 'paused' | 'failed', error: JobError): Promise<void> {
    const { job, part } = ticket;
    const rows = await this.#db.query(
      `UPDATE studio_jobs SET state = $3, error = $4::jsonb, wanted = NULL, worker = NULL, ticket = ticket + 1, plan = NULL,
       ended_at = CASE WHEN $3 = 'paused' THEN NULL ELSE now() END, ${CHANGED}
       WHERE id = $1 AND ticket = $2 AND state = 'running' AND EXISTS
       (SELECT 1 FROM studio_parts WHERE job = $1 AND part = $5 AND turn = $6 AND worker = $7) RETURNING id`,
      [job, ticket.ticket, state, JSON.stringify(error), part.number, part.turn, worker],
    );
    if (rows.length > 0 && endsKey(error)) await this.#keys.forget(job);
  }

  /** Gives the waiting parts of a job tickets of another priority, as a part of a transaction. */
  async again(sql: Queryable, job: string, priority: number): Promise<void> {
    const rows = await sql.query<{ part: number; turn: number; ticket: number }>(
      `UPDATE studio_parts p SET turn = p.turn + 1 FROM studio_jobs j
       WHERE p.job = $1 AND p.state = 'waiting' AND j.id = $1 RETURNING p.part, p.turn, j.ticket`,
      [job],
    );
    for (const { part, turn, ticket } of rows.sort((a, b) => a.part - b.part))
      await this.#send(sql, { job, ticket, part: { number: part, turn } }, { priority });
  }
}
