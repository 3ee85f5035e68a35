/** `/api/v1/session`: who is signed in. */
import { userInfo } from 'node:os';
import type { Api, StudioContext } from '../api.js';
import { userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import { changeSelfSchema, sessionSchema, signInSchema } from '../schemas/session.js';
import type { Studio } from '../studio.js';

/** A name for the first owner; can be changed. */
function ownName(): string {
  try {
    return userInfo().username || 'Owner';
  } catch {
    return 'Owner';
  }
}

const ok = { 200: json(sessionSchema, 'Who is signed in'), ...problems };

/** Adds the routes. */
export function addSession(api: Api, studio: Studio): void {
  const { auth, decisions, link, limits } = studio;
  const say = async (user: StudioContext['var']['user']) => ({
    user,
    studio: {
      version: studio.version,
      setup: (await auth.owner()) === null,
      signIn: [
        ...(studio.local ? ['link' as const] : []),
        'password' as const,
        ...(studio.provider === null ? [] : ['provider' as const]),
      ],
      provider: studio.provider?.provider.settings.name ?? null,
    },
  });
  const withCookies = async (c: StudioContext, cookies: readonly string[], userId: string) => {
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
    return c.json(await say(await auth.byId(userId)), 200);
  };

  api.add(
    { method: 'get', path: '/api/v1/session', tags: ['session'], summary: 'Who am I', responses: ok },
    async (c) => c.json(await say(c.get('user')), 200),
  );

  api.add(
    {
      method: 'post',
      path: '/api/v1/session',
      tags: ['session'],
      summary: 'Sign in: with the link that the command printed, or with a password',
      request: body(signInSchema),
      responses: ok,
    },
    async (c) => {
      limits.signIn.take(studio.peer(c));
      const given = c.req.valid('json');
      if ('link' in given) {
        const owner = await auth.owner();
        if (!studio.local && owner !== null)
          throw new HttpProblem(
            403,
            'session.link',
            'The link works only where the studio is not reached from elsewhere.',
            {
              hint: 'Sign in with your password.',
            },
          );
        if (!(await link.use(given.link)))
          throw new HttpProblem(401, 'session.refused', 'This link was used already, or is not of this studio.', {
            hint: 'Run "likeness studio" again: it prints a new one.',
          });
        const user =
          owner ?? (await auth.createUser({ name: ownName(), email: 'owner@studio.invalid', role: 'owner' }));
        limits.signIn.forget(studio.peer(c));
        if (owner === null) await decisions.add(user, 'users.first', user.id);
        await decisions.add(user, 'session.begin', user.id, { by: 'link' });
        return withCookies(c, await auth.signInTrusted(user.id, c.req.raw.headers), user.id);
      }
      const user = await auth.byEmail(given.email);
      const cookies = await auth
        .signIn(given.email, given.password, c.req.raw.headers)
        .catch(async (thrown: unknown) => {
          // Whose account it was tried on, where there is one; never what was typed.
          await decisions.add(null, 'session.refused', user?.id ?? null, { by: 'password' });
          throw thrown;
        });
      limits.signIn.forget(studio.peer(c));
      await decisions.add(user, 'session.begin', user?.id ?? null, { by: 'password' });
      return withCookies(c, cookies, user?.id ?? '');
    },
  );

  api.add(
    {
      method: 'patch',
      path: '/api/v1/session',
      tags: ['session'],
      summary: 'Change your own name, address or password',
      request: body(changeSelfSchema),
      responses: ok,
    },
    async (c) => {
      const user = userOf(c);
      const change = c.req.valid('json');
      await auth.changeUser(user.id, change);
      await decisions.add(user, 'users.change', user.id, { changed: Object.keys(change).sort().join(', ') });
      return c.json(await say(await auth.byId(user.id)), 200);
    },
  );

  api.add(
    {
      method: 'delete',
      path: '/api/v1/session',
      tags: ['session'],
      summary: 'Sign out',
      responses: { 204: { description: 'Signed out' }, ...problems },
    },
    async (c) => {
      const user = c.get('user');
      if (user !== null) await decisions.add(user, 'session.end', user.id);
      for (const cookie of await auth.signOut(c.req.raw.headers)) c.header('set-cookie', cookie, { append: true });
      return c.body(null, 204);
    },
  );
}
