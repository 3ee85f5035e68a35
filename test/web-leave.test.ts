/** Leaving a project in a real browser the moment after something was changed: nothing is lost, or one is asked. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter, WebWorld } from './web-browser.js';
import { StudioApi } from './web-studio-api.js';

const world = new WebWorld();
const SLOW = { timeout: 30_000 };
let context: BrowserContext;
let page: Page;
let api: StudioApi;
let project = '';

beforeAll(async () => {
  await world.open();
  ({ context, page } = await world.window());
  await enter(page, world.link);
  api = new StudioApi(context, world.origin);
  project = (await api.ask<{ id: string }>('POST', '/projects', { name: 'Short film' })).id;
  await page.goto(`/make/${project}`);
  await open();
}, 300_000);

afterAll(() => world.close());

const open = (): Promise<void> => page.locator('summary').filter({ hasText: 'Settings' }).click();
const settings = async (): Promise<Record<string, unknown>> =>
  (await api.ask<{ file: { settings: Record<string, unknown> } }>('GET', `/projects/${project}`)).file.settings;

/** Changes the quality and does something in the same moment, as no hand could. */
const changeAnd = (quality: string, then: string): Promise<unknown> =>
  page.evaluate(`(() => {
    const field = [...document.querySelectorAll('select')].find((each) => each.querySelector('[value="good"]') !== null);
    field.value = '${quality}';
    field.dispatchEvent(new Event('change', { bubbles: true }));
    ${then}
  })()`);

describe('a change', () => {
  it('is saved when the page is loaded again in the same moment', async () => {
    const loaded = page.waitForEvent('load');
    await changeAnd('high', 'location.reload()');
    await loaded;
    await expect.poll(async () => (await settings())['quality'], SLOW).toBe('high');
    await open();
    await expect.poll(() => page.getByLabel('Picture quality').inputValue(), SLOW).toBe('high');
  });

  it('is saved when one goes to another site in the same moment', async () => {
    await changeAnd('draft', "location.href = 'about:blank'");
    await page.waitForURL('about:blank');
    await expect.poll(async () => (await settings())['quality'], SLOW).toBe('draft');
    await page.goto(`/make/${project}`);
    await open();
  });

  it('that stands in a field which was not left yet is saved, too', async () => {
    await page.getByLabel('Where it is shown').pressSequentially('de');
    await page.reload();
    await expect.poll(async () => (await settings())['territory'], SLOW).toBe('DE');
    await open();
    await expect.poll(() => page.getByLabel('Where it is shown').inputValue(), SLOW).toBe('DE');
  });

  it('is saved when the page is put aside, as on a phone', async () => {
    // Clocks stand still there.
    await page.evaluate(`(() => {
      window.setTimeout = () => 0;
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    })()`);
    const sent = page.waitForRequest((request) => request.method() === 'PUT', SLOW);
    await changeAnd('good', "document.dispatchEvent(new Event('visibilitychange'))");
    await (await sent).response();
    expect((await settings())['quality']).toBe('good');
    await page.reload();
    await open();
  });

  it('that cannot be saved is asked about before one goes', async () => {
    await context.setOffline(true);
    await page.getByLabel('Picture quality').selectOption('high');
    await page.getByText('Not saved', { exact: true }).waitFor(SLOW);
    const asked: string[] = [];
    page.once('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.locator('nav.wide').getByRole('link', { name: 'Make' }).click();
    await expect.poll(() => asked, SLOW).toEqual(['Some changes could not be saved. Leave all the same?']);
    expect(new URL(page.url()).pathname).toBe(`/make/${project}`);
    expect(await page.getByLabel('Picture quality').inputValue()).toBe('high');
    await context.setOffline(false);
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect((await settings())['quality']).toBe('high');
    await page.locator('nav.wide').getByRole('link', { name: 'Make' }).click();
    await page.waitForURL(/\/make$/, SLOW);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  // Without a connection nothing is fetched ahead.
  expect(world.complaints.filter((said) => !/ERR_INTERNET_DISCONNECTED|preload CSS/.test(said))).toEqual([]);
});
