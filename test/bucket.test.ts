/** A bucket over real HTTP: files in and out, parts, ranges, broken connections, and every refusal in words. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LikenessError, sha256 } from '../src/base/index.js';
import { Bucket } from '../src/jobs/blobs/bucket.js';
import { LocalCopies } from '../src/jobs/blobs/local-copies.js';
import { type BucketSettings, bucketSettings } from '../src/jobs/blobs/settings.js';
import { openBlobs, Snapshots } from '../src/jobs/index.js';
import { freePort } from './postgres.js';
import { S3Server } from './s3-server.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-bucket-'));
const s3 = new S3Server();
const at = (name: string): string => join(folder, name);
let settings: BucketSettings;
let bucket: Bucket;

/** The environment of a studio with this bucket. */
function environment(change: Record<string, string> = {}): void {
  for (const name of Object.keys(process.env)) if (/^LIKENESS_(S3|DATA|CACHE)/.test(name)) delete process.env[name];
  Object.assign(process.env, s3.environment, change);
}

/** What is refused, with everything that is said about it. */
async function refused(work: Promise<unknown>): Promise<LikenessError> {
  const thrown = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof LikenessError)) throw new Error(`not refused in words: ${String(thrown)}`);
  expect(`${thrown.message} ${thrown.hint ?? ''}`).not.toContain(s3.secretKey);
  expect(`${thrown.message} ${thrown.hint ?? ''}`).not.toContain(s3.accessKey);
  return thrown;
}

function file(name: string, bytes: Buffer): { path: string; hash: string } {
  writeFileSync(at(name), bytes);
  return { path: at(name), hash: sha256(bytes) };
}

beforeAll(async () => {
  await s3.start();
  environment();
  const read = bucketSettings();
  if (read === null) throw new Error('no bucket');
  settings = read;
  bucket = new Bucket(settings);
});

afterEach(() => {
  Object.assign(s3, { skew: 0, denies: false, breaks: 0, busy: 0 });
  environment();
});

