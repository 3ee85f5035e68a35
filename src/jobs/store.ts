/** Jobs in the database. Every change gets a number that rises, so that whoever listens can ask for what came since. */
import { randomUUID } from 'node:crypto';
import { LikenessError } from '../base/index.js';
import { courseOf, type Spent } from './course.js';
import { Courses } from './courses.js';
import type { Database, Queryable, SqlValue } from './database/types.js';
import { GuestParts } from './guest/guest-parts.js';
import { endsKey, RenderKeys } from './guest/keys.js';
import { Presence } from './guest/presence.js';
import { QuestionStore } from './guest/questions.js';
import { PartStore } from './parts.js';
import { type JobQueue, laneOf, type Ticket } from './queue.js';
import type { Job, JobError, JobInput, JobKind, JobProgress, JobState, MadeFile, TaskResult } from './types.js';

const COLUMNS = `id, kind, state, title, owner, project, media, priority, input, progress, result, error, files, attempts,
  plan, reason, coalesce(spent, '{}') AS spent, coalesce(course, '') AS course, change, CASE WHEN state = 'done' THEN CASE kind WHEN 'check' THEN result->'report'->'verdict'->>'label'
  WHEN 'verify' THEN result->>'verdict' END END AS verdict, created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt"`;
/** The same for lists: results may be long, and what a check came to is all that a list tells of them. */
const LINE = COLUMNS.replace(' result,', ' NULL::jsonb AS result,').replace(' plan,', ' NULL::jsonb AS plan,');
const CHANGED = `change = nextval('studio_job_changes')`;

/** A job to be. */
export interface NewJob {
  readonly input: JobInput;
  readonly title: string;
  readonly owner: string;
  readonly project?: string | null;
  readonly media?: string | null;
  readonly priority?: number;
}

/** Which jobs are asked for. */
export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly project?: string | undefined;
  readonly media?: string | undefined;
  readonly owner?: string | undefined;
}

/** A made file enters the media of the studio in the same transaction in which its job is done. */
export type OnMade = (sql: Queryable, job: Job, made: MadeFile) => Promise<void>;

const notNow = (job: Job, wanted: string): LikenessError =>
  new LikenessError('jobs.state', `The job is ${job.state}; it cannot be ${wanted}.`, {
    hint: 'Look at its state; a job that has ended can be started again.',
  });

/** See the head of this file. */
export class JobStore {
  readonly #db: Database;
  readonly #queue: JobQueue;
  /** Stretches of renders that are shared out. */
  readonly parts: PartStore;
  /** Those of them that guests have. */
  readonly guestParts: GuestParts;
  /** How jobs like one went. */
  readonly courses: Courses;
  /** Keys of renders. */
  readonly keys: RenderKeys;
  /** What guests ask. */
  readonly questions: QuestionStore;
  /** Who is there. */
  readonly presence: Presence;

  constructor(db: Database, queue: JobQueue) {
    this.#db = db;
    this.#queue = queue;
    this.keys = new RenderKeys(db);
    this.courses = new Courses(db);
    this.parts = new PartStore(db, queue, this.keys, this.courses);
    this.guestParts = new GuestParts(db, this.parts);
    this.questions = new QuestionStore(db);
    this.presence = new Presence(db);
  }

  /** Adds a job and its ticket, both or neither. */
  async add(job: NewJob): Promise<Job> {
    const id = randomUUID();
    await this.#db.transaction((sql) => this.#insert(sql, id, job));
    return this.need(id);
  }

