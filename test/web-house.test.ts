/** The house itself, in a browser: inviting people, their roles, keys for programs, files brought in, and where a file is from. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { writeEnvelope } from '../src/consent/index.js';
import { writePicture } from '../src/media/index.js';
import { openStudio } from './label-made.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
let page: Page;

/** A labelled film, made from another, and the record of somebody: both from another machine. */
async function elsewhere(): Promise<void> {
  const other = await openStudio();
  try {
    const states = perform(4, { seconds: 1, fps: 8, style: 'lively' });
    for (const name of ['original.mp4', 'draft.mp4'])
      await writeActorClip(other.path(name), { actor: createActor(4), states, width: 160, height: 160, fps: 8 });
    await other.made('made.mp4', other.path('draft.mp4'));
    writeFileSync(at('made.mp4'), readFileSync(other.path('made.mp4')));
    await writeEnvelope(at('ann.consent.json'), other.ann.envelope);
  } finally {
    other.remove();
  }
}

beforeAll(async () => {
  await elsewhere();
  await writePicture(at('drawn.png'), renderActor(createActor(3), restState(), { width: 240, height: 200 }).frame);
  await world.open();
  ({ page } = await world.window());
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

const card = (name: string): Locator =>
  page
    .getByRole('region', { name })
    .or(page.locator('section').filter({ has: page.getByRole('heading', { name }) }))
    .first();

describe('the settings', () => {
  it('invite somebody, who comes in with the role that was meant', async () => {
    await page.goto('/settings');
    const people = card('People of this studio');
    await people.getByLabel('Role', { exact: true }).selectOption('reviewer');
    await people.getByLabel('E-mail address').fill('rae@example.org');
    await people.getByRole('button', { name: 'Make a link' }).click();
    const link = await people.getByLabel(/^The link, shown once/).inputValue();
    expect(await faultsOf(page)).toEqual([]);
    const { context, page: theirs } = await world.window();
    await theirs.goto(link);
    await theirs.getByLabel('Your name').fill('Rae Viewer');
    await theirs.getByLabel('E-mail address').fill('rae@example.org');
    await theirs.getByLabel('Password').fill('correct horse battery');
    await theirs.locator('form button').last().click();
    await theirs.getByRole('link', { name: 'Check' }).first().waitFor();
    // A reviewer makes nothing.
    const refused = await theirs.request.post(`${world.origin}/api/v1/projects`, {
      data: { name: 'Mine' },
      headers: { origin: world.origin },
    });
    expect(refused.status()).toBe(403);
    await context.close();
    await page.reload();
    await people.getByText('rae@example.org').waitFor();
  });

  it('change a role, take an invitation back, and part with somebody after asking', async () => {
    const people = card('People of this studio');
    await people.getByLabel('Role of Rae Viewer').selectOption('maker');
    await expect
      .poll(async () => {
        await page.reload();
        return people.getByLabel('Role of Rae Viewer').inputValue();
      })
      .toBe('maker');
    await people.getByRole('button', { name: 'Make a link' }).click();
    await people
      .getByRole('button', { name: /^Delete the invitation/ })
      .first()
      .click();
    await people.getByRole('button', { name: /^Delete the invitation/ }).waitFor({ state: 'detached' });
    await people.getByRole('button', { name: /Rae Viewer/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await people.getByText('rae@example.org').waitFor();
    await people.getByRole('button', { name: /Rae Viewer/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await people.getByText('rae@example.org').waitFor({ state: 'detached' });
  });

  it('make a key for a program, show it once, and make it void', async () => {
    const keys = card('API keys');
    await keys.getByRole('button', { name: 'Make a key' }).click();
    await keys.getByRole('alert').waitFor();
    await keys.getByLabel('What is it for?').fill('nightly checks');
    await keys.getByRole('button', { name: 'Make a key' }).click();
    const key = await keys.getByLabel(/^The new key/).inputValue();
    const asked = (): Promise<Response> =>
      fetch(`${world.origin}/api/v1/media`, { headers: { authorization: `Bearer ${key}` } });
    expect((await asked()).status).toBe(200);
    await page.reload();
    expect(await keys.getByLabel(/^The new key/).count()).toBe(0);
    await keys.getByText(/^Last used/).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await keys.getByRole('button', { name: 'Delete the key “nightly checks”' }).click();
    await keys.getByText('You have no key.').waitFor();
    expect((await asked()).status).toBe(401);
  });
});

describe('what is brought in', () => {
  const choose = async (button: string, file: string): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: button }).click();
    await (await chooser).setFiles(file);
  };

  it('a record of somebody, unless it is none or was changed', async () => {
    await page.goto('/people');
    writeFileSync(at('broken.json'), '{"record":');
    await choose('Choose a file', at('broken.json'));
    await page.getByRole('alert').getByText('This file is no consent record: it is not JSON.').waitFor();
    const record = readFileSync(at('ann.consent.json'), 'utf8');
    writeFileSync(at('changed.json'), record.replace('"film"', '"advertising"'));
    await choose('Choose a file', at('changed.json'));
    await page
      .getByRole('alert')
      .getByText(/cannot be taken in|was changed/)
      .first()
      .waitFor();
    expect(await page.getByRole('article').count()).toBe(0);
    await choose('Choose a file', at('ann.consent.json'));
    await page.getByRole('article').first().waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('a project, unless it is none', async () => {
    await page.goto('/make');
    writeFileSync(at('none.json'), '{"likeness":"likeness-project/9","name":"Later"}');
    await choose('Import a project file', at('none.json'));
    await page.getByRole('alert').waitFor();
    writeFileSync(at('project.json'), '{"likeness":"likeness-project/1","name":"Brought along"}');
    await choose('Import a project file', at('project.json'));
    await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
    await page.getByText('Brought along').first().waitFor();
  });
});

describe('a file that is checked', () => {
  it('can be pasted', async () => {
    await page.goto('/check');
    await page.getByRole('button', { name: 'Choose a file' }).waitFor();
    const bytes = readFileSync(at('drawn.png')).toString('base64');
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob(${JSON.stringify(bytes)}), (each) => each.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], 'pasted picture.png', { type: 'image/png' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    })()`);
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { level: 1, name: /pasted picture\.png/ }).waitFor();
    await page.locator('section.verdict').waitFor({ timeout: 900_000 });
  });

  it('shows from what it was made, whose label it carries, and what that says', async () => {
    await page.goto('/check');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(at('made.mp4'));
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    await page.locator('section.verdict').getByText('Synthetic').first().waitFor({ timeout: 900_000 });
    const origin = card('Where it comes from');
    await origin.getByRole('button', { name: 'Look it up' }).click();
    await origin.getByRole('heading', { name: 'From what it was made' }).waitFor({ timeout: 60_000 });
    await origin.getByText('It carries a label, and nothing was changed since.').waitFor();
    const nodes = await origin.locator('.node').allInnerTexts();
    expect(nodes).toHaveLength(2);
    expect(nodes[0]).toMatch(/This file\s+made\.mp4\s+Labelled/);
    expect(nodes[1]).toMatch(/Made from\s+original\.mp4\s+No label/);
    expect(await faultsOf(page)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
