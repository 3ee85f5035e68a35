/** `/api/v1/session/oidc`: signing in with a provider. Both are addresses that a browser visits, so they answer with others. */
import { z } from '@hono/zod-openapi';
import { getCookie } from 'hono/cookie';
import { messageOf } from '../../base/index.js';
import type { Api, StudioContext } from '../api.js';
import type { ProviderSignIn } from '../oidc/sign-in.js';
import { HttpProblem, problemOf } from '../problem.js';
import { problems } from '../schemas/common.js';
import type { Studio } from '../studio.js';

/** Where people come back to, below the origin of the studio; the provider must know it. */
export const OIDC_CALLBACK = '/api/v1/session/oidc/callback';

const COOKIE = 'likeness.oidc';
const SECONDS = 600;

const elsewhere = { 302: { description: 'Another address' }, ...problems };

/** `Lax`, so that it comes along when the provider sends the browser back. */
function ticketCookie(studio: Studio, value: string, seconds: number): string {
  const secure = studio.origin.startsWith('https:') ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/api/v1/session/oidc; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function need(studio: Studio): ProviderSignIn {
  if (studio.provider === null)
    throw new HttpProblem(404, 'oidc.none', 'This studio has no provider to sign in with.', {
      hint: 'Sign in with your password.',
    });
  return studio.provider;
}

/** The page says in words what a code means; whoever runs the studio finds the cause in the log. */
function refused(c: StudioContext, studio: Studio, page: string, thrown: unknown): Response {
  const { code } = problemOf(thrown);
  const cause = thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : '';
  studio.log('warn', 'provider sign-in refused', { code, cause: cause.slice(0, 300) });
  return c.redirect(`${page}?refused=${encodeURIComponent(code)}`);
}

/** Adds the routes. */
export function addOidc(api: Api, studio: Studio): void {
  const tags = ['session'];
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/session/oidc',
      tags,
      summary: 'Sign in with the provider; ?connect=1 to connect it with whoever is signed in',
      request: { query: z.object({ connect: z.literal('1').optional() }) },
      responses: elsewhere,
    },
    async (c) => {
      const provider = need(studio);
      // The provider sends people back to the studio's own name: the cookie has to be of that.
      if (c.req.header('host')?.toLowerCase() !== new URL(studio.origin).host)
        return c.redirect(`${studio.origin}${c.req.path}`);
      const connect = c.req.query('connect') === '1';
      const user = c.get('user');
      if (connect && user === null) return c.redirect('/sign-in');
      try {
        const { address, ticket } = await provider.begin(connect ? user : null);
        c.header('set-cookie', ticketCookie(studio, ticket, SECONDS));
        return c.redirect(address);
      } catch (thrown) {
        // A provider that does not answer is not asked by everybody all the time.
        studio.limits.signIn.take(studio.peer(c));
        return refused(c, studio, connect ? '/settings' : '/sign-in', thrown);
      }
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: OIDC_CALLBACK,
      tags,
      summary: 'Where the provider sends people back to',
      responses: elsewhere,
    },
    async (c) => {
      const provider = need(studio);
      const peer = studio.peer(c);
      c.header('set-cookie', ticketCookie(studio, '', 0));
      try {
        studio.limits.signIn.take(peer);
        const { user, how } = await provider.end(new URL(c.req.url).search, getCookie(c, COOKIE));
        studio.limits.signIn.forget(peer);
        await studio.decisions.add(user, `session.provider.${how}`, user.id, { role: user.role });
        if (how === 'connected') return c.redirect('/settings?connected=1');
        for (const cookie of await studio.auth.signInTrusted(user.id, c.req.raw.headers))
          c.header('set-cookie', cookie, { append: true });
        return c.redirect('/');
      } catch (thrown) {
        return refused(c, studio, '/sign-in', thrown);
      }
    },
  );
}
