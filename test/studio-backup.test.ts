/**
 * A backup of a studio at work, on a real PostgreSQL server, with its files in a bucket or on its disk: tables of one moment, the
 * files that they know, and what went meanwhile by its name. Skipped where no server can be started here.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, sha256 } from '../src/base/index.js';
import { openServer } from '../src/jobs/database/server.js';
import { rgbaFrame, writePicture } from '../src/media/index.js';
import { exportTables } from '../src/server/backup/tables.js';
import { backup, restore } from '../src/server/index.js';
import { PostgresServer } from './postgres.js';
import { S3Server } from './s3-server.js';
import { StudioWorld } from './studio-world.js';

const MB = 1024 * 1024;
const server = new PostgresServer();
const why = await server.start(['bucket', 'disk', 'again', 'plain']);
if (why !== null) console.log(`Backups of a studio at work are not tested: ${why.split('\n')[0]}`);

interface Media {
  readonly id: string;
  readonly sha256: string;
}

/** A picture in the studio. */
async function picture(world: StudioWorld, name: string, shade: number): Promise<Media> {
  const path = world.at(name);
  await writePicture(path, rgbaFrame(new Uint8Array(4 * 64 * 64).fill(shade), 64, 64));
  const bytes = readFileSync(path);
  const { answer, id } = await world.upload(name, bytes, world.owner);
  if (answer.status !== 204) throw new Error(await answer.text());
  return { id, sha256: sha256(bytes) };
}

/** The hash of a file, as the studio gives it out; null where it does not know it. */
async function given(world: StudioWorld, id: string, headers: Record<string, string>): Promise<string | null> {
  const answer = await world.ask(`/api/v1/media/${id}/file`, { headers });
  return answer.status === 200 ? sha256(Buffer.from(await answer.arrayBuffer())) : null;
}

const listOf = (saved: string): { bucket: Record<string, string>; leftOut: string[]; tablesAt: string } =>
  JSON.parse(readFileSync(join(saved, 'backup.json'), 'utf8'));

