/**
 * A disk that fills up while the studio works: jobs pause and say so, uploads stop and go on later, nothing is lost. On a
 * file system of some hundred megabytes; skipped where none can be mounted.
 */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { sha256 } from '../src/base/index.js';
import { openEmbedded } from '../src/jobs/database/embedded.js';
import { DatabaseKeeper } from '../src/jobs/database/keeper.js';
import { stopModels } from '../src/models/index.js';
import { film, toAndFro } from './long-film.js';
import { SmallDisk, whyNoSmallDisk } from './small-disk.js';

const MB = 1024 * 1024;
const FPS = 3;
/** A stretch has sixteen seconds. */
const FRAMES = 4 * 16 * FPS + 5;

const world = new SmallDisk();
const why = process.platform === 'linux' ? whyNoSmallDisk() : 'it needs Linux';
if (why !== null) console.log(`A full disk is not tested: ${why}`);

interface Shown {
  readonly state: string;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string } | null;
  readonly progress: { readonly stage: string; readonly done: number } | null;
  readonly parts: readonly { readonly state: string; readonly attempts: number }[];
}

const shown = (id: string): Promise<Shown> => world.json<Shown>(`/api/v1/jobs/${id}`, world.owner);

async function until(id: string, wanted: (job: Shown) => boolean): Promise<Shown> {
  for (;;) {
    const job = await shown(id);
    if (wanted(job) || ['done', 'failed', 'cancelled'].includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const change = (id: string, state: string): Promise<Response> =>
  world.send('PATCH', `/api/v1/jobs/${id}`, { state }, world.owner);

/** The events of a job until one is as wanted. */
async function eventOf(id: string, wanted: (job: Shown) => boolean): Promise<Shown> {
  const stop = new AbortController();
  const stream = await world.ask(`/api/v1/jobs/${id}/events`, { headers: world.owner.headers, signal: stop.signal });
  let text = '';
  try {
    for await (const piece of stream.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(piece).toString();
      for (const line of text.split('\n').slice(0, -1)) {
        if (!line.startsWith('data: {')) continue;
        const job = JSON.parse(line.slice(6)) as Shown;
        if (wanted(job)) return job;
      }
    }
  } finally {
    stop.abort();
  }
  throw new Error(text);
}

/** What is there of a file that was not written to its end. */
const halves = (): string[] =>
  readdirSync(world.home, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.part'));

const made = (id: string, name: string): string => join(world.home, 'studio', 'jobs', id, `${name}.mp4`);

/** Sound that does not compress: a file as long as is wanted. */
function noise(bytes: number): Buffer {
  const wave = Buffer.alloc(44 + bytes);
  wave.write('RIFF', 0);
  wave.writeUInt32LE(36 + bytes, 4);
  wave.write('WAVEfmt ', 8);
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(2, 22);
  wave.writeUInt32LE(48_000, 24);
  wave.writeUInt32LE(192_000, 28);
  wave.writeUInt16LE(4, 32);
  wave.writeUInt16LE(16, 34);
  wave.write('data', 36);
  wave.writeUInt32LE(bytes, 40);
  for (let at = 44, x = 7; at < wave.length; at += 4) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    wave.writeUInt32LE(x, at);
  }
  return wave;
}

const tus = (): Record<string, string> => ({ ...world.owner.headers, 'tus-resumable': '1.0.0' });

async function begin(bytes: Buffer): Promise<Response> {
  return world.ask('/api/v1/uploads', {
    method: 'POST',
    headers: {
      ...tus(),
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${Buffer.from('noise.wav').toString('base64')}`,
    },
  });
}

const send = (at: string, bytes: Buffer, from: number, to = bytes.length): Promise<Response> =>
  world.ask(at, {
    method: 'PATCH',
    headers: { ...tus(), 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
    body: bytes.subarray(from, to) as Uint8Array<ArrayBuffer>,
  });

async function offset(at: string): Promise<number> {
  return Number((await world.ask(at, { method: 'HEAD', headers: tus() })).headers.get('upload-offset'));
}

describe.skipIf(why !== null)('a studio on a small disk', () => {
  beforeAll(async () => {
    await world.openOn(640);
    await world.signIn();
    for (const [name, seed, frames] of [
      ['a', 3, 14],
      ['short', 21, 12],
    ] as const)
      await writeActorClip(world.at(`${name}.mp4`), {
        actor: createActor(seed),
        states: perform(seed, { seconds: 2, fps: 12, style: 'lively' }).slice(0, frames),
        width: 160,
        height: 160,
        fps: FPS,
        sound: name === 'short',
      });
    await toAndFro(world.at('short.mp4'), world.at('b.mp4'), FRAMES, FPS);
    await world.cast('a', world.at('a.mp4'));
    await world.cast('b', world.at('b.mp4'));
    await stopModels();
  }, 600_000);

  afterAll(() => world.close());

  it('pauses a job that finds no room, in words, and does it when there is some', async () => {
    world.fill(200 * MB);
    const check = await world.job({ kind: 'check', media: world.of('a').id });
    const paused = await until(check, ({ state }) => state === 'paused');
    expect(paused).toMatchObject({ state: 'paused', error: { code: 'file.full' } });
    expect(paused.error?.detail).toBe('The disk of the studio is full; the job waits.');
    expect(paused.error?.hint).toContain('Free some space');
    const ready = (): Promise<Response> => world.ask('/ready');
    await expect.poll(async () => (await ready()).status, { timeout: 20_000 }).toBe(503);
    const { errors } = (await (await ready()).json()) as { errors: { field: string; message: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(['disk']);
    expect(errors[0]?.message).toContain('less than 256 MB free');
    expect((await world.ask('/health')).status).toBe(200);
    world.clear();
    await expect.poll(async () => (await ready()).status, { timeout: 20_000 }).toBe(200);
    expect((await change(check, 'queued')).status).toBe(200);
    expect(await until(check, () => false)).toMatchObject({ state: 'done', error: null });
  }, 300_000);

  it.each([
    ['fills up to the last byte', 0],
    ['has little left', 40 * MB],
  ])(
    'pauses a render under way where the disk %s, and loses nothing',
    async (_, left) => {
      const names = left === 0 ? (['one', 'two'] as const) : (['six', 'ten'] as const);
      const whole = await world.job({ kind: 'render', project: await world.project(names[0]) });
      const undisturbed = await until(whole, () => false);
      expect(undisturbed, JSON.stringify(undisturbed.error)).toMatchObject({ state: 'done' });

      const id = await world.job({ kind: 'render', project: await world.project(names[1]) });
      const told = eventOf(id, ({ state, error }) => state === 'paused' && error !== null);
      await until(id, ({ parts }) => parts.some(({ state }) => state === 'done'));
      world.fill(left);
      const paused = await until(id, ({ state }) => state === 'paused');
      expect(paused, JSON.stringify(paused.error)).toMatchObject({ state: 'paused', error: { code: 'file.full' } });
      expect(await told).toMatchObject({ error: { detail: 'The disk of the studio is full; the job waits.' } });
      // Nothing is published, and nothing half.
      expect(existsSync(made(id, names[1]))).toBe(false);
      expect((await world.get(`/api/v1/media/${id}`, world.owner)).status).toBe(404);
      await expect.poll(halves, { timeout: 20_000 }).toEqual([]);
      expect(world.alive).toBe(true);

      world.clear();
      expect((await change(id, 'queued')).status).toBe(200);
      const done = await until(id, () => false);
      expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', error: null });
      // What was finished before was found again.
      expect(done.parts.some(({ attempts }) => attempts === 0)).toBe(true);
      expect(film(made(id, names[1]))).toEqual(film(made(whole, names[0])));
      expect(halves()).toEqual([]);
    },
    600_000,
  );

  it('answers an upload that finds the disk full with 507 and words, and goes on with it later', async () => {
    const bytes = noise(48 * MB);
    world.fill(200 * MB);
    const refused = await begin(bytes);
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({ code: 'file.full', detail: 'The disk of the studio is full.' });
    world.clear();

    const at = (await begin(bytes)).headers.get('location') ?? '';
    expect((await send(at, bytes, 0, 8 * MB)).status).toBe(204);
    // It fills up while bytes come.
    world.fill(80 * MB);
    const stopped = await send(at, bytes, 8 * MB);
    expect(stopped.status).toBe(507);
    const problem = (await stopped.json()) as { code: string; detail: string; hint: string };
    expect(problem).toMatchObject({ code: 'file.full', detail: 'The disk of the studio is full.' });
    expect(problem.hint).toContain('goes on where it was');
    expect(JSON.stringify(problem)).not.toContain(world.folder);
    const before = await offset(at);
    expect(before).toBeGreaterThan(8 * MB);
    expect(before).toBeLessThan(bytes.length);
    // And is full to the last byte.
    world.fill(0);
    expect((await send(at, bytes, before)).status).toBe(507);
    expect(await offset(at)).toBe(before);

    world.clear();
    expect((await send(at, bytes, before)).status).toBe(204);
    const media = await world.json<{ sha256: string; kind: string }>(
      `/api/v1/media/${at.split('/').at(-1)}`,
      world.owner,
    );
    expect(media).toMatchObject({ kind: 'sound', sha256: sha256(bytes) });
  }, 300_000);

  it('keeps an upload that is whole where there is no room to take it in', async () => {
    const bytes = readFileSync(world.at('a.mp4'));
    const at = (await begin(bytes)).headers.get('location') ?? '';
    expect((await send(at, bytes, 0, bytes.length - 1)).status).toBe(204);
    const id = at.split('/').at(-1) ?? '';
    const file = join(world.home, 'studio', 'uploads', id);
    // The last byte is there, nobody has taken the file in, and what was kept for the database is used up.
    appendFileSync(file, bytes.subarray(bytes.length - 1));
    world.fill(0);
    await expect.poll(() => world.free, { timeout: 20_000 }).toBeGreaterThan(0);
    world.fill(0);
    const full = await send(at, bytes, bytes.length);
    expect(full.status).toBe(507);
    expect(await full.json()).toMatchObject({ code: 'file.full' });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(existsSync(join(world.home, 'studio', 'media', id))).toBe(false);
    world.clear();
    expect(await offset(at)).toBe(bytes.length);
    expect((await send(at, bytes, bytes.length)).status).toBe(204);
    expect(await world.json(`/api/v1/media/${id}`, world.owner)).toMatchObject({ sha256: sha256(bytes) });
  }, 300_000);

  it('lets people in by the start link later where it cannot be renewed', async () => {
    world.fill(0);
    await expect(world.signIn()).rejects.toThrow('file.full');
    world.clear();
    await world.signIn();
    expect((await world.get('/api/v1/session', world.owner)).status).toBe(200);
  }, 60_000);
});

it('keeps the log of an embedded database short, with a spare file to go on in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-log-'));
  try {
    const at = join(folder, 'database');
    const files = (): number => readdirSync(join(at, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name)).length;
    const db = await openEmbedded(at);
    expect(files()).toBeGreaterThan(1);
    const { PGlite } = await import('@electric-sql/pglite');
    await db.close();
    const raw = await PGlite.create(at);
    const keeper = new DatabaseKeeper(raw, at);
    await raw.exec('CREATE TABLE t (x text)');
    for (let round = 0; round < 8; round++) {
      // Some ten megabytes of log.
      await raw.exec(`INSERT INTO t SELECT md5(n::text) || repeat('x', 900) FROM generate_series(1, 10000) n`);
      await raw.exec('DELETE FROM t');
      await keeper.tend();
    }
    expect(files()).toBeGreaterThan(1);
    expect(files()).toBeLessThan(5);
    await raw.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
