/** Single pictures in and out, through sharp. */
import { extname } from 'node:path';
import sharp from 'sharp';
import { LikenessError, writeAtomic } from '../base/index.js';
import { SRGB } from './color.js';
import { damaged, sniff } from './container.js';
import { rgbaFrame, toRgba } from './convert.js';
import type { Frame } from './types.js';
import { refuseUndecodable } from './undecodable.js';

/** More pixels than this are refused: 100 million are 400 MB as RGBA. */
const MAX_PIXELS = 100_000_000;

/** File kinds that {@link encodePicture} writes. */
export type PictureFormat = 'png' | 'jpeg' | 'webp';

/**
 * Reads a picture as upright sRGB RGBA, 8 bits; of an animation the first frame. Timestamps are 0.
 *
 * @throws LikenessError `media.not-picture`, `media.picture-kind`, `media.too-large`, `media.damaged`, `file.*`
 */
export async function readPicture(path: string): Promise<Frame> {
  const sniffed = await sniff(path);
  if (sniffed.kind !== 'picture')
    throw new LikenessError('media.not-picture', `${path} is not a picture that can be read.`, {
      hint: 'JPEG, PNG, WebP, GIF, TIFF and AVIF are read; whatever the file is called, its contents decide.',
    });
  refuseUndecodable(path, sniffed);
  let size = { width: 0, height: 0 };
  try {
    size = await sharp(path).metadata();
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (size.width * size.height > MAX_PIXELS)
    throw new LikenessError(
      'media.too-large',
      `${path} is ${size.width}x${size.height}; at most 100 megapixels are read.`,
      {
        hint: 'Scale it down first.',
      },
    );
  try {
    const { data, info } = await sharp(path, { failOn: 'error', limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { ...rgbaFrame(pixels, info.width, info.height), color: SRGB };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/**
 * A picture that lies inside another file, as it is stored (not turned); `null` where it cannot be decoded.
 *
 * @param most pixels that it may have
 */
export async function embeddedPicture(bytes: Uint8Array, most = 4_000_000): Promise<Frame | null> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: most })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return rgbaFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info.width, info.height);
  } catch {
    return null;
  }
}

/**
 * A frame as the bytes of a picture file. JPEG has no alpha: transparent pixels become what lies on black.
 *
 * @param quality 1 to 100 for `jpeg` and `webp` (100 is lossless WebP), ignored for `png`
 */
export async function encodePicture(frame: Frame, format: PictureFormat, quality = 90): Promise<Uint8Array> {
  const { pixels, width, height } = toRgba(frame);
  const picture = sharp(pixels, { raw: { width, height, channels: 4 } });
  // A fourth channel that says nothing only makes the file larger.
  const opaque = frame.format === 'i420' || pixels.every((value, i) => (i & 3) !== 3 || value === 255);
  const plain = opaque ? picture.removeAlpha() : picture;
  if (format === 'jpeg')
    return plain
      .flatten()
      .jpeg({ quality, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' })
      .toBuffer();
  if (format === 'webp') return plain.webp(quality >= 100 ? { lossless: true } : { quality }).toBuffer();
  return plain.png().toBuffer();
}

/**
 * A frame as the bytes of the kind of picture file that a name ends in.
 *
 * @throws LikenessError `media.output-format` for another ending than .png, .jpg, .jpeg or .webp
 */
export async function encodePictureFor(path: string, frame: Frame, quality = 92): Promise<Uint8Array> {
  const formats: Readonly<Record<string, PictureFormat>> = {
    '.png': 'png',
    '.jpg': 'jpeg',
    '.jpeg': 'jpeg',
    '.webp': 'webp',
  };
  const format = formats[extname(path).toLowerCase()];
  if (!format)
    throw new LikenessError('media.output-format', `${path} does not end in .png, .jpg or .webp.`, {
      hint: 'Choose one of these endings for the output.',
    });
  return encodePicture(frame, format, quality);
}

/**
 * Writes a picture file atomically; its ending chooses the kind.
 *
 * @throws LikenessError `media.output-format` for another ending than .png, .jpg, .jpeg or .webp; `file.*`
 */
export async function writePicture(path: string, frame: Frame, quality = 92): Promise<void> {
  await writeAtomic(path, await encodePictureFor(path, frame, quality));
}
