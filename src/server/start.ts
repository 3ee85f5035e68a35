/** Starting and stopping a studio. */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { fileError, hasErrno, LikenessError, likenessVersion, messageOf } from '../base/index.js';
import { JobFeed, Looker, type OpenDatabase, openDatabase, Snapshots, type WorkerSize } from '../jobs/index.js';
import { createApp, createPage, isForPage } from './app.js';
import { createAuth, type StudioAuth } from './auth.js';
import { type Engine, startEngine, USUAL_SIZE } from './engine.js';
import { createLog, type Log } from './log.js';
import { Provider } from './oidc/provider.js';
import { providerSettings } from './oidc/settings.js';
import { ProviderSignIn } from './oidc/sign-in.js';
import { isLoopback, originOf, peersOf } from './reach.js';
import { OIDC_CALLBACK } from './routes/oidc.js';
import { Captures } from './services/captures.js';
import { Decisions } from './services/decisions.js';
import { Demo } from './services/demo.js';
import { JobRequests } from './services/job-requests.js';
import { MediaStore } from './services/media-store.js';
import { Metrics } from './services/metrics.js';
import { People } from './services/people.js';
import { Projects } from './services/projects.js';
import { Readiness } from './services/readiness.js';
import { RecordFaces } from './services/record-faces.js';
import { StatusLists } from './services/status-lists.js';
import { Subjects } from './services/subjects.js';
import { Sweep } from './services/sweep.js';
import { Uploads } from './services/uploads.js';
import { StartLink } from './start-link.js';
import { staticFiles } from './static.js';
import { newLimits, type Studio } from './studio.js';

/** Where a studio listens if nothing else is said. */
export const DEFAULT_PORT = 4848;

/** How a studio is started. */
export interface StudioOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** Address to listen on; loopback where left out. Anything else needs `tls`, and somebody with a password. */
  readonly host?: string | undefined;
  /** Host name that browsers use, where it is not `host`: `studio.example.org`. */
  readonly name?: string | undefined;
  /**
   * Address that browsers use where a proxy ends TLS in front of the studio: `https://studio.example.org`. Others reach it then, so
   * that somebody has to have a password.
   */
  readonly publicUrl?: string | undefined;
  /** Addresses of such proxies, besides this machine. */
  readonly proxies?: readonly string[] | undefined;
  /** Files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Jobs at once in this process; one in each lane where left out. */
  readonly parallel?: WorkerSize | undefined;
  /** Takes the lines of the log. */
  readonly writeLog: (line: string) => void;
}

/** A studio that runs. */
export interface RunningStudio {
  /** `http://127.0.0.1:4848` */
  readonly origin: string;
  /** The address to open in a browser: signs in once. */
  startAddress(): string;
  /** The guided demo. */
  readonly demo: Demo;
  /** Stops taking requests, lets running ones end, closes the database. */
  close(): Promise<void>;
}

/** Milliseconds that running requests have to end. */
const GRACE = 5000;

const LOOPBACK = '127.0.0.1';

