/**
 * The router: Hono with a schema for every route, and the access table in front of all of them. Routes are added here
 * and nowhere else, so that none is open by oversight.
 */
import type { HttpBindings } from '@hono/node-server';
import { createRoute, OpenAPIHono, type RouteConfig, type RouteHandler } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { ACCESS, type Access, ROLE_WORDS } from './access.js';
import type { StudioUser } from './auth.js';
import { HttpProblem, invalidRequest } from './problem.js';

/** What a request carries with it. */
export interface StudioEnv {
  Bindings: HttpBindings;
  Variables: {
    /** Who asks, or null. */
    user: StudioUser | null;
    /** For the log. */
    requestId: string;
  };
}

/** The context of a handler. */
export type StudioContext = Context<StudioEnv>;

/** Who is asking, on a route that needs somebody. */
export function userOf(c: StudioContext): StudioUser {
  const user = c.get('user');
  if (user === null) throw new HttpProblem(401, 'session.missing', 'Nobody is signed in.', { hint: 'Sign in first.' });
  return user;
}

function guard(access: Access): MiddlewareHandler<StudioEnv> {
  return async (c, next) => {
    if (access !== 'public') {
      const user = userOf(c);
      if (!access.includes(user.role))
        throw new HttpProblem(403, 'access.role', `This is not for ${ROLE_WORDS[user.role]}.`, {
          hint: `It takes ${access.map((role) => ROLE_WORDS[role]).join(' or ')}; ask the owner of the studio.`,
        });
    }
    await next();
  };
}

/** Collects the routes of the studio. */
export class Api {
  readonly app = new OpenAPIHono<StudioEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error, result.target === 'json' ? 'body' : result.target);
    },
  });
  readonly #added = new Set<string>();

  /**
   * Adds a route.
   *
   * @throws Error at start where the access table does not know it
   */
  add<R extends RouteConfig>(route: R, handler: RouteHandler<R, StudioEnv>): void {
    const key = `${route.method.toUpperCase()} ${route.path}`;
    const access = ACCESS[key];
    if (access === undefined) throw new Error(`${key} has no line in the access table.`);
    if (this.#added.has(key)) throw new Error(`${key} is there twice.`);
    this.#added.add(key);
    const middleware = [guard(access)];
    this.app.openapi(createRoute({ ...route, middleware }) as unknown as R, handler as never);
  }

  /** Adds a route whose answer is no JSON: a file, a stream of events. */
  addRaw<R extends RouteConfig>(route: R, handler: (c: StudioContext) => Response | Promise<Response>): void {
    this.add(route, handler as never);
  }

  /**
   * Looks whether table and routes agree.
   *
   * @throws Error where a line has no route
   */
  finish(): void {
    const idle = Object.keys(ACCESS).filter((key) => !this.#added.has(key));
    if (idle.length > 0) throw new Error(`The access table names routes that are not there: ${idle.join(', ')}.`);
  }
}
