/**
 * How one person's face looks, over the canonical face: mean and spread of luma and colour at 64x64 places that move
 * with the mesh. What does not look like that, is in front of it.
 */
import { MESH_TRIANGLES } from '../../faces/index.js';
import { CANON, CANON_IDS, CANON_PIXELS, CANON_POINTS, CANON_WHOLE, LEEWAY, TELLS } from './canon.js';
import { type Evidence, gather, neighbourhood } from './gather.js';
import { boxBlur } from './grid.js';
import { triangleMaps } from './mesh-raster.js';
import type { Plane, Planes, Region } from './types.js';

/** Rows of the canonical picture in which hair may hang: down to the cheekbones. */
const FRINGE_ROWS = 30;

/** Evidence beyond this counts no further: one glint must not outvote its surroundings. */
const CAP = 8;
/** Mean evidence from which on something is in front, for a person with a still face. */
const LIMIT = 1.25;
/** The same while the person has been seen in the frames before only. */
const UNSURE_LIMIT = 2.2;

/** One face, read into the canonical picture. */
interface CanonSample {
  /** The mesh in shares of the crop, x y pairs. */
  readonly mesh: Float32Array;
  readonly y: Float32Array;
  readonly u: Float32Array;
  readonly v: Float32Array;
  /** 0 where the place is turned away or outside of the picture. */
  readonly valid: Uint8Array;
}

const sample = (): CanonSample => ({
  mesh: new Float32Array(468 * 2),
  y: new Float32Array(CANON_PIXELS),
  u: new Float32Array(CANON_PIXELS),
  v: new Float32Array(CANON_PIXELS),
  valid: new Uint8Array(CANON_PIXELS),
});

/** What an {@link Appearance} carries from frame to frame. */
export interface AppearanceState {
  readonly planes: readonly (Float32Array | Uint8Array)[];
  readonly known: boolean;
  readonly numbers: readonly [number, number, number, number];
}

