/** What detectors saw, as the pages show it: the map over a picture, and the lab. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { writePicture } from '../src/media/index.js';
import { paste } from './careless-swap.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const VIEW = { width: 400, height: 320 };
let page: Page;

/** A drawn head, or the same with a face put in. */
async function draw(file: string, seed: number, swapped: boolean): Promise<void> {
  const { frame, landmarks } = renderActor(createActor(seed), restState(), VIEW);
  await writePicture(at(file), swapped ? paste(frame, landmarks) : frame);
}

beforeAll(async () => {
  await draw('pasted.png', 8, true);
  for (const name of ['real', 'fake']) mkdirSync(at(`set/${name}`), { recursive: true });
  for (const seed of [3, 15, 21, 22, 23, 24])
    await draw(`set/${seed < 22 ? 'real' : 'fake'}/${seed}.png`, seed, seed > 21);
  await world.open();
  ({ page } = await world.window());
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

/** How much the heat map covers at a place of the picture, 0 to 255; the place in shares of width and height. */
const HEAT = `([x, y]) => {
  const canvas = document.querySelector('.overlay canvas');
  const frame = canvas.parentElement.parentElement.getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const u = (frame.left + x * frame.width - box.left) / box.width;
  const v = (frame.top + y * frame.height - box.top) / box.height;
  if (u < 0 || v < 0 || u >= 1 || v >= 1) return 0;
  return canvas.getContext('2d').getImageData(u * canvas.width, v * canvas.height, 1, 1).data[3];
}`;

describe('a picture with a face put in', () => {
  it('has its verdict, and a heat map that lies on the face', async () => {
    await page.goto('/check');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(at('pasted.png'));
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    await page.locator('section.verdict').getByText('Synthetic').first().waitFor({ timeout: 900_000 });
    const map = page.getByLabel('Heat map');
    const label = (await map.locator('option').allInnerTexts()).find((text) => text.startsWith('Blend boundary'));
    await map.selectOption({ label: label ?? 'Blend boundary' });
    const heat = (x: number, y: number): Promise<number> => page.evaluate<number>(`(${HEAT})([${x}, ${y}])`);
    // The edge of what was put in runs over the brows and down the cheeks; against the wall behind.
    const across = [0.38, 0.42, 0.46, 0.5, 0.54, 0.58, 0.62];
    const down = [0.32, 0.36, 0.4, 0.44, 0.48, 0.52, 0.56];
    const face = await Promise.all(across.flatMap((x) => down.map((y) => heat(x, y))));
    const wall = await Promise.all([heat(0.08, 0.5), heat(0.92, 0.5)]);
    expect(Math.max(...face)).toBeGreaterThan(60);
    expect(Math.max(...wall)).toBeLessThan(30);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Shown in the picture' }).click();
    expect(await page.locator('.overlay').count()).toBe(0);
  });
});

describe('the lab', () => {
  it('measures a folder that is uploaded, and deletes a measurement only after asking', async () => {
    await page.goto('/lab');
    await page.locator('input[type=file]').setInputFiles(at('set'));
    await page.getByText('3 genuine and 3 synthetic files').waitFor();
    await page.getByLabel(/re-encoded copies only/).check();
    await page.getByRole('button', { name: 'Upload and measure' }).click();
    await page.waitForURL(/\/lab\/[0-9a-f-]{36}$/);
    const curve = page.getByRole('img', { name: /^Found, by share of false alarms.*Blend boundary/ }).first();
    await curve.waitFor({ timeout: 900_000 });
    await page
      .getByRole('region', { name: 'Ablations: which compression' })
      .getByText('Compressed hard')
      .first()
      .waitFor();
    expect(await faultsOf(page)).toEqual([]);
    const path = new URL(page.url()).pathname;
    await page.getByRole('button', { name: 'Delete the measurement' }).click();
    await page.getByRole('dialog').getByText('This cannot be undone.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await curve.waitFor();
    await page.goto('/lab');
    await page.locator(`a[href="${path}"]`).click();
    await page.getByRole('button', { name: 'Delete the measurement' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Nothing was measured yet.').waitFor();
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
