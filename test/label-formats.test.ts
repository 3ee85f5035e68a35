/** Labels in real files of every kind: inside or beside, still playable, and every changed byte found. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { inspect } from '../src/label/index.js';
import { probe, readPicture } from '../src/media/index.js';
import { FILMS, type Kind, PICTURES, realFile, SOUNDS } from './label-files.js';
import { openStudio, type Studio } from './label-made.js';

let studio: Studio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio.remove());

const BESIDE: readonly Kind[] = ['webm', 'mkv', 'ogg'];
const CHANGES = 12;

describe.each([...PICTURES, ...FILMS, ...SOUNDS])('a label of %s', (kind) => {
  it(`is read back, harms nothing, and shows ${CHANGES} of ${CHANGES} changed bytes`, async () => {
    const tmp = studio.path(`tmp.${kind}`);
    await realFile(kind, tmp, 7);
    const plain = readFileSync(tmp);
    const out = await studio.made(`out.${kind}`, tmp);
    const beside = BESIDE.includes(kind);
    expect(existsSync(`${out}.c2pa`)).toBe(beside);
    expect(await inspect(out)).toMatchObject({
      state: 'trusted',
      changed: false,
      where: beside ? 'sidecar' : 'embedded',
      container: kind,
    });
    if (beside) expect(readFileSync(out).equals(plain)).toBe(true);
    if ((PICTURES as readonly string[]).includes(kind)) {
      const was = await sharp(plain).raw().toBuffer();
      expect((await sharp(out).raw().toBuffer()).equals(was)).toBe(true);
      expect((await readPicture(out)).width).toBe(96);
    } else if ((FILMS as readonly string[]).includes(kind)) expect((await probe(out)).video?.frameCount).toBe(4);
    const good = readFileSync(out);
    const label = good.indexOf('jumb');
    const random = new Random(11);
    const missed: number[] = [];
    for (let i = 0; i < CHANGES; i++) {
      // One half anywhere, one half in the label, where the standard's own hashes have gaps.
      const where = i % 2 === 0 || label < 0 ? random.int(good.length) : label - 4 + random.int(3400);
      const bad = Buffer.from(good);
      bad[where] = (bad[where] ?? 0) ^ (1 + random.int(255));
      writeFileSync(out, bad);
      const { state } = await inspect(out);
      if (state === 'trusted' || state === 'valid') missed.push(where);
    }
    expect(missed).toEqual([]);
  });
});

describe('sound in a WAVE file', () => {
  it('of any length is labelled inside, with an odd end too, as the library itself reads it', async () => {
    for (const odd of [0, 1]) {
      const tmp = studio.path('tmp.wav');
      await realFile('wav', tmp, 7);
      const plain = readFileSync(tmp);
      // One byte less of sound, without the filling that some programs leave out.
      const at = plain.indexOf('data') + 4;
      plain.writeUInt32LE(plain.readUInt32LE(at) - odd, at);
      plain.writeUInt32LE(plain.length - odd - 8, 4);
      writeFileSync(tmp, plain.subarray(0, plain.length - odd));
      // Larger than what may be held in memory: it must go through piece by piece, and still inside.
      const out = await studio.made('long.wav', tmp, { maxInMemory: 100 });
      expect(existsSync(`${out}.c2pa`)).toBe(false);
      expect(await inspect(out)).toMatchObject({ state: 'trusted', where: 'embedded' });
      const made = readFileSync(out);
      expect(made.readUInt32LE(4)).toBe(made.length - 8);
      expect(made.subarray(12, plain.length - odd).equals(plain.subarray(12, plain.length - odd))).toBe(true);
    }
  });
});

describe('an hour of sound', () => {
  it('is read without the library, to the same ends: intact, changed, or with a label that was moved', async () => {
    const tmp = studio.path('tmp.wav');
    await realFile('wav', tmp, 7);
    const short = readFileSync(tmp);
    const at = short.indexOf('data') + 4;
    const long = Buffer.concat([short.subarray(0, at + 4), Buffer.alloc(34 * 2 ** 20, 3)]);
    long.writeUInt32LE(34 * 2 ** 20, at);
    long.writeUInt32LE(long.length - 8, 4);
    writeFileSync(tmp, long);
    const out = await studio.made('hour.wav', tmp);
    expect(await inspect(out)).toMatchObject({ state: 'trusted', changed: false, where: 'embedded', container: 'wav' });
    const good = readFileSync(out);
    const label = good.indexOf('C2PA');
    // The count of the first bytes, sound, and the label: its chunk's length, its manifest, and its last byte.
    for (const place of [5, at + 1, 20_000_000, label - 1, label + 5, label + 60, label + 900, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[place] = (bad[place] ?? 0) ^ 4;
      writeFileSync(out, bad);
      const { state } = await inspect(out);
      expect([place - label, state === 'trusted' || state === 'valid']).toEqual([place - label, false]);
    }
    // Something added behind the label, and the count mended.
    const more = Buffer.concat([good, Buffer.from('LIST\x04\0\0\0adtl', 'latin1')]);
    more.writeUInt32LE(more.length - 8, 4);
    writeFileSync(out, more);
    expect(await inspect(out)).toMatchObject({ state: 'invalid', changed: true });
  });
});

describe('a file too large to be labelled in memory', () => {
  it.each<Kind>(['png', 'mp3', 'flac'])('(%s) gets its label beside it, and says so', async (kind) => {
    const tmp = studio.path(`tmp.${kind}`);
    await realFile(kind, tmp, 7);
    const plain = readFileSync(tmp);
    const out = await studio.made(`large.${kind}`, tmp, { maxInMemory: 100 });
    expect(studio.remarks.at(-1)).toContain('too large for its kind');
    expect(readFileSync(out).equals(plain)).toBe(true);
    expect(await inspect(out)).toMatchObject({ state: 'trusted', where: 'sidecar' });
    plain[plain.length >> 1] = (plain[plain.length >> 1] ?? 0) ^ 1;
    writeFileSync(out, plain);
    expect(await inspect(out)).toMatchObject({ state: 'invalid', changed: true });
  });
});
