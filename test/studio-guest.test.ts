/**
 * Guests: workers with another LIKENESS_HOME that render stretches of a film, on a real PostgreSQL server and a bucket. Skipped
 * where no server can be started here.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLogPath, readAudit, revoke } from '../src/consent/index.js';
import { openServer } from '../src/jobs/database/server.js';
import type { Database } from '../src/jobs/index.js';
import { codeVersion } from '../src/synth/guest/index.js';
import { film, toAndFro } from './long-film.js';
import { PostgresServer, WorkerProcess } from './postgres.js';
import { RenderWorld } from './render-world.js';
import { S3Server } from './s3-server.js';

const server = new PostgresServer();
const s3 = new S3Server();
const world = new RenderWorld();
/** Five stretches of sixteen seconds. */
const FRAMES = 5 * 48;
const why = await server.start(['studio']);
if (why !== null) console.log(`Guests are not tested: ${why.split('\n')[0]}`);

interface Part {
  readonly part: number;
  readonly state: string;
  readonly done: number;
  readonly attempts: number;
  readonly worker: string | null;
}

interface Shown {
  readonly state: string;
  readonly parts: readonly Part[];
  readonly error: { readonly code: string } | null;
}

const shown = (id: string): Promise<Shown> => world.json<Shown>(`/api/v1/jobs/${id}`, world.owner);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(id: string, wanted: (job: Shown) => boolean): Promise<Shown> {
  for (const end = Date.now() + 100_000; ; ) {
    const job = await shown(id);
    if (Date.now() > end) throw new Error(`${JSON.stringify(job)}`);
    if (wanted(job) || ['done', 'failed', 'cancelled'].includes(job.state)) return job;
    await pause(30);
  }
}

const partsOf = (worker: WorkerProcess, { parts }: Shown): Part[] =>
  parts.filter((part) => part.worker?.includes(worker.name));

/** All files below a folder. */
const filesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((name) => join(folder, String(name)))
        .filter((path) => statSync(path).isFile())
    : [];

/** The film of a job, from the bucket. */
async function filmOf(id: string): Promise<[string, string][]> {
  const answer = await world.ask(`/api/v1/media/${id}/file`, { headers: world.owner.headers });
  writeFileSync(world.at('made.mp4'), Buffer.from(await answer.arrayBuffer()));
  return film(world.at('made.mp4'));
}

