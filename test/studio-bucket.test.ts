/**
 * A studio whose files lie in a bucket, with a PostgreSQL server and workers whose disks are others. Skipped where no server
 * can be started here.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../src/base/index.js';
import { inspect } from '../src/label/index.js';
import { toAndFro } from './long-film.js';
import { PostgresServer, WorkerProcess } from './postgres.js';
import { RenderWorld } from './render-world.js';
import { S3Server } from './s3-server.js';

const server = new PostgresServer();
const s3 = new S3Server();
const world = new RenderWorld();
/** Three stretches of sixteen seconds, and something. */
const FRAMES = 3 * 48 + 3;
const why = await server.start(['studio']);
if (why !== null) console.log(`The studio on a bucket is not tested: ${why.split('\n')[0]}`);

const data = (): string => world.at('data-of-studio');
const stored = (name: string) => s3.objects.get(`studio-one/${name}`);

/** Reads a file of the studio; null where the answer breaks off. */
async function read(path: string, headers: Record<string, string> = {}): Promise<Buffer | null> {
  const answer = await world.ask(path, { headers: { ...world.owner.headers, ...headers } });
  return answer.arrayBuffer().then(
    (bytes) => Buffer.from(bytes),
    () => null,
  );
}

const job = (request: unknown): Promise<string> => world.job(request);

