/** The pages with a provider to sign in with: in a real browser, there and back, and what is refused in words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OidcProvider } from './oidc-provider.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const provider = new OidcProvider();
const world = new WebWorld();
const ada = { sub: 'ada', email: 'ada.invited@example.org', email_verified: true, name: 'Ada Invited' };

beforeAll(async () => {
  await provider.start();
  Object.assign(process.env, provider.environment);
  await world.open();
}, 600_000);

afterAll(async () => {
  await world.close();
  for (const name of Object.keys(provider.environment)) delete process.env[name];
  await provider.close();
});

describe('signing in with a provider', () => {
  it('brings an invited person in, in their role, and back out', async () => {
    const { page: owner, context: owners } = await world.window();
    await enter(owner, world.link);
    await owner.evaluate(
      async (email) =>
        fetch('/api/v1/invitations', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ role: 'reviewer', email }),
        }),
      ada.email,
    );
    await owner.goto('/settings');
    await owner.getByRole('link', { name: 'Connect Example ID' }).waitFor();
    provider.person = { sub: 'the-owner', email: 'nobody@example.org', email_verified: false };
    await owner.getByRole('link', { name: 'Connect Example ID' }).click();
    await owner.getByText('Example ID is connected.').waitFor();
    await owners.close();

    provider.person = ada;
    const { page, context } = await world.window();
    await page.goto('/sign-in');
    await page.getByRole('link', { name: 'Sign in with Example ID' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    await page.getByRole('heading', { name: 'What is real, and who agreed' }).waitFor();
    const session = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
    expect(session).toMatchObject({ user: { name: 'Ada Invited', role: 'reviewer' } });
    await context.close();
  }, 600_000);

  it('says in the language of the page why somebody does not come in', async () => {
    provider.person = { sub: 'eve', email: 'eve@elsewhere.org', email_verified: true };
    const { page, context } = await world.window({ viewport: { width: 360, height: 760 }, colorScheme: 'dark' });
    await page.goto('/sign-in');
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('Nobody has invited this address.');
    provider.bend = { aud: 'somebody-else' };
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    await page.getByText('cannot be trusted').waitFor();
    provider.bend = { exp: 1_000_000_000, iat: 999_999_000 };
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    await page.getByText('has ended already').waitFor();
    provider.bend = {};
    await page.goto('/api/v1/session/oidc/callback?code=x&state=y');
    await page.getByText('was not begun in this browser').waitFor();
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await context.close();

    const german = await world.window({ locale: 'de' });
    await german.page.goto('/sign-in?refused=oidc.uninvited');
    await german.page.getByText('Niemand hat diese Adresse eingeladen.').waitFor();
    await german.page.getByRole('link', { name: 'Mit Example ID anmelden' }).waitFor();
    await german.context.close();
    expect(world.complaints).toEqual([]);
  }, 600_000);
});
