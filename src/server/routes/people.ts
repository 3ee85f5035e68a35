/** `/api/v1/users`, `/invitations`, `/api-keys`: people of the studio and their programs. */
import { z } from '@hono/zod-openapi';
import { STUDIO_ROLES } from '../access.js';
import { type Api, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import { idParam } from '../schemas/media.js';
import { emailSchema, nameSchema, passwordSchema, userSchema } from '../schemas/session.js';
import type { Studio } from '../studio.js';

const done = { 204: { description: 'Done' }, ...problems };
const userId = z.object({ id: z.string().regex(/^[A-Za-z0-9]{16,64}$/, 'is no id of a person') });

function addUsers(api: Api, studio: Studio): void {
  const tags = ['users'];
  api.add(
    {
      method: 'get',
      path: '/api/v1/users',
      tags,
      summary: 'People of the studio',
      responses: { 200: json(z.object({ items: z.array(userSchema) }).openapi('UserList'), 'People'), ...problems },
    },
    async (c) => c.json({ items: await studio.auth.users() }, 200),
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/users/{id}',
      tags,
      summary: 'Change the role of a person',
      request: { params: userId, ...body(z.strictObject({ role: z.enum(STUDIO_ROLES) })) },
      responses: { 200: json(userSchema, 'The person'), ...problems },
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { role } = c.req.valid('json');
      await studio.auth.setRole(id, role);
      await studio.decisions.add(userOf(c), 'users.role', id, { role });
      return c.json(await studio.auth.needUser(id), 200);
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/users/{id}',
      tags,
      summary: 'Remove a person: their sessions and keys end at once',
      request: { params: userId },
      responses: done,
    },
    async (c) => {
      const { id } = c.req.valid('param');
      await studio.auth.removeUser(id);
      await studio.decisions.add(userOf(c), 'users.delete', id);
      return c.body(null, 204);
    },
  );
}

function addInvitations(api: Api, studio: Studio): void {
  const tags = ['users'];
  api.add(
    {
      method: 'post',
      path: '/api/v1/invitations',
      tags,
      summary: 'Invite somebody; the link is shown once and is good for a week',
      request: body(
        z
          .strictObject({
            role: z.enum(STUDIO_ROLES),
            email: emailSchema.optional(),
            /** Records that are about a person invited as subject. */
            consents: z.array(z.uuid()).max(100).default([]),
          })
          .openapi('NewInvitation'),
      ),
      responses: {
        201: json(
          z.object({ id: z.string(), link: z.string(), expiresAt: z.iso.datetime() }).openapi('InvitationLink'),
          'The link',
        ),
        ...problems,
      },
    },
    async (c) => {
      const { role, email, consents } = c.req.valid('json');
      const { id, token, expiresAt } = await studio.people.invite(role, email ?? null, consents, userOf(c));
      await studio.decisions.add(userOf(c), 'invitations.add', id, { role });
      const link = `${studio.origin}/#invitation=${token}`;
      return c.json({ id, link, expiresAt: expiresAt.toISOString() }, 201);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/invitations',
      tags,
      summary: 'Invitations, newest first',
      responses: {
        200: json(
          z
            .object({
              items: z.array(
                z.object({
                  id: z.string(),
                  role: z.enum(STUDIO_ROLES),
                  email: z.string().nullable(),
                  expiresAt: z.iso.datetime(),
                  used: z.boolean(),
                }),
              ),
            })
            .openapi('InvitationList'),
          'Invitations',
        ),
        ...problems,
      },
    },
    async (c) => {
      const items = (await studio.people.invitations()).map(({ expiresAt, usedBy, ...rest }) => ({
        ...rest,
        expiresAt: expiresAt.toISOString(),
        used: usedBy !== null,
      }));
      return c.json({ items }, 200);
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/invitations/{id}',
      tags,
      summary: 'Take an invitation back',
      request: { params: idParam },
      responses: done,
    },
    async (c) => {
      await studio.people.withdraw(c.req.valid('param').id);
      await studio.decisions.add(userOf(c), 'invitations.delete', c.req.valid('param').id);
      return c.body(null, 204);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invitations/accept',
      tags,
      summary: 'Become a person of the studio with an invitation',
      request: body(
        z
          .strictObject({
            token: z.string().min(1).max(200),
            name: nameSchema,
            email: emailSchema,
            password: passwordSchema,
          })
          .openapi('AcceptInvitation'),
      ),
      responses: { 201: json(userSchema, 'Signed in as'), ...problems },
    },
    async (c) => {
      studio.limits.signIn.take(studio.peer(c));
      const { token, ...person } = c.req.valid('json');
      const user = await studio.people.accept(token, person);
      await studio.decisions.add(user, 'invitations.accept', user.id, { role: user.role });
      for (const cookie of await studio.auth.signInTrusted(user.id, c.req.raw.headers))
        c.header('set-cookie', cookie, { append: true });
      return c.json(user, 201);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invitations/records',
      tags,
      summary: 'Take the records of an invitation into the account that is signed in',
      request: body(z.strictObject({ token: z.string().min(1).max(200) }).openapi('JoinInvitation')),
      responses: { 200: json(userSchema, 'Whose they are now'), ...problems },
    },
    async (c) => {
      studio.limits.signIn.take(studio.peer(c));
      const user = userOf(c);
      await studio.people.join(c.req.valid('json').token, user);
      await studio.decisions.add(user, 'invitations.join', user.id);
      return c.json(user, 200);
    },
  );
}

