/** What every request passes before any route sees it, and what every answer carries. */
import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { StudioEnv } from './api.js';
import { HttpProblem } from './problem.js';
import type { Studio } from './studio.js';

/** What these need to know of a studio; known before it is open. */
type Place = Pick<Studio, 'origin' | 'local'>;

/** Signs of life. */
const LIFE = new Set(['/health', '/ready']);

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Largest body of a route that takes JSON, in bytes. Uploads have a limit of their own. */
export const BODY_LIMIT = 1024 * 1024;

/** Names under which a studio that listens on loopback may be asked; anything else is a page elsewhere playing tricks. */
export function allowedHosts(origin: string, local: boolean): Set<string> {
  const { host, port } = new URL(origin);
  const hosts = new Set([host]);
  if (local) for (const name of ['127.0.0.1', 'localhost', '[::1]']) hosts.add(`${name}:${port}`);
  return hosts;
}

/** Refuses requests under another name: a foreign site whose name was turned to this machine (DNS rebinding). */
export function checkHost(studio: Place): MiddlewareHandler<StudioEnv> {
  const hosts = allowedHosts(studio.origin, studio.local);
  return async (c, next) => {
    // Whoever looks after the machine asks by its address; nothing is told that a foreign site could use.
    if (LIFE.has(c.req.path)) return next();
    if (!hosts.has((c.req.header('host') ?? '').toLowerCase()))
      throw new HttpProblem(421, 'request.host', 'The studio is not known under this name.', {
        hint: `Use ${studio.origin}.`,
      });
    await next();
  };
}

/**
 * Refuses what another site sends in somebody's name. The session's cookie is `SameSite=Strict`; this is the second lock:
 * a request that changes something must say that it comes from the studio's own page.
 */
export function checkOrigin(studio: Place): MiddlewareHandler<StudioEnv> {
  const hosts = allowedHosts(studio.origin, studio.local);
  const { protocol } = new URL(studio.origin);
  const own = new Set([...hosts].map((host) => `${protocol}//${host}`));
  return async (c, next) => {
    if (!SAFE.has(c.req.method)) {
      const origin = c.req.header('origin');
      const site = c.req.header('sec-fetch-site');
      const foreign =
        (origin !== undefined && !own.has(origin)) || (site !== undefined && site !== 'same-origin' && site !== 'none');
      const silent = origin === undefined && site === undefined && c.req.header('cookie') !== undefined;
      if (foreign || silent)
        throw new HttpProblem(403, 'request.origin', 'The request does not come from the studio’s own page.', {
          hint: 'Programs use an API key in the header "Authorization: Bearer ..." and send no cookie.',
        });
    }
    await next();
  };
}

/**
 * Refuses bodies that are too large, or do not say how large they are. The server below holds a body to its length. Uploads
 * have a limit of their own.
 */
export const limitBody: MiddlewareHandler<StudioEnv> = async (c, next) => {
  if (!SAFE.has(c.req.method) && !/^\/api\/v1\/(capture\/)?uploads(\/|$)/.test(c.req.path)) {
    if (c.req.header('transfer-encoding') !== undefined)
      throw new HttpProblem(411, 'request.length', 'The request does not say how long its body is.', {
        hint: 'Send it with a Content-Length.',
      });
    if (Number(c.req.header('content-length') ?? 0) > BODY_LIMIT)
      throw new HttpProblem(413, 'request.size', `The body is larger than ${BODY_LIMIT / 1024} KB.`, {
        hint: 'Files go through /api/v1/uploads.',
      });
  }
  await next();
};

/** Headers of every answer. Pages get their own policy for scripts, see static.ts. */
export function secureHeaders(studio: Place): MiddlewareHandler<StudioEnv> {
  return async (c, next) => {
    c.set('requestId', randomUUID());
    c.set('user', null);
    await next();
    const { headers } = c.res;
    const set = (name: string, value: string): void => {
      if (!headers.has(name)) headers.set(name, value);
    };
    set('x-content-type-options', 'nosniff');
    set('referrer-policy', 'no-referrer');
    set('x-frame-options', 'DENY');
    set('cross-origin-opener-policy', 'same-origin');
    set('cross-origin-resource-policy', 'same-origin');
    set('permissions-policy', 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=()');
    // Nothing but a page runs anything: what an API answer holds is never a document.
    set('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
    set('x-request-id', c.get('requestId'));
    if (studio.origin.startsWith('https:')) set('strict-transport-security', 'max-age=31536000');
    if (c.req.path.startsWith('/api/')) set('cache-control', 'no-store');
  };
}
