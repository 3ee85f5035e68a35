/** Pictures for the page: the same moment of original and output, cut round the face. */
import type { LongWork } from '../../base/index.js';
import type { Box } from '../../faces/index.js';
import { encodePicture, type Frame, openVideo, releaseFrame, rgbaFrame, sampleAffine } from '../../media/index.js';
import type { ReportPicture } from './types.js';

/** Side of each half in pixels. */
const SIDE = 260;
/** Side of what is shown, in sizes of the face box. */
const ROOM = 1.7;

/** Interleaved RGBA of the square round the face. */
function square(frame: Frame, box: Box, out: Uint8Array, left: number): void {
  const side = ROOM * Math.max(box.width, box.height);
  const k = side / SIDE;
  const x = box.x + box.width / 2 - side / 2;
  const y = box.y + box.height / 2 - side / 2;
  const n = SIDE * SIDE;
  const rgb = sampleAffine(frame, [k, 0, x + (k - 1) / 2, 0, k, y + (k - 1) / 2], SIDE, SIDE, new Uint8Array(3 * n));
  for (let i = 0; i < n; i++) {
    const at = 4 * (Math.floor(i / SIDE) * 2 * SIDE + left + (i % SIDE));
    out[at] = rgb[i] as number;
    out[at + 1] = rgb[n + i] as number;
    out[at + 2] = rgb[2 * n + i] as number;
    out[at + 3] = 255;
  }
}

/** One JPEG: the face in the original on the left, in the output on the right. */
export async function sideBySide(original: Frame, output: Frame, box: Box): Promise<Uint8Array> {
  const pixels = new Uint8Array(2 * SIDE * SIDE * 4);
  square(original, box, pixels, 0);
  square(output, box, pixels, SIDE);
  return encodePicture(rgbaFrame(pixels, 2 * SIDE, SIDE), 'jpeg', 88);
}

/** A frame to show. */
export interface WantedPicture {
  readonly box: Box;
  readonly caption: string;
}

/** Pictures of chosen frames, by frame; a pass of its own, so that only these are turned into colour. */
export async function takePictures(
  options: LongWork & { readonly original: string; readonly output: string },
  wanted: ReadonlyMap<number, WantedPicture>,
): Promise<ReportPicture[]> {
  const pictures: ReportPicture[] = [];
  const [a, b] = [await openVideo(options.original), await openVideo(options.output)];
  const [was, is] = [a.frames(), b.frames()];
  try {
    for (let at = 0; pictures.length < wanted.size; at++) {
      options.signal?.throwIfAborted();
      const [left, right] = [await was.next(), await is.next()];
      if (left.done === true || right.done === true) break;
      const want = wanted.get(at);
      if (want !== undefined)
        pictures.push({
          frame: at,
          time: left.value.timestamp / 1e6,
          caption: want.caption,
          jpeg: await sideBySide(left.value, right.value, want.box),
        });
      releaseFrame(left.value);
      releaseFrame(right.value);
    }
  } finally {
    await was.return();
    await is.return();
    a.close();
    b.close();
  }
  return pictures;
}
