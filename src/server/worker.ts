/** A worker on its own: joins the pool of a studio that works with a PostgreSQL server. */
import { LikenessError } from '../base/index.js';
import { openDatabase, type WorkerSize } from '../jobs/index.js';
import { startEngine } from './engine.js';
import { createLog } from './log.js';
import { sweepConsents } from './services/ended.js';
import { hourly } from './services/rounds.js';

/** A worker that runs. */
export interface RunningWorker {
  /** Jobs under way. */
  readonly running: number;
  /** Puts its jobs back into the queue and stops. */
  close(): Promise<void>;
}

/**
 * Starts a worker.
 *
 * @throws LikenessError `worker.database` without DATABASE_URL, `worker.home`, `blobs.*`, `studio.database`
 */
export async function startWorker(size: WorkerSize, writeLog: (line: string) => void): Promise<RunningWorker> {
  if ((process.env['DATABASE_URL'] ?? '') === '')
    throw new LikenessError('worker.database', 'A worker needs the PostgreSQL server of the studio it works for.', {
      hint: 'Set DATABASE_URL and LIKENESS_HOME as the studio has them; a studio alone needs no further worker.',
    });
  const opened = await openDatabase();
  const log = createLog(writeLog);
  const engine = await startEngine(opened, 'worker', size, log).catch(async (thrown: unknown) => {
    await opened.close();
    throw thrown;
  });
  const sweeping = hourly(() => sweepConsents(engine.blobs, new Date()), log);
  log('info', 'worker started', {
    quick: size.quick,
    long: size.long,
    guest: engine.guest,
    files: engine.blobs.shared ? 'bucket' : 'disk',
  });
  return {
    get running() {
      return engine.worker.running;
    },
    close: async () => {
      sweeping.stop();
      await engine.worker.close();
      await engine.queue.close();
      await opened.close();
      log('info', 'worker stopped');
    },
  };
}
