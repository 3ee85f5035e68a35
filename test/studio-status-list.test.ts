/** The list in which others see that a record by link was withdrawn: begun, served to anybody, signed anew, and heeded elsewhere. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConsentEnvelope,
  createKey,
  createRecord,
  importStatusList,
  newRevocationToken,
  readStatusList,
  reserveStatusEntry,
  signRecord,
  verifyRecord,
} from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import type { Database } from '../src/jobs/index.js';
import { StatusLists } from '../src/server/services/status-lists.js';
import { StudioWorld } from './studio-world.js';

const world = new StudioWorld();
const elsewhere = mkdtempSync(join(tmpdir(), 'likeness-elsewhere-'));
const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
const word = newRevocationToken();
const FIRST = 'https://studio.example/api/v1/status-lists/1';
const DAY = 86_400_000;
/** The settings as the service under test finds them. */
let address: string | null = null;
const lists = new StatusLists(
  { query: async () => [{ name: 'publicAddress', value: address }] } as unknown as Database,
  () => undefined,
  null,
);

const set = (publicAddress: string | null): Promise<Response> =>
  world.send('PATCH', '/api/v1/settings', { publicAddress }, world.owner);
/** Fetches a list as anybody would, and takes it in on a machine that has nothing else of the studio. */
async function takeIn(number: number): Promise<void> {
  const answer = await world.ask(`/api/v1/status-lists/${number}`);
  expect(answer.status).toBe(200);
  const path = join(elsewhere, 'list.json');
  writeFileSync(path, await answer.text());
  await inHome(elsewhere, () => importStatusList(path));
}

async function inHome<T>(home: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = home;
  try {
    return await work();
  } finally {
    process.env['LIKENESS_HOME'] = before;
  }
}

/** What a machine finds of the status of a record. */
async function found(envelope: ConsentEnvelope, home: string): Promise<readonly string[]> {
  const { checks } = await inHome(home, async () => verifyRecord(envelope));
  return checks.filter(({ rule, passed }) => !passed && /revoked|status|suspended/.test(rule)).map(({ rule }) => rule);
}

/** A record as a link makes it, in the list that new records stand in now. */
async function signed(name: string): Promise<ConsentEnvelope> {
  const key = await createKey(name);
  const url = await lists.current();
  const envelope = await createRecord({
    subject: { did: key.did, displayName: name, adult: true },
    faces: [{ a: unit(1024), b: unit(192) } as Identity],
    project: { title: 'Short' },
    scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + DAY) },
    revocation: { status: url === null ? [] : [reserveStatusEntry(url)] },
  });
  return signRecord(envelope, key, name === 'alex' ? word : undefined);
}

let alex: ConsentEnvelope;
let kim: ConsentEnvelope;

beforeAll(async () => {
  await world.open();
  await world.signIn();
});

afterAll(async () => {
  await world.close();
  rmSync(elsewhere, { recursive: true, force: true });
});

describe('the list of withdrawals of a studio', () => {
  it('is not there where the studio has no address for others', async () => {
    expect(await lists.current()).toBe(null);
    expect(await lists.renew(new Date())).toBe(0);
    expect((await world.ask('/api/v1/status-lists/1')).status).toBe(404);
    expect((await signed('early')).record.revocation.status).toEqual([]);
  });

  it('takes an address, and nothing else', async () => {
    for (const wrong of [
      'studio.example',
      'ftp://studio.example',
      'https://studio.example/x',
      'https://a@b',
      'https:// x',
      'http://:::',
      'https://studio.example:99999',
      'HTTPS://studio.example',
    ]) {
      const answer = await set(wrong);
      expect([wrong, answer.status]).toEqual([wrong, 422]);
      expect(((await answer.json()) as { errors: { field: string }[] }).errors[0]?.field).toBe('publicAddress');
    }
    expect((await set('https://studio.example')).status).toBe(200);
    address = 'https://studio.example';
  });

  it('is begun with the first record, which then stands, and is served to anybody', async () => {
    alex = await signed('alex');
    kim = await signed('kim');
    const entries = [alex, kim].map(({ record }) => record.revocation.status[0]);
    expect(entries.map((entry) => entry?.statusListCredential)).toEqual([FIRST, FIRST]);
    expect(entries[0]?.statusListIndex).not.toBe(entries[1]?.statusListIndex);
    expect(await found(alex, world.at('home'))).toEqual([]);
    // Elsewhere it stands only where the list is at hand.
    expect(await found(alex, elsewhere)).toEqual(['consent.status']);
    await takeIn(1);
    expect(await found(alex, elsewhere)).toEqual([]);
    expect((await world.ask('/api/v1/status-lists/2')).status).toBe(404);
    expect((await world.ask('/api/v1/status-lists/x')).status).toBe(422);
  });

  it('says at once that somebody withdrew, and of nobody else', async () => {
    const answer = await world.ask('/api/v1/withdrawals', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.studio.origin },
      body: JSON.stringify({ record: alex.record.id.slice('urn:uuid:'.length), word: word.token }),
    });
    expect(answer.status).toBe(200);
    await takeIn(1);
    expect(await found(alex, elsewhere)).toEqual(['consent.revoked']);
    expect(await found(kim, elsewhere)).toEqual([]);
    expect(await lists.renew(new Date())).toBe(0);
  });

  it('is signed anew when it is a day old, so that it never ends while the studio runs', async () => {
    const before = readStatusList(FIRST);
    expect(await lists.renew(new Date(Date.now() + 0.9 * DAY))).toBe(0);
    expect(await lists.renew(new Date(Date.now() + 1.1 * DAY))).toBe(1);
    expect(Date.parse(readStatusList(FIRST).validFrom)).toBeGreaterThan(Date.parse(before.validFrom));
    await takeIn(1);
    expect(await found(alex, elsewhere)).toEqual(['consent.revoked']);
  });

  it('is another one at another address; the former goes on', async () => {
    address = 'https://new.example';
    expect(await lists.current()).toBe('https://new.example/api/v1/status-lists/2');
    expect(await lists.current()).toBe('https://new.example/api/v1/status-lists/2');
    expect((await lists.find(1))?.id).toBe(FIRST);
    address = 'https://studio.example';
    expect(await lists.current()).toBe(FIRST);
    expect(await found(kim, world.at('home'))).toEqual([]);
  });

  it('is not begun anew where its file is gone: what was withdrawn would not stand in it', async () => {
    const folder = join(world.at('home'), 'status');
    renameSync(folder, `${folder}.away`);
    await expect(lists.current()).rejects.toMatchObject({ code: 'consent.status.missing' });
    await expect(lists.renew(new Date())).rejects.toMatchObject({ code: 'consent.status.missing' });
    expect((await world.ask('/api/v1/status-lists/1')).status).toBeGreaterThanOrEqual(400);
    renameSync(`${folder}.away`, folder);
    expect(await lists.current()).toBe(FIRST);
  });
});
