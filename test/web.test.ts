/** The pages in a real browser: what a person does, with the keyboard alone, in both themes, at both widths. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { writePicture } from '../src/media/index.js';
import { faultsOf } from './web-axe.js';
import { OWNER, WebWorld } from './web-browser.js';

const world = new WebWorld();
const head = (name: string): string => join(world.folder, `${name}.png`);
const clip = (): string => join(world.folder, 'her.mp4');
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  await world.open();
  for (const [name, seed] of [
    ['her', 7],
    ['him', 8],
  ] as const) {
    const { frame } = renderActor(createActor(seed), restState({ scale: 0.5 }), { width: 320, height: 320 });
    await writePicture(head(name), frame);
  }
  // Who comes in has to be seen moving.
  const states = perform(7, { seconds: 1, fps: 8, style: 'lively' });
  await writeActorClip(clip(), { actor: createActor(7), states, width: 192, height: 192, fps: 8 });
  ({ context, page } = await world.window());
});

afterAll(() => world.close());

// What runs in the browser is text: its types are not those of this program.

/** The words of what has the focus. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.innerText ?? '';
  return [at.getAttribute('aria-label') ?? '', label, at.innerText].join(' ');
})()`;

/** The style sheets that a page asks for and could not fetch: nobody may read their rules. */
const BARE = `[...document.querySelectorAll('link[rel=stylesheet]')].filter(({ sheet }) => {
  try {
    return !(sheet.cssRules.length > 0);
  } catch {
    return true;
  }
}).map(({ href }) => href)`;

/** Presses Tab until something with this name has the focus: what somebody without a mouse does. */
async function tabTo(name: RegExp, most = 60): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate<string>(FOCUSED);
    if (name.test(now)) return;
  }
  throw new Error(`${most} times Tab did not lead to ${name}.`);
}

describe('coming in', () => {
  it('shows a stranger what there is, and asks them to sign in for the rest', async () => {
    const stranger = await world.window();
    await stranger.page.goto('/check');
    await stranger.page.getByRole('heading', { name: 'Sign in to see this' }).waitFor();
    await stranger.page.getByRole('link', { name: 'Learn' }).first().click();
    await stranger.page.getByRole('heading', { name: 'How it is made' }).waitFor();
    await stranger.context.close();
  });

  it('says that the studio is starting, until it answers', async () => {
    const early = await world.window();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    await early.context.route('**/api/v1/session', async (route) => {
      await opened;
      await route.continue();
    });
    await early.page.goto('/');
    await early.page.getByText('The studio is starting').waitFor();
    open();
    await early.page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await early.page.getByText('The studio is starting').count()).toBe(0);
    await early.context.close();
  });

  it('takes the link of the command, asks who it is, and says what is wrong beside the field', async () => {
    await page.goto(world.link);
    await page.getByRole('heading', { name: 'Set up your studio' }).waitFor();
    expect(page.url()).not.toContain('link=');
    await page.getByLabel('Your name').fill(OWNER.name);
    await page.getByLabel('E-mail address').fill('ada');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Open the studio' }).click();
    const address = page.getByLabel('E-mail address');
    expect(await address.getAttribute('aria-invalid')).toBe('true');
    const error = (await address.getAttribute('aria-describedby')) ?? '';
    expect(await page.locator(`#${error.split(' ').at(-1)}`).innerText()).toContain('name@example.org');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe(await address.getAttribute('id'));
    await address.fill(OWNER.email);
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Open the studio' }).click();
    await page.getByRole('heading', { name: 'What is real, and who agreed' }).waitFor();
    await page.getByText(OWNER.name).first().waitFor();
  });

  it('refuses a wrong password in words, and takes the right one', async () => {
    const other = await world.window();
    await other.page.goto('/sign-in?next=/jobs');
    await other.page.getByLabel('E-mail address').fill(OWNER.email);
    await other.page.getByLabel('Password').fill('something else entirely');
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('alert').waitFor();
    await other.page.getByLabel('Password').fill(OWNER.password);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.waitForURL(({ pathname }) => pathname === '/jobs');
    await other.context.close();
  });

  it('needs no more than 150 KB of compressed script for a first page', async () => {
    for (const path of ['/', '/check', '/people', '/make', '/jobs', '/learn', '/law', '/lab', '/settings']) {
      const fresh = await world.window({ storageState: await context.storageState() });
      const scripts: Promise<number>[] = [];
      fresh.page.on('requestfinished', (request) => {
        if (request.resourceType() === 'script')
          scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
      });
      await fresh.page.goto(path);
      await fresh.page.waitForLoadState('networkidle');
      const total = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
      expect(total, path).toBeGreaterThan(20_000);
      expect(total, path).toBeLessThan(150_000);
      await fresh.context.close();
    }
  });
});

