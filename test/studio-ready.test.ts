/** What the service says of itself: that it lives, whether it can work, and what is missing. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Readiness, type ReadinessParts } from '../src/server/services/readiness.js';
import { PostgresServer } from './postgres.js';
import { S3Server } from './s3-server.js';
import { StudioWorld } from './studio-world.js';

const CHECKS = ['database', 'files', 'disk', 'worker'];

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly detail?: string;
    readonly checks?: readonly string[];
    readonly errors?: readonly { readonly field: string; readonly message: string }[];
  };
}

async function ready(world: StudioWorld): Promise<Answer> {
  // An answer is given again for a second.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const answer = await world.ask('/ready');
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const missing = ({ body }: Answer): string[] => (body.errors ?? []).map(({ field }) => field);

describe('readiness', () => {
  const parts: ReadinessParts = {
    db: { kind: 'embedded', query: async () => [] },
    blobs: { shared: true, check: async () => undefined },
    queue: { workers: () => 'alive' },
    log: () => undefined,
  };
  const look = (change: Partial<ReadinessParts>) => new Readiness({ ...parts, ...change }).look();
  const never = () => new Promise<never>(() => undefined);

  it('waits for nobody for ever, and says who did not answer', async () => {
    expect(await look({})).toEqual([]);
    expect(await look({ db: { kind: 'embedded', query: never }, blobs: { shared: true, check: never } })).toEqual([
      { check: 'database', message: 'The database does not answer.' },
      { check: 'files', message: 'The bucket with the files does not answer, or refuses.' },
    ]);
  }, 20_000);

  it('tells of a worker that is silent, and of none', async () => {
    const words = async (workers: 'silent' | 'none', kind: 'embedded' | 'server') =>
      (await look({ queue: { workers: () => workers }, db: { ...parts.db, kind } })).map(({ message }) => message);
    expect(await words('silent', 'server')).toEqual(['The worker of the studio has not looked for work for a while.']);
    expect(await words('none', 'embedded')).toEqual(['Nobody does the jobs of this studio.']);
    expect(await words('none', 'server')).toEqual([]);
  });

  it('asks once for many who ask at the same time', async () => {
    let asked = 0;
    const readiness = new Readiness({
      ...parts,
      blobs: { shared: true, check: async () => void asked++ },
    });
    await Promise.all(Array.from({ length: 50 }, () => readiness.look()));
    expect(asked).toBe(1);
  });
});

describe('a studio with an embedded database', () => {
  const world = new StudioWorld();
  afterEach(async () => {
    await world.studio?.close();
  });
  afterAll(() => rmSync(world.folder, { recursive: true, force: true }));

  it('is ready, and says so of everything that was asked', async () => {
    await world.open();
    expect(await ready(world)).toEqual({ status: 200, body: { status: 'ok', checks: CHECKS } });
  }, 120_000);

  it('is not while its folder for files cannot be written to', async () => {
    await world.open();
    const media = join(world.at('home'), 'studio', 'media');
    rmSync(media, { recursive: true, force: true });
    writeFileSync(media, 'in the way');
    const answer = await ready(world);
    expect(answer).toMatchObject({ status: 503, body: { code: 'studio.not-ready' } });
    expect(missing(answer)).toEqual(['files']);
    expect(answer.body.detail).toBe('The folder for the files cannot be written to.');
    expect(JSON.stringify(answer.body)).not.toContain(world.folder);
    expect((await world.ask('/health')).status).toBe(200);
    rmSync(media);
    mkdirSync(media);
    expect((await ready(world)).status).toBe(200);
  }, 120_000);

  it('is not where nobody does its jobs', async () => {
    await world.open({ quick: 0, long: 0 });
    const answer = await ready(world);
    expect([answer.status, missing(answer)]).toEqual([503, ['worker']]);
    expect((await world.ask('/health')).status).toBe(200);
  }, 120_000);

  it('is not while its bucket refuses', async () => {
    const s3 = new S3Server();
    await s3.start();
    Object.assign(process.env, s3.environment, { LIKENESS_DATA: world.at('data') });
    try {
      await world.open();
      expect((await ready(world)).status).toBe(200);
      s3.denies = true;
      const answer = await ready(world);
      expect([answer.status, missing(answer)]).toEqual([503, ['files']]);
      expect(answer.body.detail).toBe('The bucket with the files does not answer, or refuses.');
      expect(JSON.stringify(answer.body)).not.toContain(s3.bucket);
      s3.denies = false;
      expect((await ready(world)).status).toBe(200);
    } finally {
      s3.denies = false;
      for (const name of [...Object.keys(s3.environment), 'LIKENESS_DATA']) delete process.env[name];
      await s3.close();
    }
  }, 120_000);
});

const server = new PostgresServer();
const why = await server.start(['studio']);
if (why !== null) console.log(`Readiness without a database is not tested: ${why.split('\n')[0]}`);

describe.skipIf(why !== null)('a studio whose PostgreSQL server goes away', () => {
  it('lives, and is not ready', async () => {
    const world = new StudioWorld();
    process.env['DATABASE_URL'] = server.address('studio');
    try {
      await world.open({ quick: 0, long: 0 });
      // Its jobs may be done by others.
      expect((await ready(world)).status).toBe(200);
      await server.close();
      const answer = await ready(world);
      expect([answer.status, missing(answer)]).toEqual([503, ['database']]);
      expect(answer.body.detail).toBe('The database does not answer.');
      expect((await world.ask('/health')).status).toBe(200);
    } finally {
      delete process.env['DATABASE_URL'];
      await world.close().catch(() => undefined);
    }
  }, 120_000);
});
