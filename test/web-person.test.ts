/** The pages for people who have no account, in a real browser: withdrawing by a link, and the letter that has a fake removed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, createRecord, newRevocationToken, signRecord } from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { faultsOf } from './web-axe.js';
import { WebWorld } from './web-browser.js';

const world = new WebWorld();
/** With it somebody withdraws. */
const word = newRevocationToken();
let withdrawal = '';

/** A record that somebody signed, in the studio's own folder; the link that withdraws it, without the origin. */
async function signed(): Promise<string> {
  process.env['LIKENESS_HOME'] = join(world.folder, 'home');
  const key = await createKey('alex');
  const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
  const record = await createRecord({
    subject: { did: key.did, displayName: 'Alex Example', adult: true },
    faces: [{ a: unit(1024), b: unit(192) } as Identity],
    project: { title: 'Short film' },
    scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  const { id } = (await signRecord(record, key, word)).record;
  return `/withdraw#record=${id.slice('urn:uuid:'.length)}&word=${word.token}`;
}

beforeAll(async () => {
  withdrawal = await signed();
  await world.open();
}, 300_000);

afterAll(() => world.close());

describe('somebody without an account', () => {
  it('withdraws by a link, and is told what comes of it', async () => {
    const phone = await world.window({ viewport: { width: 360, height: 740 } });
    const { page: window } = phone;
    const asked: string[] = [];
    window.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    const sure = window.getByRole('heading', { name: 'Do you want to withdraw this?' });
    const now = window.getByRole('button', { name: 'Withdraw now' });
    // A word of another record first: nothing happens, in words.
    await window.goto(withdrawal.replace(word.token, newRevocationToken().token));
    await sure.waitFor();
    await now.click();
    await window.getByRole('heading', { name: 'Nothing was withdrawn.' }).waitFor();
    expect(await faultsOf(window)).toEqual([]);
    // By hand, with the keyboard: what is missing is said beside its field, and a whole link fills both.
    await window.getByRole('button', { name: 'Another number or word' }).click();
    const field = window.getByLabel('Your word, or the whole link');
    await field.fill('please');
    await field.press('Enter');
    await window.getByText('This is no whole word').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await faultsOf(window)).toEqual([]);
    await field.fill(`${world.origin}${withdrawal}`);
    expect(await field.inputValue()).toBe(word.token);
    await field.press('Enter');
    await sure.waitFor();
    // The link itself, as it is followed in an open window.
    await window.goto(withdrawal);
    await sure.waitFor();
    await expect.poll(() => new URL(window.url()).hash).toBe('');
    await expect.poll(() => window.evaluate('document.activeElement.innerText')).toContain('Do you want to withdraw');
    await window.getByText('A render that is running stops before its next segment.').waitFor();
    expect(await faultsOf(window)).toEqual([]);
    await now.focus();
    await window.keyboard.press('Enter');
    await window.getByRole('heading', { name: 'It is withdrawn.' }).waitFor();
    expect(await faultsOf(window)).toEqual([]);
    await window.goto(withdrawal);
    await now.click();
    await window.getByRole('heading', { name: 'It was withdrawn already.' }).waitFor();
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((line) => line.includes(word.token))).toEqual([]);
    await phone.context.close();
  });

  it('has the letter written that has a fake removed, with its deadline', async () => {
    const visitor = await world.window({ acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
    const { page: window } = visitor;
    await window.goto('/learn');
    await window.getByLabel('Which platform shows it?').fill('Example Videos');
    const links = window.getByLabel('Links to it');
    await links.fill('example.com/v/1');
    await window.getByRole('button', { name: 'Write the letter' }).click();
    // What is missing or wrong is said beside its field; the first of them has the focus.
    await window.getByText('Please answer this: a deadline hangs on it.').waitFor();
    await window.getByText('“example.com/v/1” is no link').waitFor();
    const place = window.getByLabel('Where does the person shown live?');
    await expect.poll(() => window.evaluate('document.activeElement.id')).toBe(await place.getAttribute('id'));
    expect(await faultsOf(window)).toEqual([]);
    await place.selectOption({ label: 'United States' });
    await window.getByRole('radio', { name: 'Yes' }).check();
    await links.fill('https://example.com/v/1\n\n https://example.com/v/2 ');
    await window.getByLabel('Name of the person shown').fill('Alex Example');
    await window.getByRole('button', { name: 'Write the letter' }).click();
    await window.getByText('Within 48 hours of receiving this letter.').waitFor();
    await expect.poll(() => window.evaluate('document.activeElement.innerText')).toBe('Your letter');
    const text = await window.getByRole('region', { name: 'Your letter' }).innerText();
    for (const part of ['Example Videos', 'https://example.com/v/2', 'Signature: Alex Example', '48 hours after'])
      expect(text).toContain(part);
    expect(await faultsOf(window)).toEqual([]);
    const saved = window.waitForEvent('download');
    await window.getByRole('link', { name: 'Download' }).click();
    expect(readFileSync(await (await saved).path(), 'utf8').trim()).toBe(text.trim());
    await window.getByRole('button', { name: 'Copy' }).click();
    await window.getByText('Copied').first().waitFor();
    expect((await window.evaluate<string>('navigator.clipboard.readText()')).trim()).toBe(text.trim());
    // In the language of the place, and from the page of the law.
    await place.selectOption({ label: 'Austria' });
    await window.getByRole('button', { name: 'Write the letter' }).click();
    await window.getByText('An answer within one month of receiving this letter.').waitFor();
    expect(await window.locator('pre').getAttribute('lang')).toBe('de');
    await visitor.context.close();
  });

  it('met no page that broke or asked for what the security policy forbids', () => {
    expect(world.complaints).toEqual([]);
  });
});