describe.skipIf(why !== null)('a studio on a bucket', () => {
  let clips: { id: string; bytes: Buffer }[] = [];

  beforeAll(async () => {
    await s3.start();
    Object.assign(process.env, s3.environment, {
      DATABASE_URL: server.address('studio'),
      LIKENESS_DATA: data(),
    });
    // This studio works on nothing: all is done by workers.
    await world.open({ quick: 0, long: 0 });
    await world.signIn();
    for (const [name, seed] of [
      ['a', 3],
      ['b', 21],
    ] as const) {
      const short = await world.clip(`short-${name}.mp4`, seed, 2);
      const path = world.at(`${name}.mp4`);
      // Three frames a second: many stretches, few frames.
      await toAndFro(short, path, name === 'b' ? FRAMES : 16, 3);
      await world.cast(name, path);
      clips = [...clips, { ...world.of(name), bytes: readFileSync(path) }];
    }
  }, 600_000);

  afterAll(async () => {
    await world.close();
    for (const name of [...Object.keys(s3.environment), 'DATABASE_URL', 'LIKENESS_DATA']) delete process.env[name];
    await s3.close();
    await server.close();
  });

  it('puts uploads there, and reads parts and wholes of them from there', async () => {
    const [{ id, bytes } = { id: '', bytes: Buffer.alloc(0) }] = clips;
    expect(stored(`media/${id}/a.mp4`)?.bytes.equals(bytes)).toBe(true);
    expect(stored(`media/${id}/poster.jpg`)).toBeDefined();
    rmSync(join(data(), 'media'), { recursive: true });
    const part = await read(`/api/v1/media/${id}/file`, { range: 'bytes=10-99' });
    expect(part?.equals(bytes.subarray(10, 100))).toBe(true);
    expect(s3.asked.at(-1)?.range).toBe('bytes=10-99');
    expect((await read(`/api/v1/media/${id}/file`))?.equals(bytes)).toBe(true);
    expect((await read(`/api/v1/media/${id}/poster`))?.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(existsSync(join(data(), 'media', id))).toBe(false);
  });

  it('does not hand out a whole file that was changed in the bucket', async () => {
    const [{ id } = { id: '' }] = clips;
    const name = `studio-one/media/${id}/a.mp4`;
    const before = s3.objects.get(name);
    if (before === undefined) throw new Error('not stored');
    const bytes = Buffer.from(before.bytes);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
    s3.objects.set(name, { ...before, bytes });
    expect(await read(`/api/v1/media/${id}/file`)).toBeNull();
    s3.objects.set(name, before);
  });

  it('refuses an upload in words while the bucket does, and keeps nothing of it', async () => {
    s3.denies = true;
    const [{ bytes } = { bytes: Buffer.alloc(0) }] = clips;
    const { answer, id } = await world.upload('c.mp4', bytes, world.owner);
    s3.denies = false;
    expect(answer.status).toBe(503);
    const problem = (await answer.json()) as { code: string; detail: string };
    expect(problem.code).toBe('blobs.access');
    expect(problem.detail).toContain('access is denied');
    expect(existsSync(join(data(), 'media', id))).toBe(false);
    expect([...s3.objects.keys()].filter((name) => name.includes(id))).toEqual([]);
  });

  it('has a check and a render done by a worker with another disk', async () => {
    const [a, b] = clips;
    if (a === undefined || b === undefined) throw new Error('no clips');
    const worker = await WorkerProcess.start([], { LIKENESS_DATA: world.at('data-of-worker') });
    try {
      const check = await job({ kind: 'check', media: a.id });
      expect(await world.ended(check, world.owner)).toMatchObject({ state: 'done' });
      expect((await read(`/api/v1/checks/${check}/page`))?.toString()).toContain('<html');
      expect(stored(`jobs/${check}/check.json`)).toBeDefined();
      const analysis = await job({ kind: 'analyze', media: b.id });
      expect(await world.ended(analysis, world.owner)).toMatchObject({ state: 'done' });
      expect((await read(`/api/v1/media/${b.id}/people/1/face`))?.subarray(0, 2).toString('hex')).toBe('ffd8');

      const render = await job({ kind: 'render', project: await world.project('Bucket') });
      const done = await world.ended(render, world.owner);
      expect(done, JSON.stringify(done['error'])).toMatchObject({ state: 'done', attempts: 1 });
      const media = await world.json<{ sha256: string }>(`/api/v1/media/${render}`, world.owner);
      const film = await read(`/api/v1/media/${render}/file`);
      expect(sha256(film ?? Buffer.alloc(0))).toBe(media.sha256);
      const out = readdirSync(world.at(`data-of-worker/jobs/${render}`)).find((name) => name.endsWith('.mp4'));
      const label = await inspect(world.at(`data-of-worker/jobs/${render}/${out}`));
      expect(label).toMatchObject({ found: 'label', changed: false });
      expect(existsSync(join(data(), 'jobs', render))).toBe(false);

      const gone = await world.send('DELETE', `/api/v1/media/${render}`, '', world.owner);
      expect(gone.status).toBe(204);
      expect([...s3.objects.keys()].filter((name) => name.includes(render))).toEqual([]);
    } finally {
      expect(await worker.stop()).toBe(0);
    }
    expect(`${worker.said}${world.log.join('')}`).not.toContain(s3.secretKey);
    expect(readdirSync(world.at('data-of-worker/pins'))).toEqual([]);
  }, 900_000);

  it('lets a worker finish a film that another one with another disk began', async () => {
    const parts = async (id: string): Promise<{ state: string; attempts: number }[]> =>
      (await world.json<{ parts: { state: string; attempts: number }[] }>(`/api/v1/jobs/${id}`, world.owner)).parts;
    const first = await WorkerProcess.start([], { LIKENESS_DATA: world.at('data-of-first') });
    const id = await job({ kind: 'render', project: await world.project('Shared') });
    const ready = async (): Promise<boolean> => (await parts(id)).filter(({ state }) => state === 'done').length >= 2;
    while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 50));
    // The studio has none of it on its own disk, and shows a frame all the same, labelled.
    writeFileSync(world.at('shown.png'), (await read(`/api/v1/jobs/${id}/preview`)) ?? '');
    expect(await inspect(world.at('shown.png'))).toMatchObject({ found: 'label', changed: false });
    await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'paused' }, world.owner);
    expect(await first.stop()).toBe(0);
    expect([...s3.objects.keys()].filter((name) => name.includes(`${id}/segments/`)).length).toBeGreaterThanOrEqual(9);
    const second = await WorkerProcess.start([], { LIKENESS_DATA: world.at('data-of-second') });
    try {
      await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'queued' }, world.owner);
      const done = await world.ended(id, world.owner);
      expect(done, JSON.stringify(done['error'])).toMatchObject({ state: 'done' });
      expect((await parts(id)).filter(({ attempts }) => attempts === 0).length).toBeGreaterThanOrEqual(2);
      const bytes = await read(`/api/v1/media/${id}/file`);
      expect((bytes ?? Buffer.alloc(0)).length).toBeGreaterThan(1000);
      expect([...s3.objects.keys()].filter((name) => name.includes(`${id}/segments/`))).toEqual([]);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  }, 900_000);

  it('leaves what needs keys and records alone where a worker has another LIKENESS_HOME', async () => {
    const guest = await WorkerProcess.start([], {
      LIKENESS_HOME: world.at('home-of-guest'),
      LIKENESS_DATA: world.at('data-of-guest'),
    });
    try {
      expect(guest.said).toContain('"guest":true');
      const [{ id } = { id: '' }] = clips;
      const verify = await job({ kind: 'verify', media: id });
      const check = await job({ kind: 'check', media: id });
      expect(await world.ended(check, world.owner)).toMatchObject({ state: 'done' });
      expect(await world.json(`/api/v1/jobs/${verify}`, world.owner)).toMatchObject({ state: 'queued', attempts: 0 });
    } finally {
      await guest.stop();
    }
  }, 600_000);

  it('pauses a job, and says why, while the bucket cannot be reached', async () => {
    const [{ id } = { id: '' }] = clips;
    const worker = await WorkerProcess.start([], { LIKENESS_DATA: world.at('data-of-third') });
    try {
      s3.denies = true;
      const check = await job({ kind: 'check', media: id });
      const paused = await world.ended(check, world.owner, ['paused', 'failed', 'done']);
      expect(paused).toMatchObject({ state: 'paused', error: { code: 'blobs.access' } });
      s3.denies = false;
      await world.send('PATCH', `/api/v1/jobs/${check}`, { state: 'queued' }, world.owner);
      expect(await world.ended(check, world.owner)).toMatchObject({ state: 'done' });
    } finally {
      s3.denies = false;
      await worker.stop();
    }
  }, 600_000);

  it('does not start a worker that has neither the house nor the files', async () => {
    const bare = Object.fromEntries(Object.keys(s3.environment).map((name) => [name, '']));
    const start = WorkerProcess.start([], { ...bare, LIKENESS_DATA: '', LIKENESS_HOME: world.at('home-of-guest') });
    await expect(start).rejects.toThrow(/not that of the studio, and there is no bucket/);
  }, 600_000);
});
