/** Small pictures of frames. */
import { rgbaFrame } from './convert.js';
import { encodePicture } from './picture.js';
import { sampleAffine } from './sample.js';
import type { Frame } from './types.js';

/** A frame as RGBA of at most `longest` pixels on its longer side, cut down by averaging neighbours where it is larger. */
export function smallerFrame(frame: Frame, longest: number): Frame {
  const k = Math.max(1, Math.max(frame.width, frame.height) / longest);
  const width = Math.max(1, Math.round(frame.width / k));
  const height = Math.max(1, Math.round(frame.height / k));
  const n = width * height;
  const planes = sampleAffine(frame, [k, 0, (k - 1) / 2, 0, k, (k - 1) / 2], width, height, new Uint8Array(3 * n));
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
