/**
 * Which detection belongs to which track. The pairing with the least total cost (the Hungarian method in the form of
 * Jonker and Volgenant: shortest augmenting paths with potentials), so the answer does not depend on the order in which
 * tracks or detections are listed.
 */
import type { Box } from '../types.js';

/** Cost that forbids a pair. */
export const FORBIDDEN = Number.POSITIVE_INFINITY;

/**
 * Pairs rows with columns at the least total cost. Pairs that cost {@link FORBIDDEN} are never made; among pairings with
 * the same number of allowed pairs the cheapest wins.
 *
 * @param costs `rows` lists of equally many columns
 * @returns for each row its column, or -1
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return costs.map(() => -1);
  // A forbidden pair costs more than any full set of allowed ones, so it is used only where nothing else is left.
  let worst = 1;
  for (const row of costs) for (const c of row) if (Number.isFinite(c)) worst = Math.max(worst, Math.abs(c));
  const never = worst * 4 * (Math.max(rows, columns) + 1);
  const n = Math.max(rows, columns);
  const at = (i: number, j: number): number => {
    const c = costs[i]?.[j];
    if (c === undefined) return never;
    return Number.isFinite(c) ? c : never;
  };
  const u = new Float64Array(n + 1);
  const v = new Float64Array(n + 1);
  const match = new Int32Array(n + 1);
  const way = new Int32Array(n + 1);
  for (let i = 1; i <= n; i++) {
    match[0] = i;
    let j0 = 0;
    const least = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const seen = new Uint8Array(n + 1);
    do {
      seen[j0] = 1;
      const row = match[j0] as number;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= n; j++) {
        if (seen[j] === 1) continue;
        const c = at(row - 1, j - 1) - (u[row] as number) - (v[j] as number);
        if (c < (least[j] as number)) {
          least[j] = c;
          way[j] = j0;
        }
        if ((least[j] as number) < delta) {
          delta = least[j] as number;
          next = j;
        }
      }
      for (let j = 0; j <= n; j++) {
        if (seen[j] === 1) {
          const m = match[j] as number;
          u[m] = (u[m] as number) + delta;
          v[j] = (v[j] as number) - delta;
        } else least[j] = (least[j] as number) - delta;
      }
      j0 = next;
    } while (match[j0] !== 0);
    do {
      const back = way[j0] as number;
      match[j0] = match[back] as number;
      j0 = back;
    } while (j0 !== 0);
  }
  const result = costs.map(() => -1);
  for (let j = 1; j <= columns; j++) {
    const i = (match[j] as number) - 1;
    if (i < rows && Number.isFinite(costs[i]?.[j - 1] ?? FORBIDDEN)) result[i] = j - 1;
  }
  return result;
}

/** Intersection over union of two boxes, 0..1. */
export function overlap(a: Box, b: Box): number {
  const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  const both = w * h;
  return both / (a.width * a.height + b.width * b.height - both);
}

/** The share of the smaller box that the other covers, 0..1: two finds of one face, even where one frames it wider. */
export function covered(a: Box, b: Box): number {
  const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / Math.min(a.width * a.height, b.width * b.height);
}

/** Distance of two box centres in units of their mean size. */
export function centreDistance(a: Box, b: Box): number {
  const dx = a.x + a.width / 2 - b.x - b.width / 2;
  const dy = a.y + a.height / 2 - b.y - b.height / 2;
  const size = (Math.sqrt(a.width * a.height) + Math.sqrt(b.width * b.height)) / 2;
  return Math.hypot(dx, dy) / Math.max(1, size);
}

/** The box around points of which `stride` numbers each are given, x and y first. */
export function boxOf(points: Float32Array, stride = 3): Box {
  let x0 = Number.POSITIVE_INFINITY;
  let y0 = Number.POSITIVE_INFINITY;
  let x1 = Number.NEGATIVE_INFINITY;
  let y1 = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < points.length; i += stride) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/**
 * Cost of taking a detection for a lost or weak track: place and size first, identity where both are known.
 *
 * @param gap frames since the track was last seen; the reach grows with it
 * @param likeness similarity of identities, -1..1, or null where unknown
 * @param threshold similarity above which two faces count as the same person
 */
export function pairCost(track: Box, found: Box, gap: number, likeness: number | null, threshold: number): number {
  const distance = centreDistance(track, found);
  const size = Math.abs(Math.log(Math.sqrt((track.width * track.height) / (found.width * found.height))));
  const reach = 0.8 + 0.05 * Math.min(gap, 30);
  if (likeness === null) return distance > reach || size > 0.7 ? FORBIDDEN : distance + size;
  // A known stranger is never taken over, and a known person may have gone further.
  if (likeness < threshold - 0.15) return FORBIDDEN;
  if (distance > 4 * reach || (distance > reach && likeness < threshold)) return FORBIDDEN;
  return distance + size + 2 * (1 - likeness);
}
