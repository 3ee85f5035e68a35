/**
 * Gets the fields that the way back needs (what to add, alpha, hide, and the face that is to be seen) ready as one interleaved grid near the
 * resolution of the frame: twice the work grid by a separable cubic where the frame is finer, halved where it is
 * coarser. Sixteen taps for every pixel of the frame would cost several times as much.
 */
import { halve, halved } from './grid.js';
import type { Affine } from './sample.js';
import type { Plane, Region } from './types.js';

/** Numbers a pixel in {@link Lifted}. */
export const LIFT_STRIDE = 4;

/** The fields: `add`, `alpha`, `hide`, `face` for every pixel of the region, row by row (the rows are the region's, not the grid's). */
export interface Lifted {
  readonly values: Float32Array;
  /** The region on the lifted grid. */
  readonly region: Region;
  /** From the lifted grid to the frame. */
  readonly m: Affine;
}

/** Catmull-Rom a quarter pixel past a sample, for the four samples round it. */
const A = -0.0703125;
const B = 0.8671875;
const C = 0.2265625;
const D = -0.0234375;

/** Keeps the buffers. */
export class Lift {
  #values = new Float32Array(0);
  #rows: Float32Array[] = [];
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
      const lifted = this.#double([add, alpha, hide, face], size, region, m);
      if (crisp > 0.01) this.#steepen(lifted.values, lifted.region, crisp, wide);
      return lifted;
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
    const w = r.x1 - r.x0;
    const values = this.#room(w * (r.y1 - r.y0));
    planes.forEach((plane, p) => {
      let o = p;
      for (let y = r.y0; y < r.y1; y++)
        for (let i = y * side + r.x0, end = y * side + r.x1; i < end; i++, o += LIFT_STRIDE)
          values[o] = plane[i] as number;
    });
    return { values, region: r, m: map };
  }

  #double(planes: readonly Plane[], size: number, r: Region, m: Affine): Lifted {
    const w = r.x1 - r.x0;
    const values = this.#room(w * 2 * (r.y1 - r.y0) * 2);
    const [rowAdd, rowAlpha, rowHide, rowFace] = this.#rowBuffers(w);
    const [add, alpha, hide, face] = planes as [Plane, Plane, Plane, Plane];
    const last = w - 1;
    for (let y = r.y0 * 2; y < r.y1 * 2; y++) {
      const j = y >> 1;
      const odd = y & 1;
      // Even rows lie a quarter before their sample: the same weights, mirrored.
      const step = odd === 1 ? 1 : -1;
      const at = (d: number): number => Math.min(r.y1 - 1, Math.max(r.y0, j + d * step)) * size + r.x0;
      const p = at(-1);
      const q = at(0);
      const s = at(1);
      const t = at(2);
      for (let x = 0; x < w; x++) {
        rowAdd[x] =
          A * (add[p + x] as number) +
          B * (add[q + x] as number) +
          C * (add[s + x] as number) +
          D * (add[t + x] as number);
        rowFace[x] =
          A * (face[p + x] as number) +
          B * (face[q + x] as number) +
          C * (face[s + x] as number) +
          D * (face[t + x] as number);
        rowAlpha[x] = 0.75 * (alpha[q + x] as number) + 0.25 * (alpha[s + x] as number);
        rowHide[x] = 0.75 * (hide[q + x] as number) + 0.25 * (hide[s + x] as number);
      }
      let o = (y - r.y0 * 2) * w * 2 * LIFT_STRIDE;
      for (let x = 0; x < w; x++, o += 2 * LIFT_STRIDE) {
        const left = x > 0 ? x - 1 : 0;
        const right = x < last ? x + 1 : last;
        const l2 = x > 1 ? x - 2 : 0;
        const r2 = x < last - 1 ? x + 2 : last;
        const b = B * (rowAdd[x] as number);
        const l = rowAdd[left] as number;
        const g = rowAdd[right] as number;
        values[o] = b + A * g + C * l + D * (rowAdd[l2] as number);
        values[o + 4] = b + A * l + C * g + D * (rowAdd[r2] as number);
        const fb = B * (rowFace[x] as number);
        const fl = rowFace[left] as number;
        const fg = rowFace[right] as number;
        values[o + 3] = fb + A * fg + C * fl + D * (rowFace[l2] as number);
        values[o + 7] = fb + A * fl + C * fg + D * (rowFace[r2] as number);
        const a = 0.75 * (rowAlpha[x] as number);
        values[o + 1] = a + 0.25 * (rowAlpha[left] as number);
        values[o + 5] = a + 0.25 * (rowAlpha[right] as number);
        const h = 0.75 * (rowHide[x] as number);
        values[o + 2] = h + 0.25 * (rowHide[left] as number);
        values[o + 6] = h + 0.25 * (rowHide[right] as number);
      }
    }
    return {
      values,
      region: { x0: r.x0 * 2, y0: r.y0 * 2, x1: r.x1 * 2, y1: r.y1 * 2 },
      m: [m[0] / 2, m[1] / 2, m[2] - (m[0] + m[1]) / 4, m[3] / 2, m[4] / 2, m[5] - (m[3] + m[4]) / 4],
    };
  }

  /**
   * Steeper edges without halos: the face moves away from the mean of its neighbours two pixels off (one of the work
   * grid) and, for `wide`, four pixels off, but hardly past the darkest and lightest of them. What that changes is added
   * where the plate is hidden.
   */
  #steepen(values: Float32Array, r: Region, crisp: number, wide: number): void {
    const w = r.x1 - r.x0;
    const h = r.y1 - r.y0;
    const n = w * LIFT_STRIDE;
    const side = 2 * LIFT_STRIDE;
    const down = 2 * n;
    const far = 1.4 * crisp * wide;
    for (let y = 4; y < h - 4; y++) {
      for (let x = 4, i = y * n + 2 * side; x < w - 4; x++, i += LIFT_STRIDE) {
        // Not at the rim of the mask, where the edge between face and hair would turn into a line.
        const hide = (values[i + 2] as number) * Math.max(0, Math.min(1, 4 * (values[i + 1] as number) - 3));
        if (hide < 0.05) continue;
        const f = i + 3;
        const v = values[f] as number;
        const a = values[f - side] as number;
        const b = values[f + side] as number;
        const c = values[f - down] as number;
        const d = values[f + down] as number;
        let low = Math.min(a, b, c, d, v);
        let high = Math.max(a, b, c, d, v);
        let raise = crisp * (v - 0.25 * (a + b + c + d));
        if (far > 0.02) {
          const a4 = values[f - 2 * side] as number;
          const b4 = values[f + 2 * side] as number;
          const c4 = values[f - 2 * down] as number;
          const d4 = values[f + 2 * down] as number;
          low += wide * (Math.min(low, a4, b4, c4, d4) - low);
          high += wide * (Math.max(high, a4, b4, c4, d4) - high);
          raise += far * (v - 0.25 * (a4 + b4 + c4 + d4));
        }
        const slack = 0.12 * (high - low);
        values[i] = (values[i] as number) + hide * (Math.max(low - slack, Math.min(high + slack, v + raise)) - v);
      }
    }
  }

  #room(pixels: number): Float32Array {
    if (this.#values.length < pixels * LIFT_STRIDE) this.#values = new Float32Array(pixels * LIFT_STRIDE);
    return this.#values;
  }

  #rowBuffers(width: number): [Float32Array, Float32Array, Float32Array, Float32Array] {
    if ((this.#rows[0]?.length ?? 0) < width) this.#rows = [0, 1, 2, 3].map(() => new Float32Array(width));
    return this.#rows as [Float32Array, Float32Array, Float32Array, Float32Array];
  }
}

/** The map of a grid with half the side (its pixels are blocks of 2x2). */
export function halfGrid(m: Affine): Affine {
  return [2 * m[0], 2 * m[1], m[2] + 0.5 * (m[0] + m[1]), 2 * m[3], 2 * m[4], m[5] + 0.5 * (m[3] + m[4])];
}
