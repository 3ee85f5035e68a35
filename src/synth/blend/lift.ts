/**
 * Gets the fields that the way back needs (what to add, alpha, hide, and the face that is to be seen) ready as one interleaved grid near the
 * resolution of the frame: twice the work grid by a separable cubic where the frame is finer, halved where it is
 * coarser. Sixteen taps for every pixel of the frame would cost several times as much.
 */
import { kernels } from '../../base/index.js';
import { halve, halved } from './grid.js';
import { liftKernel } from './lift-kernel.js';
import type { Affine } from './sample.js';
import type { Plane, Region } from './types.js';

/** Numbers a pixel in {@link Lifted}. */
export const LIFT_STRIDE = 4;

/** The fields: `add`, `alpha`, `hide`, `face` for every pixel of the region, row by row (the rows are the region's, not the grid's). */
export interface Lifted {
  /** Where they lie in the memory of `base/kernels.ts`, single precision, and what follows; until anything else uses it. */
  readonly at: number;
  readonly end: number;
  /** The region on the lifted grid. */
  readonly region: Region;
  /** From the lifted grid to the frame. */
  readonly m: Affine;
}

/** Keeps the buffers. */
export class Lift {
  #halves: Plane[] = [];

  /**
   * The fields at the resolution that fits `scale` (frame pixels a pixel of the work grid).
   *
   * @param crisp 0..2: how far edges are steepened where the plate is hidden, to make up for the enlargement
   * @param wide 0..1: how much of that reaches further, to make up for a blurred face as well
   */
  make(
    add: Plane,
    alpha: Plane,
    hide: Plane,
    face: Plane,
    size: number,
    region: Region,
    m: Affine,
    scale: number,
    crisp: number,
    wide: number,
  ): Lifted {
    if (scale > 1.05) {
      return double([add, alpha, hide, face], size, region, m, crisp, wide);
    }
    let planes = [add, alpha, hide];
    let side = size;
    let r = region;
    let map = m;
    let s = scale;
    let used = 0;
    for (let level = 0; s < 0.7 && level < 4; level++) {
      planes = planes.map((from) => {
        const n = (side >> 1) * (side >> 1);
        let to = this.#halves[used];
        if (to === undefined || to.length < n) to = this.#halves[used] = new Float32Array(n);
        used++;
        halve(from, side, r, to);
        return to;
      });
      side >>= 1;
      r = halved(r, 1);
      map = halfGrid(map);
      s *= 2;
    }
    const count = (r.x1 - r.x0) * (r.y1 - r.y0) * LIFT_STRIDE;
    const { floats, start } = kernels.reserve(4 * count);
    planes.forEach((plane, p) => {
      let o = (start >> 2) + p;
      for (let y = r.y0; y < r.y1; y++)
        for (let i = y * side + r.x0, end = y * side + r.x1; i < end; i++, o += LIFT_STRIDE)
          floats[o] = plane[i] as number;
    });
    return { at: start, end: start + 4 * count, region: r, m: map };
  }
}

/** Pixels at the rim that are not steepened: their neighbours are not all there. */
const RIM = 4;

/**
 * Twice the grid, with steeper edges but without halos: the face moves away from the mean of its neighbours two pixels off
 * (one of the work grid) and, for `wide`, four pixels off, but hardly past the darkest and lightest of them. What that
 * changes is added where the plate is hidden.
 */
function double(planes: readonly Plane[], size: number, r: Region, m: Affine, crisp: number, wide: number): Lifted {
  const w = r.x1 - r.x0;
  const h = r.y1 - r.y0;
  const apart = 4 * w * h;
  const pixel = 4 * LIFT_STRIDE;
  const row = 2 * w * pixel;
  const line = 8 * w;
  const buffer = (w + 4) * pixel;
  const { bytes, floats, start: values } = kernels.reserve(2 * h * (row + line) + buffer + 4 * apart);
  const end = values + 2 * h * row;
  const face = end;
  const mixed = face + 2 * h * line;
  const first = mixed + buffer;
  for (const [p, plane] of planes.entries())
    for (let y = 0; y < h; y++) {
      const from = (r.y0 + y) * size + r.x0;
      floats.set(plane.subarray(from, from + w), (first + p * apart + 4 * y * w) >> 2);
    }
  for (let y = 0; y < 2 * h; y++) {
    const j = y >> 1;
    // Even rows lie a quarter before their sample: the same weights, mirrored.
    const step = (y & 1) === 1 ? 1 : -1;
    const at = (d: number): number => first + 4 * w * Math.min(h - 1, Math.max(0, j + d * step));
    liftKernel.down(at(-1), at(0), at(1), at(2), apart, mixed + 2 * pixel, 4 * w);
    // Two more on either side: the first and the last again.
    for (const [to, from] of [
      [0, 2],
      [1, 2],
      [w + 2, w + 1],
      [w + 3, w + 1],
    ] as const)
      bytes.copyWithin(mixed + to * pixel, mixed + from * pixel, mixed + (from + 1) * pixel);
    liftKernel.across(mixed, mixed + w * pixel, values + y * row, face + y * line);
  }
  if (crisp > 0.01)
    for (let y = RIM; y < 2 * h - RIM; y++) {
      const here = face + y * line;
      const [from, to] = [here + 4 * RIM, here + line - 4 * RIM];
      liftKernel.steepen(values + y * row + RIM * pixel, from, to, 2 * line, crisp, wide, 1.4 * crisp * wide);
    }
  return {
    at: values,
    end,
    region: { x0: r.x0 * 2, y0: r.y0 * 2, x1: r.x1 * 2, y1: r.y1 * 2 },
    m: [m[0] / 2, m[1] / 2, m[2] - (m[0] + m[1]) / 4, m[3] / 2, m[4] / 2, m[5] - (m[3] + m[4]) / 4],
  };
}

/** The map of a grid with half the side (its pixels are blocks of 2x2). */
export function halfGrid(m: Affine): Affine {
  return [2 * m[0], 2 * m[1], m[2] + 0.5 * (m[0] + m[1]), 2 * m[3], 2 * m[4], m[5] + 0.5 * (m[3] + m[4])];
}
