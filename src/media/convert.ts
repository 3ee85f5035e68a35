/** Whole-picture conversions between I420 and RGBA, honouring matrix and range. Chroma sits between its four pixels. */
import { LikenessError } from '../base/index.js';
import { i420Size } from './buffers.js';
import { SRGB, yuvConstants } from './color.js';
import type { ColorInfo, Frame } from './types.js';

/** Fixed-point scale of the conversion tables: 14 bits keep every sum below 2^31. */
const BITS = 14;
const ONE = 1 << BITS;
const HALF = ONE >> 1;

interface Tables {
  readonly y: Int32Array;
  readonly rv: Int32Array;
  readonly gu: Int32Array;
  readonly gv: Int32Array;
  readonly bu: Int32Array;
}

const tables = new Map<string, Tables>();

function tablesFor(color: ColorInfo): Tables {
  const key = `${color.matrix} ${color.range}`;
  const known = tables.get(key);
  if (known) return known;
  const k = yuvConstants(color);
  const fill = (slope: number, base: number, round: number): Int32Array =>
    Int32Array.from({ length: 256 }, (_, v) => Math.round(slope * (v - base) * ONE) + round);
  const made: Tables = {
    y: fill(k.ySlope, k.yBase, HALF),
    rv: fill(k.rv, 128, 0),
    gu: fill(k.gu, 128, 0),
    gv: fill(k.gv, 128, 0),
    bu: fill(k.bu, 128, 0),
  };
  tables.set(key, made);
  return made;
}

/**
 * I420 planes to interleaved RGBA with alpha 255. Chroma is repeated for its four pixels.
 *
 * @param out `width * height * 4` bytes
 */
export function planesToRgba(
  planes: Uint8Array,
  width: number,
  height: number,
  color: ColorInfo,
  out: Uint8Array,
): void {
  const t = tablesFor(color);
  const { y: ty, rv, gu, gv, bu } = t;
  const rgba = new Uint8ClampedArray(out.buffer, out.byteOffset, out.byteLength);
  const half = (width + 1) >> 1;
  const uAt = width * height;
  const vAt = uAt + half * ((height + 1) >> 1);
  for (let row = 0; row < height; row++) {
    const luma = row * width;
    const chroma = (row >> 1) * half;
    let o = luma * 4;
    for (let x = 0; x < width; x += 2) {
      const u = planes[uAt + chroma + (x >> 1)] as number;
      const v = planes[vAt + chroma + (x >> 1)] as number;
      const r = rv[v] as number;
      const g = (gu[u] as number) + (gv[v] as number);
      const b = bu[u] as number;
      const first = ty[planes[luma + x] as number] as number;
      rgba[o] = (first + r) >> BITS;
      rgba[o + 1] = (first - g) >> BITS;
      rgba[o + 2] = (first + b) >> BITS;
      rgba[o + 3] = 255;
      o += 4;
      if (x + 1 < width) {
        const second = ty[planes[luma + x + 1] as number] as number;
        rgba[o] = (second + r) >> BITS;
        rgba[o + 1] = (second - g) >> BITS;
        rgba[o + 2] = (second + b) >> BITS;
        rgba[o + 3] = 255;
        o += 4;
      }
    }
  }
}

/**
 * The frame as RGBA (8 bits, alpha 255 where it had none). A frame that is RGBA already is returned as it is.
 *
 * @param out optional memory of `width * height * 4` bytes
 */
export function toRgba(frame: Frame, out?: Uint8Array): Frame {
  if (frame.format === 'rgba') return frame;
  const pixels = out ?? new Uint8Array(frame.width * frame.height * 4);
  planesToRgba(frame.pixels, frame.width, frame.height, frame.color, pixels);
  return { ...frame, format: 'rgba', pixels, color: { ...frame.color, matrix: 'rgb', range: 'full' } };
}

/**
 * An RGBA frame as I420. Alpha is dropped. Chroma is the mean of its (up to) four pixels.
 *
 * @param color matrix and range to use; its matrix must not be `rgb`
 * @param out optional memory, see {@link i420Size}
 */
