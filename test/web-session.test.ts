/** A session that ends while a page is open, in a real browser: nothing is lost, and one goes on where one was. */
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAtomic } from '../src/base/index.js';
import { wavOf } from '../src/media/index.js';
import { faultsOf } from './web-axe.js';
import { enter, OWNER, WebWorld } from './web-browser.js';
import { StudioApi } from './web-studio-api.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const SLOW = { timeout: 30_000 };
let context: BrowserContext;
let page: Page;
let api: StudioApi;
let project = '';

beforeAll(async () => {
  // Longer than a piece of an upload.
  const tone = Float32Array.from({ length: 6_000_000 }, (_, i) => 0.2 * Math.sin(i / 9));
  await writeAtomic(at('long.wav'), wavOf(tone, 16_000));
  await world.open();
  ({ context, page } = await world.window());
  await enter(page, world.link);
  api = new StudioApi(context, world.origin);
  project = (await api.ask<{ id: string }>('POST', '/projects', { name: 'Short film' })).id;
}, 300_000);

afterAll(() => world.close());

const dialog = () => page.getByRole('dialog', { name: 'Sign in again' });

async function signIn(password: string): Promise<void> {
  await dialog().getByLabel('Password').fill(password);
  await dialog().getByRole('button', { name: 'Sign in', exact: true }).click();
}

const quality = async (): Promise<unknown> =>
  (await api.ask<{ file: { settings: { quality: string } } }>('GET', `/projects/${project}`)).file.settings.quality;

describe('a session that ended', () => {
  it('is begun anew over the page, and what was changed meanwhile is saved', async () => {
    await page.goto(`/make/${project}`);
    await page.locator('summary').filter({ hasText: 'Settings' }).click();
    await context.clearCookies();
    await page.getByLabel('Picture quality').selectOption('high');
    await dialog().waitFor(SLOW);
    expect(await dialog().getByLabel('E-mail address').inputValue()).toBe(OWNER.email);
    expect(await faultsOf(page)).toEqual([]);
    await signIn('wrong horse battery');
    await dialog().getByRole('alert').waitFor(SLOW);
    await signIn(OWNER.password);
    await dialog().waitFor({ state: 'hidden', ...SLOW });
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect(await quality()).toBe('high');
    expect(new URL(page.url()).pathname).toBe(`/make/${project}`);
    expect(await page.getByLabel('Picture quality').inputValue()).toBe('high');
  });

  it('may be begun later: what is not saved is called so, and is saved then', async () => {
    await context.clearCookies();
    await page.getByLabel('Picture quality').selectOption('draft');
    await dialog().getByRole('button', { name: 'Close' }).click();
    await page.getByText('Not saved', { exact: true }).waitFor(SLOW);
    await page.getByText('You were signed out.').getByRole('button', { name: 'Sign in' }).click();
    await signIn(OWNER.password);
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect(await quality()).toBe('draft');
  });

  it('may be begun in another window', async () => {
    await context.clearCookies();
    await page.getByLabel('Picture quality').selectOption('good');
    await dialog().waitFor(SLOW);
    const { email, password } = OWNER;
    await context.request.post(`${world.origin}/api/v1/session`, {
      data: { email, password },
      headers: { origin: world.origin },
    });
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await dialog().waitFor({ state: 'hidden', ...SLOW });
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect(await quality()).toBe('good');
  });
});

describe('an upload', () => {
  it('goes on where it was when the session ended in the middle of it', async () => {
    const offsets: string[] = [];
    let cut = false;
    await page.route('**/api/v1/uploads/*', async (route) => {
      const { 'upload-offset': offset = '' } = route.request().headers();
      if (route.request().method() === 'PATCH') {
        offsets.push(offset);
        if (offset !== '0' && !cut) {
          cut = true;
          await context.clearCookies();
          return route.fulfill({ status: 401, json: { code: 'session.missing', detail: 'Nobody is signed in.' } });
        }
      }
      return route.continue();
    });
    await page.goto('/check');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(at('long.wav'));
    await dialog().waitFor(SLOW);
    await signIn(OWNER.password);
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/, SLOW);
    const [first, second, third] = offsets;
    expect([first, Number(second) > 0, third]).toEqual(['0', true, second]);
    expect(offsets).toHaveLength(3);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
