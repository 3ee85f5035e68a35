/**
 * Which tracklets are the same person. Tracklets (unbroken runs inside one shot) are merged bottom up, nearest pair first,
 * by the mean similarity of their identities; two that are on screen at the same time are two people and never meet, nor
 * do the groups that hold them.
 */
import type { Identity } from '../types.js';

/** Cosine of two unit vectors of the same length, -1..1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Mean of unit vectors, of unit length again. Weights default to 1. */
export function meanVector(vectors: readonly Float32Array[], weights?: readonly number[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  vectors.forEach((v, k) => {
    const w = weights?.[k] ?? 1;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + w * (v[i] as number);
  });
  const length = Math.sqrt(cosine(sum, sum)) || 1;
  return sum.map((x) => x / length);
}

/** Mean of several identities of one person, both parts of unit length. */
export function meanIdentity(list: readonly Identity[], weights?: readonly number[]): Identity {
  return {
    a: meanVector(
      list.map((i) => i.a),
      weights,
    ),
    b: meanVector(
      list.map((i) => i.b),
      weights,
    ),
  };
}

/**
 * How far above the border the mean of two groups must lie to be called one person. On single pictures of `lfw` (90 pairs
 * of the same, 16,020 of different people) .1 misses 3.3 % of the same and lets .05 % of the others through; groups, which
 * average several views, do better.
 */
const JOIN = 0.1;

/** Cosines at which a stranger passes in about one of two hundred pairs. */
export interface JoinThresholds {
  readonly a: number;
  readonly b: number;
}

/**
 * How surely two identities are one person: 0 is the border, above it the same, below it not. Each cosine is measured
 * from its own threshold in units of the way to 1; `b`, which tells people apart better, counts twice.
 */
export function sameness(x: Identity, y: Identity, thresholds: JoinThresholds): number {
  const a = (cosine(x.a, y.a) - thresholds.a) / (1 - thresholds.a);
  const b = (cosine(x.b, y.b) - thresholds.b) / (1 - thresholds.b);
  return (a + 2 * b) / 3;
}

/** What {@link joinTracklets} needs to know of a tracklet. */
export interface Joinable {
  /** First and last frame, inclusive. */
  readonly span: readonly [number, number];
  /** Frames that count as seen; used to weigh identities. */
  readonly weight: number;
  /** Null where no frame was good enough; such a tracklet stays alone. */
  readonly identity: Identity | null;
}

/**
 * Groups tracklets by person.
 *
 * @returns lists of indices, each in order of first frame; the groups in order of first appearance
 */
export function joinTracklets(tracklets: readonly Joinable[], thresholds: JoinThresholds): number[][] {
  const n = tracklets.length;
  const links = new Float64Array(n * n).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const x = tracklets[i] as Joinable;
      const y = tracklets[j] as Joinable;
      const together = x.span[0] <= y.span[1] && y.span[0] <= x.span[1];
      const value =
        together || x.identity === null || y.identity === null
          ? Number.NEGATIVE_INFINITY
          : sameness(x.identity, y.identity, thresholds);
      links[i * n + j] = value;
      links[j * n + i] = value;
    }
  }
  // Average linkage with weights (UPGMA); a forbidden pair makes the mean, and so the merge, forbidden.
  const members: number[][] = tracklets.map((_, i) => [i]);
  const weight = tracklets.map((t) => Math.max(1, t.weight));
  const alive = tracklets.map(() => true);
  for (;;) {
    let best = JOIN;
    let from = -1;
    let into = -1;
    for (let i = 0; i < n; i++) {
      if (alive[i] !== true) continue;
      for (let j = i + 1; j < n; j++) {
        if (alive[j] !== true || (links[i * n + j] as number) <= best) continue;
        best = links[i * n + j] as number;
        into = i;
        from = j;
      }
    }
    if (into < 0) break;
    const wi = weight[into] as number;
    const wj = weight[from] as number;
    for (let k = 0; k < n; k++) {
      if (alive[k] !== true || k === into || k === from) continue;
      const mean = (wi * (links[into * n + k] as number) + wj * (links[from * n + k] as number)) / (wi + wj);
      links[into * n + k] = mean;
      links[k * n + into] = mean;
    }
    members[into] = [...(members[into] as number[]), ...(members[from] as number[])];
    weight[into] = wi + wj;
    alive[from] = false;
  }
  const start = (i: number): number => (tracklets[i] as Joinable).span[0];
  return members
    .filter((_, i) => alive[i] === true)
    .map((group) => group.sort((x, y) => start(x) - start(y) || x - y))
    .sort((x, y) => start(x[0] as number) - start(y[0] as number) || (x[0] as number) - (y[0] as number));
}
