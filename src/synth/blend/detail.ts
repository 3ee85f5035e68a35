/**
 * Sharpness and grain of the plate for the new face. A net's face is blurred and clean; the plate is neither. Three
 * sources, from coarse to fine: the face's own detail, raised band by band until it is as strong as the plate's; the
 * plate's finest skin texture, which simply stays (it moves and flickers as the plate does, because it is the plate's);
 * and made grain where the plate's texture had to go (eyes, lips, edges).
 */
import { kernels, Random } from '../../base/index.js';
import { boxBlur } from './grid.js';
import type { FaceShape } from './mask.js';
import { planeKernel } from './plane-kernel.js';
import { SteadyValue } from './temporal.js';
import type { Plane, Region } from './types.js';

/** Band values beyond this (code values) are edges and count no further: one scar must not sharpen a face. */
const EDGE = 14;
/** At most this much is added to a pixel by sharpening, so that no halo shows. */
const HALO = 16;
/** A gradient of the plate (code values a grid pixel) at which half of its texture is kept out. */
const GATE = 7;

/** What {@link DetailMatcher.match} found. */
export interface DetailStats {
  /** Noise and texture of the plate's skin in the finest band of the work grid, code values. */
  readonly texture: number;
  /** 0..1: how blurred the face's features came, before anything was done about it. */
  readonly blur: number;
}

/** Matches one person's face to the plate's detail on the work grid. */
export class DetailMatcher {
  readonly #size: number;
  readonly #texture: number;
  readonly #strength: number;
  readonly #gains: SteadyValue[];
  readonly #temporary: Plane;

  /**
   * @param size side of the work grid
   * @param texture 0..1: how much of the plate's texture stays
   * @param strength 0..1: how far blur is made up for
   */
  constructor(size: number, texture: number, strength: number, steady: number) {
    this.#size = size;
    this.#texture = texture;
    this.#strength = strength;
    this.#gains = [0, 1, 2, 3, 4].map(() => new SteadyValue(steady, 1.2));
    this.#temporary = new Float32Array(size * size);
  }

  /** What it carries from frame to frame. */
  get state(): readonly number[] {
    return this.#gains.map((g) => g.state);
  }

