/**
 * How one person's face looks, over the canonical face: mean and spread of luma and colour at 64x64 places that move
 * with the mesh. What does not look like that, is in front of it.
 */
import { CANONICAL_POINTS, EYE_LEFT, EYE_RIGHT, FACE_OVAL, LIPS_INNER, MESH_TRIANGLES } from '../../faces/index.js';
import { boxBlur, fillPolygon } from './grid.js';
import { MeshRaster, triangleMaps } from './mesh-raster.js';
import type { Plane, Planes, Region } from './types.js';

/** Side of the canonical picture. */
export const CANON = 64;
const N = CANON * CANON;
/** Canonical pixels a centimetre; the face is 17.7 cm high. */
const PER_CM = 3.35;

/** Canonical positions as x y pairs in pixels of the canonical picture. */
export const CANON_POINTS: Float32Array = (() => {
  const out = new Float32Array(468 * 2);
  for (let i = 0; i < 468; i++) {
    out[i * 2] = 31.5 + (CANONICAL_POINTS[i * 3] as number) * PER_CM;
    out[i * 2 + 1] = 30 + (CANONICAL_POINTS[i * 3 + 1] as number) * PER_CM;
  }
  return out;
})();

const WHOLE: Region = { x0: 0, y0: 0, x1: CANON, y1: CANON };

/** Triangle at each canonical pixel, -1 outside. */
const IDS: Int16Array = (() => {
  const raster = new MeshRaster(CANON);
  raster.draw(CANON_POINTS, null, 1, WHOLE, -1);
  return raster.ids;
})();

const ring = (list: readonly number[]): number[] =>
  list.flatMap((i) => [CANON_POINTS[i * 2] as number, CANON_POINTS[i * 2 + 1] as number]);

/** 0..1: how much a place tells: nothing between the lips, little on the eyes, which move by themselves. */
const TELLS: Float32Array = (() => {
  const hidden = new Float32Array(N);
  for (const part of [EYE_LEFT, EYE_RIGHT, LIPS_INNER]) fillPolygon(hidden, CANON, WHOLE, ring(part));
  // Lids and lips slide over their neighbours.
  const out = new Float32Array(N);
  for (let y = 1; y < CANON - 1; y++)
    for (let x = 1; x < CANON - 1; x++) {
      let most = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) most = Math.max(most, hidden[(y + dy) * CANON + x + dx] as number);
      out[y * CANON + x] = (IDS[y * CANON + x] as number) < 0 ? 0 : 1 - 0.9 * most;
    }
  return out;
})();

/** Pixels of the canonical face, and those at its rim. */
const FACE_PIXELS = IDS.reduce((n, id) => n + (id >= 0 ? 1 : 0), 0);
const RIM: Uint8Array = (() => {
  const inner = new Float32Array(N);
  const cx = 31.5;
  const cy = 32;
  fillPolygon(
    inner,
    CANON,
    WHOLE,
    FACE_OVAL.flatMap((i) => [
      cx + ((CANON_POINTS[i * 2] as number) - cx) * 0.9,
      cy + ((CANON_POINTS[i * 2 + 1] as number) - cy) * 0.9,
    ]),
  );
  return Uint8Array.from({ length: N }, (_, i) => ((IDS[i] as number) >= 0 && (inner[i] as number) < 0.5 ? 1 : 0));
})();

/** Rows of the canonical picture in which hair may hang: down to the cheekbones. */
const FRINGE_ROWS = 30;

/** Evidence beyond this counts no further: one glint must not outvote its surroundings. */
const CAP = 5;
/** Mean evidence from which on something is in front, for a person with a still face. */
const LIMIT = 1.25;
/** The same while the person has been seen in the frames before only. */
const UNSURE_LIMIT = 2.2;

/** One face, read into the canonical picture. */
export interface CanonSample {
  readonly y: Float32Array;
  readonly u: Float32Array;
  readonly v: Float32Array;
  /** 0 where the place is turned away or outside of the picture. */
  readonly valid: Uint8Array;
}

const sample = (): CanonSample => ({
  y: new Float32Array(N),
  u: new Float32Array(N),
  v: new Float32Array(N),
  valid: new Uint8Array(N),
});

