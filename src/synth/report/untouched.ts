/**
 * How well the pixels outside of the swapped region survived: SSIM (Wang et al. 2004, uniform 8x8 windows every 4
 * pixels) and PSNR on brightness. A window counts only where it lies wholly outside of the touched boxes.
 */
import type { Box } from '../../faces/index.js';
import type { Plane } from './planes.js';

/** Sums from which clip-wide SSIM and PSNR follow; add frames with {@link compareOutside}. */
export interface OutsideSums {
  ssim: number;
  windows: number;
  squaredError: number;
  pixels: number;
}

const WINDOW = 8;
const STEP = 4;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Nothing compared yet. */
export function noSums(): OutsideSums {
  return { ssim: 0, windows: 0, squaredError: 0, pixels: 0 };
}

/** Columns x0 (inclusive) to x1 (exclusive) that row-span `y..y+WINDOW` of the touched boxes takes up, as a flag per column. */
function touchedColumns(boxes: readonly Box[], y: number, flags: Uint8Array): void {
  flags.fill(0);
  for (const box of boxes)
    if (box.y < y + WINDOW && box.y + box.height > y)
      flags.fill(1, Math.max(0, Math.floor(box.x)), Math.max(0, Math.ceil(box.x + box.width)));
}

/**
 * Compares two frames of equal size outside of the boxes and adds to `sums`.
 *
 * @returns the mean SSIM of this frame, NaN where nothing lies outside
 */
export function compareOutside(a: Plane, b: Plane, boxes: readonly Box[], sums: OutsideSums): number {
  const { width, height } = a;
  const flags = new Uint8Array(width);
  let total = 0;
  let windows = 0;
  for (let y = 0; y + WINDOW <= height; y += STEP) {
    touchedColumns(boxes, y, flags);
    for (let x = 0; x + WINDOW <= width; x += STEP) {
      let touched = 0;
      for (let i = 0; i < WINDOW; i++) touched += flags[x + i] as number;
      if (touched > 0) continue;
      let sa = 0;
      let sb = 0;
      let saa = 0;
      let sbb = 0;
      let sab = 0;
      for (let j = 0; j < WINDOW; j++) {
        const row = (y + j) * width + x;
        for (let i = row; i < row + WINDOW; i++) {
          const p = a.data[i] as number;
          const q = b.data[i] as number;
          sa += p;
          sb += q;
          saa += p * p;
          sbb += q * q;
          sab += p * q;
        }
      }
      const n = WINDOW * WINDOW;
      const ma = sa / n;
      const mb = sb / n;
      const va = saa / n - ma * ma;
      const vb = sbb / n - mb * mb;
      const cov = sab / n - ma * mb;
      total += ((2 * ma * mb + C1) * (2 * cov + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2));
      windows++;
      // (p - q)^2 summed over the window.
      sums.squaredError += saa + sbb - 2 * sab;
      sums.pixels += n;
    }
  }
  sums.ssim += total;
  sums.windows += windows;
  return windows === 0 ? Number.NaN : total / windows;
}

/** Mean SSIM over everything added, 1 for equal pictures, NaN where nothing was outside. */
export function ssimOf(sums: OutsideSums): number {
  return sums.windows === 0 ? Number.NaN : sums.ssim / sums.windows;
}

/** PSNR in decibels over everything added; 99 for equal pictures. */
export function psnrOf(sums: OutsideSums): number {
  if (sums.pixels === 0) return Number.NaN;
  const error = Math.max(0, sums.squaredError) / sums.pixels;
  return error < 1e-5 ? 99 : Math.min(99, 10 * Math.log10((255 * 255) / error));
}
