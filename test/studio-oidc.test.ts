/** Signing in with an OpenID Connect provider: who comes in, as whom, and everything that is refused. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mayAsk, providerSettings } from '../src/server/oidc/settings.js';
import { OidcProvider } from './oidc-provider.js';
import { type Caller, StudioWorld } from './studio-world.js';

const provider = new OidcProvider();
const world = new StudioWorld();

const cookieOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0] ?? '')
    .filter((each) => !each.endsWith('='))
    .join('; ');

interface Came {
  /** Where the studio sends the browser at last. */
  readonly to: string;
  readonly session: Caller;
}

/** Begins at the studio: its cookie, and where the provider sends the browser back to. */
async function visitProvider(path = '/api/v1/session/oidc', who?: Caller): Promise<{ cookie: string; back: string }> {
  const begun = await world.ask(path, who === undefined ? {} : { headers: { ...who.headers } });
  const at = begun.headers.get('location') ?? '';
  if (!at.startsWith(provider.issuer)) return { cookie: cookieOf(begun), back: at };
  const answered = await fetch(at, { redirect: 'manual' });
  return { cookie: cookieOf(begun), back: answered.headers.get('location') ?? '' };
}

async function comeBack(back: string, cookie: string): Promise<Came> {
  const answer = await fetch(back, { redirect: 'manual', headers: { cookie } });
  return {
    to: answer.headers.get('location') ?? `status ${answer.status}`,
    session: { headers: { cookie: cookieOf(answer), origin: world.studio.origin } },
  };
}

async function signIn(person: Record<string, unknown>): Promise<Came> {
  provider.person = person;
  const { cookie, back } = await visitProvider();
  return comeBack(back, cookie);
}

const refused = (code: string): string => `/sign-in?refused=${code}`;
const who = async (session: Caller): Promise<{ name: string; email: string; role: string } | null> =>
  (await world.json<{ user: { name: string; email: string; role: string } | null }>('/api/v1/session', session)).user;

beforeAll(async () => {
  await provider.start();
  Object.assign(process.env, provider.environment);
  await world.open();
}, 600_000);

beforeEach(() => {
  Object.assign(provider, { bend: {}, forged: false, unsigned: false, denies: null, userInfo: null });
});

afterAll(async () => {
  await world.close();
  for (const name of Object.keys(provider.environment)) delete process.env[name];
  await provider.close();
});

describe('who comes in', () => {
  const ada = { sub: 'ada-1', email: 'Ada@Example.org', email_verified: true, name: 'Ada' };

  it('is nobody before there is an owner', async () => {
    expect((await signIn(ada)).to).toBe(refused('oidc.setup'));
    await world.signIn();
    expect(await world.json('/api/v1/session', world.owner)).toMatchObject({ studio: { provider: 'Example ID' } });
  });

  it('is whoever was invited, in the role they were invited to, again and again', async () => {
    await world.post('/api/v1/invitations', { role: 'reviewer', email: 'ada@example.org' }, world.owner);
    const came = await signIn(ada);
    expect(came.to).toBe('/');
    expect(await who(came.session)).toMatchObject({ name: 'Ada', email: 'ada@example.org', role: 'reviewer' });
    // Known by the provider's id, not by the address.
    const again = await signIn({ sub: 'ada-1', email: 'other@example.org', email_verified: true });
    expect(await who(again.session)).toMatchObject({ email: 'ada@example.org', role: 'reviewer' });
    const { items } = await world.json<{ items: { used: boolean }[] }>('/api/v1/invitations', world.owner);
    expect(items.map(({ used }) => used)).toEqual([true]);
  });

  it('is whoever has an address of the house, as a subject', async () => {
    const came = await signIn({ sub: 'bob', email: 'bob@house.example', email_verified: true });
    expect(await who(came.session)).toMatchObject({ name: 'bob', role: 'subject' });
    expect((await signIn({ sub: 'eve', email: 'eve@house.example.org', email_verified: true })).to).toBe(
      refused('oidc.uninvited'),
    );
    expect((await signIn({ sub: 'eve', email: 'eve@evilhouse.example', email_verified: true })).to).toBe(
      refused('oidc.uninvited'),
    );
  });

  it('is known by what the provider says when it is asked, where the id token says no more than who it is', async () => {
    provider.userInfo = { sub: 'carol', email: 'Carol@house.example', email_verified: true, name: 'Carol' };
    const came = await signIn({ sub: 'carol' });
    expect(came.to).toBe('/');
    expect(await who(came.session)).toMatchObject({ name: 'Carol', email: 'carol@house.example', role: 'subject' });
    provider.userInfo = { sub: 'dan', email: 'dan@house.example', email_verified: false };
    expect((await signIn({ sub: 'dan' })).to).toBe(refused('oidc.email'));
    // Of somebody else, or nothing: then nobody.
    provider.userInfo = { sub: 'carol', email: 'dan@house.example', email_verified: true };
    expect((await signIn({ sub: 'dan' })).to).toBe(refused('oidc.token'));
    provider.userInfo = null;
    expect((await signIn({ sub: 'dan' })).to).toBe(refused('oidc.token'));
  });

  it('is nobody uninvited, unconfirmed, or by an address that somebody here has typed', async () => {
    const mallory = { sub: 'mallory', email: 'mallory@elsewhere.org', email_verified: true };
    const came = await signIn(mallory);
    expect(came.to).toBe(refused('oidc.uninvited'));
    expect(await who(came.session)).toBeNull();
    await world.post('/api/v1/invitations', { role: 'maker', email: 'mallory@elsewhere.org' }, world.owner);
    expect((await signIn({ ...mallory, email_verified: false })).to).toBe(refused('oidc.email'));
    const { email_verified: _, ...silent } = mallory;
    expect((await signIn(silent)).to).toBe(refused('oidc.email'));
    await world.send('PATCH', '/api/v1/session', { email: 'own@example.org' }, world.owner);
    expect((await signIn({ sub: 'x', email: 'own@example.org', email_verified: true })).to).toBe(
      refused('oidc.exists'),
    );
  });

  it('is somebody who connected the account while signed in; not one that is another person’s', async () => {
    provider.person = { sub: 'owner-there', email: 'boss@else.org', email_verified: false };
    const { cookie, back } = await visitProvider('/api/v1/session/oidc?connect=1', world.owner);
    expect((await comeBack(back, cookie)).to).toBe('/settings?connected=1');
    expect(await who((await signIn(provider.person)).session)).toMatchObject({ role: 'owner' });
    provider.person = ada;
    const other = await visitProvider('/api/v1/session/oidc?connect=1', world.owner);
    expect((await comeBack(other.back, other.cookie)).to).toBe(refused('oidc.taken'));
    expect((await visitProvider('/api/v1/session/oidc?connect=1')).back).toBe('/sign-in');
  });
});

