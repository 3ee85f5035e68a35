/** Starting and stopping a studio. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { hasErrno, LikenessError, messageOf } from '../base/index.js';
import { openDatabase } from '../jobs/index.js';
import { createApp } from './app.js';
import { createAuth } from './auth.js';
import { createLog } from './log.js';
import { StartLink } from './start-link.js';
import { likenessVersion, newLimits, type Studio } from './studio.js';

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

/**
 * Opens the studio of this machine on loopback.
 *
 * @throws LikenessError `studio.busy`, `studio.port`, `studio.database`, `file.*`
 */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const opened = await openDatabase();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 0, headersTimeout: 20_000 });
  const link = new StartLink();
  try {
    const port = await listen(options.port, server);
    const origin = `http://${HOST}:${port}`;
    const studio: Studio = {
      version: likenessVersion(),
      db: opened.db,
      auth: await createAuth(opened.db, origin),
      link,
      limits: newLimits(),
      log: createLog(options.writeLog),
      origin,
      local: true,
      peer: (c) => c.env.incoming.socket.remoteAddress ?? '',
    };
    await link.renew();
    const app = createApp(studio);
    server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    opened.lock?.announce(origin);
    studio.log('info', 'studio opened', { origin, database: opened.db.kind });
    return {
      origin,
      startAddress: () => `${origin}/#link=${link.current}`,
      close: async () => {
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), GRACE).unref();
        });
        await link.close();
        await opened.close();
        studio.log('info', 'studio closed');
      },
    };
  } catch (thrown) {
    server.close();
    await link.close();
    await opened.close();
    throw thrown;
  }
}
