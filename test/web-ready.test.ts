/** A project that can be rendered, in a real browser: once for each press, and no more when a record of it is withdrawn. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRevocationToken } from '../src/consent/index.js';
import { stopModels } from '../src/models/index.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';
import { castOnDisk } from './web-cast.js';
import { StudioApi } from './web-studio-api.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const SLOW = { timeout: 30_000 };
const word = newRevocationToken();
let page: Page;
let api: StudioApi;
let project = '';
let record = '';

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  await castOnDisk(at, 'her', 'Her Drawn', 7, word);
  await castOnDisk(at, 'him', 'Him Drawn', 8);
  await stopModels();
  await world.open();
  const { context, page: opened } = await world.window();
  page = opened;
  await enter(page, world.link);
  api = new StudioApi(context, world.origin);
  const [source, target] = [await api.upload(at('her.mp4'), 'her.mp4'), await api.upload(at('him.mp4'), 'him.mp4')];
  for (const { id } of [source, target]) await api.done({ kind: 'analyze', media: id });
  record = await api.consent(at('her.consent.json'));
  const route = {
    person: 1,
    source: { sha256: source.sha256, name: source.name },
    sourcePerson: 1,
    sourceConsent: record,
    targetConsent: await api.consent(at('him.consent.json')),
  };
  const file = { name: 'Short film', target: { sha256: target.sha256, name: target.name }, routes: [route] };
  project = (await api.ask<{ id: string }>('POST', '/projects', file)).id;
}, 300_000);

afterAll(() => world.close());

const render = () => page.getByRole('button', { name: 'Render', exact: true });

describe('a button that begins a job', () => {
  it('begins one, however often it is pressed', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/v1/jobs')) asked.push(request.postData() ?? '');
    });
    await page.goto(`/make/${project}`);
    await expect.poll(() => render().isEnabled(), SLOW).toBe(true);
    await render().dblclick();
    await page.getByRole('heading', { name: /^(Render|Short film.mp4)/ }).waitFor(SLOW);
    expect(asked).toHaveLength(1);
    const trial = page.getByRole('button', { name: 'Try 6 seconds' });
    await trial.evaluate((node) => {
      const button = node as unknown as { click(): void };
      button.click();
      button.click();
    });
    await page.getByRole('heading', { name: /^Trial [A-Z]/ }).waitFor(SLOW);
    expect(asked).toHaveLength(2);
    const { items } = await api.ask<{ items: { trial: boolean }[] }>('GET', `/jobs?project=${project}`);
    expect(items.map((each) => each.trial).sort()).toEqual([false, true]);
  });

  it('says so where the studio answers with a job that was there before', async () => {
    const { items } = await api.ask<{ items: object[] }>('GET', `/jobs?project=${project}`);
    await page.route('**/api/v1/jobs', (route) =>
      route.request().method() === 'POST' ? route.fulfill({ status: 200, json: items[0] }) : route.continue(),
    );
    await render().click();
    await page.getByText('This is under way already.').waitFor(SLOW);
    await page.unroute('**/api/v1/jobs');
  });
});

/** Somebody else of the studio, in a window of their own. */
async function somebody(role: string): Promise<{ theirs: Page; ask: StudioApi }> {
  const { link } = await api.ask<{ link: string }>('POST', '/invitations', { role });
  const { context, page: theirs } = await world.window();
  await theirs.goto(link);
  await theirs.getByLabel('Your name').fill(`A ${role}`);
  await theirs.getByLabel('E-mail address').fill(`${role}@example.org`);
  await theirs.getByLabel('Password').fill('correct horse battery');
  await theirs.locator('form button').last().click();
  await theirs.getByRole('heading', { name: 'What is real, and who agreed' }).waitFor(SLOW);
  return { theirs, ask: new StudioApi(context, world.origin) };
}

describe('what the studio would refuse', () => {
  it('is not offered to a reviewer: neither changing work of others nor the pages of making', async () => {
    const { id } = await api.ask<{ id: string }>('POST', '/jobs', { kind: 'render', project, trial: { seconds: 2 } });
    await api.ask('PATCH', `/jobs/${id}`, { state: 'cancelled' });
    const { theirs, ask } = await somebody('reviewer');
    const file = await ask.upload(at('her.mp4'), 'mine.mp4');
    await ask.done({ kind: 'check', media: file.id });
    await theirs.goto('/jobs');
    const mine = theirs.locator('li.card').filter({ hasText: 'Check mine.mp4' });
    await mine.getByRole('button', { name: /^Delete/ }).waitFor(SLOW);
    await theirs.getByText('Somebody else started this').first().waitFor(SLOW);
    expect(await theirs.locator('main').getByRole('button').count()).toBe(1);
    expect(await theirs.locator('main a[href^="/make"]').count()).toBe(0);
    expect(await theirs.locator('main a[href^="/check/"]').count()).toBe(1);
    expect(await faultsOf(theirs)).toEqual([]);
    await theirs.context().close();
  });

  it('is not offered to another maker: a project of somebody else is looked at and run, not changed', async () => {
    const { theirs } = await somebody('maker');
    await theirs.goto(`/make/${project}`);
    await theirs.getByText('Somebody else made this project').waitFor(SLOW);
    expect(await theirs.getByLabel('Person 1 is replaced by').isDisabled()).toBe(true);
    expect(await theirs.getByRole('button', { name: 'Choose another' }).isDisabled()).toBe(true);
    expect(await theirs.getByRole('button', { name: 'Delete the project' }).count()).toBe(0);
    expect(await theirs.getByRole('button', { name: 'Render', exact: true }).isEnabled()).toBe(true);
    expect(await faultsOf(theirs)).toEqual([]);
    await theirs.context().close();
    await page.goto(`/make/${project}`);
    await page.getByRole('button', { name: 'Delete the project' }).waitFor(SLOW);
    expect(await page.getByLabel('Person 1 is replaced by').isEnabled()).toBe(true);
  });
});

