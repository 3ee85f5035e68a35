/**
 * Signing in. The library keeps people, passwords (scrypt) and sessions in the studio's database; this file sets it up
 * and is the only one that knows it. Its own HTTP routes are not mounted: everything goes through the studio's.
 */
import { type BetterAuthPlugin, betterAuth } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { getMigrations } from 'better-auth/db/migration';
import { PostgresDialect, type PostgresPool } from 'kysely';
import { z } from 'zod';
import { plainName } from '../consent/index.js';
import type { Database } from '../jobs/index.js';
import { STUDIO_ROLES, type StudioRole } from './access.js';
import { HttpProblem } from './problem.js';
import { studioSecret } from './secrets.js';

/** Somebody who is signed in. */
export interface StudioUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: StudioRole;
}

/** Least length of a password. */
export const PASSWORD_LENGTH = 12;

const SESSION_DAYS = 30;

/** Signs a known person in without a password; called by this process alone, after it has checked something better. */
const trustedSignIn = () =>
  ({
    id: 'trusted-sign-in' as const,
    endpoints: {
      signInTrusted: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.object({ userId: z.string() }) },
        async (ctx) => {
          const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
          if (user === null) throw ctx.error('UNAUTHORIZED');
          const session = await ctx.context.internalAdapter.createSession(user.id);
          await setSessionCookie(ctx, { session, user });
          return ctx.json({});
        },
      ),
    },
  }) satisfies BetterAuthPlugin;

function optionsFor(db: Database, origin: string, secret: string) {
  return {
    appName: 'Likeness',
    baseURL: origin,
    basePath: '/api/auth',
    secret,
    database: {
      dialect: new PostgresDialect({ pool: db.pool as unknown as PostgresPool }),
      type: 'postgres' as const,
      transaction: false,
    },
    emailAndPassword: { enabled: true, minPasswordLength: PASSWORD_LENGTH, maxPasswordLength: 256 },
    user: {
      modelName: 'studio_users',
      additionalFields: {
        role: { type: 'string' as const, required: false, defaultValue: 'subject', input: false },
      },
    },
    session: { modelName: 'studio_sessions', expiresIn: SESSION_DAYS * 86_400, updateAge: 86_400 },
    account: { modelName: 'studio_accounts' },
    verification: { modelName: 'studio_verifications' },
    advanced: {
      cookiePrefix: 'likeness',
      useSecureCookies: origin.startsWith('https:'),
      defaultCookieAttributes: { sameSite: 'strict' as const, httpOnly: true, path: '/' },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [trustedSignIn()],
  };
}

const roleOf = (value: unknown): StudioRole => STUDIO_ROLES.find((role) => role === value) ?? 'subject';

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role?: unknown;
}

const userOf = (row: UserRow): StudioUser => ({
  id: row.id,
  name: plainName(row.name),
  email: row.email,
  role: roleOf(row.role),
});

/** A new person of the studio. */
export interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly role: StudioRole;
  /** Left out: signs in by the start link of this machine alone. */
  readonly password?: string | undefined;
}

/** What may be changed of a person. */
export interface UserChange {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: StudioRole | undefined;
  readonly password?: string | undefined;
}

const taken = (address: string): HttpProblem =>
  new HttpProblem(409, 'users.exists', `Somebody with the address ${address} is there already.`, {
    hint: 'Use another address, or sign in.',
    errors: [{ field: 'email', message: 'is taken' }],
  });

/** What the routes need of signing in. */
export type StudioAuth = Awaited<ReturnType<typeof createAuth>>;

/**
 * Sets up signing in.
 *
 * @param origin how browsers reach the studio: `http://127.0.0.1:4848`
 */
