/** The geometry of cutting a view out of a frame: what both ways of sampling (`sample-plain.ts`, `sample-fast.ts`) share. */
import type { Pixels, Plane } from './shrink.js';
import type { Frame } from './types.js';

/**
 * `sx = a x + b y + c`, `sy = d x + e y + f` for `[a, b, c, d, e, f]`: from the centre of a destination pixel to the
 * source. Whole numbers are pixel centres on both sides, as in OpenCV.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** Three numbers, one for each of R, G, B. */
export type Triple = readonly [number, number, number];

/** A view that is wanted, checked and complete. */
export interface View {
  readonly map: Affine;
  readonly width: number;
  readonly height: number;
  /** Blocks of `k` by `k` source pixels are averaged first; 1 for none. */
  readonly k: number;
  readonly planar: boolean;
  readonly bgr: boolean;
  /** Black outside of the frame, else its nearest edge. */
  readonly zero: boolean;
  readonly scale: Triple;
  readonly offset: Triple;
  /** The frame's blocks where somebody has averaged them. */
  readonly reduced?: Pixels | null;
}

/** The three planes of an I420 frame, or the red, green and blue of an RGBA frame. */
export function planesOf(frame: Frame): readonly [Plane, Plane, Plane] {
  const data = frame.pixels;
  const whole = { data, width: frame.width, height: frame.height };
  if (frame.format === 'rgba')
    return [
      { ...whole, at: 0, step: 4 },
      { ...whole, at: 1, step: 4 },
      { ...whole, at: 2, step: 4 },
    ];
  const half = { data, width: (frame.width + 1) >> 1, height: (frame.height + 1) >> 1, step: 1 };
  const luma = frame.width * frame.height;
  return [
    { ...whole, at: 0, step: 1 },
    { ...half, at: luma },
    { ...half, at: luma + half.width * half.height },
  ];
}

/** Moves an affine map into a plane that is `k` times smaller and, for chroma, shifted by a quarter pixel first. */
export function intoPlane(m: Affine, half: boolean, k: number): Affine {
  const s = half ? 0.5 : 1;
  const shift = half ? -0.25 : 0;
  const centre = (k - 1) / 2;
  return [
    (m[0] * s) / k,
    (m[1] * s) / k,
    (m[2] * s + shift - centre) / k,
    (m[3] * s) / k,
    (m[4] * s) / k,
    (m[5] * s + shift - centre) / k,
  ];
}

/** A rectangle of blocks: `x0 <= x < x1`, `y0 <= y < y1`. */
export interface Blocks {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The blocks of `k` by `k` pixels of a plane that a view looks at, and a little more; one at least. */
export function blocksSeen(plane: Plane, k: number, m: Affine, width: number, height: number): Blocks {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const [x, y] of [
    [0, 0],
    [width - 1, 0],
    [0, height - 1],
    [width - 1, height - 1],
  ] as const) {
    const sx = m[0] * x + m[1] * y + m[2];
    const sy = m[3] * x + m[4] * y + m[5];
    left = Math.min(left, sx);
    right = Math.max(right, sx);
    top = Math.min(top, sy);
    bottom = Math.max(bottom, sy);
  }
  const bounds = (from: number, to: number, size: number): readonly [number, number] => {
    const blocks = Math.ceil(size / k);
    const low = Math.max(0, Math.min(blocks - 1, Math.floor(from / k) - 2));
    return [low, Math.max(low + 1, Math.min(blocks, Math.ceil(to / k) + 3))];
  };
  const [x0, x1] = bounds(left, right, plane.width);
  const [y0, y1] = bounds(top, bottom, plane.height);
  return { x0, y0, x1, y1 };
}

/**
 * The stretch of destination pixels of one row whose centres lie inside the frame (which reaches half a pixel beyond the
 * centres of its outermost pixels): `[from, to)`, empty where the two are equal.
 */
export function insideFrame(view: View, y: number, frameWidth: number, frameHeight: number): readonly [number, number] {
  const m = view.map;
  const outside = (x: number): boolean => {
    const sx = m[0] * x + m[1] * y + m[2];
    const sy = m[3] * x + m[4] * y + m[5];
    return sx < -0.5 || sy < -0.5 || sx > frameWidth - 0.5 || sy > frameHeight - 0.5;
  };
  let from = 0;
  while (from < view.width && outside(from)) from++;
  let to = view.width;
  while (to > from && outside(to - 1)) to--;
  return [from, to];
}