describe.skipIf(why !== null)('a backup of a studio at work', () => {
  const s3 = new S3Server();
  const world = new StudioWorld();
  let a: Media;
  let b: Media;
  let job = '';

  /** The studio of a home, a database and a place in the bucket. */
  function environment(home: string, database: string, prefix: string | null): void {
    for (const name of Object.keys(process.env)) if (/^LIKENESS_(S3|DATA)/.test(name)) delete process.env[name];
    if (prefix !== null)
      Object.assign(process.env, s3.environment, {
        LIKENESS_S3_PREFIX: prefix,
        LIKENESS_DATA: world.at(`data-${home}`),
      });
    process.env['LIKENESS_HOME'] = world.at(home);
    process.env['DATABASE_URL'] = server.address(database);
  }

  beforeAll(async () => {
    await s3.start();
    environment('home', 'bucket', 'studio-one');
    await world.open();
    await world.signIn();
    a = await picture(world, 'first.png', 90);
    b = await picture(world, 'second.png', 200);
    const begun = await world.post('/api/v1/jobs', { kind: 'check', media: a.id }, world.owner);
    job = ((await begun.json()) as { id: string }).id;
    expect(await world.ended(job, world.owner)).toMatchObject({ state: 'done' });
  }, 300_000);

  afterEach(() => environment('home', 'bucket', 'studio-one'));

  afterAll(async () => {
    await world.close();
    for (const name of [...Object.keys(s3.environment), 'DATABASE_URL', 'LIKENESS_DATA']) delete process.env[name];
    await s3.close();
    await server.close();
  });

  it('has the tables of one moment, whatever happens while they are read', async () => {
    const reader = await openServer(server.address('bucket'));
    const other = await openServer(server.address('bucket'));
    await other.query(`INSERT INTO studio_settings VALUES ('kept', '1')`);
    const tables: string[] = [];
    let text = '';
    const known = await exportTables(reader, async (line) => {
      tables.push((JSON.parse(line) as { table: string }).table);
      text += line;
      if (tables.length > 1) return;
      // After the first row of the first table: tables that are read later are changed.
      await other.query(`INSERT INTO studio_settings VALUES ('late', '2')`);
      await other.query(`DELETE FROM studio_settings WHERE name = 'kept'`);
      await other.query(`UPDATE studio_jobs SET title = 'Renamed' WHERE id = $1`, [job]);
    });
    await other.query(`UPDATE studio_jobs SET title = 'Check first.png' WHERE id = $1`, [job]);
    await other.query(`DELETE FROM studio_settings WHERE name = 'late'`);
    await reader.close();
    await other.close();
    expect(tables[0]).toBe('studio_users');
    expect(tables).toContain('studio_settings');
    expect(text).toContain('"kept"');
    expect(text).not.toContain('"late"');
    expect(text).not.toContain('Renamed');
    expect([...known.ids].sort()).toEqual([a.id, b.id, job].sort());
    expect(known.files.map(({ name }) => name).sort()).toEqual(['first.png', 'second.png']);
  }, 60_000);

  it('has the files in the bucket that the tables know, names what went meanwhile, and is put into another', async () => {
    const saved = world.at('saved');
    const second = `studio-one/media/${b.id}/second.png`;
    const kept = s3.objects.get(second);
    let begun = false;
    const facts = await backup(saved, {
      onProgress: () => {
        if (begun) return;
        begun = true;
        // The tables are read. One file goes, one comes.
        s3.objects.delete(second);
        s3.objects.set('studio-one/media/late/late.png', { bytes: Buffer.from('late'), hash: null });
      },
    });
    s3.objects.delete('studio-one/media/late/late.png');
    if (kept !== undefined) s3.objects.set(second, kept);
    expect(facts.missing).toEqual([{ path: `media/${b.id}/second.png`, name: 'second.png', why: 'gone' }]);
    const { bucket, tablesAt } = listOf(saved);
    expect(Number.isNaN(Date.parse(tablesAt))).toBe(false);
    expect(bucket[`media/${a.id}/first.png`]).toBe(a.sha256);
    expect(Object.keys(bucket)).toEqual(expect.arrayContaining([`media/${a.id}/poster.jpg`, `jobs/${job}/check.json`]));
    expect(Object.keys(bucket).some((path) => path.includes('late'))).toBe(false);
    expect(facts.bucket).toBe(Object.keys(bucket).length);

    environment('second-home', 'again', 'studio-two');
    expect(await restore(saved)).toMatchObject({ bucket: facts.bucket, missing: facts.missing });
    expect(s3.objects.get(`studio-two/media/${a.id}/first.png`)?.hash).toBe(a.sha256);
    const again = new StudioWorld();
    Object.assign(again, { owner: world.owner });
    const { headers } = await again.openAgain();
    try {
      expect(await given(again, a.id, { ...headers })).toBe(a.sha256);
      // It was deleted: nobody is shown a file that is not there.
      expect(await given(again, b.id, { ...headers })).toBeNull();
      const { items } = await again.json<{ items: { name: string }[] }>('/api/v1/media', { headers });
      expect(items.map(({ name }) => name)).toEqual(['first.png']);
      expect(await again.json(`/api/v1/jobs/${job}`, { headers })).toMatchObject({ state: 'done' });
      expect((await again.get(`/api/v1/checks/${job}/page`, { headers })).status).toBe(200);
    } finally {
      await again.close();
    }
  }, 300_000);

  it('becomes a studio on a disk where there is no bucket', async () => {
    environment('home', 'bucket', 'studio-one');
    const saved = world.at('saved-for-disk');
    expect((await backup(saved)).missing).toEqual([]);
    environment('plain-home', 'plain', null);
    await restore(saved);
    const plain = new StudioWorld();
    Object.assign(plain, { owner: world.owner });
    const { headers } = await plain.openAgain();
    try {
      for (const each of [a, b]) expect(await given(plain, each.id, { ...headers })).toBe(each.sha256);
    } finally {
      await plain.close();
    }
  }, 300_000);

  it('has a training that goes on as it was at one moment', async () => {
    const folder = 'studio-one/training/pair';
    const put = (text: string): string => {
      const hash = sha256(text);
      s3.objects.set(`${folder}/${hash}`, { bytes: Buffer.from(text), hash });
      return hash;
    };
    const moment = (hash: string): void => {
      const text = JSON.stringify({ snapshot: 1, files: { 'pair.bin': hash } });
      s3.objects.set(`${folder}/latest.json`, { bytes: Buffer.from(text), hash: sha256(text) });
    };
    const before = put('the pair before');
    moment(before);
    const saved = world.at('saved-training');
    let hash = '';
    await backup(saved, {
      onProgress: ({ stage }) => {
        if (stage !== 'fetching' || hash !== '') return;
        // The names in the bucket are known; now the training goes on.
        hash = put('the pair after');
        moment(hash);
        s3.objects.delete(`${folder}/${before}`);
      },
    });
    expect(readdirSync(join(saved, 'bucket', 'training', 'pair')).sort()).toEqual([hash, 'latest.json'].sort());
    expect(listOf(saved).bucket[`training/pair/${hash}`]).toBe(hash);
    for (const name of [...s3.objects.keys()]) if (name.startsWith(folder)) s3.objects.delete(name);
  }, 60_000);

  it('leaves the bucket out where that is asked for, and has the names', async () => {
    const saved = world.at('saved-without');
    const facts = await backup(saved, { withoutBucket: true });
    expect(facts).toMatchObject({ bucket: 0, missing: [] });
    const { bucket, leftOut } = listOf(saved);
    expect(bucket).toEqual({});
    expect(facts.leftOut).toBe(leftOut.length);
    expect(leftOut).toEqual(expect.arrayContaining([`media/${a.id}/first.png`, `media/${b.id}/second.png`]));
    expect(existsSync(join(saved, 'bucket'))).toBe(false);
  }, 60_000);

  it('names a file whose bytes are not those that the tables know', async () => {
    const name = `studio-one/media/${b.id}/second.png`;
    const before = s3.objects.get(name);
    if (before === undefined) throw new Error('not stored');
    s3.objects.set(name, { bytes: Buffer.from('something else'), hash: before.hash });
    const facts = await backup(world.at('saved-changed')).finally(() => s3.objects.set(name, before));
    expect(facts.missing).toEqual([{ path: `media/${b.id}/second.png`, name: 'second.png', why: 'changed' }]);
  }, 60_000);

  it('is not restored, and nothing of it, where a file of the bucket in it was changed or a path leads out of it', async () => {
    const saved = world.at('saved-for-disk');
    const path = join(saved, 'bucket', 'media', a.id, 'first.png');
    const bytes = readFileSync(path);
    environment('third-home', 'disk', 'studio-three');
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('x')]));
    await expect(restore(saved)).rejects.toMatchObject({ code: 'backup.damaged' });
    writeFileSync(path, bytes);
    const list = readFileSync(join(saved, 'backup.json'), 'utf8');
    writeFileSync(join(saved, 'backup.json'), list.replaceAll(`"media/${a.id}/first.png"`, '"../../first.png"'));
    await expect(restore(saved)).rejects.toMatchObject({ code: 'backup.damaged' });
    writeFileSync(join(saved, 'backup.json'), list);
    expect(existsSync(world.at('third-home'))).toBe(false);
    expect([...s3.objects.keys()].some((name) => name.startsWith('studio-three'))).toBe(false);
  }, 60_000);

  it.skipIf(process.platform !== 'linux')(
    'never has a large file of the bucket in memory',
    async () => {
      const name = `studio-one/jobs/${job}/large.bin`;
      const bytes = Buffer.alloc(400 * MB, 7);
      s3.objects.set(name, { bytes, hash: sha256(bytes) });
      const saved = world.at('saved-large');
      try {
        const child = spawn(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), 'backup', saved], {
          env: process.env,
          stdio: 'ignore',
        });
        let most = 0;
        const look = setInterval(() => {
          const status = existsSync(`/proc/${child.pid}/status`)
            ? readFileSync(`/proc/${child.pid}/status`, 'utf8')
            : '';
          most = Math.max(most, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
        }, 20);
        const code = await new Promise((resolve) => child.once('exit', resolve));
        clearInterval(look);
        expect(code).toBe(0);
        expect(listOf(saved).bucket[`jobs/${job}/large.bin`]).toBe(sha256(bytes));
        expect(most).toBeGreaterThan(30 * MB);
        expect(most).toBeLessThan(bytes.length);
      } finally {
        s3.objects.delete(name);
        rmSync(saved, { recursive: true, force: true });
      }
    },
    120_000,
  );

  it('names what went from a disk, too', async () => {
    const disk = new StudioWorld();
    for (const name of Object.keys(process.env)) if (/^LIKENESS_(S3|DATA)/.test(name)) delete process.env[name];
    process.env['DATABASE_URL'] = server.address('disk');
    await disk.open();
    try {
      await disk.signIn();
      const one = await picture(disk, 'one.png', 40);
      const two = await picture(disk, 'two.png', 60);
      const media = (id: string): string => join(disk.at('home'), 'studio', 'media', id);
      let begun = false;
      const facts = await backup(disk.at('saved'), {
        onProgress: () => {
          if (begun) return;
          begun = true;
          rmSync(media(two.id), { recursive: true });
        },
      });
      expect(facts.missing).toEqual([{ path: `media/${two.id}/two.png`, name: 'two.png', why: 'gone' }]);
      expect(readdirSync(join(disk.at('saved'), 'home', 'studio', 'media', one.id))).toContain('one.png');
    } finally {
      await disk.close();
    }
  }, 120_000);
});
