/** A project in a real browser where things go wrong: no connection, a refused field, two windows, the same file twice, sound. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { writeAtomic } from '../src/base/index.js';
import { wavOf, writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';
import { castOnDisk } from './web-cast.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const SLOW = { timeout: 120_000 };
let context: BrowserContext;
let page: Page;
let path = '';

interface Saved {
  readonly file: {
    readonly target: { readonly name: string } | null;
    readonly routes: readonly object[];
    readonly settings: { readonly quality: string; readonly label: string; readonly territory: string | null };
  };
}

const saved = async (): Promise<Saved['file']> =>
  ((await (await context.request.get(`${world.origin}/api/v1/projects/${path.split('/').at(-1)}`)).json()) as Saved)
    .file;

async function choose(button: string, file: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(at(file));
  await page.getByRole('dialog').waitFor({ state: 'hidden', ...SLOW });
}

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  await castOnDisk(at, 'her', 'Her Drawn', 7);
  await castOnDisk(at, 'him', 'Him Drawn', 8);
  await stopModels();
  copyFileSync(at('him.mp4'), at('again.mp4'));
  await writeAtomic(
    at('hum.wav'),
    wavOf(
      Float32Array.from({ length: 32_000 }, (_, i) => 0.2 * Math.sin(i / 9)),
      16_000,
    ),
  );
  await writePicture(at('still.png'), renderActor(createActor(7), restState({}), { width: 160, height: 160 }).frame);
  await world.open();
  ({ context, page } = await world.window());
  await enter(page, world.link);
  await page.goto('/make');
  await page.getByLabel('What is it called?').fill('Short film');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
  path = new URL(page.url()).pathname;
  await choose('Choose what to change', 'him.mp4');
  await choose('Add a clip of the person', 'her.mp4');
  await page.locator('.faces li').waitFor(SLOW);
  await page.locator('li.drop').first().getByAltText('Person 1', { exact: true }).waitFor(SLOW);
  await page.getByLabel('Person 1 is replaced by').selectOption({ index: 1 });
  await page.getByText('All changes are saved').waitFor();
  await page.locator('summary').filter({ hasText: 'Settings' }).click();
}, 300_000);

afterAll(() => world.close());

describe('a project', () => {
  it('says what could not be saved, and saves it when the studio is back', async () => {
    await context.setOffline(true);
    await page.getByLabel('Picture quality').selectOption('high');
    await page.getByText('Not saved', { exact: true }).waitFor(SLOW);
    expect((await saved()).settings.quality).toBe('good');
    await context.setOffline(false);
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect((await saved()).settings.quality).toBe('high');
    expect(await page.getByLabel('Picture quality').inputValue()).toBe('high');
  });

  it('marks a field that the studio refuses, and keeps what was changed beside it', async () => {
    const territory = page.getByLabel('Where it is shown');
    await territory.fill('GERMAN');
    await page.keyboard.press('Tab');
    await page.getByText('Not saved', { exact: true }).waitFor(SLOW);
    await page.getByLabel('Picture quality').selectOption('draft');
    await expect.poll(() => territory.getAttribute('aria-invalid'), SLOW).toBe('true');
    expect(await faultsOf(page)).toEqual([]);
    await territory.fill('DE');
    await page.keyboard.press('Tab');
    await page.getByText('All changes are saved').waitFor(SLOW);
    expect((await saved()).settings).toMatchObject({ territory: 'DE', quality: 'draft' });
  });

  it('is not written over by another window that has it open', async () => {
    const other = await context.newPage();
    await other.goto(path);
    await other.locator('summary').filter({ hasText: 'Settings' }).click();
    await other.getByLabel('Picture quality').selectOption('good');
    await other.getByText('All changes are saved').waitFor(SLOW);
    await page.getByLabel('Visible label').selectOption('credits');
    await page.getByText('This project was changed elsewhere meanwhile.').waitFor(SLOW);
    expect((await saved()).settings).toMatchObject({ quality: 'good', label: 'corner' });
    await page.getByRole('alert').getByRole('button').click();
    await page.getByText('All changes are saved').waitFor(SLOW);
    await page.getByLabel('Visible label').selectOption('credits');
    await expect.poll(async () => (await saved()).settings, SLOW).toMatchObject({ quality: 'good', label: 'credits' });
    await other.close();
  });

  it('keeps its people where the same film is chosen or uploaded again, and takes no sound', async () => {
    await choose('Choose another', 'again.mp4');
    await page.locator('li.drop').first().getByAltText('Person 1', { exact: true }).waitFor(SLOW);
    expect((await saved()).routes).toHaveLength(1);
    await page.reload();
    await page.locator('li.drop').first().getByAltText('Person 1', { exact: true }).waitFor(SLOW);
    await choose('Choose another', 'hum.wav');
    await page.getByText('“hum.wav” is a sound. Choose a video or a picture.').waitFor(SLOW);
    await choose('Add a clip of the person', 'still.png');
    await page.getByText('“still.png” is one picture.').waitFor(SLOW);
    expect(await saved()).toMatchObject({ target: { name: 'him.mp4' }, routes: [{ person: 1 }] });
  });
});

describe('a file', () => {
  it('is deleted in the settings, after a question', async () => {
    const count = async (): Promise<number> =>
      ((await (await context.request.get(`${world.origin}/api/v1/media`)).json()) as { items: unknown[] }).items.length;
    const before = await count();
    await page.goto('/settings');
    const files = page.getByRole('region', { name: 'Files' });
    await files.getByText('hum.wav').waitFor(SLOW);
    expect(await faultsOf(page)).toEqual([]);
    await files.getByRole('button', { name: 'Delete hum.wav' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await count()).toBe(before);
    await files.getByRole('button', { name: 'Delete hum.wav' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('hum.wav is deleted.').waitFor(SLOW);
    expect(await count()).toBe(before - 1);
    expect(await files.getByText('hum.wav').count()).toBe(0);
  });
});

describe('a link of the studio', () => {
  it('is followed where a page is open already, and does not stay in the address', async () => {
    await page.goto('/');
    await page.evaluate("location.hash = '#invitation=AAAA'");
    await page.waitForURL(/\/invitation$/, SLOW);
    // Whoever is signed in is asked for no second account; the page may be loaded again.
    await page.reload();
    await page.getByText('You are signed in as Ada Example.').waitFor(SLOW);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add it to my account' }).click();
    await page.getByRole('alert').getByText('This invitation was used, has ended').waitFor(SLOW);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints.filter((said) => !/ERR_INTERNET_DISCONNECTED|status of (403|412|422)/.test(said))).toEqual(
    [],
  );
});