  /**
   * Adds a job, unless the same one waits or runs already: of the same kind, project and media, from the same input. Of requests
   * that come at once one adds it.
   *
   * @returns the job, and whether it was added
   */
  async addOnce(job: NewJob): Promise<{ job: Job; added: boolean }> {
    const fresh = randomUUID();
    const id = await this.#db.transaction(async (sql) => {
      const { kind } = job.input;
      const about = [job.project ?? null, job.media ?? null];
      await sql.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`likeness job ${kind} ${about.join(' ')}`]);
      // One that is being paused or called off is on its way out.
      const same = await sql.query<{ id: string }>(
        `SELECT id FROM studio_jobs WHERE kind = $1 AND project IS NOT DISTINCT FROM $2 AND media IS NOT DISTINCT FROM $3
         AND input = $4::jsonb AND state IN ('queued', 'running') AND wanted IS NULL ORDER BY created_at LIMIT 1`,
        [kind, ...about, JSON.stringify(job.input)],
      );
      if (same[0] === undefined) await this.#insert(sql, fresh, job);
      return same[0]?.id ?? fresh;
    });
    return { job: await this.need(id), added: id === fresh };
  }

  async #insert(sql: Queryable, id: string, job: NewJob): Promise<void> {
    const priority = job.priority ?? 0;
    await sql.query(
      `INSERT INTO studio_jobs (id, kind, state, title, owner, project, media, priority, input, course)
       VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8::jsonb, $9)`,
      [
        id,
        job.input.kind,
        job.title,
        job.owner,
        job.project ?? null,
        job.media ?? null,
        priority,
        JSON.stringify(job.input),
        courseOf(job.input),
      ],
    );
    await this.#queue.add(laneOf(job.input), { job: id, ticket: 0 }, priority, sql);
  }

  /** A job, or null. */
  async get(id: string): Promise<Job | null> {
    const rows = await this.#db.query<Job>(`SELECT ${COLUMNS} FROM studio_jobs WHERE id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** @throws LikenessError `jobs.unknown` */
  async need(id: string): Promise<Job> {
    const job = await this.get(id);
    if (job === null)
      throw new LikenessError('jobs.unknown', 'There is no such job.', { hint: 'It may have been deleted.' });
    return job;
  }

  /** Jobs, newest first, without their results. */
  async list(filter: JobFilter = {}, limit = 200): Promise<Job[]> {
    const values: SqlValue[] = [];
    const where = Object.entries(filter).flatMap(([column, value]) => {
      if (value === undefined) return [];
      values.push(value);
      return [`${column} = $${values.length}`];
    });
    return this.#db.query<Job>(
      `SELECT ${LINE} FROM studio_jobs ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
       ORDER BY created_at DESC, id LIMIT ${limit}`,
      values,
    );
  }

  /** Jobs that changed after a number, in order of their change. */
  changedSince(change: number): Promise<Job[]> {
    return this.#db.query<Job>(`SELECT ${COLUMNS} FROM studio_jobs WHERE change > $1 ORDER BY change LIMIT 500`, [
      change,
    ]);
  }

  /** The number of the latest change. */
  async lastChange(): Promise<number> {
    const rows = await this.#db.query<{ last: number | null }>('SELECT max(change) AS last FROM studio_jobs');
    return rows[0]?.last ?? 0;
  }

  /** Gives a queued job another ticket; the former one is void. */
  async #requeue(sql: Queryable, job: Job, priority: number, reason: string | null): Promise<void> {
    const rows = await sql.query<{ ticket: number }>(
      `UPDATE studio_jobs SET state = 'queued', wanted = NULL, worker = NULL, ticket = ticket + 1, priority = $2,
       plan = NULL, error = NULL, ended_at = NULL, reason = COALESCE($3, reason), ${CHANGED} WHERE id = $1 RETURNING ticket`,
      [job.id, priority, reason],
    );
    await sql.query('DELETE FROM studio_parts WHERE job = $1', [job.id]);
    await this.#queue.add(laneOf(job.input), { job: job.id, ticket: rows[0]?.ticket ?? 0 }, priority, sql);
  }

  /** Locks a job's row for the rest of a transaction. */
  async #lock(sql: Queryable, id: string): Promise<Job> {
    const rows = await sql.query<Job>(`SELECT ${COLUMNS} FROM studio_jobs WHERE id = $1 FOR UPDATE`, [id]);
    if (rows[0] === undefined)
      throw new LikenessError('jobs.unknown', 'There is no such job.', { hint: 'It may have been deleted.' });
    return rows[0];
  }

  /** Moves a job forward or back in the queue. */
  async setPriority(id: string, priority: number): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      if (job.state === 'queued') await this.#requeue(sql, job, priority, null);
      else await sql.query(`UPDATE studio_jobs SET priority = $2, ${CHANGED} WHERE id = $1`, [id, priority]);
      if (job.state === 'running' && job.plan !== null) await this.parts.again(sql, id, priority);
    });
  }

  /**
   * Pauses or cancels: at once where it waits or its parts are shared out, at the next safe point where it runs. Whoever has
   * a part finds out within a second.
   *
   * @throws LikenessError `jobs.state`
   */
  async stop(id: string, wanted: 'paused' | 'cancelled'): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      if (job.state === wanted) return;
      const held = await sql.query(
        `UPDATE studio_jobs SET wanted = $2, ${CHANGED} WHERE id = $1 AND state = 'running' AND worker IS NOT NULL
         RETURNING id`,
        [id, wanted],
      );
      if (held.length > 0) return;
      if (job.state === 'running' || job.state === 'queued' || (job.state === 'paused' && wanted === 'cancelled'))
        await sql.query(
          `UPDATE studio_jobs SET state = $2, ticket = ticket + 1, ${CHANGED},
           plan = NULL, ended_at = CASE WHEN $2 = 'cancelled' THEN now() END WHERE id = $1`,
          [id, wanted],
        );
      else throw notNow(job, wanted);
    });
  }

  /**
   * Lets a paused job go on.
   *
   * @throws LikenessError `jobs.state`
   */
  async resume(id: string): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      if (job.state === 'queued' || job.state === 'running') return;
      if (job.state !== 'paused') throw notNow(job, 'resumed');
      await this.#requeue(sql, job, job.priority, null);
    });
  }

  /**
   * Starts a job again that failed or was cancelled; what it had finished is found again.
   *
   * @param input what it works from now, where a setting is changed; of the same kind
   * @throws LikenessError `jobs.state`
   */
  async retry(id: string, reason: string | null, input?: JobInput): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      if (job.state !== 'failed' && job.state !== 'cancelled') throw notNow(job, 'started again');
      if (input !== undefined)
        await sql.query('UPDATE studio_jobs SET input = $2::jsonb WHERE id = $1', [id, JSON.stringify(input)]);
      await this.#requeue(sql, job, job.priority, reason);
    });
  }

  /**
   * Forgets a job that has ended.
   *
   * @throws LikenessError `jobs.state`
   */
  async remove(id: string): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      if (job.state === 'queued' || job.state === 'running') throw notNow(job, 'deleted');
      await sql.query('DELETE FROM studio_jobs WHERE id = $1', [id]);
    });
  }

  /**
   * Takes a job for a worker. A ticket comes twice only where its first worker is gone, so a running job may be taken.
   *
   * @returns null where the ticket is void
   */
  async claim({ job, ticket }: Ticket, worker: string): Promise<Job | null> {
    const rows = await this.#db.query<Job>(
      `UPDATE studio_jobs SET state = 'running', worker = $3, wanted = NULL,
       attempts = attempts + CASE WHEN plan IS NULL THEN 1 ELSE 0 END,
       progress = CASE WHEN plan IS NULL THEN NULL ELSE progress END,
       spent = CASE WHEN plan IS NULL THEN '{}' ELSE spent END,
       started_at = COALESCE(started_at, now()), ${CHANGED}
       WHERE id = $1 AND ticket = $2 AND state IN ('queued', 'running') RETURNING ${COLUMNS}`,
      [job, ticket, worker],
    );
    return rows[0] ?? null;
  }

  /** Writes down how far a job is, and tells what is wanted of it: null where it is this worker's no more. */
  async report(
    id: string,
    worker: string,
    progress: JobProgress | null,
    spent: Spent,
  ): Promise<{ wanted: 'paused' | 'cancelled' | null } | null> {
    const rows = await this.#db.query<{ wanted: 'paused' | 'cancelled' | null }>(
      progress === null
        ? `SELECT wanted FROM studio_jobs WHERE id = $1 AND worker = $2 AND state = 'running'`
        : `UPDATE studio_jobs SET progress = $3::jsonb, spent = $4::jsonb, ${CHANGED} WHERE id = $1 AND worker = $2 AND state = 'running'
           RETURNING wanted`,
      progress === null ? [id, worker] : [id, worker, JSON.stringify(progress), JSON.stringify(spent)],
    );
    return rows[0] ?? null;
  }

  /** Writes down where the time of a job went, when there is no progress any more. */
  async noteSpent(id: string, worker: string, spent: Spent): Promise<void> {
    await this.#db.query('UPDATE studio_jobs SET spent = $3::jsonb WHERE id = $1 AND worker = $2', [
      id,
      worker,
      JSON.stringify(spent),
    ]);
  }

  /** Ends a job well, together with what it made. */
  async finish(job: Job, worker: string, { result, files, made }: TaskResult, onMade: OnMade): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const rows = await sql.query(
        `UPDATE studio_jobs SET state = 'done', result = $3::jsonb, files = $4::jsonb, error = NULL, wanted = NULL,
         plan = NULL, ended_at = now(), ${CHANGED} WHERE id = $1 AND worker = $2 AND state = 'running' RETURNING id`,
        [job.id, worker, JSON.stringify(result ?? null), JSON.stringify(files)],
      );
      if (rows.length === 0) return;
      await this.keys.forget(job.id, sql);
      if (made !== null) await onMade(sql, job, made);
    });
  }

  /** Puts a job down in another way than by finishing it. */
  async putDown(
    id: string,
    worker: string,
    state: 'paused' | 'failed' | 'cancelled',
    error: JobError | null,
  ): Promise<void> {
    const rows = await this.#db.query(
      `UPDATE studio_jobs SET state = $3, error = $4::jsonb, wanted = NULL, worker = NULL, ticket = ticket + 1,
       plan = NULL, ended_at = CASE WHEN $3 = 'paused' THEN NULL ELSE now() END, ${CHANGED}
       WHERE id = $1 AND worker = $2 AND state = 'running' RETURNING id`,
      [id, worker, state, error === null ? null : JSON.stringify(error)],
    );
    if (rows.length > 0 && endsKey(error)) await this.keys.forget(id);
  }

  /** Puts a running job back into the queue: its worker stops, or its process died. */
  async putBack(id: string, worker: string, error: JobError | null): Promise<void> {
    await this.#db.transaction(async (sql) => {
      const job = await this.#lock(sql, id);
      const rows = await sql.query('SELECT 1 FROM studio_jobs WHERE id = $1 AND worker = $2', [id, worker]);
      if (job.state !== 'running' || rows.length === 0) return;
      await this.#requeue(sql, job, job.priority, null);
      if (error !== null)
        await sql.query('UPDATE studio_jobs SET error = $2::jsonb WHERE id = $1', [id, JSON.stringify(error)]);
    });
  }

  /** After a death of the only process: everything that was under way or waited gets a fresh ticket. */
  async recover(): Promise<void> {
    await this.#queue.clear();
    const running = await this.list({ state: 'running' }, 100_000);
    const queued = await this.list({ state: 'queued' }, 100_000);
    // The list is newest first; whoever came first goes first.
    for (const job of [...running.reverse(), ...queued.reverse()])
      await this.#db.transaction((sql) => this.#requeue(sql, job, job.priority, null));
  }

  /** How many jobs are in each state. */
  async counts(): Promise<Record<JobState, number>> {
    const counts = { queued: 0, running: 0, paused: 0, done: 0, failed: 0, cancelled: 0 };
    const rows = await this.#db.query<{ state: JobState; n: number }>(
      'SELECT state, count(*)::int AS n FROM studio_jobs GROUP BY state',
    );
    for (const { state, n } of rows) counts[state] = n;
    return counts;
  }
}
