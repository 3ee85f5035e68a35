/** The engine behind the routes: tables, queue, and a worker. The same in a studio and in a worker on its own. */
import {
  type BlobStore,
  JOB_TABLES,
  JobQueue,
  JobStore,
  migrate,
  type OpenDatabase,
  openBlobs,
  Worker,
  type WorkerSize,
} from '../jobs/index.js';
import { claimHouse, isGuest } from './house.js';
import type { Log } from './log.js';
import { enterMade } from './services/made.js';
import { SERVER_TABLES } from './tables.js';

/** What stands behind the routes. */
export interface Engine {
  readonly jobs: JobStore;
  readonly queue: JobQueue;
  readonly worker: Worker;
  readonly blobs: BlobStore;
  /** See {@link isGuest}. */
  readonly guest: boolean;
}

/**
 * Tables, files, queue and worker. An embedded database belongs to this process alone: what its forerunner left is taken up.
 *
 * @param role a worker with another LIKENESS_HOME than the studio is a guest
 * @throws LikenessError `blobs.*`, `worker.home`
 */
export async function startEngine(
  { db }: OpenDatabase,
  role: 'studio' | 'worker',
  parallel: WorkerSize,
  log: Log,
): Promise<Engine> {
  const blobs = openBlobs();
  await blobs.check();
  await migrate(db, 'jobs', JOB_TABLES);
  await migrate(db, 'server', SERVER_TABLES);
  if (role === 'studio') await claimHouse(db);
  const guest = role === 'worker' && (await isGuest(db, blobs.shared));
  const queue = await JobQueue.open(db, (message) => log('warn', 'queue', { problem: message }));
  const jobs = new JobStore(db, queue);
  if (db.kind === 'embedded') await jobs.recover();
  const worker = new Worker({
    store: jobs,
    queue,
    blobs,
    guest,
    parallel,
    onMade: enterMade,
    log: (message, facts) => log('info', message, facts),
  });
  await worker.start();
  return { jobs, queue, worker, blobs, guest };
}

/** What a studio has unless told. */
export const USUAL_SIZE: WorkerSize = { quick: 1, long: 1 };
