/** Marks in the metadata of real files: readable by other programs, and covered by the label. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256File } from '../src/base/index.js';
import { authorize } from '../src/consent/index.js';
import { aigcLabel, embedXmp, inspect, publish, seal, xmpPacket } from '../src/label/index.js';
import { goodRequest, makePerson, temporaryHome } from './consent-people.js';
import { filmBytes } from './label-film.js';

let at: ReturnType<typeof temporaryHome>;
beforeEach(() => {
  at = temporaryHome();
});
afterEach(() => at.remove());
const path = (name: string): string => join(at.folder, name);
const packet = xmpPacket({ tool: 'Likeness', aigc: aigcLabel('0123456789abcdef') });
const raw = Uint8Array.from({ length: 33 * 21 * 4 }, (_, i) => (i * 7) & 255);
const picture = () => sharp(raw, { raw: { width: 33, height: 21, channels: 4 } });

describe('an XMP packet', () => {
  it.each([
    ['a.jpg', () => picture().removeAlpha().jpeg()],
    ['a.png', () => picture().png()],
    ['lossy.webp', () => picture().removeAlpha().webp()],
    ['lossless.webp', () => picture().webp({ lossless: true })],
    ['alpha.webp', () => picture().webp()],
  ])('is read by another program in %s, and the picture stays', async (name, make) => {
    const bytes = await make().toBuffer();
    writeFileSync(path(name), bytes);
    expect(await embedXmp(path(name), packet)).toBe(true);
    const { xmp, width, height, hasAlpha } = await sharp(path(name)).metadata();
    expect(xmp?.toString('utf8')).toBe(packet);
    expect([width, height, hasAlpha]).toEqual([33, 21, (await sharp(bytes).metadata()).hasAlpha]);
    expect(await sharp(path(name)).raw().toBuffer()).toEqual(await sharp(bytes).raw().toBuffer());
  });

  it('is covered by the label of the film it lies in', async () => {
    const [ann, bob] = [await makePerson('ann', 1), await makePerson('bob', 2)];
    writeFileSync(path('original.mp4'), filmBytes({ bytes: 4000, seed: 7 }));
    writeFileSync(path('new.mp4'), filmBytes({ bytes: 3_000_000, seed: 2 }));
    expect(await embedXmp(path('new.mp4'), packet)).toBe(true);
    const grant = await authorize({
      ...goodRequest(ann, bob),
      medium: 'video',
      replaced: {
        envelope: bob.envelope,
        identities: bob.face(20),
        footageSha256: await sha256File(path('original.mp4')),
      },
    });
    const sealed = await seal({
      operation: 'faceSwap',
      title: 'out.mp4',
      description: 'Face replaced',
      agent: { name: 'test', version: '1' },
      file: path('new.mp4'),
      parent: path('original.mp4'),
      grant,
    });
    const out = (await publish(sealed, path('out.mp4'))).path;
    expect(await inspect(out)).toMatchObject({ state: 'trusted', changed: false });
    const bytes = readFileSync(out);
    const where = bytes.indexOf('DigitalSourceType>');
    expect(where).toBeGreaterThan(0);
    bytes[where] = 0x64;
    writeFileSync(path('changed.mp4'), bytes);
    expect(await inspect(path('changed.mp4'))).toMatchObject({ changed: true });
  });

  it('leaves kinds alone that have no place for it', async () => {
    writeFileSync(path('a.webm'), Buffer.from('\x1aE\xdf\xa3webm', 'latin1'));
    const before = readFileSync(path('a.webm'));
    expect(await embedXmp(path('a.webm'), packet)).toBe(false);
    expect(readFileSync(path('a.webm'))).toEqual(before);
    expect(existsSync(path('none.jpg'))).toBe(false);
    await expect(embedXmp(path('none.jpg'), packet)).rejects.toMatchObject({ name: 'LikenessError' });
  });
});
