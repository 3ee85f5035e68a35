/** Small operations on planes over a region of the work grid: blur, halve, polygons, distances. */
import type { Plane, Region } from './types.js';

/** The region halved `level` times. Regions have edges on multiples of 16, so that four halvings are exact. */
export function halved(region: Region, level: number): Region {
  return { x0: region.x0 >> level, y0: region.y0 >> level, x1: region.x1 >> level, y1: region.y1 >> level };
}

/** Mean of 2x2 blocks: a plane of side `size` to one of half the side. `region` is that of the input. */
export function halve(from: Plane, size: number, region: Region, to: Plane): void {
  const half = size >> 1;
  for (let y = region.y0 >> 1; y < region.y1 >> 1; y++) {
    let i = 2 * y * size + region.x0;
    for (let o = y * half + (region.x0 >> 1), end = y * half + (region.x1 >> 1); o < end; o++, i += 2) {
      to[o] =
        0.25 *
        ((from[i] as number) + (from[i + 1] as number) + (from[i + size] as number) + (from[i + size + 1] as number));
    }
  }
}

/**
 * Box blur of the given radius in both directions, edges repeated; three of them are close to a Gaussian of
 * `sigma = sqrt(radius * (radius + 1))`. `temporary` and `plane` have the same length; the result is in `plane`.
 */
export function boxBlur(plane: Plane, size: number, region: Region, radius: number, temporary: Plane): void {
  if (radius < 1) return;
  const { x0, y0, x1, y1 } = region;
  const k = 1 / (2 * radius + 1);
  for (let y = y0; y < y1; y++) {
    const row = y * size;
    let sum = 0;
    for (let d = -radius; d <= radius; d++) sum += plane[row + Math.min(x1 - 1, Math.max(x0, x0 + d))] as number;
    for (let x = x0; x < x1; x++) {
      temporary[row + x] = sum * k;
      sum +=
        (plane[row + Math.min(x1 - 1, x + radius + 1)] as number) - (plane[row + Math.max(x0, x - radius)] as number);
    }
  }
  // Down the columns a whole row at a time: the sums of all columns are kept in the first row of `plane` in use.
  const sums = columnSums(size);
  for (let x = x0; x < x1; x++) sums[x] = 0;
  for (let d = -radius; d <= radius; d++) {
    const row = Math.min(y1 - 1, Math.max(y0, y0 + d)) * size;
    for (let x = x0; x < x1; x++) sums[x] = (sums[x] as number) + (temporary[row + x] as number);
  }
  for (let y = y0; y < y1; y++) {
    const row = y * size;
    const add = Math.min(y1 - 1, y + radius + 1) * size;
    const drop = Math.max(y0, y - radius) * size;
    for (let x = x0; x < x1; x++) {
      const s = sums[x] as number;
      plane[row + x] = s * k;
      sums[x] = s + (temporary[add + x] as number) - (temporary[drop + x] as number);
    }
  }
}

let sumsBuffer = new Float64Array(0);
/** Scratch for one blur; never holds anything between calls. */
function columnSums(size: number): Float64Array {
  if (sumsBuffer.length < size) sumsBuffer = new Float64Array(size);
  return sumsBuffer;
}

/** Fills a region with one value. */
export function fill(plane: Plane, size: number, region: Region, value: number): void {
  for (let y = region.y0; y < region.y1; y++) plane.fill(value, y * size + region.x0, y * size + region.x1);
}

/**
 * Sets what lies inside a simple polygon (even-odd rule, four scan lines a row, exact along x) to the larger of what is
 * there and its coverage 0..1.
 *
 * @param polygon x y pairs in pixels of the grid
 */
export function fillPolygon(plane: Plane, size: number, region: Region, polygon: ArrayLike<number>): void {
  const n = polygon.length >> 1;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    low = Math.min(low, polygon[i * 2 + 1] as number);
    high = Math.max(high, polygon[i * 2 + 1] as number);
  }
  const crossings: number[] = [];
  const row = new Float64Array(size + 1);
  for (let y = Math.max(region.y0, Math.floor(low)); y < Math.min(region.y1, Math.ceil(high) + 1); y++) {
    row.fill(0);
    let any = false;
    for (let s = 0; s < 4; s++) {
      const sy = y - 0.375 + s * 0.25;
      crossings.length = 0;
      for (let i = 0, j = n - 1; i < n; j = i++) {
        const ay = polygon[i * 2 + 1] as number;
        const by = polygon[j * 2 + 1] as number;
        if (ay > sy === by > sy) continue;
        const ax = polygon[i * 2] as number;
        crossings.push(ax + ((sy - ay) / (by - ay)) * ((polygon[j * 2] as number) - ax));
      }
      crossings.sort((a, b) => a - b);
      for (let c = 0; c + 1 < crossings.length; c += 2) {
        const a = Math.max(region.x0, (crossings[c] as number) + 0.5);
        const b = Math.min(region.x1, (crossings[c + 1] as number) + 0.5);
        if (b <= a) continue;
        any = true;
        const ia = Math.floor(a);
        const ib = Math.min(region.x1 - 1, Math.floor(b));
        if (ia === ib) row[ia] = (row[ia] as number) + 0.25 * (b - a);
        else {
          row[ia] = (row[ia] as number) + 0.25 * (ia + 1 - a);
          for (let x = ia + 1; x < ib; x++) row[x] = (row[x] as number) + 0.25;
          row[ib] = (row[ib] as number) + 0.25 * (b - ib);
        }
      }
    }
    if (!any) continue;
    for (let x = region.x0; x < region.x1; x++) {
      const i = y * size + x;
      const v = Math.min(1, row[x] as number);
      if ((plane[i] as number) < v) plane[i] = v;
    }
  }
}

