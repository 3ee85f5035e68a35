/** Pictures that cannot be decoded here are named as what they are, by their first bytes. */
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { openVideo, probe, readPicture } from '../src/media/index.js';
import { cli } from './label-cli.js';
import { scratch } from './media-clips.js';

const { at, remove } = scratch();
afterAll(remove);

/** An ISO file that holds nothing but its brands and some bytes. */
function iso(major: string, ...compatible: string[]): Buffer {
  const brands = Buffer.from([major, '\0\0\0\0', ...compatible].join(''), 'latin1');
  const head = Buffer.from('\0\0\0\0ftyp', 'latin1');
  head.writeUInt32BE(8 + brands.length);
  return Buffer.concat([head, brands, Buffer.alloc(64)]);
}

function bmp(header: number): Buffer {
  const head = Buffer.alloc(80);
  head.write('BM');
  head.writeUInt32LE(80, 2);
  head.writeUInt32LE(header, 14);
  return head;
}

const KINDS: readonly (readonly [name: string, what: string, bytes: Buffer])[] = [
  ['iphone.heic', 'HEIC', iso('heic', 'mif1', 'MiHE', 'heic')],
  ['ten-bit.heic', 'HEIC', iso('heix', 'mif1')],
  ['sequence.heics', 'HEIC', iso('hevc', 'msf1', 'hevc')],
  ['open.heif', 'HEIC', iso('mif1', 'heic', 'miaf')],
  ['called-so.jpg', 'HEIC', iso('heic', 'mif1')],
  ['bare.jxl', 'JPEG XL', Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(32)])],
  [
    'boxed.jxl',
    'JPEG XL',
    Buffer.from([0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0]),
  ],
  ['old.bmp', 'BMP', bmp(12)],
  ['windows.bmp', 'BMP', bmp(40)],
];

describe('a picture that cannot be decoded', () => {
  it.each(KINDS)('is named, with what to do: %s', async (name, what, bytes) => {
    writeFileSync(at(name), bytes);
    const error = {
      code: 'media.picture-kind',
      message: `${at(name)} is a ${what} picture; this program cannot decode ${what}.`,
      hint: expect.stringMatching(/^Export it as (JPEG|PNG)/),
    };
    await expect(probe(at(name))).rejects.toMatchObject(error);
    await expect(readPicture(at(name))).rejects.toMatchObject(error);
    await expect(openVideo(at(name))).rejects.toMatchObject({ code: 'media.picture' });
  });

  it('is named by check too', async () => {
    writeFileSync(at('photo.heic'), iso('heic', 'mif1', 'heic'));
    const { code, stderr } = await cli(['check', at('photo.heic')]);
    expect(code).toBe(3);
    expect(stderr).toContain('is a HEIC picture');
    expect(stderr).not.toContain('damaged');
  }, 60_000);
});

describe('what only looks like one', () => {
  it('is read, where it is AVIF behind a brand that leaves the coding open', async () => {
    const avif = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } })
      .avif()
      .toBuffer();
    const open = Buffer.from(avif);
    open.write('mif1', 8);
    expect(open.subarray(16, open.readUInt32BE(0)).includes('avif')).toBe(true);
    writeFileSync(at('open.avif'), open);
    expect((await readPicture(at('open.avif'))).width).toBe(16);
    expect(await probe(at('open.avif'))).toMatchObject({ kind: 'picture', container: 'avif' });
  });

  it('is no BMP because a text begins with its letters, and no picture because it is a film', async () => {
    writeFileSync(at('text.bmp'), 'BMW sold more cars than in the year before, says the newspaper of today.');
    await expect(probe(at('text.bmp'))).rejects.toMatchObject({ code: 'media.unknown-format' });
    writeFileSync(at('film.mp4'), iso('isom', 'mif1', 'heic'));
    await expect(probe(at('film.mp4'))).rejects.not.toMatchObject({ code: 'media.picture-kind' });
  });
});
