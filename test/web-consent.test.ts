/** Asking for consent with every term, and a record with all of them, in a real browser: read, printed, approved film by film. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { createKey, createRecord, newRevocationToken, signRecord } from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { writePicture } from '../src/media/index.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const word = newRevocationToken();
let record = '';
let desk: Awaited<ReturnType<WebWorld['window']>>;

/** Of Alex's key: no test key opens anything else. */
const PASSPHRASE = 'a passphrase for tests';

/** A record with every term, signed, in the studio's own folder. */
async function signed(): Promise<string> {
  process.env['LIKENESS_HOME'] = join(world.folder, 'home');
  const key = await createKey('alex', PASSPHRASE);
  await createKey('open');
  const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
  const made = await createRecord({
    subject: { did: key.did, displayName: 'Alex Example', adult: true },
    faces: [{ a: unit(1024), b: unit(192) } as Identity],
    project: { title: 'Short film' },
    scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'], scriptApproval: 'perItem' },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
    compensation: { kind: 'share', note: '2 % of what it earns', amountHash: null },
    legal: { basis: 'contract', governingLaw: 'Germany' },
    revocation: { noticeHours: 48 },
  });
  return (await signRecord(made, key, word)).record.id.slice('urn:uuid:'.length);
}

beforeAll(async () => {
  record = await signed();
  await writePicture(
    join(world.folder, 'scene.png'),
    renderActor(createActor(5), restState(), { width: 320, height: 320 }).frame,
  );
  await world.open();
  desk = await world.window();
  await enter(desk.page, world.link);
}, 300_000);

afterAll(async () => {
  await desk.context.close();
  await world.close();
});

describe('asking for consent', () => {
  it('has a field for every term, and who is asked reads all of them', async () => {
    const { page } = desk;
    await page.goto('/people');
    await page.getByLabel('Name of the person').fill('Cleo Example');
    await page.getByLabel('Project', { exact: true }).fill('Harbour film');
    await page.getByLabel('A clip or picture of them').click();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click(),
    ]);
    await chooser.setFiles(join(world.folder, 'scene.png'));
    await page.getByText('scene.png').first().waitFor();
    await page.getByText('More terms').click();
    await page.getByLabel('What the project is about').fill('Two ferries');
    await page.getByLabel('Approval of single films').selectOption('perItem');
    await page.getByLabel('When the days are over').selectOption('keepPublished');
    await page.getByLabel('Pay', { exact: true }).selectOption('fee');
    await page.getByLabel('How much, and when').fill('500 EUR at the premiere');
    await page.getByLabel('Legal basis').fill('contract');
    await page.getByLabel('Law of which country').fill('Germany');
    const notice = page.getByLabel('Hours of notice of a withdrawal');
    await notice.fill('two days');
    await page.getByLabel('After a withdrawal').selectOption('stopNewGenerationAndUnpublishWhereFeasible');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText('A whole number of hours is needed').waitFor();
    expect(await notice.getAttribute('aria-invalid')).toBe('true');
    expect(await faultsOf(page)).toEqual([]);
    await notice.fill('48');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = await page.getByLabel('Link for Cleo Example').inputValue();

    const visitor = await world.window({ viewport: { width: 360, height: 740 } });
    await visitor.page.goto(link);
    const asked = visitor.page.locator('main');
    await asked.getByText('Harbour film').waitFor();
    const text = await asked.innerText();
    for (const part of [
      'Two ferries',
      'You approve every single film and picture before it is changed.',
      'Afterwards what was made may stay.',
      'Pay: a fee: 500 EUR at the premiere.',
      'Legal basis: contract; law of Germany.',
      '48 hours of notice of a withdrawal; Likeness does not wait for that.',
      'taken down too',
    ])
      expect(text).toContain(part);
    expect(await faultsOf(visitor.page)).toEqual([]);
    // The same in their own language, chosen on the page; what the studio wrote stays as it wrote it.
    await visitor.page.getByLabel('Language').selectOption('de');
    await asked.getByText('Sie geben jeden einzelnen Film').waitFor();
    const german = await asked.innerText();
    for (const part of [
      'Wofür: Film, im Projekt „Harbour film“: Two ferries.',
      'Gebiet: weltweit.',
      'Für 365 Tage ab Ihrer Unterschrift.',
      'Danach darf bleiben, was gemacht wurde.',
      'Bezahlung: ein Honorar: 500 EUR at the premiere.',
      'Rechtsgrundlage: Vertrag; Recht von: Germany.',
      'eine Frist von 48 Stunden vereinbart; Likeness wartet sie nicht ab.',
      'auch zurückgezogen',
    ])
      expect(german).toContain(part);
    expect(await asked.locator('ul').first().getAttribute('lang')).toBe('de');
    expect(await faultsOf(visitor.page)).toEqual([]);
    await visitor.context.close();
    // Whose browser speaks Spanish reads Spanish from the start.
    const third = await world.window({ viewport: { width: 360, height: 740 }, locale: 'es-MX' });
    await third.page.goto(link);
    await third.page.getByText('Usted aprueba cada película y cada imagen antes de que se modifique.').waitFor();
    await third.context.close();
  });
});

