/** Making a swap in a real browser, as a paying user does: consents, clips, training, render, result, and withdrawal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRevocationToken } from '../src/consent/index.js';
import { verifyFile } from '../src/label/index.js';
import { stopModels } from '../src/models/index.js';
import { toAndFro } from './long-film.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';
import { castOnDisk, paintedPixels } from './web-cast.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
/** Machines that do other work beside this need it. */
const SLOW = { timeout: 60_000 };
/** With it the person shown withdraws. */
const word = newRevocationToken();
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  // Templates of faces stay on the machine where records are made: that of the studio.
  process.env['LIKENESS_HOME'] = at('home');
  await castOnDisk(at, 'her', 'Her Drawn', 7, word);
  await castOnDisk(at, 'him', 'Him Drawn', 8);
  await stopModels();
  await world.open();
  ({ context, page } = await world.window({ acceptDownloads: true }));
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

/** The card of a job under a heading. */
const card = (heading: RegExp) =>
  page.locator('article.card').filter({ has: page.getByRole('heading', { name: heading }) });

async function choose(button: string, file: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(at(file));
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

describe('a swap', () => {
  it('begins with the records of both people', async () => {
    await page.goto('/people');
    for (const [name, title] of [
      ['her', 'Her Drawn'],
      ['him', 'Him Drawn'],
    ] as const) {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a file' }).click();
      await (await chooser).setFiles(at(`${name}.consent.json`));
      await page.getByRole('heading', { name: title }).waitFor();
    }
    await page.getByRole('link', { name: 'Her Drawn' }).click();
    await page.getByText('Nothing was made under it.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('takes clips, finds people, and routes one to the other by dragging', async () => {
    await page.goto('/make');
    await page.getByLabel('What is it called?').fill('Short film');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
    await choose('Choose what to change', 'him.mp4');
    await choose('Add a clip of the person', 'her.mp4');
    const face = page.locator('.faces li');
    await face.waitFor({ timeout: 900_000 });
    const target = page.locator('li.drop').first();
    await target.getByAltText('Person 1').waitFor({ timeout: 900_000 });
    await face.dragTo(target);
    await expect.poll(() => page.getByLabel('Person 1 is replaced by').inputValue(), SLOW).not.toBe('');
    await page.getByLabel('Consent of the person shown').selectOption({ label: await option('Her Drawn') });
    await page.getByLabel('Consent of the person replaced').selectOption({ label: await option('Him Drawn') });
    await page.getByLabel(/^How\b/).selectOption('gan');
    await page.getByLabel('Minutes of training').fill('0.2');
    await page.keyboard.press('Tab');
    await page.getByText('All changes are saved').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Render', exact: true }).isEnabled(), SLOW).toBe(true);
    await fewSteps(30);
  });

  /** Pages ask for minutes; a test asks for steps, which every machine takes alike, and for the smallest nets. */
  async function fewSteps(steps: number): Promise<void> {
    const path = `${world.origin}/api/v1/projects/${new URL(page.url()).pathname.split('/').at(-1)}`;
    const { file } = (await (await context.request.get(path)).json()) as { file: { routes: { training: object }[] } };
    expect(file.routes[0]?.training).toMatchObject({ preset: 'standard', minutes: 0.2 });
    const routes = file.routes.map((route) => ({ ...route, training: { ...route.training, preset: 'draft', steps } }));
    const answer = await context.request.put(path, { data: { ...file, routes }, headers: { origin: world.origin } });
    expect(answer.status()).toBe(200);
    await page.reload();
    await page.getByRole('button', { name: 'Train the pair of person 1' }).waitFor();
  }

  /** The whole text of the option that begins with a name. */
  async function option(name: string): Promise<string> {
    const texts = await page.locator('option').allInnerTexts();
    return texts.find((text) => text.startsWith(name)) ?? name;
  }

  it('is trained in view: preview and curve; the training pauses, goes on, and ends', async () => {
    await page.getByRole('button', { name: 'Train the pair of person 1' }).click();
    const training = card(/^Train/);
    await training.getByText('Running', { exact: true }).waitFor({ timeout: 900_000 });
    await training.getByRole('button', { name: 'Pause' }).click();
    await training.getByText('Paused', { exact: true }).first().waitFor({ timeout: 900_000 });
    // Begun unasked, with the engine that needs no training: a moving picture of the shot, while the pair is not there yet.
    const trial = card(/^Trial/);
    await trial.getByText('Done', { exact: true }).waitFor({ timeout: 900_000 });
    const film = trial.locator('video');
    const lengthOf = (): Promise<number> =>
      film.evaluate((video) => (video as unknown as { load(): void; duration: number }).duration);
    await film.evaluate((video) => (video as unknown as { load(): void }).load());
    await expect.poll(lengthOf, SLOW).toBeGreaterThan(1.5);
    await trial.getByText('is not trained yet: in this trial the engine "mesh" stands in for it').waitFor();
    await training.getByText('Paused', { exact: true }).first().waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await training.getByRole('button', { name: 'Go on' }).click();
    await training.getByText('Done', { exact: true }).waitFor({ timeout: 900_000 });
    await training.getByRole('img', { name: /Loss by step/ }).waitFor();
    const preview = training.locator('img');
    await expect
      .poll(() => preview.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth), SLOW)
      .toBeGreaterThan(100);
  });

  it('is tried with the trained pair, labelled as a part, and not measured as if it were the whole', async () => {
    await page.getByRole('button', { name: 'Try 6 seconds' }).click();
    await expect
      .poll(
        () =>
          card(/^Trial/)
            .getByText('Done', { exact: true })
            .count(),
        { timeout: 900_000 },
      )
      .toBe(2);
    const jobs = await (await context.request.get(`${world.origin}/api/v1/jobs`)).json();
    const trials = (jobs as { items: { id: string; trial: boolean; kind: string; state: string }[] }).items.filter(
      ({ trial }) => trial,
    );
    expect(trials.map(({ kind, state }) => [kind, state])).toEqual([
      ['render', 'done'],
      ['render', 'done'],
    ]);
    const file = at('trial.mp4');
    writeFileSync(file, await (await context.request.get(`${world.origin}/api/v1/media/${trials[0]?.id}/file`)).body());
    expect((await verifyFile(file)).report.verdict).toBe('intact');
    // The newest comes first: that of the trained pair, which needs nothing to stand in for it.
    expect(await page.getByText('stands in for it').count()).toBe(1);
    const answer = await context.request.post(`${world.origin}/api/v1/jobs`, {
      data: { kind: 'report', job: trials[0]?.id },
      headers: { origin: world.origin },
    });
    expect([answer.status(), (await answer.json()).code]).toEqual([409, 'jobs.trial']);
  });

  it('can be called off, and started again', async () => {
    await page.getByRole('button', { name: 'Render', exact: true }).click();
    const render = card(/^Render/);
    await render.getByRole('button', { name: 'Cancel' }).click();
    await render.getByText('Cancelled', { exact: true }).waitFor({ timeout: 900_000 });
    await render.getByRole('button', { name: 'Try again' }).click();
    await card(/^Short film\.mp4/)
      .getByText('Done', { exact: true })
      .waitFor({ timeout: 900_000 });
  });

  it('is looked at before and after, frame by frame', async () => {
    const result = card(/^Short film\.mp4/);
    const position = result.getByLabel('Position');
    const time = async (): Promise<number> => Number(await position.inputValue());
    const from = await time();
    await result.getByRole('button', { name: 'One frame on' }).click();
    await expect.poll(time, SLOW).toBeGreaterThan(from);
    const on = await time();
    await result.getByRole('button', { name: 'One frame on' }).click();
    await expect.poll(time, SLOW).toBeGreaterThan(on);
    await result.getByRole('button', { name: 'One frame back' }).click();
    await expect.poll(time, SLOW).toBeCloseTo(on, 1);
    await result.getByLabel('Side by side').check();
    expect(await result.locator('video').count()).toBe(2);
    await result.getByLabel('Slider').check();
    // A face of a hundred pixels by a net of 64: what the command line remarks, the page says, too.
    await result.getByText(/times as large in the film as it is drawn/).waitFor(SLOW);
  });

  it('shows its mask and seam, and takes corrections by mouse and keys, which can be undone', async () => {
    const result = card(/^Short film\.mp4/);
    const painted = (): Promise<number> => paintedPixels(result.locator('canvas'));
    await result.getByLabel('Mask', { exact: true }).check();
    await expect.poll(painted, SLOW).toBeGreaterThan(1000);
    const whole = await painted();
    await result.getByLabel('Mask', { exact: true }).uncheck();
    await result.getByLabel('Seam', { exact: true }).check();
    await expect.poll(painted, SLOW).toBeGreaterThan(100);
    expect(await painted()).toBeLessThan(whole / 2);
    await result.getByLabel('Seam', { exact: true }).uncheck();
    await result.getByRole('button', { name: 'Correct the mask' }).click();
    const surface = result.getByRole('application', { name: 'Brush on the mask' });
    const { x, y, width, height } = (await surface.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + 0.42 * width, y + 0.52 * height);
    await page.mouse.down();
    await page.mouse.move(x + 0.47 * width, y + 0.56 * height, { steps: 8 });
    await page.mouse.up();
    await result.getByText('One stroke.').waitFor();
    await page.mouse.move(x + 0.02 * width, y + 0.52 * height);
    await page.mouse.down();
    await page.mouse.up();
    await result.getByText('The brush is beside the face.').waitFor();
    await surface.focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowUp');
    await result.getByText('The brush is on the face of person 1.').waitFor();
    await page.keyboard.press('+');
    await page.keyboard.press(' ');
    await result.getByText('2 strokes.').waitFor();
    await expect.poll(painted, SLOW).toBeGreaterThan(50);
    expect(await faultsOf(page)).toEqual([]);
    await result.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('All changes are saved').waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const saved = await context.request.get(`${world.origin}/api/v1/projects/${id}`);
    expect(await saved.json()).toMatchObject({
      file: { routes: [{ strokes: [{ mode: 'remove', reach: 'shot', radius: 1.4 }] }] },
    });
    await result.getByRole('button', { name: 'Correct the mask' }).click();
  });

  it('has a quality report, and is downloaded with a label that holds', async () => {
    const result = card(/^Short film\.mp4/);
    await result.getByRole('button', { name: 'Measure the quality' }).click();
    const open = result.getByRole('link', { name: 'Quality report' });
    await open.waitFor({ timeout: 900_000 });
    const report = await context.request.get((await open.getAttribute('href')) ?? '');
    expect(await report.text()).toContain('Identity');
    const saved = page.waitForEvent('download');
    await result.getByRole('link', { name: 'Download the result' }).click();
    const path = at('saved.mp4');
    await (await saved).saveAs(path);
    const { report: verified } = await verifyFile(path);
    expect(verified.verdict).toBe('intact');
    expect(await faultsOf(page)).toEqual([]);
  });

  it('says in the studio itself what it is', async () => {
    await page.goto('/check');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(at('saved.mp4'));
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    await page.locator('section.verdict').getByText('Synthetic').first().waitFor({ timeout: 900_000 });
    await page.goto('/check');
    expect(await page.locator('a.item').first().innerText()).toContain('Synthetic');
  });

  it('exports its project as a file', async () => {
    await page.goto('/make');
    await page.getByRole('link', { name: /Short film/ }).click();
    // What the law may ask is answered by keys alone; an answer that was taken back is gone.
    await page.locator('summary').filter({ hasText: 'Settings' }).press('Enter');
    await page.getByLabel('Another answer').selectOption('election');
    await page.getByLabel('Is it about a candidate, a party or a vote?').selectOption('no');
    await page.getByLabel('Another answer').selectOption('satire');
    await page.getByLabel('Is it evidently art, satire, parody or fiction?').selectOption('');
    await page.getByLabel('Channel').fill('web');
    await page.keyboard.press('Tab');
    await page.getByText('All changes are saved').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export the project' }).click();
    await (await saved).saveAs(at('film.project.json'));
    const file = JSON.parse(readFileSync(at('film.project.json'), 'utf8')) as { routes: { strokes: unknown[] }[] };
    expect(file).toMatchObject({ name: 'Short film', settings: { channel: 'web', facts: { election: 'no' } } });
    expect(file).not.toHaveProperty('settings.facts.satire');
    expect(file.routes[0]?.strokes.length).toBe(1);
  });

  it('is rendered again with the corrected mask', async () => {
    const before = card(/^Short film\.mp4/);
    await before.getByRole('button', { name: 'Correct the mask' }).click();
    await before.getByRole('button', { name: 'Render again' }).click();
    await expect.poll(() => before.count(), { timeout: 900_000 }).toBe(2);
    const masks = await Promise.all(
      (await jobsOf('render')).map(async (id) => {
        const answer = await context.request.get(`${world.origin}/api/v1/jobs/${id}/masks?seconds=0.1`);
        const { people } = (await answer.json()) as { people: { alpha: string }[] };
        return Buffer.from(people[0]?.alpha ?? '', 'base64').reduce((sum, value) => sum + value, 0);
      }),
    );
    // The newer one comes first: the stroke took a part of the face away, and not all of it.
    expect(masks[0]).toBeLessThan(0.98 * (masks[1] ?? 0));
    expect(masks[0]).toBeGreaterThan(0.7 * (masks[1] ?? 0));
  });

  it('shows a labelled frame while it is rendered, in a film that takes longer', async () => {
    await toAndFro(at('him.mp4'), at('long.mp4'), 500, 8);
    await page.goto('/make');
    await page.getByLabel('What is it called?').fill('Long film');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
    await choose('Choose what to change', 'long.mp4');
    await choose('Add a clip of the person', 'her.mp4');
    await page.locator('.faces li').waitFor({ timeout: 900_000 });
    await page.locator('li.drop').first().getByAltText('Person 1').waitFor({ timeout: 900_000 });
    await page.getByLabel('Person 1 is replaced by').selectOption({ index: 1 });
    await page.getByLabel('Consent of the person shown').selectOption({ label: await option('Her Drawn') });
    await page.getByLabel('Consent of the person replaced').selectOption({ label: await option('Him Drawn') });
    await page.getByText('All changes are saved').waitFor();
    const shown = page.waitForResponse((answer) => answer.ok() && answer.url().includes('/preview?'), {
      timeout: 900_000,
    });
    await page.getByRole('button', { name: 'Render', exact: true }).click();
    writeFileSync(at('preview.png'), await (await shown).body());
    expect((await verifyFile(at('preview.png'))).report.verdict).toBe('intact');
    const render = card(/^Render/);
    await render.getByRole('img', { name: 'Preview: a finished frame of the film, with its marks' }).waitFor(SLOW);
    expect(await faultsOf(page)).toEqual([]);
    await card(/^Long film\.mp4/)
      .getByText('Done', { exact: true })
      .waitFor({ timeout: 900_000 });
  });

  /** Finished jobs of a kind, newest first, without trials. */
  async function jobsOf(kind: string): Promise<string[]> {
    const answer = await context.request.get(`${world.origin}/api/v1/jobs?kind=${kind}&state=done`);
    const { items } = (await answer.json()) as { items: { id: string; trial: boolean }[] };
    return items.filter(({ trial }) => !trial).map(({ id }) => id);
  }
});

describe('the person shown', () => {
  let theirs: Page;
  let closing: BrowserContext;

  afterAll(() => closing?.close());

  it('comes in by the link of their record, and sees what was made with them', async () => {
    await page.goto('/people');
    await page.getByRole('article').filter({ hasText: 'Her Drawn' }).locator('img.face').waitFor();
    await page.getByRole('link', { name: 'Her Drawn' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page.getByLabel(/Link for Her Drawn/).inputValue();
    ({ context: closing, page: theirs } = await world.window());
    await theirs.goto(link);
    await theirs.getByLabel('Your name').fill('Her Drawn');
    await theirs.getByLabel('E-mail address').fill('her@example.org');
    await theirs.getByLabel('Password').fill('correct horse battery');
    await theirs.locator('form button').last().click();
    await theirs.getByRole('link', { name: 'My likeness' }).first().click();
    await theirs.getByText('Short film.mp4').first().waitFor();
    expect(await faultsOf(theirs)).toEqual([]);
    await theirs.getByRole('link', { name: 'Her Drawn' }).click();
    await theirs.getByRole('heading', { level: 1, name: 'Her Drawn' }).waitFor();
    expect(await faultsOf(theirs)).toEqual([]);
  });

  it('withdraws with their word alone, and nothing more is made', async () => {
    await theirs.getByRole('button', { name: 'Withdraw' }).click();
    await theirs.getByLabel('The word you were shown').fill('not-the-word');
    await theirs.getByRole('button', { name: 'Withdraw now' }).click();
    await theirs.getByRole('dialog').getByRole('alert').waitFor();
    await theirs.getByLabel('The word you were shown').fill(word.token);
    await theirs.getByRole('button', { name: 'Withdraw now' }).click();
    await theirs.getByText('Withdrawn', { exact: true }).waitFor();
    await page.goto('/make');
    await page.getByRole('link', { name: /Short film/ }).click();
    await page.getByText('The record of Her Drawn was withdrawn').first().waitFor();
    expect(await page.getByRole('button', { name: 'Render', exact: true }).isDisabled()).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
