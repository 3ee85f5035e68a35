/** The lab: reading labelled sets, and refusing those that give the answer away. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePicture, type Frame, recodePicture } from '../src/media/index.js';
import { benchSet, differenceHash, gateSet, hammingDistance, leftOutWords, readLabSet } from '../src/verdict/index.js';
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
    const { files } = await readLabSet(join(folder, 'read'));
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
    const { files } = await readLabSet(csv);
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

describe('a set that is sorted wrongly', () => {
  it('says what was left out, and from where', async () => {
    await put('sorted/faces/real/a.jpg', blobs(1));
    await put('sorted/faces/fake/b.jpg', blobs(2));
    for (const i of [3, 4]) await put(`sorted/faces/AI made/${i}.jpg`, blobs(i));
    await put('sorted/c.jpg', blobs(5));
    const { files, leftOut } = await readLabSet(join(folder, 'sorted'));
    expect(files).toHaveLength(2);
    expect(leftOut).toEqual([
      { folder: '.', files: 1 },
      { folder: 'faces/AI made', files: 2 },
    ]);
    expect(leftOutWords(leftOut)).toMatch(/^3 files were left out.*: faces\/AI made \(2\), \. \(1\)\.$/);
  });

  it('is refused with one class, before anything is scored, and with none', async () => {
    await put('one/real/a.jpg', blobs(1));
    await put('one/midjourney/b.jpg', blobs(2));
    const stages: string[] = [];
    const onProgress = ({ stage }: { readonly stage: string }): void => void stages.push(stage);
    await expect(benchSet(join(folder, 'one'), { onProgress })).rejects.toMatchObject({
      code: 'lab.one-class',
      message: expect.stringMatching(/1 genuine and 0 synthetic files; both are needed\. 1 file .*midjourney \(1\)/),
    });
    expect(stages).toEqual([]);
    await put('none/midjourney/b.jpg', blobs(2));
    await expect(readLabSet(join(folder, 'none'))).rejects.toMatchObject({
      code: 'lab.empty',
      message: expect.stringContaining('midjourney (1)'),
    });
  });

  it('is refused where no file of a class can be read', async () => {
    await put('unread/real/a.jpg', blobs(1));
    mkdirSync(join(folder, 'unread/fake'));
    writeFileSync(join(folder, 'unread/fake/b.jpg'), 'not a picture at all');
    await expect(benchSet(join(folder, 'unread'))).rejects.toMatchObject({
      code: 'lab.one-class',
      message: expect.stringContaining('1 genuine and 0 synthetic files that can be read'),
    });
  });
});

describe('the gates', () => {
  it('let a sound set pass', async () => {
    for (let i = 0; i < 12; i++) await put(`sound/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(100 + i));
    const found = await gateSet((await readLabSet(join(folder, 'sound'))).files);
    expect(found.duplicates).toEqual([]);
    expect(found.refusals).toEqual([]);
  });

  it('refuse a set whose classes have another quality, size or format', async () => {
    for (let i = 0; i < 12; i++)
      await put(`quality/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(200 + i), i % 2 ? 95 : 40);
    const quality = await gateSet((await readLabSet(join(folder, 'quality'))).files);
    expect(quality.refusals.join(' ')).toContain('bytes for each pixel');
    for (let i = 0; i < 12; i++) await put(`size/${i % 2 ? 'real' : 'fake'}/${i}.jpg`, blobs(300 + i, i % 2 ? 96 : 64));
    expect((await gateSet((await readLabSet(join(folder, 'size'))).files)).refusals.join(' ')).toContain(
      'width in pixels',
    );
  });

  it('refuse copies, also re-encoded and resized ones, and a picture in both classes', async () => {
    for (let i = 0; i < 10; i++) await put(`twice/real/${i}.jpg`, blobs(400 + i));
    for (let i = 0; i < 10; i++) await put(`twice/fake/${i}.jpg`, blobs(500 + i));
    await put('twice/real/copy.jpg', blobs(400));
    await put('twice/fake/leak.jpg', await recodePicture(blobs(401), { quality: 50, scale: 0.7 }));
    const { duplicates, refusals } = await gateSet((await readLabSet(join(folder, 'twice'))).files);
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
