/** A studio that is read in German and in Spanish: what it says itself is in the language of the page, reports too. */
import { mkdirSync, writeFileSync } from 'node:fs';
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
let page: Page;

beforeAll(async () => {
  mkdirSync(world.folder, { recursive: true });
  const { frame, landmarks } = renderActor(createActor(8), restState(), { width: 400, height: 320 });
  await writePicture(at('pasted.png'), paste(frame, landmarks));
  writeFileSync(at('letter.mp4'), '%PDF-1.7 this is no film');
  await world.open();
  ({ page } = await world.window());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: world.origin });
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

/** Sentences of the studio that the page still shows in English. */
const left = (): Promise<string[]> => page.locator('main span[lang="en"]:visible').allInnerTexts();

async function give(file: string): Promise<void> {
  await page.goto('/check');
  const chooser = page.waitForEvent('filechooser');
  await page.locator('main button.primary').first().click();
  await (await chooser).setFiles(at(file));
}

describe('in German', () => {
  beforeAll(async () => {
    await page.getByLabel('Language').selectOption('de');
    await page.locator('html[lang=de]').waitFor({ state: 'attached' });
  });

  it('a check says all that it found, without a sentence in English', async () => {
    await give('pasted.png');
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    await page.locator('section.verdict').getByText('Künstlich').first().waitFor({ timeout: 900_000 });
    await page.locator('main details').evaluateAll((all) => {
      for (const each of all) each.setAttribute('open', '');
    });
    expect(await left()).toEqual([]);
    expect(await page.locator('main span[lang="de"]').count()).toBeGreaterThan(8);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('its gist can be pasted, and its report is in German', async () => {
    await page.getByRole('button', { name: 'Als Text kopieren' }).click();
    await page.getByText('Kopiert').waitFor();
    const gist = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(gist).toMatch(/^pasted\.png: Künstlich\n/);
    expect(gist).toMatch(/SHA-256 [0-9a-f]{64}\nGeprüft am /);
    const href = await page.getByRole('link', { name: /HTML/ }).getAttribute('href');
    expect(href).toContain('language=de');
    const answer = await page.request.get(new URL(href ?? '', world.origin).href);
    const html = await answer.text();
    expect(answer.headers()['content-security-policy']).toContain("default-src 'none'");
    expect(html).toContain('<html lang="de">');
    const text = html.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, '\n');
    expect(text).toContain('Geschichte der Datei');
    // Words that hardly any English sentence does without, and no German one has.
    expect(text.split('\n').filter((line) => /\b(the|of|and|is|are|with)\b/.test(line))).toEqual([]);
  });

  it('what cannot be checked is refused in German', async () => {
    await give('letter.mp4');
    await page.getByRole('alert').getByText('letter.mp4 ist kein Video, kein Bild und keine Tonaufnahme').waitFor();
    expect(await left()).toEqual([]);
  });
});

describe('in Spanish', () => {
  it('the page changes without being loaded anew', async () => {
    await page.locator('select[aria-label="Sprache"]').selectOption('es');
    await page.getByRole('alert').getByText('letter.mp4 no es un vídeo').waitFor();
    expect(await left()).toEqual([]);
  });

  it('jobs are called in Spanish', async () => {
    await page.goto('/jobs');
    await page.getByRole('heading', { level: 2, name: 'Comprobación de pasted.png' }).waitFor();
    expect(await page.getByRole('heading', { level: 2, name: /^Check / }).count()).toBe(0);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
