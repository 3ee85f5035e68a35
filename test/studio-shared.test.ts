/** A render that workers of other processes share, on a real PostgreSQL server. Skipped where none can be started here. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf } from '../bench/studio-process.js';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { knownRecordPath, revoke } from '../src/consent/index.js';
import { stopModels } from '../src/models/index.js';
import { film, toAndFro } from './long-film.js';
import { PostgresServer, WorkerProcess } from './postgres.js';
import { RenderWorld } from './render-world.js';

const FPS = 3;
/** A stretch has sixteen seconds. */
const FRAMES = 5 * 16 * FPS + 5;

const server = new PostgresServer();
const world = new RenderWorld();
const workers: WorkerProcess[] = [];

const why = await server.start(['studio']);
if (why !== null) console.log(`Renders that are shared are not tested: ${why.split('\n')[0]}`);

interface Part {
  readonly part: number;
  readonly state: string;
  readonly done: number;
  readonly frames: number;
  readonly attempts: number;
  readonly worker: string | null;
}

interface Shown {
  readonly state: string;
  readonly parts: readonly Part[];
  readonly attempts: number;
  readonly error: { readonly code: string } | null;
  readonly progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
    readonly whole: Whole | null;
  } | null;
}

interface Whole {
  readonly share: number;
  readonly secondsLeft: number | null;
}

const shown = (id: string): Promise<Shown> => world.json<Shown>(`/api/v1/jobs/${id}`, world.owner);
const partsOf = (worker: WorkerProcess | undefined, { parts }: Shown): Part[] =>
  parts.filter((part) => part.worker?.includes(worker?.name ?? 'nobody'));
const start = async (): Promise<void> => void workers.push(await WorkerProcess.start(['--quick', '0'], {}));

