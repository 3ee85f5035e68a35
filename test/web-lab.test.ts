/** The page of one bench: every figure of the report, in three languages, for the keyboard and at any width; and refusals in words. */
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePicture } from '../src/media/index.js';
import { type BenchReport, compressionLosses, levelFigures } from '../src/verdict/index.js';
import { blobs } from './lab-pictures.js';
import { CALIBRATION, made } from './lab-scores.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
let page: Page;

/** A bench of 300 files of which `carries` knows the class, and hardly any longer when they are compressed hard. */
function report(): Omit<BenchReport, 'scores'> {
  const scores = made(300, 1);
  const levels = ['original', 'hard'] as const;
  return {
    version: 1,
    set: 'set',
    files: 300,
    real: 150,
    fake: 150,
    leftOut: [],
    gates: {
      shortcuts: [{ property: 'width in pixels', auc: 0.55, p: 1 }],
      duplicates: [{ a: 'one.png', b: 'two.png', exact: true }],
      refusals: [],
      crossed: false,
      readable: { real: 150, fake: 150 },
      remarks: ['Something to be known of it.'],
    },
    levels: levels.map((level) => levelFigures(scores, level, CALIBRATION)),
    compression: compressionLosses(scores, levels),
    titles: { carries: 'Carries all', useless: 'Says nothing', mute: 'Has no weight', tiny: 'Sees a tiny face' },
    failed: [{ name: 'broken.png', error: 'It is damaged.' }],
    benchedAt: '2026-11-30T00:00:00.000Z',
  };
}

/** Uploads a folder as the lab takes it, and starts. */
async function bench(folder: string, counted: string): Promise<void> {
  await page.goto('/lab');
  await page.locator('input[type=file]').setInputFiles(at(folder));
  await page.getByText(counted).waitFor();
  await page.getByRole('button', { name: 'Upload and measure' }).click();
  await page.waitForURL(/\/lab\/[0-9a-f-]{36}$/);
}

beforeAll(async () => {
  for (const name of ['crossed/real', 'crossed/fake', 'single/real', 'single/fake'])
    mkdirSync(at(name), { recursive: true });
  await writePicture(at('crossed/real/1.png'), blobs(1));
  await writePicture(at('crossed/fake/2.png'), blobs(2));
  // The same picture in another file: what no look at the bytes can tell.
  appendFileSync(at('crossed/fake/3.png'), Buffer.concat([readFileSync(at('crossed/real/1.png')), Buffer.from([0])]));
  cpSync(at('crossed'), at('twins'), { recursive: true });
  copyFileSync(at('crossed/real/1.png'), at('twins/fake/again.png'));
  await world.open();
  ({ page } = await world.window());
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

describe('a folder', () => {
  it('with a file in both classes is not uploaded, and the page says which it is', async () => {
    await page.goto('/lab');
    await page.locator('input[type=file]').setInputFiles(at('twins'));
    const said = page.getByRole('alert');
    await said.getByText('One file is in both classes.').waitFor();
    await said.getByText('real/1.png (genuine) is the same as fake/again.png (synthetic)').waitFor();
    expect(await page.getByRole('button', { name: 'Upload and measure' }).count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
  });
});

describe('a bench', () => {
  it('that is refused says why in the language of the page, and which files in the words of the studio', async () => {
    await bench('crossed', '1 genuine and 2 synthetic files');
    await page.getByRole('heading', { name: 'Why nothing was measured' }).waitFor({ timeout: 300_000 });
    await page.getByText('The same picture is among the genuine and among the synthetic files').waitFor();
    await page.getByRole('alert').getByText('pictures are in both classes').waitFor();
    // Its files stay what they are: starting it again would end as before.
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    // It is found again among the jobs.
    const { pathname } = new URL(page.url());
    await page.goto('/jobs');
    await page.getByRole('link', { name: 'Bench crossed' }).click();
    await page.waitForURL(`**${pathname}`);
  });

  it('shows detectors side by side, curves, false alarms and ablations', async () => {
    const path = new URL(page.url()).pathname;
    const job = await page.evaluate<Record<string, unknown>>(
      `fetch('/api/v1/jobs/${path.slice(5)}').then((answer) => answer.json())`,
    );
    const shown = { ...job, state: 'done', error: null, again: null, result: report() };
    await page.route(`**/api/v1/jobs/${path.slice(5)}`, (route) => route.fulfill({ json: shown }));
    // The stream would say what became of the job in truth.
    await page.route('**/api/v1/events', (route) => route.abort());
    await page.reload();
    const level = page.getByRole('region', { name: 'As they are', exact: true });
    await level.waitFor();
    const cell = (table: string, row: string, column: number): Promise<string> =>
      level
        .getByRole('region', { name: table })
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: row, exact: true }) })
        .first()
        .getByRole('cell')
        .nth(column)
        .innerText();
    expect(await cell('Detectors side by side', 'Carries all', 1)).toMatch(/^0\.9\d+ \(0\.9\d+ to 0\.9\d+\)$/);
    expect(await cell('Ablations: which cue', 'Carries all', 2)).toMatch(/^-0\.4\d \(-0\.\d+ to -0\.\d+\)$/);
    expect(await cell('Ablations: which cue', 'Says nothing', 2)).toMatch(/^[+-]?0\.0\d /);
    expect(await cell('False alarms of each detector, by source', 'Carries all', 0)).toMatch(/^(near|far)$/);
    expect(await cell('Calibration error', 'All sources', 1)).toMatch(/^0\.\d+$/);
    for (const name of [
      /^Found, by share/,
      /^Risk and coverage/,
      /^Reliability/,
      /^Change of the AUC without the cue.*Carries all -0\.4/,
    ])
      expect(await level.getByRole('img', { name }).count(), String(name)).toBe(1);
    const square = (await level
      .getByRole('img', { name: /^Found/ })
      .locator('rect')
      .boundingBox()) ?? { width: 0, height: 1 };
    expect(square.width / square.height).toBeCloseTo(1, 2);
    const hard = page
      .getByRole('region', { name: 'Ablations: which compression' })
      .getByRole('row', { name: /^Carries all/ });
    expect(await hard.last().innerText()).toMatch(/Compressed hard.*As they are.*300.*-0\.\d/s);
    await page.getByText('One file is there twice: two.png.').waitFor();
    await page.getByText('Something to be known of it.').waitFor();
    await page.getByText('broken.png: It is damaged.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('is read with the keyboard at 360 pixels: a table that is too wide is moved by its arrows', async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    const focused = (what: string): Promise<unknown> => page.evaluate(`document.activeElement.${what}`);
    await page.getByRole('link', { name: 'Another set' }).focus();
    for (let i = 0; i < 40 && !String(await focused('ariaLabel')).startsWith('Ablations: which cue'); i++)
      await page.keyboard.press('Tab');
    expect(await focused('ariaLabel')).toMatch(/^Ablations: which cue/);
    expect(await focused('scrollLeft')).toBe(0);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused('scrollLeft')).toBeGreaterThan(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it.each([
    ['de', 'Ablationen: welcher Hinweis', /-0,4\d \(-0,\d+ bis -0,\d+\)/],
    ['es', 'Ablaciones: qué indicio', /-0,4\d \(-0,\d+ a -0,\d+\)/],
  ])('is there in %s', async (language, title, change) => {
    await page.evaluate(`localStorage.setItem('likeness.locale', '${language}')`);
    await page.reload();
    const table = page.getByRole('region', { name: title }).first();
    await table.waitFor();
    expect(await table.innerText()).toMatch(change);
    expect(await faultsOf(page)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
