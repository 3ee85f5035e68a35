/** Starting and stopping a studio. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { hasErrno, LikenessError, messageOf } from '../base/index.js';
import {
  type Database,
  JOB_TABLES,
  JobFeed,
  JobQueue,
  JobStore,
  Looker,
  migrate,
  type OpenDatabase,
  openDatabase,
  Worker,
} from '../jobs/index.js';
import { createApp } from './app.js';
import { createAuth } from './auth.js';
import { createLog, type Log } from './log.js';
import { Decisions } from './services/decisions.js';
import { JobRequests } from './services/job-requests.js';
import { enterMade } from './services/made.js';
import { MediaStore } from './services/media-store.js';
import { Metrics } from './services/metrics.js';
import { People } from './services/people.js';
import { Projects } from './services/projects.js';
import { Subjects } from './services/subjects.js';
import { Uploads } from './services/uploads.js';
import { StartLink } from './start-link.js';
import { likenessVersion, newLimits, type Studio } from './studio.js';
import { SERVER_TABLES } from './tables.js';

/** Where a studio listens if nothing else is said. */
export const DEFAULT_PORT = 4848;

/** How a studio is started. */
export interface StudioOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** Takes the lines of the log. */
  readonly writeLog: (line: string) => void;
}

/** A studio that runs. */
export interface RunningStudio {
  /** `http://127.0.0.1:4848` */
  readonly origin: string;
  /** The address to open in a browser: signs in once. */
  startAddress(): string;
  /** Stops taking requests, lets running ones end, closes the database. */
  close(): Promise<void>;
}

/** Milliseconds that running requests have to end. */
const GRACE = 5000;

const HOST = '127.0.0.1';

async function listen(port: number, server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    if (hasErrno(cause, 'EADDRINUSE'))
      throw new LikenessError('studio.port', `Port ${port} of this machine is in use.`, {
        hint: 'Choose another one with --port, or --port 0 for any free one.',
        cause,
      });
    throw new LikenessError('studio.port', `Port ${port} cannot be used: ${messageOf(cause)}.`, {
      hint: 'Choose another one with --port.',
      cause,
    });
  });
  return (server.address() as AddressInfo).port;
}

/** What stands behind the routes. */
interface Engine {
  readonly jobs: JobStore;
  readonly queue: JobQueue;
  readonly worker: Worker;
}

/** Tables, queue and worker. An embedded database belongs to this process alone: what its forerunner left is taken up. */
async function startEngine({ db }: OpenDatabase, parallel: WorkerSize, log: Log): Promise<Engine> {
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

const SIZE: WorkerSize = { quick: 1, long: 1 };

async function assemble(
  db: Database,
  jobs: JobStore,
  looker: Looker,
  origin: string,
): Promise<Omit<Studio, 'log' | 'link' | 'peer' | 'onClose'>> {
  const auth = await createAuth(db, origin);
  const media = new MediaStore(db, looker);
  const projects = new Projects(db, media);
  const subjects = new Subjects(db);
  return {
    version: likenessVersion(),
    db,
    auth,
    media,
    projects,
    subjects,
    uploads: new Uploads(db, media),
    people: new People(db, auth, subjects),
    jobs,
    feed: new JobFeed(jobs),
    requests: new JobRequests(jobs, media, projects),
    decisions: new Decisions(db),
    metrics: new Metrics(jobs),
    limits: newLimits(),
    origin,
    local: true,
  };
}

/**
 * Opens the studio of this machine on loopback.
 *
 * @throws LikenessError `studio.busy`, `studio.port`, `studio.database`, `file.*`
 */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const opened = await openDatabase();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 0, headersTimeout: 20_000 });
  const link = new StartLink();
  const looker = new Looker();
  const log = createLog(options.writeLog);
  const closing = new Set<() => void>();
  let engine: Engine | null = null;
  const shut = async (): Promise<void> => {
    looker.close();
    await engine?.worker.close();
    await engine?.queue.close();
    await link.close();
    await opened.close();
  };
  try {
    const port = await listen(options.port, server);
    const origin = `http://${HOST}:${port}`;
    engine = await startEngine(opened, SIZE, log);
    const studio: Studio = {
      ...(await assemble(opened.db, engine.jobs, looker, origin)),
      log,
      link,
      onClose: (callback) => {
        closing.add(callback);
        return () => closing.delete(callback);
      },
      peer: (c) => c.env.incoming.socket.remoteAddress ?? '',
    };
    await link.renew();
    server.on('request', getRequestListener(createApp(studio).fetch, { overrideGlobalObjects: false }));
    opened.lock?.announce(origin);
    log('info', 'studio opened', { origin, database: opened.db.kind });
    return {
      origin,
      startAddress: () => `${origin}/#link=${link.current}`,
      close: async () => {
        for (const callback of closing) callback();
        studio.feed.close();
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), GRACE).unref();
        });
        await shut();
        log('info', 'studio closed');
      },
    };
  } catch (thrown) {
    server.close();
    await shut();
    throw thrown;
  }
}
