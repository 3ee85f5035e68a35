/**
 * Sampling in plain TypeScript: one bilinear look per pixel and channel straight from the planes. It serves RGBA frames
 * and views too large for the kernel of `sample-fast.ts`, and is what that kernel is tested against.
 */
import { yuvConstants } from './color.js';
import { type Affine, blocksSeen, insideFrame, intoPlane, planesOf, type View } from './sample-view.js';
import { type Pixels, type Plane, shrink, shrinkPixels } from './shrink.js';
import type { Frame } from './types.js';

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

/** The planes averaged down by the whole factor of a view, as far as it sees them. */
function shrunk(planes: Pixels, { map, k, width, height }: View, yuv: boolean): Pixels {
  const part = (plane: Plane, i: number): readonly [number, number, number, number] => {
    const { x0, y0, x1, y1 } = blocksSeen(plane, k, intoPlane(map, yuv && i > 0, 1), width, height);
    return [x0, y0, x1, y1];
  };
  const [first, second, third] = planes;
  return (
    (yuv ? null : shrinkPixels(planes, k, ...part(first, 0))) ?? [
      shrink(first, k, ...part(first, 0)),
      shrink(second, k, ...part(second, 1)),
      shrink(third, k, ...part(third, 2)),
    ]
  );
}

/**
 * Samples a view of a frame.
 *
 * @param out `3 * width * height` numbers; bytes are rounded and held to 0 .. 255
 */
export function samplePlain(frame: Frame, view: View, out: Float32Array | Uint8Array | Uint8ClampedArray): void {
  const { map: m, k, width, height, scale, offset, planar } = view;
  const size = width * height;
  const yuv = frame.format === 'i420';
  const prepared = k === 1 ? planesOf(frame) : (view.reduced ?? shrunk(planesOf(frame), view, yuv));
  const maps = [intoPlane(m, false, k), intoPlane(m, yuv, k)] as const;
  const rows = [new Float32Array(width), new Float32Array(width), new Float32Array(width)] as const;
  const [first, second, third] = rows;
  const c = yuvConstants(frame.color);
  const bytes = !(out instanceof Float32Array);
  for (let y = 0; y < height; y++) {
    sampleRow(prepared[0], maps[0], y, width, first);
    sampleRowTwice(prepared[1], prepared[2], maps[1], y, width, second, third);
    if (yuv) rowToRgb(first, second, third, width, c.yBase, c.ySlope, c.rv, c.gu, c.gv, c.bu);
    if (view.zero) {
      const [from, to] = insideFrame(view, y, frame.width, frame.height);
      for (const row of rows) row.fill(0, 0, from).fill(0, to);
    }
    for (const [channel, row] of rows.entries()) {
      const place = view.bgr ? 2 - channel : channel;
      const at = planar ? place * size + y * width : y * width * 3 + place;
      const s = scale[channel] as number;
      const o = offset[channel] as number;
      if (bytes) storeBytes(row, width, s, o, out as Uint8Array, at, planar ? 1 : 3);
      else storeFloats(row, width, s, o, out as Float32Array, at, planar ? 1 : 3);
    }
  }
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
