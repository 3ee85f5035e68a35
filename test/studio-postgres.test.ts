/** The studio on a real PostgreSQL server, with a worker of its own process. Skipped where no server can be started here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup, restore } from '../src/server/index.js';
import { PostgresServer, WorkerProcess } from './postgres.js';
import { StudioWorld } from './studio-world.js';

const server = new PostgresServer();
const world = new StudioWorld();

const why = await server.start(['studio', 'second']);
const address = server.address('studio');
if (why !== null) console.log(`The studio on PostgreSQL is not tested: ${why.split('\n')[0]}`);

describe.skipIf(why !== null)('on PostgreSQL', () => {
  beforeAll(async () => {
    process.env['DATABASE_URL'] = address;
    await world.open();
    await world.signIn();
  }, 600_000);

  afterAll(async () => {
    await world.close();
    delete process.env['DATABASE_URL'];
    await server.close();
  });

  it('shares work with a worker of another process, and does every job once', async () => {
    const worker = await WorkerProcess.start(['--quick', '2'], {});
    const path = await world.clip('a.mp4', 3);
    const { id } = await world.upload('a.mp4', readFileSync(path), world.owner);
    const jobs: string[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await world.post('/api/v1/jobs', { kind: 'verify', media: id }, world.owner);
      jobs.push(((await answer.json()) as { id: string }).id);
    }
    for (const job of jobs) expect(await world.ended(job, world.owner)).toMatchObject({ state: 'done', attempts: 1 });
    const started = `${world.log.join('')}${worker.said}`.match(/"job started"/g) ?? [];
    expect(started).toHaveLength(3);
    expect(await worker.stop()).toBe(0);
  }, 600_000);

  it('is saved with its tables, and restored into an empty database alone', async () => {
    const saved = world.at('saved');
    await backup(saved);
    expect(readFileSync(join(saved, 'tables.jsonl'), 'utf8')).toContain('"studio_media"');
    await world.studio.close();
    process.env['LIKENESS_HOME'] = world.at('taken');
    await expect(restore(saved)).rejects.toMatchObject({ code: 'backup.database' });
    process.env['DATABASE_URL'] = server.address('second');
    process.env['LIKENESS_HOME'] = world.at('new-home');
    await restore(saved);
    const { items } = await world.json<{ items: unknown[] }>('/api/v1/jobs', await world.openAgain());
    expect(items).toHaveLength(3);
  }, 600_000);
});
