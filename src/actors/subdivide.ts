/**
 * Loop subdivision as a fixed linear map: which coarse points, with which weights, make each fine point (C. Loop, 1987).
 * The topology never changes, so it is worked out once; each frame then only multiplies.
 */

/** A finer mesh as weighted sums of the points of a coarse one. */
export interface Refinement {
  /** Number of fine points. The first ones are the coarse points, in order (moved a little by the smoothing). */
  readonly count: number;
  /** Corners of the fine triangles. */
  readonly triangles: Uint32Array;
  /** Where the terms of each fine point begin; `count + 1` entries. */
  readonly start: Uint32Array;
  /** Coarse point of each term. */
  readonly from: Uint32Array;
  /** Weight of each term. */
  readonly weight: Float32Array;
}

type Terms = Map<number, number>;

function addScaled(into: Terms, terms: Terms, factor: number): void {
  for (const [point, weight] of terms) into.set(point, (into.get(point) ?? 0) + weight * factor);
}

function step(
  terms: Terms[],
  triangles: readonly (readonly [number, number, number])[],
  corners: ReadonlySet<number>,
): { terms: Terms[]; triangles: [number, number, number][] } {
  const size = terms.length;
  const edges = new Map<number, { a: number; b: number; opposite: number[]; middle: number }>();
  const neighbours: Set<number>[] = terms.map(() => new Set<number>());
  const edge = (a: number, b: number) => edges.get(Math.min(a, b) * size + Math.max(a, b));
  for (const [p, q, r] of triangles)
    for (const [a, b, c] of [
      [p, q, r],
      [q, r, p],
      [r, p, q],
    ] as const) {
      const known = edge(a, b);
      if (known) known.opposite.push(c);
      else edges.set(Math.min(a, b) * size + Math.max(a, b), { a, b, opposite: [c], middle: 0 });
      neighbours[a]?.add(b);
      neighbours[b]?.add(a);
    }
  const rim: number[][] = terms.map(() => []);
  for (const e of edges.values())
    if (e.opposite.length === 1) {
      rim[e.a]?.push(e.b);
      rim[e.b]?.push(e.a);
    }
  const at = (i: number): Terms => terms[i] as Terms;
  const fine: Terms[] = terms.map((own, i) => {
    const out: Terms = new Map();
    const border = rim[i] as number[];
    const ring = neighbours[i] as Set<number>;
    if (corners.has(i)) addScaled(out, own, 1);
    else if (border.length === 2) {
      addScaled(out, own, 0.75);
      for (const j of border) addScaled(out, at(j), 0.125);
    } else {
      const n = ring.size;
      const beta = n === 3 ? 3 / 16 : 3 / (8 * n);
      addScaled(out, own, 1 - n * beta);
      for (const j of ring) addScaled(out, at(j), beta);
    }
    return out;
  });
  for (const e of edges.values()) {
    const out: Terms = new Map();
    const whole = e.opposite.length === 2;
    addScaled(out, at(e.a), whole ? 0.375 : 0.5);
    addScaled(out, at(e.b), whole ? 0.375 : 0.5);
    if (whole) for (const c of e.opposite) addScaled(out, at(c), 0.125);
    e.middle = fine.length;
    fine.push(out);
  }
  const split: [number, number, number][] = [];
  for (const [p, q, r] of triangles) {
    const pq = edge(p, q)?.middle as number;
    const qr = edge(q, r)?.middle as number;
    const rp = edge(r, p)?.middle as number;
    split.push([p, pq, rp], [q, qr, pq], [r, rp, qr], [pq, qr, rp]);
  }
  return { terms: fine, triangles: split };
}

/**
 * Works out `levels` rounds of subdivision.
 *
 * @param count number of coarse points
 * @param triangles coarse triangles
 * @param corners points that stay where they are (corners of eyes and mouth)
 */
export function refine(
  count: number,
  triangles: readonly (readonly [number, number, number])[],
  levels: number,
  corners: ReadonlySet<number>,
): Refinement {
  let state: { terms: Terms[]; triangles: (readonly [number, number, number])[] } = {
    terms: Array.from({ length: count }, (_, i) => new Map([[i, 1]])),
    triangles: [...triangles],
  };
  for (let level = 0; level < levels; level++) state = step(state.terms, state.triangles, corners);
  const total = state.terms.reduce((sum, terms) => sum + terms.size, 0);
  const start = new Uint32Array(state.terms.length + 1);
  const from = new Uint32Array(total);
  const weight = new Float32Array(total);
  let at = 0;
  state.terms.forEach((terms, i) => {
    for (const [point, w] of terms) {
      from[at] = point;
      weight[at++] = w;
    }
    start[i + 1] = at;
  });
  return { count: state.terms.length, triangles: Uint32Array.from(state.triangles.flat()), start, from, weight };
}

/** Fine values from coarse ones, `width` numbers a point, into `out` (`count * width`). */
export function applyRefinement(r: Refinement, coarse: Float32Array, width: number, out: Float32Array): Float32Array {
  const { start, from, weight } = r;
  if (width === 3) {
    for (let i = 0; i < r.count; i++) {
      const end = start[i + 1] as number;
      let x = 0;
      let y = 0;
      let z = 0;
      for (let t = start[i] as number; t < end; t++) {
        const w = weight[t] as number;
        const p = (from[t] as number) * 3;
        x += (coarse[p] as number) * w;
        y += (coarse[p + 1] as number) * w;
        z += (coarse[p + 2] as number) * w;
      }
      out[i * 3] = x;
      out[i * 3 + 1] = y;
      out[i * 3 + 2] = z;
    }
    return out;
  }
  for (let i = 0; i < r.count; i++) {
    const end = start[i + 1] as number;
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let t = start[i] as number; t < end; t++)
        sum += (coarse[(from[t] as number) * width + k] as number) * (weight[t] as number);
      out[i * width + k] = sum;
    }
  }
  return out;
}
