/**
 * The way back into the frame. One pass over the pixels under the mask:
 * `out = plate - (plate - pivot) * hide + add + grain * hide`, where `add` is the blended difference plus `hide` times the
 * plate (less the pivot) as the work grid knows it, so that with `hide` 0 the plate's own finest detail stays under the new face, and with
 * `hide` 1 nothing of the plate is left. Pixels where the mask is zero are never written.
 */
import { kernels } from '../../base/index.js';
import { GRAIN_SIDE } from './detail.js';
import { LIFT_STRIDE, type Lifted } from './lift.js';
import { pasteKernel } from './paste-kernel.js';
import { type Affine, invertAffine, regionInFrame } from './sample.js';
import type { Plane, Region } from './types.js';
import type { Plate } from './ycc.js';

/** What {@link pasteLuma} measured while it wrote. */
export interface PasteStats {
  /** Sums of the absolute gradient along x under the mask, before and after. */
  readonly before: number;
  readonly after: number;
}

/** How luma is written. */
export interface LumaSettings {
  /** The luma about which the plate is hidden, code values. */
  readonly pivot: number;
  /** Deviation of the grain under `hide` 1, code values. */
  readonly grain: number;
  /** Any whole number; the same one gives the same grain. */
  readonly seed: number;
  /** Smallest and largest luma of the frame's range. */
  readonly low: number;
  readonly high: number;
}

/**
 * Writes luma.
 *
 * @param lifted what to add, alpha and hide
 * @param box the rectangle of the frame that is looked at; `alphaOut` has its size
 */
export function pasteLuma(
  plate: Plate,
  lifted: Lifted,
  box: Region,
  alphaOut: Uint8Array,
  settings: LumaSettings,
): PasteStats {
  const { pivot, grain, seed, low, high } = settings;
  const { region } = lifted;
  const inv = invertAffine(lifted.m);
  const { width, y: plane } = plate;
  const boxWidth = box.x1 - box.x0;
  const w = region.x1 - region.x0;
  const h = region.y1 - region.y0;
  const size = boxWidth * (box.y1 - box.y0);
  const gx = (Math.imul(seed, 0x9e3779b1) >>> 7) & (GRAIN_SIDE - 1);
  const gy = (Math.imul(seed, 0x85ebca6b) >>> 9) & (GRAIN_SIDE - 1);
  const dx = inv[0];
  const dy = inv[3];
  // Behind the fields: two sums, alpha, and one row of luma.
  const sums = kernels.aligned(lifted.end);
  const alphas = sums + 16;
  const luma = alphas + size;
  const { bytes, ints } = kernels.extend(luma + boxWidth);
  ints.fill(0, sums >> 2, (sums >> 2) + 2);
  bytes.fill(0, alphas, luma);
  for (let y = box.y0; y < box.y1; y++) {
    const rx = inv[1] * y + inv[2] - region.x0;
    const ry = inv[4] * y + inv[5] - region.y0;
    // The part of the row with all four neighbours inside; the region has a margin where alpha is zero.
    const [a, b] = inside(dx, rx, w - 1.001, box.x0, box.x1);
    const [c, d] = inside(dy, ry, h - 1.001, box.x0, box.x1);
    const from = Math.max(a, c);
    const to = Math.min(b, d);
    if (to <= from) continue;
    const row = y * width;
    bytes.set(plane.subarray(row + from, row + to), luma + from - box.x0);
    pasteKernel.luma(
      lifted.at,
      4 * w * LIFT_STRIDE,
      from,
      to,
      luma - box.x0,
      alphas + (y - box.y0) * boxWidth - box.x0,
      sums,
      4 * ((y + gy) & (GRAIN_SIDE - 1)) * GRAIN_SIDE,
      gx,
      dx,
      dy,
      rx,
      ry,
      pivot,
      grain,
      low,
      high,
    );
    plane.set(bytes.subarray(luma + from - box.x0, luma + to - box.x0), row + from);
  }
  alphaOut.set(bytes.subarray(alphas, luma));
  return { before: ints[sums >> 2] as number, after: ints[(sums >> 2) + 1] as number };
}