describe('what is refused', () => {
  const bob = { sub: 'bob', email: 'bob@house.example', email_verified: true };

  // One that comes in ends the count of those that did not: guessing is slowed down.
  beforeEach(async () => {
    expect((await signIn(bob)).to).toBe('/');
  });

  it('comes back in another browser, with another state, twice, or late', async () => {
    provider.person = bob;
    const { cookie, back } = await visitProvider();
    const exchanges = provider.exchanges;
    expect((await comeBack(back, '')).to).toBe(refused('oidc.state'));
    expect((await comeBack(back, 'likeness.oidc=forged')).to).toBe(refused('oidc.state'));
    const turned = new URL(back);
    turned.searchParams.set('state', 'another');
    expect((await comeBack(turned.href, cookie)).to).toBe(refused('oidc.state'));
    // Whoever guesses once has used the sign-in up.
    expect((await comeBack(back, cookie)).to).toBe(refused('oidc.state'));
    expect(provider.exchanges).toBe(exchanges);
  });

  it('is for another studio, by another provider, of another sign-in, or over', async () => {
    for (const bend of [
      { aud: 'another-client' },
      { iss: 'https://other.example' },
      { nonce: 'another' },
      { sub: undefined },
    ]) {
      provider.bend = bend;
      const came = await signIn(bob);
      expect([bend, came.to]).toEqual([bend, refused('oidc.token')]);
      expect(await who(came.session)).toBeNull();
    }
    const past = Math.floor(Date.now() / 1000) - 3600;
    provider.bend = { exp: past, iat: past - 300 };
    expect((await signIn(bob)).to).toBe(refused('oidc.expired'));
  });

  it('is not signed by the provider', async () => {
    provider.forged = true;
    expect((await signIn(bob)).to).toBe(refused('oidc.token'));
    Object.assign(provider, { forged: false, unsigned: true });
    expect((await signIn(bob)).to).toBe(refused('oidc.token'));
  });

  it('is what the provider refused itself', async () => {
    provider.denies = 'access_denied';
    expect((await signIn(bob)).to).toBe(refused('oidc.denied'));
  });

  it('does not reach the log: no code, token or secret', () => {
    const log = world.log.join('');
    expect(log).toContain('oidc.token');
    expect(log).not.toContain(provider.secret);
    expect(log).not.toMatch(/eyJ[\w-]{10}/);
  });
});

describe('settings', () => {
  const wrong = (change: Record<string, string>): string => {
    Object.assign(process.env, provider.environment, change);
    try {
      providerSettings();
      return '';
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : '';
    } finally {
      Object.assign(process.env, provider.environment);
    }
  };

  it('name the variable that is wrong', () => {
    expect(wrong({ LIKENESS_OIDC_ISSUER: 'http://id.example.org' })).toContain('not https');
    expect(wrong({ LIKENESS_OIDC_ISSUER: 'id.example.org' })).toContain('LIKENESS_OIDC_ISSUER');
    expect(wrong({ LIKENESS_OIDC_CLIENT_ID: '' })).toContain('LIKENESS_OIDC_CLIENT_ID');
    expect(wrong({ LIKENESS_OIDC_DOMAIN: 'house' })).toContain('LIKENESS_OIDC_DOMAIN');
  });

  it('keep the studio from asking in the clear, or on this machine, what a provider elsewhere names', () => {
    const far = new URL('https://id.example.org');
    const near = new URL('http://127.0.0.1:8080');
    expect(mayAsk(far, new URL('https://keys.example.org/jwks'))).toBe(true);
    expect(mayAsk(far, new URL('http://id.example.org/token'))).toBe(false);
    expect(mayAsk(far, new URL('http://127.0.0.1:5432/'))).toBe(false);
    expect(mayAsk(far, new URL('file:///etc/passwd'))).toBe(false);
    expect(mayAsk(near, new URL('http://localhost:8081/keys'))).toBe(true);
    expect(mayAsk(near, new URL('http://169.254.169.254/latest'))).toBe(false);
  });

  it('do not send anybody where a provider has no business to send them', async () => {
    provider.misleads = { authorization_endpoint: 'http://169.254.169.254/authorize' };
    const other = new StudioWorld();
    try {
      await other.open();
      const answer = await other.ask('/api/v1/session/oidc');
      expect(answer.headers.get('location')).toBe(refused('oidc.unreachable'));
    } finally {
      await other.close();
      provider.misleads = {};
    }
  }, 600_000);
});
