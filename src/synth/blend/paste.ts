/**
 * The way back into the frame. One pass over the pixels under the mask:
 * `out = plate - (plate - pivot) * hide + add + grain * hide`, where `add` is the blended difference plus `hide` times the
 * plate (less the pivot) as the work grid knows it, so that with `hide` 0 the plate's own finest detail stays under the new face, and with
 * `hide` 1 nothing of the plate is left. Pixels where the mask is zero are never written.
 */
import { GRAIN_SIDE, grainTile } from './detail.js';
import { type Affine, invertAffine, regionInFrame, scaleOf } from './sample.js';
import type { Plane, Region } from './types.js';
import type { Plate } from './ycc.js';

/** Sub-pixel positions of the cubic kernel. */
const PHASES = 64;
/** Catmull-Rom weights, four a phase. */
const CUBIC = (() => {
  const out = new Float32Array((PHASES + 1) * 4);
  for (let p = 0; p <= PHASES; p++) {
    const t = p / PHASES;
    out[p * 4] = ((2 - t) * t - 1) * t * 0.5;
    out[p * 4 + 1] = ((3 * t - 5) * t * t + 2) * 0.5;
    out[p * 4 + 2] = ((4 - 3 * t) * t + 1) * t * 0.5;
    out[p * 4 + 3] = (t - 1) * t * t * 0.5;
  }
  return out;
})();

/** What {@link pasteLuma} measured while it wrote. */
export interface PasteStats {
  /** Mean of alpha over the hull's pixels times their number: how much was written. */
  readonly weight: number;
  /** Sums of the absolute gradient along x under the mask, before and after. */
  readonly before: number;
  readonly after: number;
}

/** Fields over a grid: alpha and hide, interleaved. */
export interface Cover {
  readonly size: number;
  readonly values: Float32Array;
}

/**
 * Writes luma.
 *
 * @param m from the work grid to the frame
 * @param add on the work grid, already reduced so that the grid is not finer than the frame
 * @param box the rectangle of the frame that is looked at; `alphaOut` has its size
 * @param grain deviation of the grain under `hide` 1, code values
 */
