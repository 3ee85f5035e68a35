/**
 * Cutting turned, scaled pictures out of frames: one bilinear look per pixel straight from the planes, with a box
 * average before it where the picture is made much smaller. Matrix and range of the frame are honoured.
 */
import { LikenessError } from '../base/index.js';
import { yuvConstants } from './color.js';
import { type Plane, shrink } from './shrink.js';
import type { Frame } from './types.js';

/**
 * `sx = a x + b y + c`, `sy = d x + e y + f` for `[a, b, c, d, e, f]`: from the centre of a destination pixel to the
 * source. Whole numbers are pixel centres on both sides, as in OpenCV.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** How {@link sampleAffine} shall deliver. */
export interface SampleOptions {
  /** `planar`: all red, all green, all blue. `interleaved`: three numbers for each pixel. Defaults to `planar`. */
  readonly layout?: 'planar' | 'interleaved';
  /** `value = rgb * scale + offset`, with rgb in 0 to 255; one number or one for each of R, G, B. Default 1 and 0. */
  readonly scale?: number | readonly [number, number, number];
  readonly offset?: number | readonly [number, number, number];
  /** Blue first. Scale and offset still belong to R, G, B. */
  readonly bgr?: boolean;
  /** What lies outside of the frame: its nearest edge (`clamp`, the default) or black (`zero`). */
  readonly border?: 'clamp' | 'zero';
}

