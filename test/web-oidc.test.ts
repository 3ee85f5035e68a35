/**
 * Signing in with a provider in a real browser. The provider is oidc-provider, a certified implementation that has nothing of
 * ours: what test/studio-oidc.test.ts has is made to lie, and might misread the protocol as the studio does.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter, WebWorld } from './web-browser.js';

const CLIENT = { id: 'likeness-studio', secret: 'a secret of the studio and the provider' } as const;
const NAME = 'House ID';
/** The account with which the tests sign in there. */
const KNOWN = { login: 'grace', email: 'grace@example.org', name: 'Grace Example' } as const;

const world = new WebWorld();
const windows: BrowserContext[] = [];
let door: Server;
let issuer = '';
let handle: ReturnType<Provider['callback']> | null = null;
let owner: Page;

/** The provider, once it can be told where the studio is. Its own pages ask for login, password and leave. */
function openProvider(studio: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${studio}/api/v1/session/oidc/callback`],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
    cookies: { keys: ['some key of this test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: id === KNOWN.login ? KNOWN.email : `${id}@example.org`,
        email_verified: id !== 'unconfirmed',
        name: id === KNOWN.login ? KNOWN.name : id,
      }),
    }),
  });
  handle = provider.callback();
}

/** A window in which nobody is signed in, here or there. */
async function fresh(): Promise<Page> {
  const { context, page } = await world.window();
  windows.push(context);
  return page;
}

/** Goes to the provider by the button, and signs in there. */
async function signIn(page: Page, login: string, from = '/sign-in'): Promise<void> {
  await page.goto(from);
  await page.getByRole('link', { name: `Sign in with ${NAME}` }).click();
  await page.waitForURL(new RegExp(`^${issuer}/interaction/`));
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('a password there');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(new RegExp(`^${world.origin}/`));
}

beforeAll(async () => {
  door = createServer((request, response) => {
    if (handle === null) response.writeHead(503).end();
    else void handle(request, response);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    LIKENESS_OIDC_ISSUER: issuer,
    LIKENESS_OIDC_CLIENT_ID: CLIENT.id,
    LIKENESS_OIDC_SECRET: CLIENT.secret,
    LIKENESS_OIDC_NAME: NAME,
  });
  await world.open();
  openProvider(world.origin);
  owner = await fresh();
  await enter(owner, world.link);
}, 300_000);

afterAll(async () => {
  for (const each of windows) await each.close();
  await world.close();
  for (const name of ['ISSUER', 'CLIENT_ID', 'SECRET', 'NAME']) delete process.env[`LIKENESS_OIDC_${name}`];
  await new Promise((resolve) => door.close(resolve));
});

describe('somebody who has an account with the provider', () => {
  it('comes in if their address was invited, in that role', async () => {
    const invited = await owner.request.post(`${world.origin}/api/v1/invitations`, {
      headers: { origin: world.origin },
      data: { role: 'maker', email: KNOWN.email },
    });
    expect(invited.status()).toBe(201);
    const page = await fresh();
    await signIn(page, KNOWN.login);
    await page.getByRole('heading', { name: 'What is real, and who agreed' }).waitFor();
    const { user } = (await (await page.request.get('/api/v1/session')).json()) as { user: unknown };
    expect(user).toMatchObject({ name: KNOWN.name, email: KNOWN.email, role: 'maker' });
    expect((await page.request.get('/api/v1/users')).status()).toBe(403);
  });

  it('is told in words that nobody invited them, or that their address is not confirmed', async () => {
    for (const [login, said] of [
      ['stranger', /invit/i],
      ['unconfirmed', /confirm/i],
    ] as const) {
      const page = await fresh();
      await signIn(page, login);
      expect(page.url()).toContain('/sign-in?refused=oidc.');
      await page.getByRole('alert').filter({ hasText: said }).waitFor();
      const { user } = (await (await page.request.get('/api/v1/session')).json()) as { user: unknown };
      expect(user).toBeNull();
    }
  });

  it('who does not want to is back where they were, and says so', async () => {
    const page = await fresh();
    await page.goto('/sign-in');
    await page.getByRole('link', { name: `Sign in with ${NAME}` }).click();
    await page.waitForURL(new RegExp(`^${issuer}/interaction/`));
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.waitForURL(/\/sign-in\?refused=oidc\./);
    await page.getByRole('alert').waitFor();
  });

  it('may be the owner, who connected their account', async () => {
    await owner.goto('/settings');
    await owner.getByRole('link', { name: /connect/i }).click();
    await owner.waitForURL(new RegExp(`^${issuer}/interaction/`));
    await owner.getByPlaceholder('Enter any login').fill('boss');
    await owner.getByPlaceholder('and password').fill('a password there');
    await owner.getByRole('button', { name: 'Sign-in' }).click();
    await owner.getByRole('button', { name: 'Continue' }).click();
    await owner.waitForURL(/\/settings\?connected=1$/);
    const page = await fresh();
    // They wanted to see something before they were asked who they are.
    await signIn(page, 'boss', '/sign-in?next=%2Fjobs%3Fold');
    await page.waitForURL(/\/jobs\?old$/);
    const { user } = (await (await page.request.get('/api/v1/session')).json()) as { user: unknown };
    expect(user).toMatchObject({ role: 'owner' });
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  // The provider's own pages are not ours to mend.
  expect(world.complaints.filter((complaint) => !complaint.startsWith(issuer))).toEqual([]);
});
