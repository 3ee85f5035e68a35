/** Withdrawing a record with its word alone: no account, one answer for all that is wrong, and nothing made afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRevocationToken, readAudit } from '../src/consent/index.js';
import type { Analysis } from '../src/faces/index.js';
import { RenderWorld } from './render-world.js';

const world = new RenderWorld();
const word = newRevocationToken();
const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
/** Whose faces these are matters to nothing here: withdrawal is looked at before any face. */
const somebody = { tracks: [{ faces: [{ identity: { a: unit(1024), b: unit(192) } }] }] } as unknown as Analysis;
const STRANGE = '01234567-89ab-4def-8123-456789abcdef';

beforeAll(async () => {
  await world.open();
  await world.signIn();
  await world.cast('a', await world.clip('a.mp4', 3), somebody, word);
  await world.cast('b', await world.clip('b.mp4', 21), somebody);
}, 180_000);

afterAll(() => world.close());

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What a person without an account is answered. */
async function withdraw(record: string, given: string): Promise<Said> {
  const answer = await world.post('/api/v1/withdrawals', { record, word: given }, { headers: {} });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const statusOf = async (name: string): Promise<string> =>
  (await world.json<{ status: string }>(`/api/v1/consents/${world.of(name).consent}`, world.owner)).status;

describe('the word of a record', () => {
  it('that is wrong withdraws nothing, and tells nobody which records there are', async () => {
    const wrong = await withdraw(world.of('a').consent, newRevocationToken().token);
    expect(wrong).toMatchObject({ status: 403, body: { code: 'consent.revocation.invalid' } });
    // Of another record, of no record, and no word at all: the same answer to the letter.
    expect(await withdraw(world.of('b').consent, word.token)).toEqual(wrong);
    expect(await withdraw(STRANGE, word.token)).toEqual(wrong);
    expect(await withdraw(world.of('a').consent, 'please')).toEqual(wrong);
    expect(await withdraw('no-number', word.token)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'record' }] },
    });
    expect([await statusOf('a'), await statusOf('b')]).toEqual(['stands', 'stands']);
  });

  it('that is wrong is heard ten times; whoever has the right one is heard then, too', async () => {
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) answers.push((await withdraw(STRANGE, newRevocationToken().token)).status);
    expect(answers.slice(0, 5)).toEqual([403, 403, 403, 403, 403]);
    expect(answers.at(-1)).toBe(429);
    const film = await world.project('Film');
    const begun = await world.job({ kind: 'render', project: film });
    await world.send('PATCH', `/api/v1/jobs/${begun}`, { state: 'cancelled' }, world.owner);
    expect(await world.ended(begun, world.owner)).toMatchObject({ state: 'cancelled' });
    expect(await withdraw(world.of('a').consent, word.token)).toMatchObject({
      status: 200,
      body: { record: world.of('a').consent },
    });
    expect(await statusOf('a')).toBe('withdrawn');
    const refused = await world.post('/api/v1/jobs', { kind: 'render', project: film }, world.owner);
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: 'project.incomplete', errors: [{ field: 'routes.0.sourceConsent' }] },
    ]);
    // What was asked for before goes no further either.
    await world.post(`/api/v1/jobs/${begun}/retries`, {}, world.owner);
    const job = await world.ended(begun, world.owner);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'consent.revoked' }, media: null });
  }, 300_000);

  it('is good once, and who knows it is told so', async () => {
    const link = `${world.studio.origin}/withdraw#record=${world.of('a').consent}&word=${word.token}`;
    expect(await withdraw(world.of('a').consent, link)).toMatchObject({
      status: 409,
      body: { code: 'consent.revocation.used' },
    });
  });

  it('stands in no log; that it was used stands in both', async () => {
    expect(world.log.join('\n')).not.toContain(word.token);
    expect(world.log.join('\n')).toContain('/api/v1/withdrawals');
    const record = `urn:uuid:${world.of('a').consent}`;
    const entries = (await readAudit()).filter(({ kind }) => kind === 'revocation');
    expect(entries.map(({ facts }) => [facts['record'], facts['by']])).toEqual([[record, 'word']]);
    const { decisions } = await world.json<{ decisions: object[] }>('/api/v1/audit', world.owner);
    expect(decisions).toContainEqual(
      expect.objectContaining({ action: 'consents.withdraw', about: world.of('a').consent, person: null }),
    );
  });
});
