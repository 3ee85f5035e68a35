/** The lab: reading labelled sets, and refusing those that give the answer away. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePicture, type Frame, recodePicture } from '../src/media/index.js';
import { differenceHash, gateSet, hammingDistance, readLabSet } from '../src/verdict/index.js';
import { blobs } from './lab-pictures.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-lab-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function put(name: string, frame: Frame, quality = 85): Promise<void> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await encodePicture(frame, 'jpeg', quality));
}

describe('a labelled set', () => {
  it('is read from folders, with sets and generators', async () => {
    await put('read/faces/real/a.jpg', blobs(1));
    await put('read/faces/fake/gan/b.jpg', blobs(2));
    writeFileSync(join(folder, 'read/faces/fake/notes.txt'), 'no medium');
    const files = await readLabSet(join(folder, 'read'));
    expect(files.map((f) => [f.fake, f.source, f.generator])).toEqual([
      [true, 'faces', 'gan'],
      [false, 'faces', null],
    ]);
  });

  it('is read from a table, and a wrong label is named with its line', async () => {
    const csv = join(folder, 'set.csv');
    writeFileSync(
      csv,
      'path,label,source,generator,group\n"read/faces/real/a.jpg",real,cam,,p1\nread/faces/fake/gan/b.jpg,fake,cam,"g, 2",p2\n',
    );
    const files = await readLabSet(csv);
    expect(files[1]).toMatchObject({
      fake: true,
      generator: 'g, 2',
      group: 'p2',
      path: join(folder, 'read/faces/fake/gan/b.jpg'),
    });
    writeFileSync(csv, 'path,label\na.jpg,maybe\n');
    await expect(readLabSet(csv)).rejects.toMatchObject({
      code: 'lab.csv',
      message: expect.stringContaining('line 2'),
    });
    await expect(readLabSet(join(folder, 'nowhere'))).rejects.toMatchObject({ code: expect.stringMatching(/^file\./) });
    mkdirSync(join(folder, 'empty'));
    await expect(readLabSet(join(folder, 'empty'))).rejects.toMatchObject({ code: 'lab.empty' });
  });
});

describe('the gates', () => {
  it('let a sound set pass', async () => {
    for (let i = 0; i < 12; i++) await put(`sound/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(100 + i));
    const found = await gateSet(await readLabSet(join(folder, 'sound')));
    expect(found.duplicates).toEqual([]);
    expect(found.refusals).toEqual([]);
  });

  it('refuse a set whose classes have another quality, size or format', async () => {
    for (let i = 0; i < 12; i++)
      await put(`quality/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(200 + i), i % 2 ? 95 : 40);
    const quality = await gateSet(await readLabSet(join(folder, 'quality')));
    expect(quality.refusals.join(' ')).toContain('bytes for each pixel');
    for (let i = 0; i < 12; i++) await put(`size/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(300 + i, i % 2 ? 96 : 64));
    expect((await gateSet(await readLabSet(join(folder, 'size')))).refusals.join(' ')).toContain('width in pixels');
  });

  it('refuse copies, also re-encoded and resized ones, and a picture in both classes', async () => {
    for (let i = 0; i < 10; i++) await put(`twice/real/${i}.jpg`, blobs(400 + i));
    for (let i = 0; i < 10; i++) await put(`twice/fake/${i}.jpg`, blobs(500 + i));
    await put('twice/real/copy.jpg', blobs(400));
    await put('twice/fake/leak.jpg', await recodePicture(blobs(401), { quality: 50, scale: 0.7 }));
    const { duplicates, refusals } = await gateSet(await readLabSet(join(folder, 'twice')));
    expect(duplicates).toHaveLength(2);
    expect(duplicates.some((d) => d.exact)).toBe(true);
    expect(refusals.join(' ')).toContain('in both classes');
  });
});

describe('the difference hash', () => {
  it('is near for copies and far for others', async () => {
    const own = differenceHash(blobs(1));
    const copy = differenceHash(await recodePicture(blobs(1), { quality: 40, scale: 0.6 }));
    const others = Array.from({ length: 10 }, (_, i) => hammingDistance(own, differenceHash(blobs(2 + i))));
    expect(hammingDistance(own, copy)).toBeLessThan(14);
    expect(Math.min(...others)).toBeGreaterThan(40);
  });
});