afterAll(async () => {
  for (const name of Object.keys(s3.environment)) delete process.env[name];
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('files', () => {
  it('come back as they went, under names in any script', async () => {
    const { path, hash } = file('small', randomBytes(5000));
    const name = 'media/1/Mädchen 映画 (1)+&.mp4';
    await bucket.put(path, name, hash);
    expect([...s3.objects.keys()]).toContain(`studio-one/${name}`);
    expect(await bucket.facts(name)).toEqual({ bytes: 5000, sha256: hash });
    await bucket.fetch(name, at('back'), hash);
    expect(readFileSync(at('back')).equals(readFileSync(path))).toBe(true);
    expect(await bucket.list('media/1')).toEqual([name]);
    await bucket.remove(name);
    expect(await bucket.facts(name)).toBeNull();
    await bucket.remove(name);
  });

  it('that are empty are files, too', async () => {
    const { path, hash } = file('empty', Buffer.alloc(0));
    await bucket.put(path, 'media/0/empty', hash);
    await bucket.fetch('media/0/empty', at('empty-back'), hash);
    expect(readFileSync(at('empty-back'))).toHaveLength(0);
  });

  it('that are large go in parts, and are not sent twice', async () => {
    const { path, hash } = file('large', randomBytes(40 * 1024 * 1024 + 7));
    const done: number[] = [];
    await bucket.put(path, 'media/2/large.mp4', hash, { onBytes: (bytes) => done.push(bytes) });
    expect(done).toEqual([16 * 1024 * 1024, 32 * 1024 * 1024, 40 * 1024 * 1024 + 7]);
    const before = s3.asked.filter(({ method }) => method === 'PUT').length;
    expect(before).toBeGreaterThanOrEqual(3);
    await bucket.put(path, 'media/2/large.mp4', hash);
    expect(s3.asked.filter(({ method }) => method === 'PUT')).toHaveLength(before);
    await bucket.fetch('media/2/large.mp4', at('large-back'), hash);
    expect(sha256(readFileSync(at('large-back')))).toBe(hash);
    expect(s3.unfinished).toBe(0);
  });

  it('are read in parts where parts are asked for', async () => {
    const { path, hash } = file('ranged', randomBytes(10_000));
    await bucket.put(path, 'media/3/ranged', hash);
    const part = await new Response(await bucket.read('media/3/ranged', { start: 100, end: 299 })).arrayBuffer();
    expect(Buffer.from(part).equals(readFileSync(path).subarray(100, 300))).toBe(true);
    expect(s3.asked.at(-1)?.range).toBe('bytes=100-299');
  });

  it('go on after a broken connection, and through a server that is busy', async () => {
    const { path, hash } = file('broken', randomBytes(3_000_000));
    s3.busy = 2;
    await bucket.put(path, 'media/4/broken', hash);
    s3.breaks = 2;
    await bucket.fetch('media/4/broken', at('broken-back'), hash);
    expect(sha256(readFileSync(at('broken-back')))).toBe(hash);
    const ranges = s3.asked.filter(({ method, name }) => method === 'GET' && name.endsWith('broken'));
    expect(new Set(ranges.map(({ range }) => range)).size).toBe(3);
  });

  it('that were changed in the bucket are refused, and leave nothing behind', async () => {
    const { path, hash } = file('changed', randomBytes(4000));
    await bucket.put(path, 'media/5/changed', hash);
    s3.objects.set('studio-one/media/5/changed', { bytes: randomBytes(4000), hash });
    const error = await refused(bucket.fetch('media/5/changed', at('changed-back'), hash));
    expect(error).toMatchObject({ code: 'blobs.changed', message: expect.stringContaining('media/5/changed') });
    expect(readdirSync(folder).filter((name) => name.includes('changed-back'))).toEqual([]);
  });

  it('give parts up when the upload fails', async () => {
    const { path, hash } = file('half', randomBytes(20 * 1024 * 1024));
    const stop = new AbortController();
    const put = bucket.put(path, 'media/6/half', hash, { signal: stop.signal, onBytes: () => stop.abort() });
    await expect(put).rejects.toThrow();
    expect(s3.unfinished).toBe(0);
    expect(await bucket.facts('media/6/half')).toBeNull();
  });
});

describe('refusals', () => {
  const other = (change: Partial<BucketSettings>): Bucket => new Bucket({ ...settings, ...change });

  it('say what is wrong', async () => {
    expect(await refused(other({ bucket: 'not-there' }).check())).toMatchObject({
      code: 'blobs.bucket',
      message: expect.stringContaining('The bucket not-there at 127.0.0.1'),
    });
    expect(await refused(other({ accessKey: 'AKIAOTHER' }).check())).toMatchObject({ code: 'blobs.access' });
    expect(await refused(other({ secretKey: 'wrong' }).check())).toMatchObject({
      code: 'blobs.access',
      hint: expect.stringContaining('LIKENESS_S3_SECRET_KEY'),
    });
    expect(await refused(other({ region: 'us-east-1' }).check())).toMatchObject({ code: 'blobs.region' });
    s3.denies = true;
    expect(await refused(bucket.check())).toMatchObject({ code: 'blobs.access' });
    expect(await refused(bucket.facts('x'))).toMatchObject({ code: 'blobs.access' });
    s3.denies = false;
    s3.skew = 3_600_000;
    expect(await refused(bucket.check())).toMatchObject({
      code: 'blobs.clock',
      message: expect.stringContaining('clock'),
    });
    s3.skew = 0;
    expect(await refused(bucket.fetch('media/9/none', at('none'), null))).toMatchObject({ code: 'blobs.missing' });
    const nobody = other({ endpoint: new URL(`http://127.0.0.1:${await freePort()}`) });
    expect(await refused(nobody.check())).toMatchObject({
      code: 'blobs.unreachable',
      message: expect.stringContaining('nothing listens there'),
    });
  });

  it('of settings name the variable', () => {
    const wrong = (change: Record<string, string>): string => {
      environment(change);
      try {
        bucketSettings();
      } catch (thrown) {
        return thrown instanceof LikenessError ? thrown.message : '';
      }
      return '';
    };
    expect(wrong({ LIKENESS_S3_SECRET_KEY: '' })).toContain('LIKENESS_S3_SECRET_KEY');
    expect(wrong({ LIKENESS_S3_ENDPOINT: 's3.example.org' })).toContain('LIKENESS_S3_ENDPOINT');
    expect(wrong({ LIKENESS_S3_ENDPOINT: 'https://name:word@s3.example.org' })).toContain('password');
    expect(wrong({ LIKENESS_S3_BUCKET: '../other' })).toContain('LIKENESS_S3_BUCKET');
    expect(wrong({ LIKENESS_S3_PREFIX: 'a/../b' })).toContain('LIKENESS_S3_PREFIX');
    expect(wrong({ LIKENESS_S3_STYLE: 'other' })).toContain('LIKENESS_S3_STYLE');
    expect(wrong({ LIKENESS_S3_SECRET_KEY_FILE: at('no-such-file') })).toContain('LIKENESS_S3_SECRET_KEY_FILE');
    writeFileSync(at('secret'), `${s3.secretKey}\n`);
    environment({ LIKENESS_S3_SECRET_KEY: '', LIKENESS_S3_SECRET_KEY_FILE: at('secret') });
    expect(bucketSettings()?.secretKey).toBe(s3.secretKey);
    delete process.env['LIKENESS_S3_BUCKET'];
    process.env['LIKENESS_DATA'] = at('data');
    expect(() => openBlobs()).toThrow(/LIKENESS_DATA is set/);
  });
});

describe('copies on this disk', () => {
  it('go when there are too many, oldest first, but not those that a job works with or that the bucket has not', async () => {
    environment({ LIKENESS_DATA: at('copies') });
    const blobs = openBlobs();
    const copies = new LocalCopies(at('copies'), 2500, async (path) => path !== 'media/2/b');
    const names = ['media/1/a', 'media/2/b', 'media/3/c', 'media/4/d', 'media/5/e'];
    for (const name of names) {
      const { path, hash } = file('copy', randomBytes(1000));
      await bucket.put(path, name, hash);
      await blobs.bring(name, hash);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    const release = await blobs.pin(['media/1/a']);
    await copies.used('media/5/e');
    const left = names.filter((name) => readdirSync(join(at('copies'), name, '..')).includes(name.split('/')[2] ?? ''));
    expect(left).toEqual(['media/1/a', 'media/2/b', 'media/5/e']);
    await release();
    expect(readdirSync(at('copies/pins'))).toEqual([]);
  });
});

describe('the folder of a training', () => {
  it('goes on elsewhere as it was at one moment, and what is newer here stays', async () => {
    const training = (name: string): string => join(process.env['LIKENESS_DATA'] ?? '', 'training/pair', name);
    const write = async (name: string, text: string): Promise<void> => {
      const { mkdir, writeFile } = await import('node:fs/promises');
      await mkdir(join(training(name), '..'), { recursive: true });
      await writeFile(training(name), text);
    };
    environment({ LIKENESS_DATA: at('one') });
    const one = new Snapshots(openBlobs());
    await write('checkpoints/1.bin', 'first');
    await write('training.csv', 'step,loss\n1,2\n');
    await write('project.lock', '1');
    await one.push('training/pair');
    await write('checkpoints/1.bin', 'second');
    await one.push('training/pair');
    expect(await bucket.list('training/pair')).toHaveLength(3);
    await write('checkpoints/1.bin', 'third, not pushed');
    await one.pull('training/pair');
    expect(readFileSync(training('checkpoints/1.bin'), 'utf8')).toBe('third, not pushed');

    environment({ LIKENESS_DATA: at('two') });
    const two = new Snapshots(openBlobs());
    expect((await two.pick('training/pair', 'training.csv'))?.toString()).toContain('step,loss');
    await two.pull('training/pair');
    expect(readFileSync(training('checkpoints/1.bin'), 'utf8')).toBe('second');
    expect(readdirSync(training('.')).sort()).toEqual(['checkpoints', 'snapshot.json', 'training.csv']);
    await write('checkpoints/1.bin', 'of two');
    await two.push('training/pair');

    environment({ LIKENESS_DATA: at('one') });
    await one.pull('training/pair');
    expect(readFileSync(training('checkpoints/1.bin'), 'utf8')).toBe('of two');
  });
});