export async function createAuth(db: Database, origin: string) {
  const options = optionsFor(db, origin, await studioSecret('session'));
  const { toBeCreated, toBeAdded, runMigrations } = await getMigrations(options);
  if (toBeCreated.length + toBeAdded.length > 0) await runMigrations();
  const auth = betterAuth(options);
  const context = await auth.$context;
  const find = async (where: string, value: string): Promise<StudioUser | null> => {
    const rows = await db.query<UserRow>(`SELECT id, name, email, role FROM studio_users WHERE ${where} = $1`, [value]);
    return rows[0] === undefined ? null : userOf(rows[0]);
  };
  const keepOwner = async (): Promise<void> => {
    const rows = await db.query("SELECT id FROM studio_users WHERE role = 'owner' LIMIT 2");
    if (rows.length < 2)
      throw new HttpProblem(409, 'users.owner', 'The studio needs an owner, and this is the only one.', {
        hint: 'Make somebody else an owner first.',
      });
  };
  return {
    /** Who a request's cookie speaks for. */
    async identify(headers: Headers): Promise<StudioUser | null> {
      const session = await auth.api.getSession({ headers, query: { disableRefresh: true } });
      return session === null ? null : userOf(session.user);
    },
    /**
     * Signs in with a password.
     *
     * @returns values of `Set-Cookie`
     * @throws HttpProblem `session.refused`, the same for an unknown address and a wrong password
     */
    async signIn(email: string, password: string, headers: Headers): Promise<string[]> {
      const answer = await auth.api.signInEmail({ body: { email, password }, headers, asResponse: true });
      if (answer.status !== 200)
        throw new HttpProblem(401, 'session.refused', 'The address or the password is wrong.', {
          hint: 'Try again, or ask the owner of the studio for a new invitation.',
        });
      return answer.headers.getSetCookie();
    },
    /** Signs somebody in who has proved otherwise who they are; returns values of `Set-Cookie`. */
    async signInTrusted(userId: string, headers: Headers): Promise<string[]> {
      const answer = await auth.api.signInTrusted({ body: { userId }, headers, asResponse: true });
      return answer.headers.getSetCookie();
    },
    /** Ends the session of a request; returns values of `Set-Cookie`. */
    async signOut(headers: Headers): Promise<string[]> {
      const answer = await auth.api.signOut({ headers, asResponse: true });
      return answer.headers.getSetCookie();
    },
    /**
     * Adds a person.
     *
     * @throws HttpProblem `users.exists` where the address is taken
     */
    async createUser({ name, email, role, password }: NewUser): Promise<StudioUser> {
      const address = email.toLowerCase();
      if ((await find('email', address)) !== null) throw taken(address);
      const user = await context.internalAdapter.createUser(
        { name, email: address, role },
        { method: 'email-password' },
      );
      if (password !== undefined) await this.setPassword(user.id, password);
      return userOf(user);
    },
    /** Gives a person a password, or another one; all their sessions elsewhere end. */
    async setPassword(userId: string, password: string): Promise<void> {
      const hash = await context.password.hash(password);
      const accounts = await context.internalAdapter.findAccounts(userId);
      if (accounts.some((each) => each.providerId === 'credential'))
        await context.internalAdapter.updatePassword(userId, hash);
      else
        await context.internalAdapter.linkAccount({
          userId,
          providerId: 'credential',
          accountId: userId,
          password: hash,
        });
    },
    /** True where somebody has a password: without one the studio may not be reached from elsewhere. */
    async hasPasswords(): Promise<boolean> {
      const rows = await db.query(
        "SELECT 1 FROM studio_accounts WHERE password IS NOT NULL AND password <> '' LIMIT 1",
      );
      return rows.length > 0;
    },
    /** All people, in order of their names. */
    async users(): Promise<StudioUser[]> {
      const rows = await db.query<UserRow>('SELECT id, name, email, role FROM studio_users ORDER BY name, id');
      return rows.map(userOf);
    },
    /** @throws HttpProblem `users.unknown` */
    async needUser(id: string): Promise<StudioUser> {
      const user = await find('id', id);
      if (user === null) throw new HttpProblem(404, 'users.unknown', 'There is no such person in the studio.');
      return user;
    },
    /**
     * Gives a person another role.
     *
     * @throws HttpProblem `users.owner` where nobody would run the studio any more
     */
    async setRole(id: string, role: StudioRole): Promise<void> {
      const user = await this.needUser(id);
      if (user.role === 'owner' && role !== 'owner') await keepOwner();
      await db.query('UPDATE studio_users SET role = $2, "updatedAt" = now() WHERE id = $1', [id, role]);
    },
    /**
     * Removes a person with their sessions and keys.
     *
     * @throws HttpProblem `users.owner`
     */
    async removeUser(id: string): Promise<void> {
      const user = await this.needUser(id);
      if (user.role === 'owner') await keepOwner();
      await db.transaction(async (sql) => {
        await sql.query('DELETE FROM studio_api_keys WHERE owner = $1', [id]);
        for (const table of ['studio_sessions', 'studio_accounts'])
          await sql.query(`DELETE FROM ${table} WHERE "userId" = $1`, [id]);
        await sql.query('DELETE FROM studio_users WHERE id = $1', [id]);
      });
    },
    /** Whom an account of a provider belongs to, or null. */
    async byAccount(provider: string, subject: string): Promise<StudioUser | null> {
      const rows = await db.query<UserRow>(
        `SELECT u.id, u.name, u.email, u.role FROM studio_accounts a JOIN studio_users u ON u.id = a."userId"
         WHERE a."providerId" = $1 AND a."accountId" = $2`,
        [provider, subject],
      );
      return rows[0] === undefined ? null : userOf(rows[0]);
    },
    /** Lets somebody in by an account of a provider from now on. */
    async linkAccount(userId: string, provider: string, subject: string): Promise<void> {
      await context.internalAdapter.linkAccount({ userId, providerId: provider, accountId: subject });
    },
    /** The first owner, or null in a new studio. */
    owner: () => find('role', 'owner'),
    byId: (id: string) => find('id', id),
    byEmail: (email: string) => find('email', email.toLowerCase()),
    /**
     * Changes what is given.
     *
     * @throws HttpProblem `users.exists` where the address is taken
     */
    async changeUser(id: string, change: UserChange): Promise<void> {
      const { name, role, password } = change;
      const email = change.email?.toLowerCase();
      if (email !== undefined) {
        const other = await find('email', email);
        if (other !== null && other.id !== id) throw taken(email);
      }
      await db.query(
        `UPDATE studio_users SET name = COALESCE($2, name), email = COALESCE($3, email), role = COALESCE($4, role),
         "updatedAt" = now() WHERE id = $1`,
        [id, name ?? null, email ?? null, role ?? null],
      );
      if (password !== undefined) await this.setPassword(id, password);
    },
  };
}