/** The plane at one k-th of its size, as far as the destination looks at it. */
function shrunk(plane: Plane, k: number, m: Affine, w: number, h: number): Plane {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const [x, y] of [
    [0, 0],
    [w - 1, 0],
    [0, h - 1],
    [w - 1, h - 1],
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
  return shrink(plane, k, x0, y0, x1, y1);
}

/** Moves an affine map into a plane that is `k` times smaller and, for chroma, shifted by a quarter pixel first. */
function intoPlane(m: Affine, half: boolean, k: number): Affine {
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

/**
 * The stretch of a row of destination pixels whose four neighbours all lie inside a plane: there nothing needs to be
 * held back at the edges. Empty where the two are equal.
 */
function interior(m: Affine, y: number, width: number, right: number, bottom: number): readonly [number, number] {
  if (right < 1 || bottom < 1) return [0, 0];
  let low = 0;
  let high = width;
  for (const [slope, start, limit] of [
    [m[0], m[1] * y + m[2], right],
    [m[3], m[4] * y + m[5], bottom],
  ] as const) {
    // A hair inside, so that rounding along the row cannot step over the edge.
    const from = 1e-3;
    const to = limit - 1e-3;
    if (Math.abs(slope) < 1e-9) {
      if (start < from || start > to) return [0, 0];
      continue;
    }
    const a = (from - start) / slope;
    const b = (to - start) / slope;
    low = Math.max(low, Math.ceil(Math.min(a, b)));
    high = Math.min(high, Math.floor(Math.max(a, b)) + 1);
  }
  return low < high ? [low, high] : [0, 0];
}

/** Bilinear look at destination pixels `from .. to-1` of one row, coordinates held inside the plane. */
function sampleEdge(plane: Plane, m: Affine, y: number, from: number, to: number, out: Float32Array): void {
  const { data, at, step } = plane;
  const right = plane.width - 1;
  const bottom = plane.height - 1;
  const stride = plane.width * step;
  for (let x = from; x < to; x++) {
    const cx = Math.min(right, Math.max(0, m[0] * x + m[1] * y + m[2]));
    const cy = Math.min(bottom, Math.max(0, m[3] * x + m[4] * y + m[5]));
    const ix = cx | 0;
    const iy = cy | 0;
    const fx = cx - ix;
    const p = at + iy * stride + ix * step;
    // The far neighbour of the last pixel has weight 0; it must only exist.
    const next = ix < right ? step : 0;
    const below = iy < bottom ? stride : 0;
    const a = data[p] as number;
    const c = data[p + below] as number;
    const upper = a + ((data[p + next] as number) - a) * fx;
    const lower = c + ((data[p + below + next] as number) - c) * fx;
    out[x] = upper + (lower - upper) * (cy - iy);
  }
}

/** Bilinear look at one row of destination pixels in one plane. */
function sampleRow(plane: Plane, m: Affine, y: number, width: number, out: Float32Array): void {
  const { data, at, step } = plane;
  const stride = plane.width * step;
  const [low, high] = interior(m, y, width, plane.width - 1, plane.height - 1);
  sampleEdge(plane, m, y, 0, low, out);
  const dx = m[0];
  const dy = m[3];
  let sx = dx * low + m[1] * y + m[2];
  let sy = dy * low + m[4] * y + m[5];
  for (let x = low; x < high; x++, sx += dx, sy += dy) {
    const ix = sx | 0;
    const iy = sy | 0;
    const fx = sx - ix;
    const p = at + iy * stride + ix * step;
    const a = data[p] as number;
    const c = data[p + stride] as number;
    const upper = a + ((data[p + step] as number) - a) * fx;
    const lower = c + ((data[p + stride + step] as number) - c) * fx;
    out[x] = upper + (lower - upper) * (sy - iy);
  }
  sampleEdge(plane, m, y, high, width, out);
}

/** The same for two planes of one shape at once: U and V lie at the same places. */
function sampleRowTwice(
  plane: Plane,
  other: Plane,
  m: Affine,
  y: number,
  width: number,
  out: Float32Array,
  otherOut: Float32Array,
): void {
  const { data, at, step } = plane;
  const rest = other.data;
  const gap = other.at - at;
  const stride = plane.width * step;
  const [low, high] = interior(m, y, width, plane.width - 1, plane.height - 1);
  sampleEdge(plane, m, y, 0, low, out);
  sampleEdge(other, m, y, 0, low, otherOut);
  const dx = m[0];
  const dy = m[3];
  let sx = dx * low + m[1] * y + m[2];
  let sy = dy * low + m[4] * y + m[5];
  for (let x = low; x < high; x++, sx += dx, sy += dy) {
    const ix = sx | 0;
    const iy = sy | 0;
    const fx = sx - ix;
    const fy = sy - iy;
    const p = at + iy * stride + ix * step;
    const a = data[p] as number;
    const c = data[p + stride] as number;
    const upper = a + ((data[p + step] as number) - a) * fx;
    const lower = c + ((data[p + stride + step] as number) - c) * fx;
    out[x] = upper + (lower - upper) * fy;
    const q = p + gap;
    const e = rest[q] as number;
    const g = rest[q + stride] as number;
    const above = e + ((rest[q + step] as number) - e) * fx;
    const below = g + ((rest[q + stride + step] as number) - g) * fx;
    otherOut[x] = above + (below - above) * fy;
  }
  sampleEdge(plane, m, y, high, width, out);
  sampleEdge(other, m, y, high, width, otherOut);
}

/** Size of one source step that one destination step takes; 2 means half the size. */
function minification(m: Affine): number {
  return Math.max(Math.hypot(m[0], m[3]), Math.hypot(m[1], m[4]));
}

const three = (
  value: number | readonly [number, number, number] | undefined,
  usual: number,
): readonly [number, number, number] =>
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
  const factor = minification(m);
  const k = factor > 1.5 ? Math.min(256, Math.round(factor)) : 1;
  const pixels = frame.pixels;
  const yuv = frame.format === 'i420';
  const halfWidth = (frame.width + 1) >> 1;
  const halfHeight = (frame.height + 1) >> 1;
  const luma = frame.width * frame.height;
  const whole = { data: pixels, width: frame.width, height: frame.height };
  const half = { data: pixels, width: halfWidth, height: halfHeight, step: 1 };
  const full: readonly [Plane, Plane, Plane] = yuv
    ? [
        { ...whole, at: 0, step: 1 },
        { ...half, at: luma },
        { ...half, at: luma + halfWidth * halfHeight },
      ]
    : [
        { ...whole, at: 0, step: 4 },
        { ...whole, at: 1, step: 4 },
        { ...whole, at: 2, step: 4 },
      ];
  const prepared = full.map((plane, i) => {
    const chroma = yuv && i > 0;
    return k > 1 ? shrunk(plane, k, intoPlane(m, chroma, 1), width, height) : plane;
  }) as [Plane, Plane, Plane];
  const maps = [intoPlane(m, false, k), intoPlane(m, yuv, k)] as const;

  const first = new Float32Array(width);
  const second = new Float32Array(width);
  const third = new Float32Array(width);
  const c = yuvConstants(frame.color);
  const scale = three(options.scale, 1);
  const offset = three(options.offset, 0);
  const planar = (options.layout ?? 'planar') === 'planar';
  const zero = options.border === 'zero';
  const bytes = !(out instanceof Float32Array);
  for (let y = 0; y < height; y++) {
    sampleRow(prepared[0], maps[0], y, width, first);
    sampleRowTwice(prepared[1], prepared[2], maps[1], y, width, second, third);
    if (yuv) rowToRgb(first, second, third, width, c.yBase, c.ySlope, c.rv, c.gu, c.gv, c.bu);
    if (zero) blankOutside(first, second, third, width, m, y, frame.width, frame.height);
    for (let channel = 0; channel < 3; channel++) {
      const row = channel === 0 ? first : channel === 1 ? second : third;
      const place = options.bgr ? 2 - channel : channel;
      const at = planar ? place * size + y * width : y * width * 3 + place;
      const s = scale[channel] as number;
      const o = offset[channel] as number;
      if (bytes) storeBytes(row, width, s, o, out as Uint8Array, at, planar ? 1 : 3);
      else storeFloats(row, width, s, o, out as Float32Array, at, planar ? 1 : 3);
    }
  }
  return out;
}

function rowToRgb(
  first: Float32Array,
  second: Float32Array,
  third: Float32Array,
  width: number,
  yBase: number,
  ySlope: number,
  rv: number,
  gu: number,
  gv: number,
  bu: number,
): void {
  for (let x = 0; x < width; x++) {
    const luma = ((first[x] as number) - yBase) * ySlope;
    const u = (second[x] as number) - 128;
    const v = (third[x] as number) - 128;
    const r = luma + rv * v;
    const g = luma - gu * u - gv * v;
    const b = luma + bu * u;
    first[x] = r < 0 ? 0 : Math.min(r, 255);
    second[x] = g < 0 ? 0 : Math.min(g, 255);
    third[x] = b < 0 ? 0 : Math.min(b, 255);
  }
}

function blankOutside(
  r: Float32Array,
  g: Float32Array,
  b: Float32Array,
  width: number,
  m: Affine,
  y: number,
  frameWidth: number,
  frameHeight: number,
): void {
  for (let x = 0; x < width; x++) {
    const sx = m[0] * x + m[1] * y + m[2];
    const sy = m[3] * x + m[4] * y + m[5];
    if (sx < -0.5 || sy < -0.5 || sx > frameWidth - 0.5 || sy > frameHeight - 0.5) {
      r[x] = 0;
      g[x] = 0;
      b[x] = 0;
    }
  }
}

function storeFloats(
  row: Float32Array,
  n: number,
  s: number,
  o: number,
  out: Float32Array,
  at: number,
  step: number,
): void {
  for (let x = 0, p = at; x < n; x++, p += step) out[p] = (row[x] as number) * s + o;
}

function storeBytes(
  row: Float32Array,
  n: number,
  s: number,
  o: number,
  out: Uint8Array,
  at: number,
  step: number,
): void {
  for (let x = 0, p = at; x < n; x++, p += step) {
    const v = (row[x] as number) * s + o + 0.5;
    out[p] = v < 0 ? 0 : Math.min(v, 255);
  }
}
