/**
 * The queue: which job is next, who has it, and whether that worker still lives. It holds tickets only; what a job is
 * and how it stands is in the studio's own table. A ticket that is not the job's latest is void.
 */
import { PgBoss } from 'pg-boss';
import type { Database, Queryable, QueueDatabase } from './database/types.js';
import type { JobInput, JobKind } from './types.js';

/**
 * Lanes, so that a check does not wait for hours of training; `house` are short jobs that need the keys or the records of the
 * studio, which not every worker has. A trial is one of them: it is there to be looked at while a training goes on.
 */
export const LANES = ['quick', 'long', 'house'] as const;
/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

const LONG: readonly JobKind[] = ['train', 'render', 'bench'];
const HOUSE: readonly JobKind[] = ['capture', 'cast', 'verify'];

/** The lane of a job. */
export function laneOf(input: JobInput): Lane {
  const { kind } = input;
  if (HOUSE.includes(kind) || (kind === 'render' && input.trial !== undefined)) return 'house';
  return LONG.includes(kind) ? 'long' : 'quick';
}

/** A place in the queue. */
export interface Ticket {
  readonly job: string;
  readonly ticket: number;
  /** One stretch of a render that is shared out, and which of its tickets this is. */
  readonly part?: { readonly number: number; readonly turn: number };
}

/** Seconds without a sign of life after which another worker takes a ticket over. */
const HEARTBEAT = 20;

/**
 * Seconds after which a ticket is handed out again although its worker lives: the most that the queue allows. Its first
 * worker then lets go, and the job goes on from where it was.
 */
const LONGEST = 86_400;

/** How often workers look for work, in seconds. */
const POLL = 0.5;

/** Milliseconds without a look for work after which a worker counts as silent. */
const SILENT = 30_000;

/** Hands out tickets. */
export class JobQueue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /**
   * Opens the queue.
   *
   * @param onTrouble told of faults of the queue itself, which goes on
   * @param supervise whether this process looks after lapsed tickets
   */
  static async open(db: Database, onTrouble: (message: string) => void): Promise<JobQueue> {
    const boss = new PgBoss({
      db: db.queue,
      backend: db.kind === 'embedded' ? 'pglite' : 'postgres',
      schema: 'studio_queue',
      schedule: false,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
      reindex: false,
      monitorVacuum: false,
    });
    boss.on('error', (error) => onTrouble(error.message));
    await boss.start();
    try {
      await JobQueue.#makeLanes(boss);
    } catch (thrown) {
      await boss.stop({ graceful: false, close: false });
      throw thrown;
    }
    return new JobQueue(boss);
  }

  static async #makeLanes(boss: PgBoss): Promise<void> {
    for (const lane of LANES)
      if ((await boss.getQueue(lane)) === null)
        await boss.createQueue(lane, {
          retryLimit: 1_000_000,
          retryDelay: 0,
          expireInSeconds: LONGEST,
          heartbeatSeconds: HEARTBEAT,
          retentionSeconds: 365 * 86_400,
          deleteAfterSeconds: 3600,
        });
  }

  /**
   * Puts a ticket into its lane, as a part of the transaction `sql`. Higher priorities come first.
   *
   * @param begun whether it goes on with a job: those come before others of the same priority
   */
  async add(lane: Lane, ticket: Ticket, priority: number, sql: Queryable, begun = false): Promise<void> {
    const db: QueueDatabase = {
      executeSql: async (text, values = []) => ({ rows: await sql.query(text, values as readonly string[]) }),
    };
    await this.#boss.send(lane, ticket, { priority: 2 * priority + (begun ? 1 : 0), db });
  }

  /** Calls `work` for every ticket, at most `parallel` at once; a ticket counts as done when it resolves. */
  async work(lane: Lane, parallel: number, work: (ticket: Ticket) => Promise<void>): Promise<void> {
    await this.#boss.work<Ticket>(
      lane,
      { pollingIntervalSeconds: POLL, batchSize: 1, localConcurrency: parallel, heartbeatRefreshSeconds: 5 },
      async (tickets) => {
        for (const { data } of tickets) await work(data);
      },
    );
  }

  /** Whether those who work for this process are at it, or look for work: all of them, or some not; `none` where it has none. */
  workers(): 'alive' | 'silent' | 'none' {
    const all = this.#boss.getWipData();
    if (all.length === 0) return 'none';
    const now = Date.now();
    const alive = all.every(
      ({ state, count, createdOn, lastFetchedOn }) =>
        state === 'active' && (count > 0 || now - (lastFetchedOn ?? createdOn) < SILENT),
    );
    return alive ? 'alive' : 'silent';
  }

  /** Throws all tickets away: for an embedded database, whose former process is gone for certain. */
  async clear(): Promise<void> {
    for (const lane of LANES) await this.#boss.deleteAllJobs(lane);
  }

  /** Lets running work end, then stops. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 30_000, close: false });
  }
}