/** Evidence that something is in front, over the canonical picture. */
export interface Evidence {
  /** Squared deviations from the known look over their usual variance, capped: about .1 where nothing is in front. */
  readonly values: Float32Array;
  /** 0..1: how far a place's evidence can be trusted. */
  readonly weight: Float32Array;
  /** Mean evidence of a neighbourhood from which on something is in front there. */
  readonly limit: Float32Array;
}

/** The appearance of one person's face. */
export class Appearance {
  readonly #maps = new Float32Array((MESH_TRIANGLES.length / 3) * 6);
  readonly #now = sample();
  readonly #mean = sample();
  readonly #spreadY = new Float32Array(N);
  readonly #spreadC = new Float32Array(N);
  readonly #count = new Float32Array(N);
  readonly #always = new Uint8Array(N);
  readonly #shade = new Float32Array(N);
  readonly #scratch = new Float32Array(N);
  readonly #temporary = new Float32Array(N);
  readonly #evidence: Evidence = {
    values: new Float32Array(N),
    weight: new Float32Array(N),
    limit: new Float32Array(N).fill(UNSURE_LIMIT),
  };
  #kept: CanonSample[] = [];
  #known = false;
  #gain = 1;
  #shiftU = 0;
  #shiftV = 0;

  /** Whether anything is known of the person yet. */
  get known(): boolean {
    return this.#known;
  }

  /** Reads a face. `points` are x y pairs in pixels of the planes' grid, which all three planes share. */
  read(planes: Planes, size: number, points: Float32Array, region: Region): void {
    const now = this.#now;
    triangleMaps(CANON_POINTS, 2, points, 2, this.#maps);
    const { x0, y0 } = region;
    const x1 = region.x1 - 1.001;
    const y1 = region.y1 - 1.001;
    for (let y = 0, i = 0; y < CANON; y++) {
      for (let x = 0; x < CANON; x++, i++) {
        const id = IDS[i] as number;
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
    this.#kept.push({ y: s.y.slice(), u: s.u.slice(), v: s.v.slice(), valid: s.valid.slice() });
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
    for (let i = 0; i < N; i++) {
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
    this.#findFringe();
    this.#findLimits(kept);
  }

  /** How much evidence this person's own play of features gives, so that lively brows and cheeks are not taken for a hand. */
  #findLimits(kept: readonly CanonSample[]): void {
    const now = this.#now;
    const fields = kept.map((s) => {
      now.y.set(s.y);
      now.u.set(s.u);
      now.v.set(s.v);
      now.valid.set(s.valid);
      return neighbourhood(this.judge(), 2);
    });
    const list = new Float32Array(fields.length);
    for (let i = 0; i < N; i++) {
      fields.forEach((field, k) => {
        list[k] = field[i] as number;
      });
      list.sort();
      const usual = list[Math.floor(0.8 * (list.length - 1))] as number;
      this.#evidence.limit[i] = Math.max(LIMIT, Math.min(3.2, 1.5 * usual + 0.3));
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
      values: new Float32Array(N),
      weight: new Float32Array(N),
      limit: new Float32Array(N).fill(0.5 * CAP),
    };
    for (let i = 0; i < N; i++) {
      if (!skin(i) || Math.floor(i / CANON) > FRINGE_ROWS) continue;
      fringe.weight[i] = 1;
      const dark = Math.max(0, Math.min(1, (0.6 - (y[i] as number) / my) / 0.15));
      const other = Math.max(0, Math.min(1, (Math.hypot((u[i] as number) - mu, (v[i] as number) - mv) - 16) / 8));
      fringe.values[i] = CAP * Math.max(dark, other);
    }
    const found = new Float32Array(N);
    gather(fringe, true, 0.9, found);
    for (let i = 0; i < N; i++) this.#always[i] = (found[i] as number) > 0.5 ? 1 : 0;
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
    for (let i = 0; i < N; i++) {
      out[i] = 0;
      weight[i] = 0;
      if (now.valid[i] === 0 || (this.#count[i] as number) <= 0) continue;
      weight[i] = TELLS[i] as number;
      if (this.#always[i] === 1) {
        out[i] = CAP;
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
    for (let i = 0; i < N; i++) {
      const use = now.valid[i] === 1 && (this.#count[i] as number) > 0;
      shade[i] = use ? (now.y[i] as number) * this.#gain : 0;
      known[i] = use ? (this.#mean.y[i] as number) : 0;
    }
    for (let pass = 0; pass < 2; pass++) {
      boxBlur(shade, CANON, WHOLE, 4, this.#temporary);
      boxBlur(known, CANON, WHOLE, 4, this.#temporary);
    }
    for (let i = 0; i < N; i++) shade[i] = ((shade[i] as number) + 2) / ((known[i] as number) + 2);
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
    for (let i = 0; i < N; i++) {
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
    for (let i = 0; i < N; i++) {
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
    if (a < 0 || b >= N || (this.#count[a] as number) <= 0 || (this.#count[b] as number) <= 0) return 0;
    return 0.5 * ((plane[b] as number) - (plane[a] as number));
  }
}

/**
 * From evidence to what is covered: strong places grow into weaker ones that they touch, and what is small is dropped;
 * so is, where asked for, what does not reach in from the rim. A thing that stands out clearly gets a sharp outline; one
 * that hardly differs from the face (a hand) gets the outline of the neighbourhoods that gave it away.
 *
 * @param grow evidence, in shares of the limit, down to which a strong place grows
 * @param out 0..1 over the canonical picture
 * @returns the covered share of the face, 0..1
 */
export function gather(evidence: Evidence, needsRim: boolean, grow: number, out: Float32Array): number {
  const { limit } = evidence;
  const wide = neighbourhood(evidence, 2);
  const near = neighbourhood(evidence, 1);
  for (let i = 0; i < N; i++) {
    wide[i] = (wide[i] as number) / (limit[i] as number);
    near[i] = (near[i] as number) / (limit[i] as number);
  }
  const mark = new Uint8Array(N);
  const stack: number[] = [];
  const members: number[] = [];
  out.fill(0);
  let covered = 0;
  for (let s = 0; s < N; s++) {
    if (mark[s] === 1 || (wide[s] as number) < 1.05) continue;
    stack.length = 0;
    members.length = 0;
    stack.push(s);
    mark[s] = 1;
    let rim = false;
    let strength = 0;
    while (stack.length > 0) {
      const i = stack.pop() as number;
      members.push(i);
      strength += Math.min(2, near[i] as number);
      if (RIM[i] === 1) rim = true;
      for (const j of [i - 1, i + 1, i - CANON, i + CANON]) {
        if (j < 0 || j >= N || mark[j] === 1 || (wide[j] as number) < grow) continue;
        mark[j] = 1;
        stack.push(j);
      }
    }
    if (members.length < (rim ? 14 : 40) || (needsRim && !rim)) continue;
    const clear = strength / members.length > 1.25;
    for (const i of members) {
      const v = clear ? ((near[i] as number) - 0.7) / 0.5 : ((wide[i] as number) - grow + 0.08) / 0.3;
      out[i] = v <= 0 ? 0 : Math.min(1, v);
      covered += out[i] as number;
    }
  }
  return covered / FACE_PIXELS;
}

/** Weighted mean of the evidence round each place; places that tell nothing are filled from round them. */
function neighbourhood(evidence: Evidence, radius: number): Float32Array {
  const sum = new Float32Array(N);
  const weight = evidence.weight.slice();
  const temporary = new Float32Array(N);
  for (let i = 0; i < N; i++)
    sum[i] = Math.min(evidence.values[i] as number, 2.2 * (evidence.limit[i] as number)) * (weight[i] as number);
  for (let pass = 0; pass < 2; pass++) {
    boxBlur(sum, CANON, WHOLE, radius, temporary);
    boxBlur(weight, CANON, WHOLE, radius, temporary);
  }
  for (let i = 0; i < N; i++) sum[i] = (IDS[i] as number) < 0 ? 0 : (sum[i] as number) / ((weight[i] as number) + 0.02);
  return sum;
}

/** The values of the places that pass, or what `of` makes of them; every `step`-th only. */
function values(
  plane: Float32Array,
  pass: (i: number) => boolean,
  of: (i: number) => number = (i) => plane[i] as number,
  step = 1,
): Float32Array {
  const out = new Float32Array(Math.ceil(N / step));
  let n = 0;
  for (let i = 0; i < N; i += step) if (pass(i)) out[n++] = of(i);
  return out.subarray(0, n);
}

/** Sorts in place. 0 for nothing. */
function median(list: Float32Array): number {
  if (list.length === 0) return 0;
  list.sort();
  return list[list.length >> 1] as number;
}
