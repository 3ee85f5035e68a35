/** The page of jobs with jobs in it, and the timeline of a sound, in a real browser. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { writeAtomic } from '../src/base/index.js';
import { wavOf } from '../src/media/index.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const SLOW = { timeout: 120_000 };
const VERDICT = /^(Synthetic|Authentic|Inconclusive)$/;
let context: BrowserContext;
let page: Page;

/** A job, from its card. */
const card = (title: string) => page.locator('li.card').filter({ hasText: title });
const titles = (): Promise<string[]> => page.locator('li.card h2').allInnerTexts();
async function choose(path: string): Promise<void> {
  await page.goto('/check');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(path);
  await page.waitForURL(/\/check\/[0-9a-f-]{36}$/, SLOW);
}

beforeAll(async () => {
  const states = perform(3, { seconds: 6, fps: 8, style: 'lively' });
  await writeActorClip(at('film.mp4'), { actor: createActor(3), states, width: 256, height: 256, fps: 8 });
  copyFileSync(at('film.mp4'), at('second.mp4'));
  // Not a voice that anybody has: what the detector of voices accuses.
  const tone = (i: number): number => 0.2 * Math.sin(i / 11 + 3 * Math.sin(i / 900)) * (0.5 + 0.5 * Math.sin(i / 2600));
  await writeAtomic(
    at('hum.wav'),
    wavOf(
      Float32Array.from({ length: 160_000 }, (_, i) => tone(i)),
      16_000,
    ),
  );
  await world.open();
  ({ context, page } = await world.window());
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

describe('the page of jobs', () => {
  it('shows what is under way and what has ended, and lets one be called off, asked for again with a reason, and forgotten', async () => {
    await choose(at('hum.wav'));
    await page.locator('section.verdict').waitFor({ timeout: 300_000 });
    await choose(at('film.mp4'));
    await choose(at('second.mp4'));
    await page.goto('/jobs');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    // It waits for the one before, which takes seconds.
    const film = card('second.mp4');
    await film.getByRole('button', { name: 'Cancel' }).click();
    await film.getByText('Cancelled', { exact: true }).waitFor(SLOW);
    await card('film.mp4').getByText(VERDICT).first().waitFor(SLOW);
    expect(await faultsOf(page)).toEqual([]);

    await page.getByText('Under way', { exact: true }).click();
    await expect.poll(titles, SLOW).toEqual([]);
    await page.getByText('Ended', { exact: true }).click();
    await expect.poll(async () => (await titles()).length, SLOW).toBe(3);
    await page.getByText('All', { exact: true }).click();

    await film.getByText('Why again? (for the log)').click();
    await film.getByRole('textbox').fill('called off too early');
    await film.getByRole('button', { name: 'Try again' }).click();
    await film.getByText('Started again: called off too early').waitFor(SLOW);
    await film.getByText(VERDICT).first().waitFor(SLOW);
    await film.getByRole('button', { name: /^Delete/ }).click();
    await expect.poll(async () => (await titles()).length, SLOW).toBe(2);
    await page.reload();
    await expect.poll(async () => (await titles()).length, SLOW).toBe(2);
  });
});

describe('a sound that was checked', () => {
  it('is played from a marker of its timeline', async () => {
    await page.goto('/jobs');
    await card('hum.wav').getByRole('link').click();
    await page.getByRole('heading', { name: 'When the cues were seen' }).waitFor(SLOW);
    const marker = page.locator('.lane button');
    expect(await marker.count()).toBeGreaterThan(0);
    const last = marker.last();
    const seconds = await last.evaluate((node) => {
      const { style, parentElement } = node as unknown as { style: { left: string }; parentElement: unknown };
      return parentElement === null ? 0 : Number.parseFloat(style.left) / 10;
    });
    await last.click();
    const time = (): Promise<number> =>
      page.locator('audio').evaluate((node) => (node as unknown as { currentTime: number }).currentTime);
    await expect.poll(time, SLOW).toBeCloseTo(seconds, 0);
    expect(await faultsOf(page)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', async () => {
  await context.close();
  expect(world.complaints).toEqual([]);
});