describe('a project whose record is withdrawn while its page is open', () => {
  it('is ready before', async () => {
    await page.goto('/make');
    await page.getByText('Ready to render').waitFor(SLOW);
    await page.getByRole('link', { name: 'Short film' }).click();
    await expect.poll(() => render().isEnabled(), SLOW).toBe(true);
  });

  it('says which record it was, what to do, and that it is not ready', async () => {
    await api.ask('POST', '/withdrawals', { record, word: word.token });
    await page.evaluate("dispatchEvent(new Event('focus'))");
    const said = page.getByText('The record of Her Drawn was withdrawn: nothing more is made with it.');
    await said.first().waitFor(SLOW);
    // Beside the row of the table, and where one would begin.
    expect(await said.count()).toBe(2);
    expect(await render().isDisabled()).toBe(true);
    const chosen = page.getByLabel('Consent of the person shown').locator('option:checked');
    expect(await chosen.innerText()).toBe('Her Drawn · Short film · Withdrawn');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto('/make');
    await page.getByText('One thing is missing').waitFor(SLOW);
  });

  it('leads to the record', async () => {
    await page.getByRole('link', { name: 'Short film' }).click();
    await page.getByRole('link', { name: 'Look at the record' }).first().click();
    await page.waitForURL(new RegExp(`/people/${record}$`));
    expect(project).not.toBe('');
  });
});

describe('files to choose from', () => {
  it('fit a window of 360 pixels: uploading and closing stay in sight, a file takes no more than a row', async () => {
    for (let i = 0; i < 7; i++) await api.upload(at('him.mp4'), `take_${i}_${'without_a_space_'.repeat(6)}.mp4`);
    const { id } = await api.ask<{ id: string }>('POST', '/projects', { name: 'Narrow' });
    await page.goto(`/make/${id}`);
    await page.getByRole('button', { name: 'Choose what to change' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('her.mp4').first().waitFor(SLOW);
    expect(await faultsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await dialog.evaluate((node) => {
      (node as unknown as { scrollTop: number }).scrollTop = 0;
    });
    const box = async (name: string): Promise<{ top: number; bottom: number; right: number }> => {
      const found = await dialog.getByRole('button', { name, exact: true }).boundingBox();
      const { x, y, width, height } = found ?? { x: 0, y: -1, width: 0, height: 0 };
      return { top: y, bottom: y + height, right: x + width };
    };
    const upload = await box('Choose a file');
    expect(upload.top > 0 && upload.bottom < 740 && upload.right < 360).toBe(true);
    for (const item of await dialog.locator('li').all()) {
      const { x, width, height } = (await item.boundingBox()) ?? { x: 0, width: 999, height: 999 };
      expect(x + width).toBeLessThan(360);
      expect(height).toBeLessThan(125);
    }
    await dialog.locator('li').last().scrollIntoViewIfNeeded();
    const close = await box('Close');
    expect(close.top > 0 && close.bottom < 200).toBe(true);
    // Nothing lies over what closes it.
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
    await dialog.waitFor({ state: 'hidden', ...SLOW });
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

describe('a name', () => {
  it('of a project is changed, and can be undone', async () => {
    const { id } = await api.ask<{ id: string }>('POST', '/projects', { name: 'Before' });
    await page.goto(`/make/${id}`);
    await page.getByRole('button', { name: 'Rename' }).click();
    const field = page.getByLabel('What is it called now?');
    expect(await field.inputValue()).toBe('Before');
    await field.fill(' ');
    await field.press('Enter');
    await expect.poll(() => field.getAttribute('aria-invalid'), SLOW).toBe('true');
    expect(await faultsOf(page)).toEqual([]);
    await field.fill('After');
    await field.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'After' }).waitFor(SLOW);
    const named = async (): Promise<string> => (await api.ask<{ name: string }>('GET', `/projects/${id}`)).name;
    expect(await named()).toBe('After');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(named, SLOW).toBe('Before');
  });

  it('turns nothing round: neither one from right to left, nor a mark in the name of a file', async () => {
    const { id } = await api.ask<{ id: string }>('POST', '/projects', { name: 'סרט 1' });
    await page.goto(`/make/${id}`);
    await page.getByRole('button', { name: 'Delete the project' }).click();
    await page.getByRole('dialog').getByText('Delete “\u2068סרט 1\u2069”?').waitFor(SLOW);
    await page.goto('/check');
    let go = (): void => undefined;
    const seen = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/api/v1/uploads', (route) => seen.then(() => route.continue()));
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    const buffer = Buffer.from('This is no video at all.'.repeat(99));
    await (await chooser).setFiles({ name: 'him\u202E4pm.mp4', mimeType: 'video/mp4', buffer });
    await page.getByText('Taking in him4pm.mp4', { exact: true }).waitFor(SLOW);
    go();
    await page.getByRole('alert').waitFor(SLOW);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
