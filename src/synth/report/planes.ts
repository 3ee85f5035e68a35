/** Brightness planes: what the picture metrics look at. */
import { type Frame, lumaOf } from '../../media/index.js';
import type { Placement } from '../swap/alignment.js';

/** One channel of a picture, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Brightness, 0..255 in the range of the file. */
  readonly data: Uint8Array | Float32Array;
}

/** The brightness of a frame; for i420 its own Y plane, not a copy. */
export function planeOf(frame: Frame): Plane {
  return { width: frame.width, height: frame.height, data: lumaOf(frame) };
}

/** A square cut out of a plane at its own resolution; outside of the picture the border repeats. */
export function cutSquare(plane: Plane, left: number, top: number, size: number): Plane {
  const { width, height, data } = plane;
  const out = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    const row = Math.min(height - 1, Math.max(0, top + y)) * width;
    for (let x = 0; x < size; x++) out[y * size + x] = data[row + Math.min(width - 1, Math.max(0, left + x))] as number;
  }
  return { width: size, height: size, data: out };
}

/** Resamples a square crop bilinearly; outside of the picture the border repeats. */
export function samplePlane(plane: Plane, placement: Placement, size: number): Plane {
  const { width, height, data } = plane;
  const out = new Float32Array(size * size);
  for (let cy = 0; cy < size; cy++) {
    for (let cx = 0; cx < size; cx++) {
      const fx = Math.min(width - 1, Math.max(0, placement[0] * cx + placement[1] * cy + placement[2]));
      const fy = Math.min(height - 1, Math.max(0, placement[3] * cx + placement[4] * cy + placement[5]));
      const x = Math.floor(fx);
      const y = Math.floor(fy);
      const right = x + 1 < width ? 1 : 0;
      const down = y + 1 < height ? width : 0;
      const at = y * width + x;
      const top = (data[at] as number) * (1 - fx + x) + (data[at + right] as number) * (fx - x);
      const low = (data[at + down] as number) * (1 - fx + x) + (data[at + down + right] as number) * (fx - x);
      out[cy * size + cx] = top * (1 - fy + y) + low * (fy - y);
    }
  }
  return { width: size, height: size, data: out };
}

/** Half the size, each pixel the mean of four; an odd last row or column is left out. */
export function halve(plane: Plane): Plane {
  const width = plane.width >> 1;
  const height = plane.height >> 1;
  const data = new Float32Array(width * height);
  const from = plane.data;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 2 * y * plane.width + 2 * x;
      data[y * width + x] =
        ((from[at] as number) +
          (from[at + 1] as number) +
          (from[at + plane.width] as number) +
          (from[at + plane.width + 1] as number)) /
        4;
    }
  return { width, height, data };
}