/**
 * For every pixel of the region the distance to the edge of a convex polygon, positive inside, negative outside (there
 * it is the distance to the farthest edge line, which rounds no corners; the hull of a face has none).
 *
 * @param polygon x y pairs in order
 */
export function convexDistance(plane: Plane, size: number, region: Region, polygon: ArrayLike<number>): void {
  const n = polygon.length >> 1;
  const nx = new Float64Array(n);
  const ny = new Float64Array(n);
  const nc = new Float64Array(n);
  let area = 0;
  for (let i = 0; i < n; i++) {
    const j = (i + 1) % n;
    area +=
      (polygon[i * 2] as number) * (polygon[j * 2 + 1] as number) -
      (polygon[j * 2] as number) * (polygon[i * 2 + 1] as number);
  }
  const sign = area >= 0 ? 1 : -1;
  for (let i = 0; i < n; i++) {
    const j = (i + 1) % n;
    const ax = polygon[i * 2] as number;
    const ay = polygon[i * 2 + 1] as number;
    const ex = (polygon[j * 2] as number) - ax;
    const ey = (polygon[j * 2 + 1] as number) - ay;
    const length = Math.max(1e-6, Math.hypot(ex, ey)) * sign;
    nx[i] = -ey / length;
    ny[i] = ex / length;
    nc[i] = -((nx[i] as number) * ax + (ny[i] as number) * ay);
  }
  // Along a row every edge is a straight line in x, and the smallest of lines is an envelope: each edge is the smallest on
  // one stretch, and the stretches come in the order of falling slopes. Far fewer steps than all edges for all pixels.
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (nx[b] as number) - (nx[a] as number));
  const line = new Int32Array(n);
  const until = new Float64Array(n);
  for (let y = region.y0; y < region.y1; y++) {
    const base = (i: number): number => (ny[i] as number) * y + (nc[i] as number);
    let count = 0;
    for (const i of order) {
      let from = Number.NEGATIVE_INFINITY;
      while (count > 0) {
        const j = line[count - 1] as number;
        const fall = (nx[j] as number) - (nx[i] as number);
        // Where the new line falls below the last one; parallel ones: the lower stays.
        if (fall < 1e-12) from = base(i) < base(j) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        else from = (base(i) - base(j)) / fall;
        if (count > 1 ? from > (until[count - 2] as number) : from > Number.NEGATIVE_INFINITY) break;
        count--;
        from = Number.NEGATIVE_INFINITY;
      }
      if (from === Number.POSITIVE_INFINITY) continue;
      if (count > 0) until[count - 1] = from;
      line[count++] = i;
    }
    let x = region.x0;
    for (let k = 0; k < count && x < region.x1; k++) {
      const i = line[k] as number;
      const end = k === count - 1 ? region.x1 : Math.min(region.x1, Math.ceil(until[k] as number));
      const step = nx[i] as number;
      let d = step * x + base(i);
      for (; x < end; x++, d += step) plane[y * size + x] = d;
    }
  }
}

/** Smoothly from 0 (at 0 and below) to 1 (at 1 and above). */
export function smoothstep(t: number): number {
  const c = t < 0 ? 0 : Math.min(t, 1);
  return c * c * (3 - 2 * c);
}

/** Copies a region of a plane to the same place in another. */
export function copyRegion(from: Plane, size: number, r: Region, to: Plane): void {
  for (let y = r.y0; y < r.y1; y++) to.set(from.subarray(y * size + r.x0, y * size + r.x1), y * size + r.x0);
}

/** Takes one plane off another over a region, in place. */
export function subtract(plane: Plane, less: Plane, size: number, r: Region): void {
  for (let y = r.y0; y < r.y1; y++)
    for (let i = y * size + r.x0, end = y * size + r.x1; i < end; i++)
      plane[i] = (plane[i] as number) - (less[i] as number);
}

/** Doubles the side of a plane, linear between the centres. */
export function enlarge(from: Plane, size: number, r: Region, to: Plane): void {
  const wide = size * 2;
  for (let y = r.y0 * 2; y < r.y1 * 2; y++) {
    const j = y >> 1;
    const a = j * size;
    const b = Math.min(r.y1 - 1, Math.max(r.y0, (y & 1) === 0 ? j - 1 : j + 1)) * size;
    const out = y * wide;
    let left = 0.75 * (from[a + r.x0] as number) + 0.25 * (from[b + r.x0] as number);
    let here = left;
    for (let x = r.x0; x < r.x1; x++) {
      const next = x < r.x1 - 1 ? x + 1 : x;
      const right = 0.75 * (from[a + next] as number) + 0.25 * (from[b + next] as number);
      to[out + 2 * x] = 0.75 * here + 0.25 * left;
      to[out + 2 * x + 1] = 0.75 * here + 0.25 * right;
      left = here;
      here = right;
    }
  }
}

/** A square plane read between its pixels, its edge repeated. */
export function between(plane: Plane, side: number, u: number, v: number): number {
  const x = Math.max(0, Math.min(side - 1.001, u));
  const y = Math.max(0, Math.min(side - 1.001, v));
  const ix = x | 0;
  const iy = y | 0;
  const fx = x - ix;
  const fy = y - iy;
  const p = iy * side + ix;
  return (
    ((plane[p] as number) * (1 - fx) + (plane[p + 1] as number) * fx) * (1 - fy) +
    ((plane[p + side] as number) * (1 - fx) + (plane[p + side + 1] as number) * fx) * fy
  );
}