/** Looks at a job until it is as wanted, or has ended. */
async function until(id: string, wanted: (job: Shown) => boolean): Promise<Shown> {
  for (;;) {
    const job = await shown(id);
    if (wanted(job) || ['done', 'failed', 'cancelled'].includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const folderOf = (id: string): string => join(world.at('home'), 'studio', 'jobs', id);
const made = (id: string, name: string): string => join(folderOf(id), `${name}.mp4`);

describe.skipIf(why !== null)('a render that is shared', () => {
  let alone: [string, string][] = [];

  beforeAll(async () => {
    process.env['DATABASE_URL'] = server.address('studio');
    await world.open({ quick: 1, long: 0 });
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

  afterAll(async () => {
    for (const worker of workers) await worker.stop();
    await world.close();
    delete process.env['DATABASE_URL'];
    await server.close();
  });

  it('has the bytes of the command line, whoever renders it', async () => {
    const [a, b] = [world.of('a'), world.of('b')];
    const record = ({ consent }: { consent: string }): string => knownRecordPath(`urn:uuid:${consent}`);
    await start();
    const one = await world.job({ kind: 'render', project: await world.project('one') });
    const first = await until(one, () => false);
    expect(first, JSON.stringify(first.error)).toMatchObject({ state: 'done', attempts: 1 });
    expect(first.parts.map(({ state, done }) => [state, done])).toEqual(
      Array.from({ length: 6 }, (_, i) => ['done', i < 5 ? 16 * FPS : 5]),
    );
    alone = film(made(one, 'one'));
    const words = ['swap', b.path, '--engine', 'mesh', '--source', a.path, '--out', world.at('cli.mp4'), '--no-report'];
    const cli = spawnSync(
      process.execPath,
      [join(packageRoot, 'bin/likeness.mjs'), ...words, '--source-consent', record(a), '--target-consent', record(b)],
      { encoding: 'utf8' },
    );
    expect(cli.status, cli.stderr).toBe(0);
    expect(film(world.at('cli.mp4'))).toEqual(alone);
  }, 600_000);

  it('is rendered by two workers, to the same bytes', async () => {
    await start();
    const id = await world.job({ kind: 'render', project: await world.project('two') });
    const told: Whole[] = [];
    const job = await until(id, ({ progress }) => {
      if (progress?.whole) told.push(progress.whole);
      return false;
    });
    expect(job, JSON.stringify(job.error)).toMatchObject({ state: 'done', attempts: 1 });
    // The first one taught how the time is shared; what is said of the second goes one way, through plan, parts and end.
    expect(told.length).toBeGreaterThan(0);
    const seconds = told.flatMap(({ secondsLeft }) => secondsLeft ?? []);
    expect(seconds.length).toBeGreaterThan(0);
    expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
    expect(told.map(({ share }) => share)).toEqual(told.map(({ share }) => share).sort((a, b) => a - b));
    expect(Object.keys(told[0] ?? {}).sort()).toEqual(['secondsLeft', 'share']);
    for (const worker of workers) expect(partsOf(worker, job).length).toBeGreaterThan(0);
    expect(job.parts.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(film(made(id, 'two'))).toEqual(alone);
    expect(existsSync(join(folderOf(id), 'segments'))).toBe(false);
  }, 600_000);

  it('goes on where it was paused, and where the process of a stretch died', async () => {
    const id = await world.job({ kind: 'render', project: await world.project('pau') });
    const before = await until(id, ({ parts }) => parts.filter(({ state }) => state === 'done').length >= 2);
    expect(before.progress).toMatchObject({ stage: 'swapping', total: FRAMES });
    const answer = await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'paused' }, world.owner);
    expect(await answer.json()).toMatchObject({ state: 'paused' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await shown(id)).state).toBe('paused');
    await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'queued', priority: 3 }, world.owner);
    const [worker] = workers;
    const again = await until(id, (job) =>
      partsOf(worker, job).some(({ state, done }) => state === 'running' && done > 0),
    );
    const killed =
      process.platform === 'linux' ? partsOf(worker, again).filter(({ state }) => state === 'running') : [];
    for (const pid of killed.length > 0 ? childrenOf(worker?.pid ?? 0) : []) process.kill(pid, 'SIGKILL');
    const job = await until(id, () => false);
    for (const { part } of killed) expect(job.parts[part]?.attempts).toBe(2);
    expect(job, JSON.stringify(job.error)).toMatchObject({ state: 'done', attempts: 2 });
    expect(job.parts.filter(({ attempts }) => attempts === 0).length).toBeGreaterThanOrEqual(2);
    expect(film(made(id, 'pau'))).toEqual(alone);
  }, 600_000);

  it('loses nothing where a worker is killed in the middle of a stretch', async () => {
    const id = await world.job({ kind: 'render', project: await world.project('kil') });
    const [victim, other] = workers;
    const midway = (job: Shown): boolean =>
      partsOf(victim, job).some(({ state, done, frames }) => state === 'running' && done > 0 && done < frames);
    const before = await until(id, midway);
    expect(midway(before)).toBe(true);
    const held = partsOf(victim, before).filter(({ state }) => state === 'running');
    await victim?.kill();
    workers.shift();
    const job = await until(id, () => false);
    expect(job, JSON.stringify(job.error)).toMatchObject({ state: 'done', attempts: 1 });
    for (const { part } of held) {
      expect(job.parts[part]?.attempts).toBe(2);
      expect(partsOf(other, job).map((each) => each.part)).toContain(part);
    }
    expect(film(made(id, 'kil'))).toEqual(alone);
    const { items } = await world.json<{ items: { id: string }[] }>('/api/v1/media', world.owner);
    expect(items.filter((each) => each.id === id)).toHaveLength(1);
  }, 600_000);

  it('stops at the next segment when consent is withdrawn, with nothing published and nothing kept', async () => {
    await start();
    const id = await world.job({ kind: 'render', project: await world.project('rev') });
    const busy = (job: Shown): boolean => workers.every((worker) => partsOf(worker, job).length > 0);
    expect(busy(await until(id, busy))).toBe(true);
    const { envelope, key } = world.of('a');
    await revoke(envelope, key);
    const job = await until(id, () => false);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'consent.revoked' } });
    expect(job.parts.some(({ state }) => state !== 'done')).toBe(true);
    for (const worker of workers.splice(0)) expect(await worker.stop()).toBe(0);
    expect(existsSync(join(folderOf(id), 'segments'))).toBe(false);
    expect(existsSync(made(id, 'rev'))).toBe(false);
    expect((await world.get(`/api/v1/media/${id}`, world.owner)).status).toBe(404);
  }, 600_000);
});