describe.skipIf(why !== null)('a guest', () => {
  let db: Database;
  let guest: WorkerProcess;
  let home: WorkerProcess;
  let alone: [string, string][] = [];
  const guestHome = (): string => world.at('home-of-guest');
  const guestData = (): string => world.at('data-of-guest');
  const startGuest = (): Promise<WorkerProcess> =>
    WorkerProcess.start(['--quick', '0'], { LIKENESS_HOME: guestHome(), LIKENESS_DATA: guestData() });
  const startHome = (): Promise<WorkerProcess> =>
    WorkerProcess.start(['--quick', '0'], { LIKENESS_DATA: world.at('data-of-home') });
  const stored = (id: string): string[] => [...s3.objects.keys()].filter((name) => name.includes(`${id}/segments/`));
  const render = async (name: string): Promise<string> =>
    world.job({ kind: 'render', project: await world.project(name) });

  beforeAll(async () => {
    await s3.start();
    Object.assign(process.env, s3.environment, {
      DATABASE_URL: server.address('studio'),
      LIKENESS_DATA: world.at('data-of-studio'),
    });
    await world.open({ quick: 0, long: 0 });
    await world.signIn();
    for (const [name, seed] of [
      ['a', 3],
      ['b', 21],
    ] as const) {
      const path = world.at(`${name}.mp4`);
      await toAndFro(await world.clip(`short-${name}.mp4`, seed, 2), path, name === 'b' ? FRAMES : 16, 3);
      await world.cast(name, path);
    }
    db = await openServer(server.address('studio'));
    home = await startHome();
    const one = await render('one');
    expect(await until(one, () => false)).toMatchObject({ state: 'done' });
    alone = await filmOf(one);
    guest = await startGuest();
  }, 600_000);

  afterAll(async () => {
    await home?.stop();
    await guest?.stop();
    await db?.close();
    await world.close().catch(() => undefined);
    for (const name of [...Object.keys(s3.environment), 'DATABASE_URL', 'LIKENESS_DATA']) delete process.env[name];
    await s3.close();
    await server.close();
  });

  it('renders a part of a film, which is the same in every byte', async () => {
    const log = readFileSync(auditLogPath()).length;
    const id = await render('two');
    const clear = filesOf(join(world.at('home'), 'faces')).map((path) => readFileSync(path).subarray(1000, 1100));
    expect(clear.length).toBeGreaterThanOrEqual(4);
    const midway = await until(id, (job) =>
      partsOf(guest, job).some(({ state, done }) => state === 'running' && done > 0),
    );
    expect(partsOf(guest, midway).length, guest.said).toBeGreaterThan(0);
    // Nothing by which somebody can be recognised lies open in the bucket, nor on the disk of the guest.
    const packed = stored(id).filter((name) => name.endsWith('.cast'));
    expect(packed.length).toBe(5);
    const seen = [...stored(id).map((name) => s3.objects.get(name)?.bytes ?? Buffer.alloc(0))];
    for (const path of [...filesOf(guestData()), ...filesOf(guestHome())])
      if (existsSync(path)) seen.push(readFileSync(path));
    for (const bytes of seen) for (const piece of clear) expect(bytes.includes(piece)).toBe(false);

    const done = await until(id, () => false);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    expect(partsOf(guest, done).length).toBeGreaterThan(0);
    expect(partsOf(home, done).length).toBeGreaterThan(0);
    expect(done.parts.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(await filmOf(id)).toEqual(alone);
    // The studio's own log has a grant for each stretch, whoever rendered it; the guest has neither log nor records.
    const grants = readFileSync(auditLogPath()).subarray(log).toString().split('"kind":"grant"').length - 1;
    expect(grants).toBeGreaterThanOrEqual(partsOf(guest, done).length + 1);
    expect(await db.query('SELECT 1 FROM studio_render_keys WHERE job = $1', [id])).toEqual([]);
    expect(stored(id)).toEqual([]);
  }, 600_000);

  it('keeps nothing of it: no keys, records or faces, neither at home nor on its disk', async () => {
    await expect.poll(() => filesOf(join(guestData(), 'guest')), { timeout: 20_000 }).toEqual([]);
    const names = [...filesOf(guestHome()), ...filesOf(guestData())].map((path) => path.slice(world.at('').length));
    expect(names.filter((name) => /segment|cast|plan|\.key|consent|audit|faces|analysis|pairs/.test(name))).toEqual([]);
    expect((await readAudit()).length).toBeGreaterThan(0);
  }, 60_000);

  it('stops when consent is withdrawn, and none of its segments stays', async () => {
    // Only the guest renders now: whoever plans is stopped when the film is shared out.
    const id = await render('rev');
    expect((await until(id, ({ parts }) => parts.length > 0)).state).toBe('running');
    expect(await home.stop()).toBe(0);
    const midway = (job: Shown): boolean =>
      partsOf(guest, job).some(({ state, done }) => state === 'running' && done > 0 && done < 36);
    expect(midway(await until(id, midway)), guest.said).toBe(true);
    const { envelope, key } = world.of('a');
    await revoke(envelope, key);
    const job = await until(id, () => false);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'consent.revoked' } });
    await expect.poll(() => filesOf(join(guestData(), 'guest')), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => stored(id), { timeout: 20_000 }).toEqual([]);
    expect(await db.query('SELECT 1 FROM studio_render_keys WHERE job = $1', [id])).toEqual([]);
    expect((await readAudit()).some(({ kind }) => kind === 'release')).toBe(true);
  }, 600_000);

  it('begins nothing while nobody is there who has the records, and says so', async () => {
    await world.close();
    const plan = {
      work: 'w',
      file: '',
      stretches: [],
      missing: [0],
      packed: { key: 'k', code: codeVersion(), files: [] },
    };
    await db.query(
      `INSERT INTO studio_jobs (id, kind, state, title, owner, input, plan)
       VALUES ('waits', 'render', 'running', '', '', '{"kind":"render"}'::jsonb, $1::jsonb)`,
      [JSON.stringify(plan)],
    );
    await db.query(`INSERT INTO studio_parts (job, part, state, frames) VALUES ('waits', 0, 'waiting', 48)`);
    await expect
      .poll(() => guest.said, { timeout: 20_000 })
      .toContain('nobody who has the records of the studio is there');
    const before = guest.said.length;
    await pause(3000);
    expect(guest.said.slice(before)).not.toContain('part started');
    expect(await db.query(`SELECT state, attempts FROM studio_parts WHERE job = 'waits'`)).toEqual([
      { state: 'waiting', attempts: 0 },
    ]);
  }, 60_000);
});
