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