/** The whole x in `from..to` (end exclusive) for which `0 <= slope * x + base <= high`. */
function inside(slope: number, base: number, high: number, from: number, to: number): [number, number] {
  if (Math.abs(slope) < 1e-9) return base < 0 || base > high ? [from, from] : [from, to];
  const p = -base / slope;
  const q = (high - base) / slope;
  return [Math.max(from, Math.ceil(Math.min(p, q))), Math.min(to, Math.floor(Math.max(p, q)) + 1)];
}

/** Alpha and hide over the colour grid, interleaved. */
export interface Cover {
  readonly values: Float32Array;
}

/**
 * Writes both colour planes where luma was written.
 *
 * @param m from the colour grid to the frame's colour plane
 * @param addU, addV on a grid of side `size`; `cover` has the same side
 * @param alpha what {@link pasteLuma} gave for `box`
 */
export function pasteChroma(
  plate: Plate,
  m: Affine,
  addU: Plane,
  addV: Plane,
  size: number,
  region: Region,
  cover: Cover,
  box: Region,
  alpha: Uint8Array,
): void {
  const inv = invertAffine(m);
  const shift = plate.chromaShift;
  const area = regionInFrame(m, region, plate.chromaWidth, plate.chromaHeight, 1);
  const boxWidth = box.x1 - box.x0;
  const xHigh = region.x1 - 1;
  const yHigh = region.y1 - 1;
  const cv = cover.values;
  for (let y = Math.max(area.y0, box.y0 >> shift); y < Math.min(area.y1, (box.y1 + shift) >> shift); y++) {
    for (let x = Math.max(area.x0, box.x0 >> shift); x < Math.min(area.x1, (box.x1 + shift) >> shift); x++) {
      let sx = inv[0] * x + inv[1] * y + inv[2];
      let sy = inv[3] * x + inv[4] * y + inv[5];
      if (sx < region.x0 - 0.5 || sy < region.y0 - 0.5 || sx > xHigh + 0.5 || sy > yHigh + 0.5) continue;
      // A colour sample belongs to up to four pixels of luma; it changes only where all of those did.
      if (!coveredBlock(alpha, box, boxWidth, x, y, shift, plate)) continue;
      sx = sx < region.x0 ? region.x0 : Math.min(sx, xHigh);
      sy = sy < region.y0 ? region.y0 : Math.min(sy, yHigh);
      const ix = sx | 0;
      const iy = sy | 0;
      const fx = sx - ix;
      const fy = sy - iy;
      const p = iy * size + ix;
      const right = ix < xHigh ? 1 : 0;
      const q = iy < yHigh ? p + size : p;
      const w00 = (1 - fx) * (1 - fy);
      const w10 = fx * (1 - fy);
      const w01 = (1 - fx) * fy;
      const w11 = fx * fy;
      const hide =
        (cv[p * 2 + 1] as number) * w00 +
        (cv[(p + right) * 2 + 1] as number) * w10 +
        (cv[q * 2 + 1] as number) * w01 +
        (cv[(q + right) * 2 + 1] as number) * w11;
      const at = y * plate.chromaWidth + x;
      const u =
        (plate.u[at] as number) * (1 - hide) +
        128 * hide +
        (addU[p] as number) * w00 +
        (addU[p + right] as number) * w10 +
        (addU[q] as number) * w01 +
        (addU[q + right] as number) * w11;
      const v =
        (plate.v[at] as number) * (1 - hide) +
        128 * hide +
        (addV[p] as number) * w00 +
        (addV[p + right] as number) * w10 +
        (addV[q] as number) * w01 +
        (addV[q + right] as number) * w11;
      plate.u[at] = u < 0 ? 0 : u > 255 ? 255 : (u + 0.5) | 0;
      plate.v[at] = v < 0 ? 0 : v > 255 ? 255 : (v + 0.5) | 0;
    }
  }
}

function coveredBlock(
  alpha: Uint8Array,
  box: Region,
  boxWidth: number,
  x: number,
  y: number,
  shift: number,
  plate: Plate,
): boolean {
  const n = 1 << shift;
  for (let j = 0; j < n; j++) {
    const fy = (y << shift) + j;
    if (fy >= plate.height) break;
    if (fy < box.y0 || fy >= box.y1) return false;
    for (let i = 0; i < n; i++) {
      const fx = (x << shift) + i;
      if (fx >= plate.width) break;
      if (fx < box.x0 || fx >= box.x1 || alpha[(fy - box.y0) * boxWidth + fx - box.x0] === 0) return false;
    }
  }
  return true;
}