describe('a record with every term', () => {
  it('shows them, and which films were approved', async () => {
    const { page } = desk;
    await page.goto(`/people/${record}`);
    await page.getByRole('heading', { name: 'Approved films and pictures' }).waitFor();
    const terms = await page.locator('dl').innerText();
    for (const part of ['A share of what it earns: 2 % of what it earns', 'contract, Germany', '48 h'])
      expect(terms).toContain(part);
    await page.getByText('None yet.').waitFor();
    // A record that was not signed here by a link is approved with its key, and the page says so.
    await page.getByRole('button', { name: 'Approve one' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'scene.png' }).click();
    await page.getByText('Look at all of it, with sound.').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByLabel('The word you were shown when you signed').fill(word.token);
    await page.getByRole('button', { name: 'Approve this one' }).click();
    await page.getByText('belongs to no key of this studio').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    const files = (await (await page.request.get('/api/v1/media')).json()) as { items: { id: string }[] };
    const approve = (data: object) =>
      page.request.post(`/api/v1/consents/${record}/approvals`, {
        headers: { origin: world.origin },
        data: { media: files.items[0]?.id, ...data },
      });
    expect((await approve({})).status()).toBe(422);
    expect((await approve({ key: 'studio-licensee' })).status()).not.toBe(200);
    // Their key opens to them alone; one that opens by itself would let anybody here approve in their name.
    expect((await approve({ key: 'alex' })).status()).not.toBe(200);
    expect((await approve({ key: 'alex', passphrase: 'another one' })).status()).not.toBe(200);
    const open = await approve({ key: 'open' });
    expect([open.status(), (await open.json()).code]).toEqual([403, 'consent.approval.key']);
    expect((await approve({ key: 'alex', passphrase: PASSPHRASE })).status()).toBe(200);
    await page.reload();
    const approved = page.getByRole('region', { name: 'Approved films and pictures' }).getByRole('listitem');
    await expect.poll(() => approved.innerText()).toContain('scene.png');
    expect(await faultsOf(page)).toEqual([]);
  });

  it('prints: one page with the terms, the code, and a line to sign on', async () => {
    const { page } = desk;
    const [sheet] = await Promise.all([
      desk.context.waitForEvent('page'),
      page.getByRole('link', { name: 'Print it' }).click(),
    ]);
    await sheet.waitForLoadState();
    await sheet.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const text = await sheet.locator('body').innerText();
    for (const part of ['Consent of Alex Example', 'it stands', 'a share of what it earns', '48 hours of notice'])
      expect(text).toContain(part);
    expect(text).toContain('each, before it is changed');
    await sheet.getByRole('img', { name: /QR code/ }).waitFor();
    // Ink on paper, whatever the browser's colours are.
    expect(await sheet.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe('rgb(255, 255, 255)');
    const printed = await sheet.pdf({ preferCSSPageSize: true });
    expect(printed.subarray(0, 5).toString()).toBe('%PDF-');
    const sheets = printed.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(sheets.length).toBeGreaterThan(0);
    expect(sheets.length).toBeLessThanOrEqual(3);
    await sheet.close();
  });

  it('is read, and printed, in German', async () => {
    const { page } = desk;
    await page.getByLabel('Language').first().selectOption('de');
    const words = page.getByRole('region', { name: 'Die Erklärung in klaren Worten' });
    await words.getByText('Das Gesicht von Alex Example darf anderen Personen aufgesetzt werden.').waitFor();
    expect(await words.innerText()).toContain('Alex Example gibt jeden einzelnen Film und jedes einzelne Bild frei');
    const terms = await page.locator('dl').innerText();
    for (const part of ['Film', 'Sexuelles, Täuschung', 'Vertrag, Germany', 'abgebildete Person'])
      expect(terms).toContain(part);
    expect(await faultsOf(page)).toEqual([]);
    const [sheet] = await Promise.all([
      desk.context.waitForEvent('page'),
      page.getByRole('link', { name: 'Drucken' }).click(),
    ]);
    await sheet.waitForLoadState();
    expect(await sheet.evaluate('document.documentElement.lang')).toBe('de');
    const text = await sheet.locator('body').innerText();
    for (const part of ['Einwilligung von Alex Example', 'Sie gilt.', 'ein Anteil an den Einnahmen', '48 Stunden'])
      expect(text).toContain(part);
    await sheet.close();
    const unknown = await page.request.get(`/api/v1/consents/${record}/page?language=fr`);
    expect([unknown.status(), (await unknown.json()).errors?.[0]?.field]).toEqual([422, 'language']);
    await page.getByLabel('Sprache').first().selectOption('en');
    await page.getByRole('heading', { name: 'Approved films and pictures' }).waitFor();
  });

  it('is withdrawn on its page, and then nothing more can be approved', async () => {
    const { page } = desk;
    await page.getByRole('button', { name: 'Withdraw' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('The word you were shown when you signed').fill(word.token);
    await dialog.getByRole('button', { name: 'Withdraw now' }).click();
    await page.getByText('Withdrawn. Nothing more will be made with it.').waitFor();
    expect(await page.getByRole('button', { name: 'Approve one' }).count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('met no page that broke or asked for what the security policy forbids', () => {
    expect(world.complaints).toEqual([]);
  });
});
