/**
 * Guests that come when a film is under way, with a trained pair, and guests that lose the home of the studio in the middle of a
 * stretch. Skipped where no PostgreSQL server can be started here.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit } from '../src/consent/index.js';
import { filesOf, GuestWorld, partsOf, type ShownJob } from './guest-world.js';
import type { WorkerProcess } from './postgres.js';

const world = new GuestWorld();
const { guestHome, guestData } = world;
const why = await world.startServer();
if (why !== null) console.log(`Guests that come late are not tested: ${why.split('\n')[0]}`);

describe.skipIf(why !== null)('a guest that comes late', () => {
  let home: WorkerProcess;
  let guest: WorkerProcess | undefined;
  let project = '';
  let alone: [string, string][] = [];
  const render = (): Promise<string> => world.job({ kind: 'render', project });

  beforeAll(async () => {
    await world.begin(4 * 48);
    home = await world.startHome();
    const training = { preset: 'draft', seed: 5, steps: 4, minutes: null };
    project = await world.project('one', { engine: 'gan', training }, { enhance: true });
    const trained = await world.until(await world.job({ kind: 'train', project, route: 0 }), () => false);
    expect(trained, JSON.stringify(trained.error)).toMatchObject({ state: 'done' });
    const one = await render();
    const done = await world.until(one, () => false);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    // Nobody was there for whom anything would have been packed.
    expect(done.parts.length).toBe(4);
    alone = await world.filmOf(one);
  }, 600_000);

  afterAll(async () => {
    await home?.stop();
    await guest?.stop();
    await world.end();
  });

  it('takes stretches of a film that was planned without it, drawn by a trained pair; the film is the same', async () => {
    const id = await render();
    const midway = await world.until(id, ({ parts }) => parts.some(({ state }) => state === 'running'));
    expect(midway.state, JSON.stringify(midway.error)).toBe('running');
    expect(world.stored(id).filter((name) => name.endsWith('.cast'))).toEqual([]);
    guest = await world.startGuest();
    const done = await world.until(id, () => false);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    expect(partsOf(guest, done).length, guest.said).toBeGreaterThan(0);
    expect(partsOf(home, done).length).toBeGreaterThan(0);
    expect(done.parts.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(await world.filmOf(id)).toEqual(alone);
    expect(world.stored(id)).toEqual([]);
    expect(await world.db.query('SELECT 1 FROM studio_render_keys WHERE job = $1', [id])).toEqual([]);
    const names = [...filesOf(guestHome), ...filesOf(guestData)].map((path) => path.slice(world.at('').length));
    expect(names.filter((name) => /\.key|consent|audit|faces|analysis|pairs/.test(name))).toEqual([]);
  }, 600_000);

  it('stops where the home of the studio is gone, keeps nothing, and the film is made when it is back', async () => {
    const id = await render();
    expect((await world.until(id, ({ parts }) => parts.length > 0)).state).toBe('running');
    await home.kill();
    const worker = guest;
    if (worker === undefined) throw new Error('the guest of the test before did not start');
    const midway = (job: ShownJob): boolean =>
      partsOf(worker, job).some(({ state, done }) => state === 'running' && done > 0);
    expect(midway(await world.until(id, midway)), worker.said).toBe(true);
    const before = worker.said.length;
    await world.studio.close();
    await expect.poll(() => worker.said.slice(before), { timeout: 60_000 }).toMatch(/part given back.*leave\.silent/);
    await expect.poll(() => filesOf(join(guestData, 'guest')), { timeout: 20_000 }).toEqual([]);
    expect(
      await world.db.query(`SELECT 1 FROM studio_parts WHERE job = $1 AND guest AND state = 'running'`, [id]),
    ).toEqual([]);

    world.owner = await world.openAgain({ quick: 0, long: 0 });
    home = await world.startHome();
    const done = await world.until(id, () => false);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    expect(await world.filmOf(id)).toEqual(alone);
    // The one of the beginning, and each of both tests once.
    expect((await readAudit()).filter(({ kind }) => kind === 'publish').length).toBe(3);
  }, 600_000);
});
