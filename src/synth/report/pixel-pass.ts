/**
 * The pass over the pixels: original, output and plain re-encode side by side, one frame of each in memory. Collects
 * what is outside of the face, flicker and sharpness inside, and the pictures that the page shows.
 */
import { LikenessError, type LongWork } from '../../base/index.js';
import type { Box, TrackedFace } from '../../faces/index.js';
import { type Frame, openVideo, releaseFrame, type VideoSource } from '../../media/index.js';
import { placeCrop } from '../swap/alignment.js';
import { convexHull, fillConvex } from '../swap/masks.js';
import { motionResidual } from './flicker.js';
import { cutSquare, type Plane, planeOf, samplePlane } from './planes.js';
import { type Detail, measureDetail } from './sharpness.js';
import { compareOutside, noSums, type OutsideSums } from './untouched.js';

/** What the pass looks at. */
export interface PixelPassOptions extends LongWork {
  readonly original: string;
  readonly output: string;
  /** The original encoded again with the output's settings; null where there is none. */
  readonly plain: string | null;
  /** The replaced person's face by frame. */
  readonly faces: ReadonlyMap<number, TrackedFace>;
  /** Frames that start a new shot. */
  readonly cuts: ReadonlySet<number>;
  /** What the swap may have changed in a frame. */
  touched(frame: number): readonly Box[];
  /** Called with every frame that has a face; pixels are only good until it resolves. */
  onFace?(frame: number, original: Frame, output: Frame, face: TrackedFace): Promise<void>;
  /** Frames in the clip, for the progress; 0 where not known. */
  readonly total: number;
}

/** What the pass found. Lists run over the frames with a face. */
export interface PixelPass {
  readonly count: number;
  readonly frames: number[];
  readonly untouched: {
    readonly output: OutsideSums;
    readonly plain: OutsideSums;
    readonly byFrame: (number | null)[];
  };
  /** Brightness left after block motion since the frame before; null after a gap or a cut. */
  readonly flicker: { readonly output: (number | null)[]; readonly original: (number | null)[] };
  readonly detail: { readonly output: Detail[]; readonly original: Detail[] };
}

/** Side of the aligned crop in which flicker is measured. */
const CROP = 128;
/** The part of the face hull that is surely the swapped face and not its seam. */
const INNER = 0.85;

interface Crops {
  readonly frame: number;
  readonly original: Plane;
  readonly output: Plane;
}

/** Fine structure inside the face, original and output, at their own resolution. */
export function detailsOf(original: Plane, output: Plane, face: TrackedFace): [Detail, Detail] {
  const { landmarks } = face;
  const points = Array.from(
    { length: 468 },
    (_, i) => [landmarks[i * 3] as number, landmarks[i * 3 + 1] as number] as const,
  );
  const hull = convexHull(points);
  const cx = hull.reduce((sum, p) => sum + p[0], 0) / hull.length;
  const cy = hull.reduce((sum, p) => sum + p[1], 0) / hull.length;
  const inner = hull.map(([x, y]) => [cx + (x - cx) * INNER, cy + (y - cy) * INNER] as const);
  const left = Math.floor(Math.min(...inner.map((p) => p[0]))) - 1;
  const top = Math.floor(Math.min(...inner.map((p) => p[1]))) - 1;
  const right = Math.max(...inner.map((p) => p[0])) + 2;
  const bottom = Math.max(...inner.map((p) => p[1])) + 2;
  const size = Math.max(8, Math.ceil(Math.max(right - left, bottom - top)));
  const mask = new Uint8Array(size * size);
  fillConvex(
    mask,
    size,
    inner.map(([x, y]) => [x - left, y - top] as const),
    1,
  );
  return [
    measureDetail(cutSquare(original, left, top, size), mask),
    measureDetail(cutSquare(output, left, top, size), mask),
  ];
}

function differ(a: Frame, b: Frame): boolean {
  return a.width !== b.width || a.height !== b.height;
}

/** The next frame, or null at the end. */
async function take(frames: AsyncGenerator<Frame, void, undefined>): Promise<Frame | null> {
  const next = await frames.next();
  return next.done === true ? null : next.value;
}

/**
 * Runs the pass.
 *
 * @throws LikenessError `report.mismatch` where output and original differ in size or number of frames
 */
export async function passOverPixels(options: PixelPassOptions): Promise<PixelPass> {
  const { faces, total, signal } = options;
  const untouched = { output: noSums(), plain: noSums(), byFrame: [] as (number | null)[] };
  const flicker = { output: [] as (number | null)[], original: [] as (number | null)[] };
  const detail = { output: [] as Detail[], original: [] as Detail[] };
  const withFace: number[] = [];
  const sources: VideoSource[] = [];
  const streams: AsyncGenerator<Frame, void, undefined>[] = [];
  const open = async (path: string): Promise<AsyncGenerator<Frame, void, undefined>> => {
    const source = await openVideo(path);
    sources.push(source);
    const frames = source.frames();
    streams.push(frames);
    return frames;
  };
  let before: Crops | null = null;
  let at = 0;
  try {
    const originals = await open(options.original);
    const outputs = await open(options.output);
    const plains = options.plain === null ? null : await open(options.plain);
    for (; ; at++) {
      signal?.throwIfAborted();
      const [a, b, c] = await Promise.all([take(originals), take(outputs), plains === null ? null : take(plains)]);
      if (a === null && b === null) break;
      if (a === null || b === null || differ(a, b))
        throw new LikenessError(
          'report.mismatch',
          `${options.output} is no render of ${options.original}: ${
            a === null || b === null ? `one ends after ${at} frames, the other goes on` : 'their frames differ in size'
          }.`,
          { hint: 'Name the original first and the swapped video second.' },
        );
      const original = planeOf(a);
      const output = planeOf(b);
      const boxes = options.touched(at);
      const ssim = compareOutside(original, output, boxes, untouched.output);
      if (c !== null && !differ(a, c)) compareOutside(original, planeOf(c), boxes, untouched.plain);
      const face = faces.get(at);
      if (face !== undefined) {
        const placement = placeCrop(face.landmarks, CROP);
        const now: Crops = {
          frame: at,
          original: samplePlane(original, placement, CROP),
          output: samplePlane(output, placement, CROP),
        };
        const neighbour = before !== null && before.frame === at - 1 && !options.cuts.has(at) ? before : null;
        flicker.original.push(neighbour === null ? null : motionResidual(neighbour.original, now.original));
        flicker.output.push(neighbour === null ? null : motionResidual(neighbour.output, now.output));
        const [was, is] = detailsOf(original, output, face);
        detail.original.push(was);
        detail.output.push(is);
        untouched.byFrame.push(Number.isFinite(ssim) ? ssim : null);
        withFace.push(at);
        before = now;
        await options.onFace?.(at, a, b, face);
      }
      for (const frame of [a, b, c]) if (frame !== null) releaseFrame(frame);
      options.onProgress?.({ stage: 'measuring', done: at + 1, total, unit: 'frames' });
    }
  } finally {
    for (const stream of streams) await stream.return();
    for (const source of sources) source.close();
  }
  return { count: at, frames: withFace, untouched, flicker, detail };
}
