/**
 * The seam: a multiband blend (Burt and Adelson, 1983) of the difference between the new face and the plate. Fine detail
 * changes over at the edge of the mask, slow light over a wide zone. Blending the difference instead of the pictures
 * needs one pyramid instead of two, and leaves a plain zero where the plate stays.
 */
import { halve, halved } from './grid.js';
import type { Plane, Region } from './types.js';

/** Pyramids of one side length; kept between frames. */
export class Seam {
  readonly #size: number;
  readonly #levels: number;
  readonly #alpha: Plane[] = [];
  readonly #bands: Plane[] = [];
  readonly #sums: Plane[] = [];
  readonly #rowA: Plane;
  readonly #rowB: Plane;

  /** @param levels halvings, 1..4 */
  constructor(size: number, levels: number) {
    this.#size = size;
    this.#levels = levels;
    for (let l = 1; l <= levels; l++) {
      const n = (size >> l) * (size >> l);
      this.#alpha.push(new Float32Array(n));
      this.#bands.push(new Float32Array(n));
      this.#sums.push(new Float32Array(n));
    }
    this.#rowA = new Float32Array(size);
    this.#rowB = new Float32Array(size);
  }

  /** Takes the mask for the next calls of {@link blend}. Region edges must be multiples of 2^levels. */
  setMask(alpha: Plane, region: Region): void {
    let from = alpha;
    for (let l = 1; l <= this.#levels; l++) {
      const to = this.#alpha[l - 1] as Plane;
      halve(from, this.#size >> (l - 1), halved(region, l - 1), to);
      from = to;
    }
  }

  /** Blends a difference in place: afterwards it is what has to be added to the plate. Zero wherever `alpha` is. */
  blend(difference: Plane, alpha: Plane, region: Region): void {
    const L = this.#levels;
    let from = difference;
    for (let l = 1; l <= L; l++) {
      const to = this.#bands[l - 1] as Plane;
      halve(from, this.#size >> (l - 1), halved(region, l - 1), to);
      from = to;
    }
    const top = this.#sums[L - 1] as Plane;
    const topBand = this.#bands[L - 1] as Plane;
    const topAlpha = this.#alpha[L - 1] as Plane;
    const r = halved(region, L);
    const side = this.#size >> L;
    for (let y = r.y0; y < r.y1; y++)
      for (let i = y * side + r.x0, end = y * side + r.x1; i < end; i++)
        top[i] = (topBand[i] as number) * (topAlpha[i] as number);
    for (let l = L - 1; l >= 1; l--)
      this.#join(
        l,
        this.#bands[l - 1] as Plane,
        this.#alpha[l - 1] as Plane,
        this.#sums[l - 1] as Plane,
        region,
        false,
      );
    this.#join(0, difference, alpha, difference, region, true);
  }

  /** One step down: `out = up(sum) + (band - up(lower band)) * alpha`, with `up` linear between block centres. */
  #join(level: number, band: Plane, alpha: Plane, out: Plane, region: Region, last: boolean): void {
    const size = this.#size >> level;
    const lowSize = size >> 1;
    const r = halved(region, level);
    const q = halved(region, level + 1);
    const sum = this.#sums[level] as Plane;
    const low = this.#bands[level] as Plane;
    const rowA = this.#rowA;
    const rowB = this.#rowB;
    for (let y = r.y0; y < r.y1; y++) {
      const j = y >> 1;
      const near = j * lowSize;
      const other = Math.min(q.y1 - 1, Math.max(q.y0, (y & 1) === 0 ? j - 1 : j + 1)) * lowSize;
      for (let x = q.x0; x < q.x1; x++) {
        rowA[x] = 0.75 * (sum[near + x] as number) + 0.25 * (sum[other + x] as number);
        rowB[x] = 0.75 * (low[near + x] as number) + 0.25 * (low[other + x] as number);
      }
      const row = y * size;
      for (let x = q.x0; x < q.x1; x++) {
        const left = x > q.x0 ? x - 1 : x;
        const right = x < q.x1 - 1 ? x + 1 : x;
        const a = 0.75 * (rowA[x] as number);
        const b = 0.75 * (rowB[x] as number);
        const i = row + 2 * x;
        const k = alpha[i] as number;
        const m = alpha[i + 1] as number;
        let p = a + 0.25 * (rowA[left] as number);
        p += ((band[i] as number) - b - 0.25 * (rowB[left] as number)) * k;
        let s = a + 0.25 * (rowA[right] as number);
        s += ((band[i + 1] as number) - b - 0.25 * (rowB[right] as number)) * m;
        if (last) {
          // The slow bands reach over the mask; what is outside of it stays the plate's, to the bit.
          if (k < 0.35) p *= k / 0.35;
          if (m < 0.35) s *= m / 0.35;
        }
        out[i] = p;
        out[i + 1] = s;
      }
    }
  }
}