  set state(state: readonly number[]) {
    this.#gains.forEach((g, i) => {
      g.state = state[i] ?? 0;
    });
  }

  /**
   * Writes into `gate` (analysis grid, 0..1) where the plate's finest texture may stay: on skin, off edges.
   */
  gate(plateY: Plane, shape: FaceShape, region: Region, gate: Plane): void {
    const { size, features, distance } = shape;
    const k = 1 / (GATE * GATE);
    for (let y = region.y0; y < region.y1; y++) {
      const up = Math.max(region.y0, y - 1) * size;
      const down = Math.min(region.y1 - 1, y + 1) * size;
      for (let x = region.x0; x < region.x1; x++) {
        const i = y * size + x;
        const left = x > region.x0 ? x - 1 : x;
        const right = x < region.x1 - 1 ? x + 1 : x;
        const row = y * size;
        // Sobel: the mean over three rows tells an edge from grain.
        const a = plateY[up + left] as number;
        const b = plateY[up + right] as number;
        const c = plateY[down + left] as number;
        const d = plateY[down + right] as number;
        const dx = 0.25 * (b + d - a - c + 2 * ((plateY[row + right] as number) - (plateY[row + left] as number)));
        const dy = 0.25 * (c + d - a - b + 2 * ((plateY[down + x] as number) - (plateY[up + x] as number)));
        const g = 0.25 * (dx * dx + dy * dy) * k;
        const inside = (distance[i] as number) > 0 ? 1 : 0.5;
        gate[i] = (this.#texture * inside * (1 - (features[i] as number))) / (1 + g * g);
      }
    }
    boxBlur(gate, size, region, 1, this.#temporary);
  }

  /**
   * Raises the detail of `face` to that of `plate`, both luma on the work grid.
   *
   * @param use 0..1 on the work grid: what is going to be seen
   * @param features 0..1 on the work grid
   * @param gate 0..1 on the work grid
   */
  match(
    plate: Plane,
    face: Plane,
    use: Plane,
    features: Plane,
    gate: Plane,
    region: Region,
    cut: boolean,
  ): DetailStats {
    const size = this.#size;
    const table = new BandTable(region, size);
    table.load(Area.plate, plate);
    table.load(Area.face, face);
    table.load(Area.features, features);
    table.load(Area.gate, gate);
    table.split(Area.plate, Area.plateFine, Area.plateCoarse);
    table.split(Area.face, Area.fine, Area.coarse);
    const { floats } = table;
    // Mean strength of a band over features (0) and skin (1): plate fine, plate coarse, face fine, face coarse.
    const sums = new Float64Array(8);
    let featureWeight = 1e-6;
    let skinWeight = 1e-6;
    const limited = (v: number): number => {
      const a = v < 0 ? -v : v;
      return Math.min(a, EDGE);
    };
    const [plateFine, plateCoarse, fine, coarse] = [Area.plateFine, Area.plateCoarse, Area.fine, Area.coarse].map(
      (area) => table.at(area, 0) >> 2,
    ) as [number, number, number, number];
    for (let y = region.y0; y < region.y1; y += 2) {
      let o = (y - region.y0) * table.stride;
      for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++, o++) {
        if ((use[i] as number) < 0.6) continue;
        const f = features[i] as number;
        const s = 1 - f;
        featureWeight += f;
        skinWeight += s;
        const a = limited(floats[plateFine + o] as number);
        const b = limited(floats[plateCoarse + o] as number);
        const c = limited(floats[fine + o] as number);
        const d = limited(floats[coarse + o] as number);
        sums[0] = (sums[0] as number) + f * a;
        sums[1] = (sums[1] as number) + s * a;
        sums[2] = (sums[2] as number) + f * b;
        sums[3] = (sums[3] as number) + s * b;
        sums[4] = (sums[4] as number) + f * c;
        sums[5] = (sums[5] as number) + s * c;
        sums[6] = (sums[6] as number) + f * d;
        sums[7] = (sums[7] as number) + s * d;
      }
    }
    const gain = (index: number, band: number, part: number, weight: number, high: number): number => {
      const p = (sums[band * 2 + part] as number) / weight;
      const q = (sums[4 + band * 2 + part] as number) / weight;
      const raw = Math.max(0, Math.min(high, p / (q + 0.05) - 1)) * this.#strength;
      return (this.#gains[index] as SteadyValue).next(raw, cut);
    };
    const fineFeature = gain(0, 0, 0, featureWeight, 2.2);
    const fineSkin = gain(1, 0, 1, skinWeight, 1.4);
    const coarseFeature = gain(2, 1, 0, featureWeight, 1);
    const coarseSkin = gain(3, 1, 1, skinWeight, 0.6);
    // What sharpening cannot give the skin comes from the plate.
    const plateSkin = (sums[1] as number) / skinWeight;
    const reached = ((sums[5] as number) / skinWeight) * (1 + fineSkin);
    const borrowed = Math.sqrt(Math.max(0, 1 - (reached / Math.max(0.05, plateSkin)) ** 2));
    const gains = [fineSkin, fineFeature - fineSkin, coarseSkin, coarseFeature - coarseSkin] as const;
    for (let y = 0; y < region.y1 - region.y0; y++) {
      const [f, a, b, g, p] = [Area.features, Area.fine, Area.coarse, Area.gate, Area.plateFine].map((area) =>
        table.at(area, y),
      ) as [number, number, number, number, number];
      const to = table.at(Area.face, y);
      planeKernel.raise(f, a, b, g, p, ...gains, 1 / HALO, borrowed, to, to + 4 * (region.x1 - region.x0));
    }
    table.take(Area.face, face);
    const ratio = ((sums[4] as number) + 0.05 * featureWeight) / ((sums[0] as number) + 0.05 * featureWeight);
    const blur = (this.#gains[4] as SteadyValue).next(Math.max(0, Math.min(1, (0.95 - ratio) / 0.5)), cut);
    return { texture: plateSkin, blur };
  }
}

/** The planes of a {@link BandTable}. */
const Area = {
  plate: 0,
  face: 1,
  plateFine: 2,
  plateCoarse: 3,
  fine: 4,
  coarse: 5,
  features: 6,
  gate: 7,
  rows: 8,
  blurred: 9,
} as const;
type Area = (typeof Area)[keyof typeof Area];
const AREAS = Object.keys(Area).length;
/** Numbers of room on either side of a row: the blurs look two beyond, where the rim is repeated. */
const ROOM = 4;

/** Planes over a region in the memory of the kernels, until anything else uses it. */
class BandTable {
  readonly floats: Float32Array;
  /** Numbers from row to row. */
  readonly stride: number;
  readonly #region: Region;
  readonly #size: number;
  readonly #start: number;

  /** @param size side of the grid that the region lies on; edges on multiples of 4 */
  constructor(region: Region, size: number) {
    this.#region = region;
    this.#size = size;
    this.stride = region.x1 - region.x0 + 2 * ROOM;
    const { floats, start } = kernels.reserve(4 * AREAS * this.stride * (region.y1 - region.y0));
    this.floats = floats;
    this.#start = start + 4 * ROOM;
  }

  /** Address of the first number of a row, rows beyond the rim being those at the rim. */
  at(area: Area, row: number): number {
    const rows = this.#region.y1 - this.#region.y0;
    return this.#start + 4 * this.stride * (area * rows + Math.max(0, Math.min(rows - 1, row)));
  }

  load(area: Area, plane: Plane): void {
    const { x0, x1, y0, y1 } = this.#region;
    for (let y = y0; y < y1; y++)
      this.floats.set(plane.subarray(y * this.#size + x0, y * this.#size + x1), this.at(area, y - y0) >> 2);
  }

  take(area: Area, plane: Plane): void {
    const { x0, x1, y0, y1 } = this.#region;
    for (let y = y0; y < y1; y++) {
      const at = this.at(area, y - y0) >> 2;
      plane.set(this.floats.subarray(at, at + x1 - x0), y * this.#size + x0);
    }
  }

  /** Two bands: the plane less its 1-2-1 blur, and that less its 1-0-2-0-1 blur. */
  split(plane: Area, fine: Area, coarse: Area): void {
    this.#blur(plane, 1, coarse);
    this.#less(plane, coarse, fine);
    this.#blur(coarse, 2, Area.blurred);
    this.#less(coarse, Area.blurred, coarse);
  }

  #less(plane: Area, less: Area, to: Area): void {
    const { x0, x1, y0, y1 } = this.#region;
    for (let y = 0; y < y1 - y0; y++) {
      const at = this.at(to, y);
      planeKernel.less(this.at(plane, y), this.at(less, y), at, at + 4 * (x1 - x0));
    }
  }

  /** 1-2-1 with its taps `step` apart, in both directions, the rim repeated. */
  #blur(from: Area, step: 1 | 2, to: Area): void {
    const { x0, x1, y0, y1 } = this.#region;
    const bytes = 4 * (x1 - x0);
    for (let y = 0; y < y1 - y0; y++) {
      const at = this.at(from, y);
      const [first, last] = [at >> 2, (at + bytes) >> 2];
      this.floats.fill(this.floats[first] as number, first - 2, first);
      this.floats.fill(this.floats[last - 1] as number, last, last + 2);
      const row = this.at(Area.rows, y);
      planeKernel.blur(at - 4 * step, at, at + 4 * step, row, row + bytes);
    }
    for (let y = 0; y < y1 - y0; y++) {
      const at = this.at(to, y);
      const [up, here, down] = [-step, 0, step].map((d) => this.at(Area.rows, y + d)) as [number, number, number];
      planeKernel.blur(up, here, down, at, at + bytes);
    }
  }
}

/** Sharpness of the swapped region over the plate's that is steered for, and how far it may go for it. */
const AIM = 0.97;
const MOST = 1.8;

/** How far edges are steepened, learnt from frame to frame from the sharpness that came out. */
export class Crispness {
  #value = 1;

  /** For the next frame. */
  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.#value = value;
  }

  /** Takes the sharpness of the frame just written: the mean gradient under the mask, after over before. */
  learn(sharpness: number, cut: boolean): void {
    const step = (cut ? 1.2 : 0.5) * (AIM - sharpness);
    this.#value = Math.max(0, Math.min(MOST, this.#value + Math.max(-0.15, Math.min(0.15, step))));
  }
}

/** Side of the tile of noise; a power of two. */
export const GRAIN_SIDE = 128;

/** Noise of unit deviation, a little soft as camera grain after compression is. The same on every machine. */
export const grainTile: Float32Array = (() => {
  const random = new Random(0x67a1);
  const n = GRAIN_SIDE;
  const white = Float32Array.from({ length: n * n }, () => random.normal());
  const soft = new Float32Array(n * n);
  let sum = 0;
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      let v = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++)
          v += (2 - Math.abs(dx)) * (2 - Math.abs(dy)) * (white[((y + dy + n) % n) * n + ((x + dx + n) % n)] as number);
      v = v / 16 + 0.35 * (white[y * n + x] as number);
      soft[y * n + x] = v;
      sum += v * v;
    }
  const k = 1 / Math.sqrt(sum / (n * n));
  return soft.map((v) => v * k);
})();
