/**
 * Cutting turned, scaled pictures out of frames: one bilinear look per pixel straight from the planes, with a box
 * average before it where the picture is made much smaller. Matrix and range of the frame are honoured.
 */
import { LikenessError } from '../base/index.js';
import { sampleFast } from './sample-fast.js';
import { samplePlain } from './sample-plain.js';
import { type Affine, planesOf, type Triple, type View } from './sample-view.js';
import { type Pixels, shrinkPixels } from './shrink.js';
import type { Frame } from './types.js';

/** How {@link sampleAffine} shall deliver. */
export interface SampleOptions {
  /** `planar`: all red, all green, all blue. `interleaved`: three numbers for each pixel. Defaults to `planar`. */
  readonly layout?: 'planar' | 'interleaved';
  /** `value = rgb * scale + offset`, with rgb in 0 to 255; one number or one for each of R, G, B. Default 1 and 0. */
  readonly scale?: number | Triple;
  readonly offset?: number | Triple;
  /** Blue first. Scale and offset still belong to R, G, B. */
  readonly bgr?: boolean;
  /** What lies outside of the frame: its nearest edge (`clamp`, the default) or black (`zero`). */
  readonly border?: 'clamp' | 'zero';
  /** What {@link reduceFrame} made of this frame: many overlapping views of one scale then share their block averages. */
  readonly reduced?: ReducedFrame | null;
}

/** Block averages of a whole frame. */
export interface ReducedFrame {
  readonly k: number;
  readonly planes: Pixels;
}

/**
 * Averages the blocks of a whole frame once for all views of one scale, which come out the same. The frame must not change
 * meanwhile.
 *
 * @param step source pixels to a pixel of the views
 * @returns null where nothing is gained: views that are not made smaller, or frames that are not RGBA
 */
export function reduceFrame(frame: Frame, step: number): ReducedFrame | null {
  const k = blockSize(step);
  if (k === 1 || frame.format !== 'rgba') return null;
  const planes = shrinkPixels(planesOf(frame), k, 0, 0, Math.ceil(frame.width / k), Math.ceil(frame.height / k));
  return planes === null ? null : { k, planes };
}

/** Side of the blocks that are averaged first, for a view that takes so many source pixels to one of its own. */
const blockSize = (step: number): number => (step > 1.5 ? Math.min(256, Math.round(step)) : 1);

/** Size of one source step that one destination step takes; 2 means half the size. */
function minification(m: Affine): number {
  return Math.max(Math.hypot(m[0], m[3]), Math.hypot(m[1], m[4]));
}

const three = (value: number | Triple | undefined, usual: number): Triple =>
  value === undefined ? [usual, usual, usual] : typeof value === 'number' ? [value, value, value] : value;

/**
 * Samples an affine view of a frame as RGB.
 *
 * Where the view is more than one and a half times smaller than the source, blocks of the nearest whole factor are
 * averaged first, so that fine detail does not turn into shimmer.
 *
 * @param m destination pixel centre to source pixel, see {@link Affine}
 * @param width size of the view
 * @param out `3 * width * height` numbers; bytes are rounded and held to 0 .. 255
 * @returns `out`
 * @example
 * const input = sampleAffine(frame, [4, 0, 0, 0, 4, 0], 128, 128, new Float32Array(3 * 128 * 128), { scale: 1 / 255 });
 */
export function sampleAffine<Out extends Float32Array | Uint8Array | Uint8ClampedArray>(
  frame: Frame,
  m: Affine,
  width: number,
  height: number,
  out: Out,
  options: SampleOptions = {},
): Out {
  const size = width * height;
  if (out.length < 3 * size || !m.every(Number.isFinite))
    throw new LikenessError(
      'media.bad-argument',
      `A view of ${width}x${height} needs ${3 * size} numbers and a finite map.`,
    );
  const k = blockSize(minification(m));
  const view: View = {
    map: m,
    width,
    height,
    k,
    planar: (options.layout ?? 'planar') === 'planar',
    bgr: options.bgr ?? false,
    zero: options.border === 'zero',
    scale: three(options.scale, 1),
    offset: three(options.offset, 0),
    reduced: options.reduced?.k === k ? options.reduced.planes : null,
  };
  if (!sampleFast(frame, view, out)) samplePlain(frame, view, out);
  return out;
}
