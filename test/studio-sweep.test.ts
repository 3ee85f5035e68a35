/** What nobody comes back to is cleared away, what somebody may come back to is not; and what is said of refused files and jobs. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeEvidence } from '../src/consent/index.js';
import { openDatabase } from '../src/jobs/index.js';
import { encodeThumbnail } from '../src/media/index.js';
import { againOf } from '../src/server/services/again.js';
import { blobs } from './lab-pictures.js';
import { StudioWorld } from './studio-world.js';

const world = new StudioWorld();
const HOUR = 3_600_000;

/** Begins an upload and leaves it after its first half; its id. */
async function half(bytes: Buffer): Promise<string> {
  const tus = { ...world.owner.headers, 'tus-resumable': '1.0.0' };
  const begun = await world.ask('/api/v1/uploads', {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': 'filename YS5tcDQ=' },
  });
  const location = begun.headers.get('location') ?? '';
  await world.ask(location, {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes.subarray(0, bytes.length / 2)),
  });
  return location.split('/').at(-1) ?? '';
}

beforeAll(async () => {
  await world.open();
  await world.signIn();
}, 600_000);

afterAll(() => world.close());

describe('the sweep', () => {
  it('takes what is old, at the next start, and leaves what is young', async () => {
    const clip = readFileSync(await world.clip('a.mp4', 3));
    const old = await half(clip);
    const young = await half(clip);
    const { id: lost } = await world.upload('lost.mp4', clip, world.owner, 'lab');
    const { id: fresh } = await world.upload(
      'fresh.mp4',
      readFileSync(await world.clip('b.mp4', 4)),
      world.owner,
      'lab',
    );
    const used = readFileSync(await world.clip('c.mp4', 5));
    const { id: measured } = await world.upload('c.mp4', used, world.owner, 'lab');
    const bench = await world.post(
      '/api/v1/benches',
      {
        name: 'set',
        files: [
          { media: measured, label: 'real', source: 'x' },
          { media: fresh, label: 'fake', source: 'y' },
        ],
      },
      world.owner,
    );
    const { id: job } = (await bench.json()) as { id: string };
    await world.send('PATCH', `/api/v1/jobs/${job}`, { state: 'cancelled' }, world.owner);
    await world.studio.close();

    const { db, close } = await openDatabase();
    await db.query("UPDATE studio_media SET created_at = now() - interval '2 days' WHERE id = ANY($1)", [
      [lost, measured],
    ]);
    await close();
    const folder = world.at('home/studio');
    const age = (path: string, hours: number): void => {
      const at = new Date(Date.now() - hours * HOUR);
      utimesSync(path, at, at);
    };
    age(join(folder, 'uploads', old), 73);
    age(join(folder, 'uploads', young), 71);
    const alone = `${randomUUID()}.json`;
    writeFileSync(join(folder, 'uploads', alone), '{}');
    mkdirSync(join(folder, 'look-killed'));
    writeFileSync(join(folder, 'look-killed', 'recording'), 'in the clear');
    age(join(folder, 'look-killed'), 1);
    const segments = (hours: number): string => {
      const path = join(folder, 'jobs', randomUUID(), 'segments');
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'one.segment'), 'locked');
      for (const each of [join(path, 'one.segment'), path]) age(each, hours);
      return path;
    };
    const [givenUp, paused] = [segments(8 * 24), segments(6 * 24)];

    // A recording of consent whose day has come, and one whose day has not.
    const [due, kept] = [new Date(Date.now() - HOUR), new Date(Date.now() + HOUR)];
    for (const [id, until] of [
      ['a'.repeat(32), due],
      ['b'.repeat(32), kept],
    ] as const)
      await storeEvidence(await world.clip('d.mp4', 6), id, '0'.repeat(64), until);

    await world.openAgain();
    while (!world.log.join('').includes('"swept"')) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readdirSync(join(folder, 'uploads')).sort()).toEqual([young, `${young}.json`].sort());
    expect(existsSync(join(folder, 'look-killed'))).toBe(false);
    expect([givenUp, paused].map((path) => existsSync(path))).toEqual([false, true]);
    expect(readdirSync(join(folder, 'media')).sort()).toEqual([fresh, measured].sort());
    expect(readdirSync(world.at('home/evidence')).map((name) => name.slice(17, 18))).toEqual(['b']);
    expect(world.log.find((line) => line.includes('"swept"'))).toContain(
      '"uploads":1,"lab":1,"looks":1,"renders":1,"recordings":1,"pairs":0',
    );
  }, 600_000);
});

describe('what is refused', () => {
  it('is named as its owner named it', async () => {
    const owner = { headers: { ...world.owner.headers, origin: world.studio.origin } };
    const broken = Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), Buffer.alloc(4000, 7)]);
    const { answer, id } = await world.upload('my holiday.mp4', broken, owner);
    const problem = (await answer.json()) as { detail: string; hint?: string };
    expect(answer.status).toBe(422);
    expect(problem.detail).toContain('my holiday.mp4');
    expect(JSON.stringify(problem)).not.toContain(id);
  });

  it('by a gate of the lab is not tried again as it is, but on re-encoded copies', async () => {
    const owner = { headers: { ...world.owner.headers, origin: world.studio.origin } };
    const files = [];
    for (let i = 0; i < 12; i++) {
      const fake = i % 2 === 1;
      // All fakes are half as wide: a shortcut.
      const jpeg = await encodeThumbnail(blobs(i + 1, fake ? 96 : 192, fake ? 96 : 192), 640);
      const { id } = await world.upload(`${i}.jpg`, jpeg, owner, 'lab');
      files.push({ media: id, label: fake ? 'fake' : 'real', source: fake ? 'small' : 'large' });
    }
    const answer = await world.post('/api/v1/benches', { name: 'set', files, levels: ['web'] }, owner);
    const { id } = (await answer.json()) as { id: string };
    const job = await world.ended(id, owner);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'lab.leak' }, again: 'equalise' });
    const same = await world.post(`/api/v1/jobs/${id}/retries`, {}, owner);
    expect(same.status).toBe(409);
    expect(await same.json()).toMatchObject({ code: 'jobs.again', hint: expect.stringContaining('equalise') });
    expect((await world.post(`/api/v1/jobs/${id}/retries`, { equalise: true }, owner)).status).toBe(200);
    expect(await world.ended(id, owner)).toMatchObject({ state: 'done', again: null });
  }, 600_000);

  it('says of every other end whether it helps to try again', () => {
    const input = { kind: 'cast' } as const;
    const failed = (code: string) => againOf({ state: 'failed', input, error: { code, detail: '', hint: null } });
    expect(failed('jobs.died')).toBe('same');
    expect(failed('lab.crossed')).toBe('none');
    expect(failed('lab.one-class')).toBe('none');
    expect(againOf({ state: 'cancelled', input, error: null })).toBe('same');
    expect(againOf({ state: 'done', input, error: null })).toBeNull();
  });
});
