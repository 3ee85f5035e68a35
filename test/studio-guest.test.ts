/**
 * Guests: workers with another LIKENESS_HOME that render stretches of a film, on a real PostgreSQL server and a bucket. Skipped
 * where no server can be started here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLogPath, readAudit, revoke } from '../src/consent/index.js';
import { codeVersion } from '../src/synth/guest/index.js';
import { filesOf, GuestWorld, partsOf, type ShownJob } from './guest-world.js';
import type { WorkerProcess } from './postgres.js';

const world = new GuestWorld();
const { guestHome, guestData, s3 } = world;
const why = await world.startServer();
if (why !== null) console.log(`Guests are not tested: ${why.split('\n')[0]}`);

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(why !== null)('a guest', () => {
  let guest: WorkerProcess;
  let home: WorkerProcess;
  let alone: [string, string][] = [];
  const stored = (id: string): string[] => world.stored(id);
  const until = (id: string, wanted: (job: ShownJob) => boolean): Promise<ShownJob> => world.until(id, wanted);
  const render = async (name: string): Promise<string> =>
    world.job({ kind: 'render', project: await world.project(name) });

  beforeAll(async () => {
    // Five stretches of sixteen seconds.
    await world.begin(5 * 48);
    home = await world.startHome();
    const one = await render('one');
    expect(await until(one, () => false)).toMatchObject({ state: 'done' });
    alone = await world.filmOf(one);
    guest = await world.startGuest();
  }, 600_000);

  afterAll(async () => {
    await home?.stop();
    await guest?.stop();
    await world.end();
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
    for (const path of [...filesOf(guestData), ...filesOf(guestHome)])
      if (existsSync(path)) seen.push(readFileSync(path));
    for (const bytes of seen) for (const piece of clear) expect(bytes.includes(piece)).toBe(false);

    const done = await until(id, () => false);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    expect(partsOf(guest, done).length).toBeGreaterThan(0);
    expect(partsOf(home, done).length).toBeGreaterThan(0);
    expect(done.parts.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(await world.filmOf(id)).toEqual(alone);
    // The studio's own log has a grant for each stretch, whoever rendered it; the guest has neither log nor records.
    const grants = readFileSync(auditLogPath()).subarray(log).toString().split('"kind":"grant"').length - 1;
    expect(grants).toBeGreaterThanOrEqual(partsOf(guest, done).length + 1);
    expect(await world.db.query('SELECT 1 FROM studio_render_keys WHERE job = $1', [id])).toEqual([]);
    expect(stored(id)).toEqual([]);
  }, 600_000);

  it('keeps nothing of it: no keys, records or faces, neither at home nor on its disk', async () => {
    await expect.poll(() => filesOf(join(guestData, 'guest')), { timeout: 20_000 }).toEqual([]);
    const names = [...filesOf(guestHome), ...filesOf(guestData)].map((path) => path.slice(world.at('').length));
    expect(names.filter((name) => /segment|cast|plan|\.key|consent|audit|faces|analysis|pairs/.test(name))).toEqual([]);
    expect((await readAudit()).length).toBeGreaterThan(0);
  }, 60_000);

  it('stops when consent is withdrawn, and none of its segments stays', async () => {
    // Only the guest renders now: whoever plans is stopped when the film is shared out.
    const id = await render('rev');
    expect((await until(id, ({ parts }) => parts.length > 0)).state).toBe('running');
    expect(await home.stop()).toBe(0);
    const midway = (job: ShownJob): boolean =>
      partsOf(guest, job).some(({ state, done }) => state === 'running' && done > 0 && done < 36);
    expect(midway(await until(id, midway)), guest.said).toBe(true);
    const { envelope, key } = world.of('a');
    await revoke(envelope, key);
    const job = await until(id, () => false);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'consent.revoked' } });
    await expect.poll(() => filesOf(join(guestData, 'guest')), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => stored(id), { timeout: 20_000 }).toEqual([]);
    expect(await world.db.query('SELECT 1 FROM studio_render_keys WHERE job = $1', [id])).toEqual([]);
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
    await world.db.query(
      `INSERT INTO studio_jobs (id, kind, state, title, owner, input, plan)
       VALUES ('waits', 'render', 'running', '', '', '{"kind":"render"}'::jsonb, $1::jsonb)`,
      [JSON.stringify(plan)],
    );
    await world.db.query(`INSERT INTO studio_parts (job, part, state, frames) VALUES ('waits', 0, 'waiting', 48)`);
    await expect
      .poll(() => guest.said, { timeout: 20_000 })
      .toContain('nobody who has the records of the studio is there');
    const before = guest.said.length;
    await pause(3000);
    expect(guest.said.slice(before)).not.toContain('part started');
    expect(await world.db.query(`SELECT state, attempts FROM studio_parts WHERE job = 'waits'`)).toEqual([
      { state: 'waiting', attempts: 0 },
    ]);
  }, 60_000);
});
