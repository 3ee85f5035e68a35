/** Names that people give: what cannot be seen, or turns the text round it, does not come in; what is spelling stays. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, createRecord, plainName } from '../src/consent/index.js';
import { writePicture } from '../src/media/index.js';
import { blobs } from './lab-pictures.js';
import { StudioWorld } from './studio-world.js';

const TURNED = 'holiday\u202Egpj.exe';

describe('a name', () => {
  it.each([
    ['a mark that turns the text round', TURNED, 'holidaygpj.exe'],
    ['isolates and marks of direction', '\u2066a\u2069\u200E\u200F\u061Cb', 'ab'],
    ['characters without width, and fillers', 'A\u200Bd\u2060a\uFEFF \u00ADM\u3164\u115F', 'Ada M'],
    ['lines, tabulators, controls', ' one\r\n\ttwo\u0000\u2028three ', 'one two three'],
    ['half a character', 'a\uD800b', 'ab'],
    ['tags that spell something', 'a\u{E0041}\u{E0042}', 'a'],
    ['joiners between Latin letters', 'pay\u200Dpal\u200C', 'paypal'],
    ['nothing but what is unseen', '\u200B\u202E \uFE0F\u3164', ''],
  ])('loses %s', (_, given, left) => {
    expect(plainName(given)).toBe(left);
  });

  it.each([
    ['Persian with a non-joiner', 'می\u200Cخواهم'],
    ['Hindi with a joiner', 'क्\u200Dष'],
    ['an emoji of several', 'Film 👩🏽\u200D🎬 ❤\uFE0F'],
    ['Hebrew, Chinese, accents', 'שרה 雪 Zoë e\u0301'],
    ['an Arabic sign of the year', '\u0601123'],
  ])('keeps %s', (_, given) => {
    expect(plainName(given)).toBe(given);
  });
});

describe('the studio', () => {
  const world = new StudioWorld();

  beforeAll(async () => {
    await world.open();
    await world.signIn();
  }, 180_000);

  afterAll(() => world.close());

  const post = async (path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await world.post(path, body, world.owner);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('shows files by what is left of their names', async () => {
    const path = world.at('one.png');
    await writePicture(path, blobs(1));
    const bytes = readFileSync(path);
    for (const [name, left] of [
      [TURNED, 'holidaygpj.exe'],
      ['\u202E', 'file'],
    ] as const) {
      const { id } = await world.upload(name, bytes, world.owner);
      expect(await world.json(`/api/v1/media/${id}`, world.owner)).toMatchObject({ name: left });
      const check = await post('/api/v1/checks', { media: id });
      expect(check.body['title']).toBe(`Check ${left}`);
    }
  });

  it('takes projects, people and keys in without it, and refuses a name of nothing else', async () => {
    const target = { sha256: 'a'.repeat(64), name: TURNED };
    const made = await post('/api/v1/projects', { name: `A\u202Eb \uD800film`, target });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Ab film', file: { target: { name: 'holidaygpj.exe' } } },
    });
    expect((await world.get(`/api/v1/projects/${made.body['id']}/file`, world.owner)).status).toBe(200);
    expect(await post('/api/v1/projects', { name: '\u200B\u202E' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'name', message: 'is missing' }] },
    });
    const key = await post('/api/v1/api-keys', { name: 'pro\u2066gram' });
    expect(key.body['name']).toBe('program');
    const me = await world.send('PATCH', '/api/v1/session', { name: 'Ada\u202E Example' }, world.owner);
    expect(await me.json()).toMatchObject({ user: { name: 'Ada Example' } });
  });

  it('gives a project another name, unless somebody has changed it meanwhile, and leaves the rest', async () => {
    const { body } = await post('/api/v1/projects', { name: 'Before', settings: { quality: 'high' } });
    const path = `/api/v1/projects/${body['id']}`;
    const rename = (name: string, since: unknown): Promise<Response> => {
      const who = { headers: { ...world.owner.headers, 'if-match': `"${since}"` } };
      return world.send('PATCH', path, { name }, who);
    };
    const renamed = await rename(' Af\u202Eter ', body['changedAt']);
    expect(renamed.status).toBe(200);
    const after = (await renamed.json()) as Record<string, unknown>;
    expect(after).toMatchObject({ name: 'After', file: { name: 'After', settings: { quality: 'high' } } });
    expect(after['changedAt']).not.toBe(body['changedAt']);
    const stale = await rename('Too late', body['changedAt']);
    expect([stale.status, ((await stale.json()) as { code: string }).code]).toEqual([412, 'projects.changed']);
    expect((await rename('', after['changedAt'])).status).toBe(422);
    expect(await world.json(path, world.owner)).toMatchObject({ name: 'After' });
  });

  it('makes records that say names as they are read', async () => {
    const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
    const { did } = await createKey('mallory');
    const { record } = await createRecord({
      subject: { did, displayName: 'Mal\u202Elory', adult: true },
      faces: [{ a: unit(1024), b: unit(192) }],
      project: { title: 'Film\u200B' },
      scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'] },
      term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
    });
    expect([record.subject.displayName, record.project.title]).toEqual(['Mallory', 'Film']);
  });
});
