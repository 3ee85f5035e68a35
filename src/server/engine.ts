/** The engine behind the routes: tables, queue, and a worker. The same in a studio and in a worker on its own. */
import { JOB_TABLES, JobQueue, JobStore, migrate, type OpenDatabase, Worker } from '../jobs/index.js';
import type { Log } from './log.js';
import { enterMade } from './services/made.js';
import { SERVER_TABLES } from './tables.js';

/** What stands behind the routes. */
export interface Engine {
  readonly jobs: JobStore;
  readonly queue: JobQueue;
  readonly worker: Worker;
}

/** Tables, queue and worker. An embedded database belongs to this process alone: what its forerunner left is taken up. */
export async function startEngine({ db }: OpenDatabase, parallel: WorkerSize, log: Log): Promise<Engine> {
  await migrate(db, 'jobs', JOB_TABLES);
  await migrate(db, 'server', SERVER_TABLES);
  const queue = await JobQueue.open(db, (message) => log('warn', 'queue', { problem: message }));
  const jobs = new JobStore(db, queue);
  if (db.kind === 'embedded') await jobs.recover();
  const worker = new Worker({
    store: jobs,
    queue,
    parallel,
    onMade: enterMade,
    log: (message, facts) => log('info', message, facts),
  });
  await worker.start();
  return { jobs, queue, worker };
}

/** How many jobs at once: checks and analyses, and training and rendering. */
export interface WorkerSize {
  readonly quick: number;
  readonly long: number;
}

/** What a studio has unless told. */
export const USUAL_SIZE: WorkerSize = { quick: 1, long: 1 };