export function pasteLuma(
  plate: Plate,
  m: Affine,
  add: Plane,
  size: number,
  region: Region,
  cover: Cover,
  box: Region,
  alphaOut: Uint8Array,
  grain: number,
  seed: number,
  pivot: number,
  low: number,
  high: number,
): PasteStats {
  const inv = invertAffine(m);
  const width = plate.width;
  const plane = plate.y;
  const boxWidth = box.x1 - box.x0;
  const ratio = cover.size / size;
  const cs = cover.size;
  const cv = cover.values;
  const cx0 = region.x0 * ratio;
  const cy0 = region.y0 * ratio;
  const cx1 = region.x1 * ratio - 1;
  const cy1 = region.y1 * ratio - 1;
  const cOffset = 0.5 * ratio - 0.5;
  const cubic = scaleOf(m) > 1.02;
  const gx = (Math.imul(seed, 0x9e3779b1) >>> 7) & (GRAIN_SIDE - 1);
  const gy = (Math.imul(seed, 0x85ebca6b) >>> 9) & (GRAIN_SIDE - 1);
  const xLow = region.x0;
  const yLow = region.y0;
  const xHigh = region.x1 - 1;
  const yHigh = region.y1 - 1;
  let weight = 0;
  let before = 0;
  let after = 0;
  for (let y = box.y0; y < box.y1; y++) {
    const rx = inv[1] * y + inv[2];
    const ry = inv[4] * y + inv[5];
    // The part of the row that lies in the region.
    let from = box.x0;
    let to = box.x1;
    for (const [slope, base, a, b] of [
      [inv[0], rx, xLow - 0.5, xHigh + 0.5],
      [inv[3], ry, yLow - 0.5, yHigh + 0.5],
    ] as const) {
      if (Math.abs(slope) < 1e-9) {
        if (base < a || base > b) to = from;
        continue;
      }
      const p = (a - base) / slope;
      const q = (b - base) / slope;
      from = Math.max(from, Math.ceil(Math.min(p, q)));
      to = Math.min(to, Math.floor(Math.max(p, q)) + 1);
    }
    const outRow = (y - box.y0) * boxWidth - box.x0;
    alphaOut.fill(0, (y - box.y0) * boxWidth, (y - box.y0 + 1) * boxWidth);
    const grainRow = ((y + gy) & (GRAIN_SIDE - 1)) * GRAIN_SIDE;
    let lastBefore = -1;
    let lastAfter = 0;
    for (let x = from; x < to; x++) {
      const sx = inv[0] * x + rx;
      const sy = inv[3] * x + ry;
      let u = sx * ratio + cOffset;
      let v = sy * ratio + cOffset;
      u = u < cx0 ? cx0 : u > cx1 ? cx1 : u;
      v = v < cy0 ? cy0 : v > cy1 ? cy1 : v;
      const iu = u | 0;
      const iv = v | 0;
      const fu = u - iu;
      const fv = v - iv;
      const p = (iv * cs + iu) * 2;
      const pr = iu < cx1 ? p + 2 : p;
      const pd = iv < cy1 ? cs * 2 : 0;
      const w00 = (1 - fu) * (1 - fv);
      const w10 = fu * (1 - fv);
      const w01 = (1 - fu) * fv;
      const w11 = fu * fv;
      const alpha =
        (cv[p] as number) * w00 +
        (cv[pr] as number) * w10 +
        (cv[p + pd] as number) * w01 +
        (cv[pr + pd] as number) * w11;
      if (alpha < 0.004) {
        lastBefore = -1;
        continue;
      }
      const hide =
        (cv[p + 1] as number) * w00 +
        (cv[pr + 1] as number) * w10 +
        (cv[p + pd + 1] as number) * w01 +
        (cv[pr + pd + 1] as number) * w11;
      const ix = Math.floor(sx);
      const iy = Math.floor(sy);
      let value: number;
      if (cubic && ix > xLow && iy > yLow && ix < xHigh - 1 && iy < yHigh - 1) {
        const kx = (((sx - ix) * PHASES + 0.5) | 0) * 4;
        const ky = (((sy - iy) * PHASES + 0.5) | 0) * 4;
        const a = CUBIC[kx] as number;
        const b = CUBIC[kx + 1] as number;
        const c = CUBIC[kx + 2] as number;
        const d = CUBIC[kx + 3] as number;
        let i = (iy - 1) * size + ix - 1;
        value =
          (CUBIC[ky] as number) *
          (a * (add[i] as number) +
            b * (add[i + 1] as number) +
            c * (add[i + 2] as number) +
            d * (add[i + 3] as number));
        i += size;
        value +=
          (CUBIC[ky + 1] as number) *
          (a * (add[i] as number) +
            b * (add[i + 1] as number) +
            c * (add[i + 2] as number) +
            d * (add[i + 3] as number));
        i += size;
        value +=
          (CUBIC[ky + 2] as number) *
          (a * (add[i] as number) +
            b * (add[i + 1] as number) +
            c * (add[i + 2] as number) +
            d * (add[i + 3] as number));
        i += size;
        value +=
          (CUBIC[ky + 3] as number) *
          (a * (add[i] as number) +
            b * (add[i + 1] as number) +
            c * (add[i + 2] as number) +
            d * (add[i + 3] as number));
      } else value = linear(add, size, sx, sy, xLow, yLow, xHigh, yHigh);
      const at = y * width + x;
      const old = plane[at] as number;
      let now =
        old -
        (old - pivot) * hide +
        value +
        grain * hide * (grainTile[grainRow + ((x + gx) & (GRAIN_SIDE - 1))] as number);
      now = now < low ? (old < low ? old : low) : now > high ? (old > high ? old : high) : now;
      const rounded = (now + 0.5) | 0;
      plane[at] = rounded;
      alphaOut[outRow + x] = alpha >= 1 ? 255 : (alpha * 255 + 0.5) | 0 || 1;
      if (alpha > 0.6) {
        weight++;
        if (lastBefore >= 0) {
          const db = old - lastBefore;
          const da = rounded - lastAfter;
          before += db < 0 ? -db : db;
          after += da < 0 ? -da : da;
        }
        lastBefore = old;
        lastAfter = rounded;
      } else lastBefore = -1;
    }
  }
  return { weight, before, after };
}

function linear(
  add: Plane,
  size: number,
  sx: number,
  sy: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): number {
  const cx = sx < x0 ? x0 : sx > x1 ? x1 : sx;
  const cy = sy < y0 ? y0 : sy > y1 ? y1 : sy;
  const ix = cx | 0;
  const iy = cy | 0;
  const fx = cx - ix;
  const fy = cy - iy;
  const p = iy * size + ix;
  const right = ix < x1 ? 1 : 0;
  const q = iy < y1 ? p + size : p;
  const top = (add[p] as number) * (1 - fx) + (add[p + right] as number) * fx;
  return top * (1 - fy) + ((add[q] as number) * (1 - fx) + (add[q + right] as number) * fx) * fy;
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
      sx = sx < region.x0 ? region.x0 : sx > xHigh ? xHigh : sx;
      sy = sy < region.y0 ? region.y0 : sy > yHigh ? yHigh : sy;
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
