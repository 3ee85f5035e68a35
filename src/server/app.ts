/** The web application of a studio: what stands before the routes, the routes, the page. */

import { z } from '@hono/zod-openapi';
import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import { ACCESS } from './access.js';
import { Api, type StudioContext, type StudioEnv } from './api.js';
import { HttpProblem, problemOf, problemResponse } from './problem.js';
import { addCaptures } from './routes/captures.js';
import { addChecks } from './routes/checks.js';
import { addConsents } from './routes/consents.js';
import { addDemo } from './routes/demo.js';
import { addEvents } from './routes/events.js';
import { addHealth } from './routes/health.js';
import { addHouse } from './routes/house.js';
import { addJobs } from './routes/jobs.js';
import { addLaw } from './routes/law.js';
import { addMasks } from './routes/masks.js';
import { addMedia } from './routes/media.js';
import { addOidc } from './routes/oidc.js';
import { addPeople } from './routes/people.js';
import { addProjects } from './routes/projects.js';
import { addSession } from './routes/session.js';
import { addStatusLists } from './routes/status-lists.js';
import { addWithdrawals } from './routes/withdrawals.js';
import { problems } from './schemas/common.js';
import { checkHost, checkOrigin, limitBody, secureHeaders } from './security.js';
import type { PageHandler } from './static.js';
import type { Studio } from './studio.js';

const DESCRIPTION = `The studio of Likeness. Errors are problem details (RFC 9457) with a sentence, what to do, and the
fields concerned. Sign in with a session's cookie, or send an API key as "Authorization: Bearer ...".`;

function addDescription(api: Api, studio: Studio): void {
  let text = '';
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/openapi.json',
      tags: ['service'],
      summary: 'This description',
      responses: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: z.unknown() } } },
        ...problems,
      },
    },
    () => {
      text ||= JSON.stringify(
        api.app.getOpenAPI31Document({
          openapi: '3.1.0',
          info: { title: 'Likeness', version: studio.version, description: DESCRIPTION },
          servers: [{ url: studio.origin }],
        }),
      );
      return new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8' } });
    },
  );
}

/** Turns whatever a route threw into a problem. */
function asProblem(thrown: unknown): unknown {
  if (!(thrown instanceof HTTPException)) return thrown;
  // The framework's own: a body that is no JSON, and the like.
  return new HttpProblem(thrown.status, 'request.malformed', 'The request cannot be understood.', {
    hint: 'Send JSON as the description at /api/v1/openapi.json says.',
    cause: thrown,
  });
}

/** The pattern of the route that answers, or would have: what stands before all routes matches, too, and so does the page. */
const patternOf = (c: StudioContext): string =>
  matchedRoutes(c).find(({ path }) => path !== '/*' && path !== '*')?.path ?? '/*';

/** Counts requests by their route. */
const measure =
  (studio: Studio): MiddlewareHandler<StudioEnv> =>
  async (c, next) => {
    const started = performance.now();
    await next();
    studio.metrics.count(c.req.method, patternOf(c), c.res.status, (performance.now() - started) / 1000);
  };

/** Finds out who asks, by cookie or key, and how much they asked lately. */
const identify =
  (studio: Studio): MiddlewareHandler<StudioEnv> =>
  async (c, next) => {
    const { headers } = c.req.raw;
    const given = headers.get('authorization');
    const key = /^Bearer (\S+)$/.exec(given ?? '')?.[1];
    const user =
      given === null
        ? headers.has('cookie')
          ? await studio.auth.identify(headers)
          : null
        : key === undefined
          ? null
          : await studio.people.byKey(key);
    if (given !== null && user === null) {
      studio.limits.all.take(studio.peer(c));
      throw new HttpProblem(401, 'keys.refused', 'The API key is not valid.', { hint: 'Make a new one in Settings.' });
    }
    studio.limits.all.take(user?.id ?? studio.peer(c));
    c.set('user', user);
    await next();
  };

/** First parts of the paths that an open studio alone can answer; all else is the page and its files. */
const RESOURCES = new Set(Object.keys(ACCESS).map((route) => route.split('/')[1]));

/** True for a request that the page answers, without the studio behind it. */
export const isForPage = (method: string, address: string): boolean =>
  method === 'GET' && !RESOURCES.has(address.split(/[/?]/)[1]);

/** The page alone, for a studio that is still opening its database. */
export function createPage(place: Pick<Studio, 'origin' | 'local'>, page: PageHandler): Hono<StudioEnv> {
  const app = new Hono<StudioEnv>();
  app.use(secureHeaders(place));
  app.use(checkHost(place));
  app.get('/*', page);
  app.onError((thrown) => problemResponse(problemOf(asProblem(thrown))));
  return app;
}

/**
 * Builds the application.
 *
 * @param page answers for what is no resource
 * @throws Error where routes and the access table do not agree
 */
export function createApp(studio: Studio, page: PageHandler): Hono<StudioEnv> {
  const api = new Api();
  const { app } = api;
  app.use(secureHeaders(studio));
  // Before whatever refuses: what is refused is counted, too.
  app.use(measure(studio));
  app.use(checkHost(studio));
  app.use(checkOrigin(studio));
  app.use(limitBody);
  app.use(identify(studio));
  addHealth(api, studio);
  addSession(api, studio);
  addOidc(api, studio);
  addMasks(api, studio);
  addMedia(api, studio);
  addJobs(api, studio);
  addEvents(api, studio);
  addChecks(api, studio);
  addProjects(api, studio);
  addDemo(api, studio);
  addConsents(api, studio);
  addWithdrawals(api, studio);
  addStatusLists(api, studio);
  addCaptures(api, studio);
  addLaw(api);
  addPeople(api, studio);
  addHouse(api, studio);
  addDescription(api, studio);
  api.finish();

  app.all('/api/*', (c) => {
    throw new HttpProblem(404, 'request.path', `There is nothing at ${c.req.path}.`, {
      hint: 'GET /api/v1/openapi.json lists what there is.',
    });
  });
  app.on(['GET', 'HEAD'], '/*', page);
  app.notFound(() => problemResponse(problemOf(new HttpProblem(404, 'request.path', 'There is nothing here.'))));
  app.onError((thrown, c) => {
    const problem = problemOf(asProblem(thrown));
    studio.log(problem.status >= 500 ? 'error' : 'info', 'request failed', {
      request: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      status: problem.status,
      code: problem.code,
      ...(problem.status >= 500 && thrown instanceof Error ? { stack: thrown.stack ?? thrown.message } : {}),
    });
    return problemResponse(problem);
  });
  return app;
}
