/**
 * Smoothing in time without lag on real changes: what moves less than its noise is averaged, what moves more is
 * followed. All of it happens in crop coordinates, which move with the head.
 */
import { halve, halved } from './grid.js';
import type { Plane, Region } from './types.js';

/** The share of a new value that is taken, given how far it is from the old one. */
function rate(change: number, range: number, steady: number): number {
  const t = Math.min(1, Math.abs(change) / range);
  const slow = 1 - 0.9 * steady;
  return slow + (1 - slow) * t * t;
}

/** One number over time. */
export class SteadyValue {
  readonly #steady: number;
  readonly #range: number;
  #value = 0;

  /**
   * @param steady 0..1, 0 passes everything
   * @param range a change of this size or more is followed at once
   */
  constructor(steady: number, range: number) {
    this.#steady = steady;
    this.#range = range;
  }

  /** What it carries from frame to frame. */
  get state(): number {
    return this.#value;
  }

  set state(value: number) {
    this.#value = value;
  }

  /** The smoothed value after `fresh`. */
  next(fresh: number, cut: boolean): number {
    if (cut) this.#value = fresh;
    else {
      const change = fresh - this.#value;
      this.#value += rate(change, this.#range, this.#steady) * change;
    }
    return this.#value;
  }
}

/** A plane over time, each pixel by itself. */
export class SteadyPlane {
  readonly #steady: number;
  readonly #range: number;
  readonly #size: number;
  readonly #value: Plane;

  constructor(size: number, steady: number, range: number) {
    this.#size = size;
    this.#steady = steady;
    this.#range = range;
    this.#value = new Float32Array(size * size);
  }

  /** What it carries from frame to frame; not a copy. */
  get state(): Plane {
    return this.#value;
  }

  set state(value: Plane) {
    this.#value.set(value);
  }

  /** Smooths `plane` in place over a region. */
  next(plane: Plane, region: Region, cut: boolean): void {
    const value = this.#value;
    if (cut) value.set(plane);
    const slow = 1 - 0.9 * this.#steady;
    const per = 1 / this.#range;
    for (let y = region.y0; y < region.y1; y++) {
      for (let i = y * this.#size + region.x0, end = y * this.#size + region.x1; i < end; i++) {
        const change = (plane[i] as number) - (value[i] as number);
        const t = Math.min(1, Math.abs(change) * per);
        const v = (value[i] as number) + (slow + (1 - slow) * t * t) * change;
        value[i] = v;
        plane[i] = v;
      }
    }
  }
}

/**
 * Holds the slow part of the difference to the plate steady. The plate's own changes pass untouched, because it is the
 * difference that is smoothed; what goes is the breathing of light that a net adds from frame to frame.
 */
export class SteadyDifference {
  readonly #size: number;
  readonly #levels: number;
  readonly #steady: number;
  readonly #state: Plane;
  readonly #pyramid: Plane[];

  /** @param levels halvings down to the slow part */
  constructor(size: number, levels: number, steady: number) {
    this.#size = size;
    this.#levels = levels;
    this.#steady = steady;
    const n = (size >> levels) * (size >> levels);
    this.#state = new Float32Array(n);
    this.#pyramid = Array.from({ length: levels }, (_, l) => new Float32Array((size >> (l + 1)) * (size >> (l + 1))));
  }

  /** What it carries from frame to frame; not a copy. */
  get state(): Plane {
    return this.#state;
  }

  set state(value: Plane) {
    this.#state.set(value);
  }

  /** Corrects `difference` in place. */
  next(difference: Plane, region: Region, cut: boolean): void {
    const L = this.#levels;
    let from = difference;
    for (let l = 0; l < L; l++) {
      halve(from, this.#size >> l, halved(region, l), this.#pyramid[l] as Plane);
      from = this.#pyramid[l] as Plane;
    }
    const side = this.#size >> L;
    const r = halved(region, L);
    const low = this.#pyramid[L - 1] as Plane;
    const state = this.#state;
    if (cut) {
      state.set(low);
      return;
    }
    for (let y = r.y0; y < r.y1; y++) {
      for (let i = y * side + r.x0, end = y * side + r.x1; i < end; i++) {
        const change = (low[i] as number) - (state[i] as number);
        const next = (state[i] as number) + rate(change, 14, this.#steady) * change;
        state[i] = next;
        low[i] = next - (low[i] as number);
      }
    }
    addEnlarged(low, side, r, 1 << L, difference, this.#size);
  }
}

/** Adds a small plane, enlarged by a whole factor (linear between block centres), to a large one. */
function addEnlarged(low: Plane, side: number, r: Region, factor: number, to: Plane, size: number): void {
  const k = 1 / factor;
  const row = new Float32Array(side);
  for (let y = r.y0 * factor; y < r.y1 * factor; y++) {
    const fy = Math.max(r.y0, Math.min(r.y1 - 1, (y + 0.5) * k - 0.5));
    const iy = fy | 0;
    const next = Math.min(r.y1 - 1, iy + 1);
    const wy = fy - iy;
    for (let x = r.x0; x < r.x1; x++)
      row[x] = (low[iy * side + x] as number) * (1 - wy) + (low[next * side + x] as number) * wy;
    for (let x = r.x0 * factor; x < r.x1 * factor; x++) {
      const fx = Math.max(r.x0, Math.min(r.x1 - 1, (x + 0.5) * k - 0.5));
      const ix = fx | 0;
      const right = ix < r.x1 - 1 ? ix + 1 : ix;
      const wx = fx - ix;
      const at = y * size + x;
      to[at] = (to[at] as number) + (row[ix] as number) * (1 - wx) + (row[right] as number) * wx;
    }
  }
}