describe('checking a file', () => {
  it('works with the keyboard alone, from the start page to the report', async () => {
    await page.goto('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Skip to the content');
    await tabTo(/^\s*Check\s*$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Is it real?' }).waitFor();
    const chooser = page.waitForEvent('filechooser');
    await tabTo(/Choose a file/);
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(head('her'));
    await page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
    const verdict = page.locator('section.verdict');
    await verdict.waitFor({ timeout: 180_000 });
    const said = await verdict.innerText();
    expect(said).toMatch(/Synthetic|Authentic|Inconclusive/);
    expect(said).not.toContain('%');
    expect(await page.getByText('her.png').count()).toBeGreaterThan(0);
    const saved = page.waitForEvent('download');
    await tabTo(/Report as a page/);
    await page.keyboard.press('Enter');
    expect(readFileSync(await (await saved).path(), 'utf8')).toContain('her.png');
    expect(await faultsOf(page)).toEqual([]);
    // Later it stands in the list with what it came to.
    await page.goto('/check');
    const item = page.locator('a.item', { hasText: 'her.png' });
    expect(said).toContain(await item.locator('.tag').innerText());
  });

  it('names a file that cannot be checked, beside the place it was dropped on', async () => {
    await page.goto('/check');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles({
      name: 'notes.mp4',
      mimeType: 'video/mp4',
      buffer: Buffer.from('This is no video at all.'.repeat(99)),
    });
    await page.getByRole('alert').waitFor();
    expect((await page.getByRole('alert').innerText()).length).toBeGreaterThan(10);
    expect(new URL(page.url()).pathname).toBe('/check');
  });

  it.each([
    // Pages that no test before this one opened: the browser has nothing of them.
    ['at once', 0, 'Law', 'What do the rules say?'],
    ['when it is back already', 5000, 'Lab', 'Lab'],
  ] as const)(
    'says when the studio is gone, and goes on when it is back: the page turns %s',
    async (_, late, link, title) => {
      await page.goto('/check');
      await page.getByRole('heading', { level: 1, name: 'Is it real?' }).waitFor();
      // Everything that belongs to this page is there, the one for errors too.
      await page.waitForLoadState('networkidle');
      if (late > 0) {
        await page.emulateMedia({ reducedMotion: 'no-preference' });
        // A slow machine: the old page is still on its way out when the studio answers again.
        await page.evaluate(`document.startViewTransition = (change) => setTimeout(change, ${late})`);
      }
      const before = [...world.complaints];
      await context.setOffline(true);
      try {
        await page.getByRole('link', { name: link }).first().click();
        await page.getByText('The connection to the studio is lost').waitFor();
      } finally {
        await context.setOffline(false);
        await page.emulateMedia({ reducedMotion: 'reduce' });
      }
      await page.getByText('The connection to the studio is lost').waitFor({ state: 'detached' });
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      // That a part of the page could not be fetched is what was tested.
      world.complaints.splice(0, world.complaints.length, ...before);
    },
  );

  it('keeps everything in its place when the studio goes: a click that has begun is not lost', async () => {
    await page.goto('/check');
    await page.getByRole('heading', { level: 1, name: 'Is it real?' }).waitFor();
    const before = [...world.complaints];
    let fail = (): void => undefined;
    const failed = new Promise<void>((resolve) => (fail = resolve));
    await context.route('**/api/v1/**', async (route) => {
      await failed;
      await route.abort('connectionfailed');
    });
    // Something is asked for by whoever opens this page; it will not be answered.
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    const link = page.getByRole('link', { name: 'Learn' }).first();
    const place = await link.boundingBox();
    if (place === null) throw new Error('The link is not shown.');
    await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
    await page.mouse.down();
    fail();
    await page.getByText('The connection to the studio is lost').waitFor();
    expect(await link.boundingBox()).toEqual(place);
    await page.mouse.up();
    await page.waitForURL(({ pathname }) => pathname === '/learn');
    await context.unroute('**/api/v1/**');
    await page.getByText('The connection to the studio is lost').waitFor({ state: 'detached' });
    world.complaints.splice(0, world.complaints.length, ...before);
  });

  it('shows a page with its looks though they could not be fetched when the pointer first came over the link', async () => {
    await page.goto('/check');
    await page.waitForLoadState('networkidle');
    const before = [...world.complaints];
    await context.route('**/*.css', (route) => route.abort('connectionfailed'));
    const tried = page.waitForEvent('requestfailed');
    await page.getByRole('link', { name: 'People' }).first().hover();
    await tried;
    await context.unroute('**/*.css');
    await page.getByRole('link', { name: 'People' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(BARE)).toEqual([]);
    world.complaints.splice(0, world.complaints.length, ...before);
  });
});

describe('the other pages', () => {
  it('make a project with the keyboard: choose, replace, undo, and find it again', async () => {
    await page.goto('/make');
    await page.getByLabel('What is it called?').fill('Short film');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
    for (const [button, file] of [
      ['Choose what to change', head('him')],
      ['Add a clip of the person', clip()],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click();
      await (await chooser).setFiles(file);
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    const replace = page.getByLabel('Person 1 is replaced by');
    await replace.waitFor({ timeout: 180_000 });
    await expect.poll(() => replace.locator('option').count(), { timeout: 180_000 }).toBeGreaterThan(1);
    await replace.focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => replace.inputValue()).not.toBe('');
    await page.getByText('All changes are saved').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => replace.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Redo' }).click();
    await page.getByText('All changes are saved').waitFor();
    await page.reload();
    await expect.poll(() => page.getByLabel('Person 1 is replaced by').inputValue(), { timeout: 30_000 }).not.toBe('');
    // Without consent there is nothing to start.
    expect(await page.getByRole('button', { name: 'Render', exact: true }).isDisabled()).toBe(true);
  });

  it('say beside the field that the room of a project is used up; other projects have theirs', async () => {
    const settings = `${world.origin}/api/v1/settings`;
    const headers = { origin: world.origin };
    const { projectQuotaBytes } = (await (await context.request.get(settings)).json()) as { projectQuotaBytes: number };
    const give = async (bytes: number): Promise<void> => {
      const answer = await context.request.patch(settings, { headers, data: { projectQuotaBytes: bytes } });
      expect(answer.status()).toBe(200);
    };
    const choose = async (): Promise<void> => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click();
      await (await chooser).setFiles(head('him'));
    };
    await page.goto('/make');
    await page.getByLabel('What is it called?').fill('Small film');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/make\/[0-9a-f-]{36}$/);
    await page.getByRole('button', { name: 'Choose what to change' }).click();
    await give(1000);
    try {
      await choose();
      const alert = page.getByRole('dialog').getByRole('alert');
      await alert.waitFor();
      expect(await alert.innerText()).toBe(
        'The room for this project is used up. Delete files that are not needed, or ask the owner for more room.',
      );
      expect(await faultsOf(page)).toEqual([]);
    } finally {
      await give(projectQuotaBytes);
    }
    await choose();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('ask a person for consent by a link, who reads and records without an account', async () => {
    await page.goto('/people');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByLabel('Name of the person').fill('Cleo Example');
    await page.getByLabel('Project', { exact: true }).fill('Short film');
    await page.getByText('A clip or picture of them').waitFor();
    await page.getByLabel('A clip or picture of them').click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('button', { name: /her.png/ })
      .first()
      .click();
    await dialog.waitFor({ state: 'hidden' });
    // No more than is needed: one side, two countries, three films.
    await page.getByText('More terms').press('Enter');
    await page.getByLabel('What it is for: their face').selectOption('source');
    await page.getByLabel('In which countries').fill('Germany');
    await page.getByLabel('How many renders').fill('3');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText('This is no code of a country.').waitFor();
    await page.getByLabel('In which countries').fill('de, AT');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = await page.getByLabel('Link for Cleo Example').inputValue();
    expect(await faultsOf(page)).toEqual([]);
    const phone = await world.window({ viewport: { width: 360, height: 740 } });
    const owners = page;
    page = phone.page;
    try {
      await page.goto(link);
      await page.getByRole('heading', { name: /Cleo Example, you are asked/ }).waitFor();
      expect(page.url()).not.toContain('token');
      await page.getByText('Where: Germany (DE), Austria (AT).').waitFor();
      await page.getByText('For 365 days from your signature, and for 3 renders.').waitFor();
      await page.getByRole('button', { name: 'I want to go on' }).click();
      expect((await page.locator('p.words').innerText()).split(' · ')).toHaveLength(3);
      expect(await page.locator('main ol li').count()).toBe(5);
      expect(await faultsOf(page)).toEqual([]);
    } finally {
      page = owners;
      await phone.context.close();
    }
  });

  it('keep the score of the trainer, and describe its pictures in words', async () => {
    await page.goto('/learn/trainer');
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.getByText('Choose an answer first.').waitFor();
    await page.getByText('Describe the picture in words').click();
    await page.getByLabel('It is untouched').check();
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.locator('.verdict').waitFor();
    expect(await page.getByText(/^[01] of 1$/).count()).toBe(1);
    await page.reload();
    await page.getByText(/^[01] of 1$/).waitFor();
  });

  it('talk about the law in another language, question by question', async () => {
    await page.goto('/law');
    await page.getByLabel('Language').first().selectOption('de');
    await page.getByRole('heading', { name: 'Was sagen die Regeln?' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    await page.getByRole('button', { name: 'Weiter' }).click();
    await page.getByText('Bitte mindestens einen Ort wählen.').waitFor();
    await page.getByLabel('Ort hinzufügen').selectOption('DE');
    await page.getByRole('button', { name: 'Weiter' }).click();
    await page.getByLabel('Es veröffentlichen').check();
    await page.getByRole('button', { name: 'Weiter' }).click();
    await page.getByRole('button', { name: 'Ein Video' }).click();
    for (const answer of ['Ja', 'Nein'] as const)
      await page.getByRole('button', { name: answer, exact: true }).first().click();
    await page.getByRole('button', { name: 'Genug' }).click();
    await page.getByRole('heading', { name: 'Die Antwort' }).waitFor();
    expect(await page.locator('a[href^="https://"]').count()).toBeGreaterThan(0);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel('Sprache').first().selectOption('en');
  });

  it('never broke and never asked for what their security policy forbids', () => {
    expect(world.complaints).toEqual([]);
  });
});
