/**
 * How much fine structure the swapped face has against the plate: gradient energy inside the face, and the same by
 * octave so that a reader sees whether only the finest grain is missing or the face is soft through and through.
 */
import type { Plane } from './planes.js';
import { halve } from './planes.js';

/** Fine structure inside a mask: the mean gradient, and the mean band energy of three octaves, finest first. */
export interface Detail {
  /** Mean length of the brightness gradient, levels per pixel. */
  readonly gradient: number;
  /** Mean absolute difference between each octave and its neighbourhood: details of about 2, 4 and 8 pixels. */
  readonly bands: readonly [number, number, number];
}

function meanGradient(plane: Plane, mask: Uint8Array): number {
  const { width, height, data } = plane;
  let sum = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      if (mask[at] === 0) continue;
      const gx = (data[at + 1] as number) - (data[at - 1] as number);
      const gy = (data[at + width] as number) - (data[at - width] as number);
      sum += Math.sqrt(gx * gx + gy * gy) / 2;
      count++;
    }
  return count === 0 ? Number.NaN : sum / count;
}

/** Mean absolute Laplacian (4 neighbours) inside the mask. */
function meanLaplacian(plane: Plane, mask: Uint8Array): number {
  const { width, height, data } = plane;
  let sum = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      if (mask[at] === 0) continue;
      const around =
        (data[at + 1] as number) +
        (data[at - 1] as number) +
        (data[at + width] as number) +
        (data[at - width] as number);
      sum += Math.abs((data[at] as number) - around / 4);
      count++;
    }
  return count === 0 ? Number.NaN : sum / count;
}

/** A mask pixel of the halved plane counts where all four below it do. */
function halveMask(mask: Uint8Array, width: number, height: number): Uint8Array {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x;
      const all = (mask[at] as number) & (mask[at + 1] as number) & (mask[at + width] as number);
      out[y * w + x] = all & (mask[at + width + 1] as number);
    }
  return out;
}

/**
 * Measures fine structure.
 *
 * @param plane brightness at the plate's own resolution
 * @param mask same size; pixels that are not 0 count
 */
export function measureDetail(plane: Plane, mask: Uint8Array): Detail {
  const half = halve(plane);
  const halfMask = halveMask(mask, plane.width, plane.height);
  const quarter = halve(half);
  const quarterMask = halveMask(halfMask, half.width, half.height);
  return {
    gradient: meanGradient(plane, mask),
    bands: [meanLaplacian(plane, mask), meanLaplacian(half, halfMask), meanLaplacian(quarter, quarterMask)],
  };
}