async function serverFor({ tls }: StudioOptions): Promise<Server> {
  const limits = { maxHeaderSize: 16 * 1024, requestTimeout: 0, headersTimeout: 20_000 };
  if (tls === undefined) return createServer(limits);
  const read = (path: string): Promise<Buffer> =>
    readFile(path).catch((cause: unknown) => {
      throw fileError(path, 'reading the certificate', cause);
    });
  const [cert, key] = [await read(tls.cert), await read(tls.key)];
  try {
    return createSecureServer({ ...limits, cert, key, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new LikenessError('studio.tls', `${tls.cert} and ${tls.key} are no certificate and its key.`, {
      hint: 'Give both in PEM.',
      cause,
    });
  }
}

/** Refuses to be reached from elsewhere in the clear, or while nobody has a password. */
async function refuseOpen({ host = LOOPBACK, publicUrl, tls }: StudioOptions, auth: StudioAuth): Promise<void> {
  if (isLoopback(host) && publicUrl === undefined) return;
  if (tls === undefined && !isLoopback(host))
    throw new LikenessError('studio.open', `The studio does not listen on ${host} without TLS.`, {
      hint: 'Give --tls-cert and --tls-key, or leave --host out.',
    });
  if (!(await auth.hasPasswords()))
    throw new LikenessError('studio.open', 'The studio does not listen for others while nobody has a password.', {
      hint: 'Open it on this machine first and set a password in Settings.',
    });
}

type Listener = ReturnType<typeof getRequestListener>;

/**
 * Lets requests wait until there is somebody to answer them: whoever comes between listening and the end of the start
 * would otherwise never get an answer. The page itself waits for nothing but `page`.
 */
function holdRequests(server: Server): { page(listener: Listener): void; open(listener: Listener): void } {
  let page: Listener | null = null;
  let open: (listener: Listener) => void = () => undefined;
  const opened = new Promise<Listener>((resolve) => {
    open = resolve;
  });
  server.on('request', (incoming, outgoing) => {
    if (page !== null && isForPage(incoming.method ?? '', incoming.url ?? '')) void page(incoming, outgoing);
    else void opened.then((answer) => answer(incoming, outgoing));
  });
  return {
    page: (listener) => {
      page = listener;
    },
    open: (listener) => {
      page = null;
      open(listener);
    },
  };
}

/** Like `getRequestListener` of the adapter, with the globals of this process left alone. */
const listenerOf = ({ fetch }: ReturnType<typeof createApp>): Listener =>
  getRequestListener(fetch, { overrideGlobalObjects: false });

async function listen(port: number, host: string, server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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

async function assemble(
  { db }: OpenDatabase,
  { jobs, blobs, queue }: Engine,
  looker: Looker,
  origin: string,
  publicUrl: string | undefined,
  log: Log,
): Promise<Omit<Studio, 'link' | 'peer' | 'local' | 'onClose'>> {
  const auth = await createAuth(db, origin);
  const media = new MediaStore(db, looker, blobs);
  const projects = new Projects(db, media);
  const subjects = new Subjects(db);
  const people = new People(db, auth, subjects);
  const statusLists = new StatusLists(db, log, publicUrl === undefined ? null : origin);
  const settings = providerSettings();
  const feed = new JobFeed(jobs);
  const requests = new JobRequests(jobs, media, projects);
  return {
    log,
    version: likenessVersion(),
    db,
    auth,
    blobs,
    snapshots: new Snapshots(blobs),
    media,
    projects,
    subjects,
    recordFaces: new RecordFaces(db, media),
    uploads: new Uploads(db, media),
    people,
    provider:
      settings === null ? null : new ProviderSignIn(new Provider(settings, `${origin}${OIDC_CALLBACK}`), auth, people),
    jobs,
    feed,
    requests,
    demo: new Demo({ db, blobs, jobs, feed, media, projects, requests, log }),
    captures: new Captures(db, jobs, media, statusLists),
    statusLists,
    decisions: new Decisions(db),
    metrics: new Metrics(jobs),
    readiness: new Readiness({ db, blobs, queue, log }),
    limits: newLimits(),
    origin,
  };
}

/**
 * Opens the studio of this machine, on loopback unless told.
 *
 * @throws LikenessError `studio.open` for an address that others reach without TLS or password, `studio.public-url`, `studio.proxy`, `studio.tls`, `studio.busy`, `studio.port`, `studio.database`, `blobs.*`, `oidc.settings`, `file.*`
 */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const { host = LOOPBACK } = options;
  const reach = { ...options, host };
  const peer = peersOf(reach);
  // An address that is none is said before anything is opened.
  originOf(reach, 0);
  const server = await serverFor(options);
  const held = holdRequests(server);
  // A port that is taken is said before a database is opened or made.
  const port = await listen(options.port, host, server);
  const origin = originOf(reach, port);
  const local = isLoopback(host) && options.publicUrl === undefined;
  const page = staticFiles();
  // Others see nothing before it is known that somebody has a password.
  if (local) held.page(listenerOf(createPage({ origin, local }, page)));
  const opened = await openDatabase().catch((thrown: unknown) => {
    server.close();
    server.closeAllConnections();
    throw thrown;
  });
  const link = new StartLink();
  const looker = new Looker();
  const log = createLog(options.writeLog);
  const closing = new Set<() => void>();
  let engine: Engine | null = null;
  let sweep: Sweep | null = null;
  const shut = async (): Promise<void> => {
    sweep?.stop();
    looker.close();
    await engine?.worker.close();
    await engine?.queue.close();
    await link.close();
    await opened.close();
  };
  try {
    engine = await startEngine(opened, 'studio', options.parallel ?? USUAL_SIZE, log);
    const assembled = await assemble(opened, engine, looker, origin, options.publicUrl, log);
    await refuseOpen(options, assembled.auth);
    const studio: Studio = {
      ...assembled,
      local,
      link,
      onClose: (callback) => {
        closing.add(callback);
        return () => closing.delete(callback);
      },
      peer: (c) => peer(c.env.incoming.socket.remoteAddress, c.req.header('x-forwarded-for')),
    };
    await link.renew();
    held.open(listenerOf(createApp(studio, page)));
    opened.lock?.announce(origin);
    await studio.demo.resume();
    sweep = new Sweep({
      db: opened.db,
      media: studio.media,
      jobs: studio.jobs,
      blobs: studio.blobs,
      statusLists: studio.statusLists,
      log,
    });
    sweep.start();
    log('info', 'studio opened', {
      origin,
      port,
      database: opened.db.kind,
      files: engine.blobs.shared ? 'bucket' : 'disk',
    });
    return {
      origin,
      demo: studio.demo,
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
    server.closeAllConnections();
    await shut();
    throw thrown;
  }
}
