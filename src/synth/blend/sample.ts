/** Reading a square work grid out of a plane of a frame, without aliasing, under an affine map. */
import { kernels } from '../../base/index.js';
import { planeKernel } from './plane-kernel.js';
import type { Region } from './types.js';

/** An affine map: `x' = m0 x + m1 y + m2`, `y' = m3 x + m4 y + m5`. */
export type Affine = readonly [number, number, number, number, number, number];

/** The inverse of an affine map. */
export function invertAffine(m: Affine): Affine {
  const d = m[0] * m[4] - m[1] * m[3];
  const a = m[4] / d;
  const b = -m[1] / d;
  const c = -m[3] / d;
  const e = m[0] / d;
  return [a, b, -(a * m[2] + b * m[5]), c, e, -(c * m[2] + e * m[5])];
}

/** Frame pixels a pixel of the grid. */
export function scaleOf(m: Affine): number {
  return Math.sqrt(Math.abs(m[0] * m[4] - m[1] * m[3]));
}

/** The bounding rectangle of a region of the grid in the frame, clipped to the frame, x1 and y1 exclusive. */
export function regionInFrame(m: Affine, r: Region, width: number, height: number, margin: number): Region {
  let x0 = Number.POSITIVE_INFINITY;
  let y0 = x0;
  let x1 = Number.NEGATIVE_INFINITY;
  let y1 = x1;
  for (const [x, y] of [
    [r.x0 - 0.5, r.y0 - 0.5],
    [r.x1 - 0.5, r.y0 - 0.5],
    [r.x0 - 0.5, r.y1 - 0.5],
    [r.x1 - 0.5, r.y1 - 0.5],
  ] as const) {
    const fx = m[0] * x + m[1] * y + m[2];
    const fy = m[3] * x + m[4] * y + m[5];
    x0 = Math.min(x0, fx);
    x1 = Math.max(x1, fx);
    y0 = Math.min(y0, fy);
    y1 = Math.max(y1, fy);
  }
  const clip = (v: number, high: number): number => Math.max(0, Math.min(high, v));
  return {
    x0: clip(Math.floor(x0 - margin), width),
    y0: clip(Math.floor(y0 - margin), height),
    x1: clip(Math.ceil(x1 + margin) + 1, width),
    y1: clip(Math.ceil(y1 + margin) + 1, height),
  };
}

/** Reads grids out of planes. */
export class PlaneReader {
  /**
   * Fills a region of a grid from a plane. Where the plane is finer than the grid it is averaged first.
   *
   * @param m from pixels of the grid to pixels of the plane
   * @param stride row length of `out`
   */
  read(
    plane: Uint8Array,
    width: number,
    height: number,
    m: Affine,
    region: Region,
    stride: number,
    out: Float32Array,
  ): void {
    const level = Math.max(0, Math.round(Math.log2(scaleOf(m)) - 0.1));
    const block = 1 << level;
    const area = regionInFrame(m, region, width, height, block);
    if (area.x1 <= area.x0 || area.y1 <= area.y0) return;
    // Blocks start on multiples of their size, so that a still picture gives the same grid under a moving region.
    const bx = (area.x0 >> level) << level;
    const by = (area.y0 >> level) << level;
    const rw = Math.ceil((area.x1 - bx) / block);
    const rh = Math.ceil((area.y1 - by) / block);
    // The plane, made smaller where it has to be; the row under it, which is looked at with no weight; the view; bytes.
    const { bytes, floats, start } = kernels.reserve(
      4 * (rw * (rh + 1) + 4) + 4 * (region.x1 - region.x0 + 4) + rw + 16,
    );
    const at = start >> 2;
    floats.fill(0, at + rw * rh, at + rw * (rh + 1) + 4);
    const line = start + 4 * (rw * (rh + 1) + 4);
    const raw = line + 4 * (region.x1 - region.x0 + 4);
    if (level === 0)
      for (let j = 0; j < rh; j++) {
        bytes.set(plane.subarray((by + j) * width + bx, (by + j) * width + bx + rw), raw);
        planeKernel.bytes(raw, start + 4 * j * rw, start + 4 * (j + 1) * rw);
      }
    else reduce(plane, width, height, { bx, by, rw, rh, block }, floats, at);
    const k = 1 / block;
    const shift = 0.5 * k - 0.5;
    const dx = m[0] * k;
    const dy = m[3] * k;
    for (let y = region.y0; y < region.y1; y++) {
      const sx = (m[0] * region.x0 + m[1] * y + m[2] - bx) * k + shift;
      const sy = (m[3] * region.x0 + m[4] * y + m[5] - by) * k + shift;
      const end = line + 4 * (region.x1 - region.x0);
      planeKernel.view(start, 4 * rw, sx, sy, dx, dy, rw - 1, rh - 1, line, end);
      out.set(floats.subarray(line >> 2, end >> 2), y * stride + region.x0);
    }
  }
}

/** Means of blocks; those at the rim may be cut off. */
function reduce(
  plane: Uint8Array,
  width: number,
  height: number,
  area: { readonly bx: number; readonly by: number; readonly rw: number; readonly rh: number; readonly block: number },
  to: Float32Array,
  at: number,
): void {
  const { bx, by, rw, rh, block } = area;
  for (let j = 0; j < rh; j++) {
    const ys = by + j * block;
    const ye = Math.min(height, ys + block);
    for (let i = 0; i < rw; i++) {
      const xs = bx + i * block;
      const xe = Math.min(width, xs + block);
      let sum = 0;
      for (let y = ys; y < ye; y++) for (let x = xs, k = y * width + xs; x < xe; x++, k++) sum += plane[k] as number;
      to[at + j * rw + i] = sum / ((ye - ys) * (xe - xs));
    }
  }
}
