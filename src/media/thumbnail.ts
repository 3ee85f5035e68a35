/** Small pictures of frames. */
import { rgbaFrame } from './convert.js';
import { encodePicture } from './picture.js';
import { sampleAffine } from './sample.js';
import type { Frame } from './types.js';

/** A part of a frame, in pixels of it. */
interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A frame, or a part of it, as RGBA of at most `longest` pixels on its longer side; cut down by averaging neighbours where it
 * is larger.
 */
export function smallerFrame(frame: Frame, longest: number, part: Part = { ...frame, x: 0, y: 0 }): Frame {
  const k = Math.max(1, Math.max(part.width, part.height) / longest);
  const width = Math.max(1, Math.round(part.width / k));
  const height = Math.max(1, Math.round(part.height / k));
  const n = width * height;
  const view = [k, 0, part.x + (k - 1) / 2, 0, k, part.y + (k - 1) / 2] as const;
  const planes = sampleAffine(frame, view, width, height, new Uint8Array(3 * n));
  const pixels = new Uint8Array(4 * n).fill(255);
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) pixels[4 * i + c] = planes[c * n + i] as number;
  return rgbaFrame(pixels, width, height);
}

/**
 * A frame as a JPEG that is no larger than `longest` on its longer side.
 *
 * @param quality 1 to 100
 */
export function encodeThumbnail(frame: Frame, longest: number, quality = 82): Promise<Uint8Array> {
  return encodePicture(smallerFrame(frame, longest), 'jpeg', quality);
}