export function rgbaToI420(frame: Frame, color: ColorInfo, out?: Uint8Array): Frame {
  if (color.matrix === 'rgb')
    throw new LikenessError('media.bad-argument', 'I420 needs a YCbCr matrix, not rgb.', {
      hint: 'Use bt709 or bt601.',
    });
  if (frame.format === 'i420') return frame;
  const { width, height, pixels: rgba } = frame;
  const half = (width + 1) >> 1;
  const planes = out ?? new Uint8Array(i420Size(width, height));
  const uAt = width * height;
  const vAt = uAt + half * ((height + 1) >> 1);
  const k = yuvConstants(color);
  const yr = Math.round(k.yr * ONE);
  const yb = Math.round(k.yb * ONE);
  // The three weights must sum exactly, else white comes out a shade off.
  const yg = Math.round((k.yr + k.yg + k.yb) * ONE) - yr - yb;
  const yBase = k.yBase * ONE + HALF;
  // Sums over four pixels come in, so a quarter of the slopes is enough.
  const ub = k.ub / 4;
  const vr = k.vr / 4;
  const { kr, kg, kb } = k;
  const limit = color.range === 'limited' ? 240 : 255;
  const floor = color.range === 'limited' ? 16 : 0;
  const luma = (at: number): void => {
    const p = at * 4;
    planes[at] =
      (yBase + yr * (rgba[p] as number) + yg * (rgba[p + 1] as number) + yb * (rgba[p + 2] as number)) >> BITS;
  };
  for (let y = 0; y < height; y += 2) {
    // In the last row or column of an odd size a pixel stands in for the neighbour it does not have.
    const down = y + 1 < height ? width : 0;
    for (let x = 0; x < width; x += 2) {
      const right = x + 1 < width ? 1 : 0;
      const at = y * width + x;
      luma(at);
      if (right) luma(at + 1);
      if (down) luma(at + width);
      if (down && right) luma(at + width + 1);
      const a = at * 4;
      const b = (at + right) * 4;
      const c = (at + down) * 4;
      const d = (at + down + right) * 4;
      const red = (rgba[a] as number) + (rgba[b] as number) + (rgba[c] as number) + (rgba[d] as number);
      const green =
        (rgba[a + 1] as number) + (rgba[b + 1] as number) + (rgba[c + 1] as number) + (rgba[d + 1] as number);
      const blue =
        (rgba[a + 2] as number) + (rgba[b + 2] as number) + (rgba[c + 2] as number) + (rgba[d + 2] as number);
      const mean = kr * red + kg * green + kb * blue;
      const u = 128.5 + ub * (blue - mean);
      const v = 128.5 + vr * (red - mean);
      const to = (y >> 1) * half + (x >> 1);
      planes[uAt + to] = Math.max(floor, Math.min(limit, u));
      planes[vAt + to] = Math.max(floor, Math.min(limit, v));
    }
  }
  return { ...frame, format: 'i420', pixels: planes, color };
}

/**
 * Brightness of every pixel, `width * height` bytes. For I420 it is the frame's own Y plane (not a copy, and in the
 * frame's range: 16 to 235 where limited); for RGBA it is computed with BT.709 weights, 0 to 255.
 */
export function lumaOf(frame: Frame): Uint8Array {
  const size = frame.width * frame.height;
  if (frame.format === 'i420') return frame.pixels.subarray(0, size);
  const out = new Uint8Array(size);
  const rgba = frame.pixels;
  for (let i = 0, p = 0; i < size; i++, p += 4)
    out[i] =
      (3483 * (rgba[p] as number) + 11718 * (rgba[p + 1] as number) + 1183 * (rgba[p + 2] as number) + HALF) >> BITS;
  return out;
}

/**
 * A rectangle of a frame as a frame of its own (the same format). For I420 `x` and `y` must be even.
 *
 * @throws LikenessError `media.bad-argument` for a rectangle outside the frame or odd corners of I420
 */
export function cropFrame(frame: Frame, x: number, y: number, width: number, height: number): Frame {
  const whole = [x, y, width, height].every(Number.isInteger);
  if (!whole || x < 0 || y < 0 || width < 1 || height < 1 || x + width > frame.width || y + height > frame.height)
    throw new LikenessError(
      'media.bad-argument',
      `The rectangle ${x},${y} ${width}x${height} is not inside a frame of ${frame.width}x${frame.height}.`,
    );
  const rows = (from: number, stride: number, left: number, top: number, w: number, h: number, to: number): void => {
    for (let r = 0; r < h; r++) {
      const at = from + (top + r) * stride + left;
      pixels.set(frame.pixels.subarray(at, at + w), to + r * w);
    }
  };
  const pixels = new Uint8Array(frame.format === 'rgba' ? width * height * 4 : i420Size(width, height));
  if (frame.format === 'rgba') rows(0, frame.width * 4, x * 4, y, width * 4, height, 0);
  else {
    if ((x | y) & 1)
      throw new LikenessError('media.bad-argument', `An I420 frame is cut at even corners, not at ${x},${y}.`);
    const stride = (frame.width + 1) >> 1;
    const size = stride * ((frame.height + 1) >> 1);
    const halfWidth = (width + 1) >> 1;
    const halfHeight = (height + 1) >> 1;
    const u = frame.width * frame.height;
    rows(0, frame.width, x, y, width, height, 0);
    rows(u, stride, x >> 1, y >> 1, halfWidth, halfHeight, width * height);
    rows(u + size, stride, x >> 1, y >> 1, halfWidth, halfHeight, width * height + halfWidth * halfHeight);
  }
  return { ...frame, width, height, pixels };
}

/** A frame of its own from plain RGBA bytes; `timestamp` and `duration` in microseconds. */
export function rgbaFrame(pixels: Uint8Array, width: number, height: number, timestamp = 0, duration = 0): Frame {
  if (pixels.length !== width * height * 4)
    throw new LikenessError('media.bad-argument', `${pixels.length} bytes are not ${width}x${height} RGBA pixels.`);
  return { timestamp, duration, width, height, format: 'rgba', pixels, color: SRGB };
}