/** Adds the routes. */
export function addPeople(api: Api, studio: Studio): void {
  addUsers(api, studio);
  addInvitations(api, studio);
  const tags = ['api-keys'];
  const time = z.iso.datetime().nullable();
  api.add(
    {
      method: 'get',
      path: '/api/v1/api-keys',
      tags,
      summary: 'Your keys',
      responses: {
        200: json(
          z
            .object({
              items: z.array(
                z.object({
                  id: z.string(),
                  name: z.string(),
                  createdAt: z.iso.datetime(),
                  expiresAt: time,
                  lastUsedAt: time,
                }),
              ),
            })
            .openapi('ApiKeyList'),
          'Keys, without their secrets',
        ),
        ...problems,
      },
    },
    async (c) => {
      const keys = await studio.people.keysOf(userOf(c));
      const items = keys.map(({ createdAt, expiresAt, lastUsedAt, ...rest }) => ({
        ...rest,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
      }));
      return c.json({ items }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/api-keys',
      tags,
      summary: 'Make a key for a program; it may do what you may, and is shown once',
      request: body(z.strictObject({ name: nameSchema, expiresAt: z.iso.datetime().optional() }).openapi('NewApiKey')),
      responses: {
        201: json(z.object({ id: z.string(), name: z.string(), key: z.string() }).openapi('ApiKey'), 'The key'),
        ...problems,
      },
    },
    async (c) => {
      // A key that was stolen must not make further keys that outlive it.
      if (c.req.header('authorization') !== undefined)
        throw new HttpProblem(403, 'keys.session', 'Keys are made by people who are signed in, not by keys.', {
          hint: 'Sign in on the page.',
        });
      const { name, expiresAt } = c.req.valid('json');
      const { id, key } = await studio.people.addKey(
        name,
        expiresAt === undefined ? null : new Date(expiresAt),
        userOf(c),
      );
      await studio.decisions.add(userOf(c), 'keys.add', id);
      return c.json({ id, name, key }, 201);
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/api-keys/{id}',
      tags,
      summary: 'Make a key void',
      request: { params: idParam },
      responses: done,
    },
    async (c) => {
      await studio.people.removeKey(c.req.valid('param').id, userOf(c));
      await studio.decisions.add(userOf(c), 'keys.delete', c.req.valid('param').id);
      return c.body(null, 204);
    },
  );
}