/** The appearance of one person's face. */
export class Appearance {
  readonly #maps = new Float32Array((MESH_TRIANGLES.length / 3) * 6);
  readonly #now = sample();
  readonly #mean = sample();
  readonly #spreadY = new Float32Array(CANON_PIXELS);
  readonly #spreadC = new Float32Array(CANON_PIXELS);
  readonly #count = new Float32Array(CANON_PIXELS);
  readonly #always = new Uint8Array(CANON_PIXELS);
  readonly #shade = new Float32Array(CANON_PIXELS);
  readonly #scratch = new Float32Array(CANON_PIXELS);
  readonly #temporary = new Float32Array(CANON_PIXELS);
  readonly #evidence: Evidence = {
    values: new Float32Array(CANON_PIXELS),
    weight: new Float32Array(CANON_PIXELS),
    limit: LEEWAY.map((v) => v * UNSURE_LIMIT),
  };
  #kept: CanonSample[] = [];
  #known = false;
  /** Median distance of the mesh from its middle shape, in shares of the crop; 0 where it was not learnt. */
  #usualPlay = 0;
  #gain = 1;
  #shiftU = 0;
  #shiftV = 0;

  get #planes(): readonly (Float32Array | Uint8Array)[] {
    const { mesh, y, u, v } = this.#mean;
    return [mesh, y, u, v, this.#spreadY, this.#spreadC, this.#count, this.#always, this.#evidence.limit];
  }

  /** What it carries from frame to frame, once what was kept is settled; not a copy. */
  get state(): AppearanceState {
    return {
      planes: this.#planes,
      known: this.#known,
      numbers: [this.#usualPlay, this.#gain, this.#shiftU, this.#shiftV],
    };
  }

  set state(state: AppearanceState) {
    this.#planes.forEach((plane, i) => {
      plane.set(state.planes[i] ?? []);
    });
    this.#known = state.known;
    [this.#usualPlay, this.#gain, this.#shiftU, this.#shiftV] = state.numbers;
  }

  /** Whether anything is known of the person yet. */
  get known(): boolean {
    return this.#known;
  }

  /** Reads a face. `points` are x y pairs in pixels of the planes' grid, which all three planes share. */
  read(planes: Planes, size: number, points: Float32Array, region: Region): void {
    const now = this.#now;
    for (let i = 0; i < 468 * 2; i++) now.mesh[i] = ((points[i] as number) + 0.5) / size;
    triangleMaps(CANON_POINTS, 2, points, 2, this.#maps);
    const { x0, y0 } = region;
    const x1 = region.x1 - 1.001;
    const y1 = region.y1 - 1.001;
    for (let y = 0, i = 0; y < CANON; y++) {
      for (let x = 0; x < CANON; x++, i++) {
        const id = CANON_IDS[i] as number;
        now.valid[i] = 0;
        if (id < 0) continue;
        const m = id * 6;
        const m0 = this.#maps[m] as number;
        const m1 = this.#maps[m + 1] as number;
        const m3 = this.#maps[m + 3] as number;
        const m4 = this.#maps[m + 4] as number;
        // Pixels of the grid a canonical pixel; a face turned away has little or negative area.
        const area = m0 * m4 - m1 * m3;
        if (area < 0.12) continue;
        const sx = m0 * x + m1 * y + (this.#maps[m + 2] as number);
        const sy = m3 * x + m4 * y + (this.#maps[m + 5] as number);
        if (sx < x0 || sy < y0 || sx > x1 || sy > y1) continue;
        const ix = sx | 0;
        const iy = sy | 0;
        const fx = sx - ix;
        const fy = sy - iy;
        const p = iy * size + ix;
        const w00 = (1 - fx) * (1 - fy);
        const w10 = fx * (1 - fy);
        const w01 = (1 - fx) * fy;
        const w11 = fx * fy;
        const take = (plane: Plane): number =>
          (plane[p] as number) * w00 +
          (plane[p + 1] as number) * w10 +
          (plane[p + size] as number) * w01 +
          (plane[p + size + 1] as number) * w11;
        now.y[i] = take(planes.y);
        now.u[i] = take(planes.u);
        now.v[i] = take(planes.v);
        now.valid[i] = 1;
      }
    }
  }

  /** Keeps the face read last for {@link settle}. */
  keep(): void {
    const s = this.#now;
    this.#kept.push({ mesh: s.mesh.slice(), y: s.y.slice(), u: s.u.slice(), v: s.v.slice(), valid: s.valid.slice() });
  }

  /** Makes medians and spreads of what was kept; a thing that covers a place in less than half of them leaves no trace. */
  settle(): void {
    const kept = this.#kept;
    this.#kept = [];
    if (kept.length === 0) return;
    // All to the light of the one in the middle of brightness.
    const level = (s: CanonSample): number =>
      median(values(s.y, (i) => s.valid[i] === 1 && (TELLS[i] as number) > 0.5));
    const levels = kept.map(level);
    const target = median(Float32Array.from(levels));
    const list = new Float32Array(kept.length);
    for (let i = 0; i < CANON_PIXELS; i++) {
      let n = 0;
      const gather = (of: (s: CanonSample, k: number) => number): Float32Array => {
        n = 0;
        kept.forEach((s, k) => {
          if (s.valid[i] === 1) list[n++] = of(s, k);
        });
        return list.subarray(0, n);
      };
      const y = median(gather((s, k) => ((s.y[i] as number) * target) / Math.max(1, levels[k] as number)));
      const u = median(gather((s) => s.u[i] as number));
      const v = median(gather((s) => s.v[i] as number));
      this.#mean.y[i] = y;
      this.#mean.u[i] = u;
      this.#mean.v[i] = v;
      this.#spreadY[i] = median(
        gather((s, k) => Math.abs(((s.y[i] as number) * target) / Math.max(1, levels[k] as number) - y)),
      );
      this.#spreadC[i] = median(gather((s) => Math.abs((s.u[i] as number) - u) + Math.abs((s.v[i] as number) - v)));
      this.#count[i] = n;
    }
    this.#known = true;
    for (let k = 0; k < 468 * 2; k++) {
      kept.forEach((s, n) => {
        list[n] = s.mesh[k] as number;
      });
      this.#mean.mesh[k] = median(list);
    }
    this.#usualPlay = median(Float32Array.from(kept, (s) => play(s.mesh, this.#mean.mesh)));
    this.#findFringe();
    this.#findLimits(kept);
  }

  /**
   * Factor on the limits for the face read last, 1..2.2: a face that is much further from its middle shape than it mostly is
   * (a scream, raised brows) looks less like itself without anything in front of it.
   */
  get leeway(): number {
    if (this.#usualPlay <= 0) return 1;
    return Math.max(1, Math.min(2.2, play(this.#now.mesh, this.#mean.mesh) / (1.6 * this.#usualPlay)));
  }

  /** How much evidence this person's own play of features gives, so that lively brows and cheeks are not taken for a hand. */
  #findLimits(kept: readonly CanonSample[]): void {
    const now = this.#now;
    const fields = kept.map((s) => {
      now.y.set(s.y);
      now.u.set(s.u);
      now.v.set(s.v);
      now.valid.set(s.valid);
      now.mesh.set(s.mesh);
      return neighbourhood(this.judge(), 2);
    });
    const list = new Float32Array(fields.length);
    for (let i = 0; i < CANON_PIXELS; i++) {
      fields.forEach((field, k) => {
        list[k] = field[i] as number;
      });
      list.sort();
      const usual = list[Math.floor(0.85 * (list.length - 1))] as number;
      const leeway = LEEWAY[i] as number;
      this.#evidence.limit[i] = Math.max(LIMIT * leeway, Math.min(2.8 * leeway, 1.5 * usual + 0.3));
    }
  }

  /**
   * Hair that always hangs over forehead and temples is in every picture, and would pass for the face. It is dark or of
   * another colour than the skin and comes in over the rim. Below the cheekbones the same is a beard and belongs to the face.
   */
  #findFringe(): void {
    const { y, u, v } = this.#mean;
    const skin = (i: number): boolean => (this.#count[i] as number) > 0 && (TELLS[i] as number) > 0.9;
    const my = median(values(y, skin));
    const mu = median(values(u, skin));
    const mv = median(values(v, skin));
    const fringe: Evidence = {
      values: new Float32Array(CANON_PIXELS),
      weight: new Float32Array(CANON_PIXELS),
      limit: new Float32Array(CANON_PIXELS).fill(0.5),
    };
    for (let i = 0; i < CANON_PIXELS; i++) {
      if (!skin(i) || Math.floor(i / CANON) > FRINGE_ROWS) continue;
      fringe.weight[i] = 1;
      const dark = Math.max(0, Math.min(1, (0.6 - (y[i] as number) / my) / 0.15));
      const other = Math.max(0, Math.min(1, (Math.hypot((u[i] as number) - mu, (v[i] as number) - mv) - 16) / 8));
      fringe.values[i] = Math.max(dark, other);
    }
    const found = new Float32Array(CANON_PIXELS);
    gather(fringe, 1, 0.9, found);
    for (let i = 0; i < CANON_PIXELS; i++) this.#always[i] = (found[i] as number) > 0.5 ? 1 : 0;
  }

  /** Evidence from the face read last against what is known; from skin colour alone where nothing is known yet. */
  judge(): Evidence {
    if (!this.#known) return this.#judgeFirst();
    const now = this.#now;
    const mean = this.#mean;
    const usable = (i: number): boolean =>
      now.valid[i] === 1 && (this.#count[i] as number) > 0 && (TELLS[i] as number) > 0.5;
    this.#gain = Math.exp(
      median(
        values(now.y, usable, (i) => Math.log(Math.max(4, mean.y[i] as number) / Math.max(4, now.y[i] as number)), 3),
      ),
    );
    this.#shiftU = median(values(now.u, usable, (i) => (mean.u[i] as number) - (now.u[i] as number), 3));
    this.#shiftV = median(values(now.v, usable, (i) => (mean.v[i] as number) - (now.v[i] as number), 3));
    this.#fitShade();
    const { values: out, weight } = this.#evidence;
    for (let i = 0; i < CANON_PIXELS; i++) {
      out[i] = 0;
      weight[i] = 0;
      if (now.valid[i] === 0 || (this.#count[i] as number) <= 0) continue;
      weight[i] = TELLS[i] as number;
      if (this.#always[i] === 1) {
        // In front all the time, and added at the end: nothing may grow out of it.
        weight[i] = 0;
        continue;
      }
      const m = mean.y[i] as number;
      const du = (now.u[i] as number) + this.#shiftU - (mean.u[i] as number);
      const dv = (now.v[i] as number) + this.#shiftV - (mean.v[i] as number);
      const gx = this.#slope(mean.y, i, 1);
      const gy = this.#slope(mean.y, i, CANON);
      const cx = Math.abs(this.#slope(mean.u, i, 1)) + Math.abs(this.#slope(mean.v, i, 1));
      const cy = Math.abs(this.#slope(mean.u, i, CANON)) + Math.abs(this.#slope(mean.v, i, CANON));
      const sy = 1.3 * (this.#spreadY[i] as number);
      const sc = (this.#spreadC[i] as number) + 3.5;
      // The mesh is off by about a pixel: steep places may differ more.
      const varianceY = sy * sy + (0.05 * m + 3) ** 2 + 1.1 * (gx * gx + gy * gy);
      const varianceC = sc * sc + 1.2 * (cx * cx + cy * cy);
      const colour = (du * du + dv * dv) / varianceC;
      // A shadow or a gleam scales luma smoothly; structure that is not the face's does not follow that scale.
      const shade = this.#shade[i] as number;
      const off = (now.y[i] as number) * this.#gain - shade * m;
      let luma = (off * off) / varianceY;
      const plain = (now.y[i] as number) * this.#gain;
      if (plain < 0.55 * m || plain > 1.4 * m) luma = Math.max(luma, (plain - m) ** 2 / varianceY);
      const e = Math.min(luma, 12) + Math.min(colour, 14);
      out[i] = Math.min(CAP, e);
    }
    return this.#evidence;
  }

  /** The smooth ratio of luma as seen to luma as known. */
  #fitShade(): void {
    const now = this.#now;
    const shade = this.#shade;
    const known = this.#scratch;
    for (let i = 0; i < CANON_PIXELS; i++) {
      const y = (now.y[i] as number) * this.#gain;
      const m = this.#mean.y[i] as number;
      // What is far too dark or bright to be shaded skin must not shade its neighbours.
      const use = now.valid[i] === 1 && (this.#count[i] as number) > 0 && y > 0.5 * m && y < 1.5 * m;
      shade[i] = use ? y : 0;
      known[i] = use ? m : 0;
    }
    for (let pass = 0; pass < 2; pass++) {
      boxBlur(shade, CANON, CANON_WHOLE, 4, this.#temporary);
      boxBlur(known, CANON, CANON_WHOLE, 4, this.#temporary);
    }
    for (let i = 0; i < CANON_PIXELS; i++) shade[i] = ((shade[i] as number) + 2) / ((known[i] as number) + 2);
  }

  /** Adds the hair that is always in front to what was found. */
  addFringe(out: Float32Array): void {
    for (let i = 0; i < CANON_PIXELS; i++) if (this.#always[i] === 1) out[i] = 1;
  }

  /** Takes the face read last into what is known, where `covered` is low. */
  update(covered: Float32Array): void {
    const now = this.#now;
    const mean = this.#mean;
    if (!this.#known) {
      this.#gain = 1;
      this.#shiftU = 0;
      this.#shiftV = 0;
    }
    for (let i = 0; i < CANON_PIXELS; i++) {
      if (now.valid[i] === 0 || (covered[i] as number) > 0.15) continue;
      const n = this.#count[i] as number;
      const y = (now.y[i] as number) * this.#gain;
      const u = (now.u[i] as number) + this.#shiftU;
      const v = (now.v[i] as number) + this.#shiftV;
      if (n <= 0) {
        mean.y[i] = y;
        mean.u[i] = u;
        mean.v[i] = v;
        this.#spreadY[i] = 0.06 * y;
        this.#spreadC[i] = 3;
        this.#count[i] = 1;
        continue;
      }
      const rate = Math.max(0.02, 1 / (n + 1));
      this.#spreadY[i] =
        (this.#spreadY[i] as number) + rate * (Math.abs(y - (mean.y[i] as number)) - (this.#spreadY[i] as number));
      this.#spreadC[i] =
        (this.#spreadC[i] as number) +
        rate *
          (Math.abs(u - (mean.u[i] as number)) + Math.abs(v - (mean.v[i] as number)) - (this.#spreadC[i] as number));
      mean.y[i] = (mean.y[i] as number) + rate * (y - (mean.y[i] as number));
      mean.u[i] = (mean.u[i] as number) + rate * (u - (mean.u[i] as number));
      mean.v[i] = (mean.v[i] as number) + rate * (v - (mean.v[i] as number));
      this.#count[i] = Math.min(200, n + 1);
    }
    this.#known = true;
  }

  /** The first face of all: what is far from the middle colour of its skin, outside of eyes, brows and mouth. */
  #judgeFirst(): Evidence {
    const now = this.#now;
    const skin = (i: number): boolean => now.valid[i] === 1 && (TELLS[i] as number) > 0.9;
    const y = median(values(now.y, skin));
    const u = median(values(now.u, skin));
    const v = median(values(now.v, skin));
    const { values: out, weight } = this.#evidence;
    for (let i = 0; i < CANON_PIXELS; i++) {
      const row = Math.floor(i / CANON);
      // Brows, lashes and glasses are the person's own; the rows are those between forehead and cheek.
      const own = row > 12 && row < 28;
      weight[i] = now.valid[i] === 1 && !own ? (TELLS[i] as number) : 0;
      if (weight[i] === 0) {
        out[i] = 0;
        continue;
      }
      const colour = Math.hypot((now.u[i] as number) - u, (now.v[i] as number) - v);
      const dark = (now.y[i] as number) < 0.45 * y ? 1 : 0;
      out[i] = CAP * Math.max(dark, Math.min(1, Math.max(0, (colour - 14) / 10)));
    }
    return this.#evidence;
  }

  #slope(plane: Float32Array, i: number, step: number): number {
    const a = i - step;
    const b = i + step;
    if (a < 0 || b >= CANON_PIXELS || (this.#count[a] as number) <= 0 || (this.#count[b] as number) <= 0) return 0;
    return 0.5 * ((plane[b] as number) - (plane[a] as number));
  }
}

/** The values of the places that pass, or what `of` makes of them; every `step`-th only. */
function values(
  plane: Float32Array,
  pass: (i: number) => boolean,
  of: (i: number) => number = (i) => plane[i] as number,
  step = 1,
): Float32Array {
  const out = new Float32Array(Math.ceil(CANON_PIXELS / step));
  let n = 0;
  for (let i = 0; i < CANON_PIXELS; i += step) if (pass(i)) out[n++] = of(i);
  return out.subarray(0, n);
}

/** Mean distance between two meshes. */
function play(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < 468 * 2; i += 2)
    sum += Math.hypot((a[i] as number) - (b[i] as number), (a[i + 1] as number) - (b[i + 1] as number));
  return sum / 468;
}

/** Sorts in place. 0 for nothing. */
function median(list: Float32Array): number {
  if (list.length === 0) return 0;
  list.sort();
  return list[list.length >> 1] as number;
}
