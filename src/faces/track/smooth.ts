/**
 * Smoothing without lag for whole tracks. Every number becomes a weighted mean of the frames around it, with weights that
 * are even in time (so the delay is zero by construction) and a width that is chosen per frame and per place: the widest
 * whose mean still agrees with the narrower ones within the noise of the landmarks (intersection of confidence intervals,
 * Goldenshluger and Nemirovski 1997; Katkovnik 1999). Still faces get the widest window; a blink or a spoken consonant
 * disagrees with it at once and keeps its own frame.
 *
 * Works in place with a ring of the last frames, so memory does not grow beyond the track itself.
 */

/** How a sequence is smoothed. */
export interface SmoothOptions {
  /** Widest half window in frames. Default 5; 0 leaves everything as it is. */
  readonly maxRadius?: number;
  /** How many numbers of a sample belong together (x y z of a point). Default 1. */
  readonly stride?: number;
  /** For each point the indices of the points that vote on its window with it; default: all points vote together. */
  readonly neighbours?: readonly Int32Array[];
  /** How surely, in standard deviations, a wider mean must be wrong before it is given up. Default 2.5. */
  readonly tolerance?: number;
}

/** Vectors in order of time, to be read and, one at a time, overwritten: a list in memory or one that is not. */
export interface Samples {
  readonly length: number;
  at(index: number): Float32Array | undefined;
  /** The vector itself, to be overwritten; `at` where left out. */
  edit?(index: number): Float32Array;
}

/**
 * What a mean of `count` squared standard normal numbers reaches at `z` standard deviations (Wilson and Hilferty 1931).
 * Numbers of one neighbourhood are not independent, so no more than eight of them count.
 */
function meanSquareAt(z: number, count: number): number {
  const v = 2 / (9 * Math.min(8, Math.max(1, count)));
  return (1 - v + z * Math.sqrt(v)) ** 3;
}

/** Triangular weights of a half window: `radius + 1` in the middle, falling by one. Sum is 1. */
function kernel(radius: number): Float64Array {
  const w = new Float64Array(2 * radius + 1);
  const sum = (radius + 1) * (radius + 1);
  for (let k = -radius; k <= radius; k++) w[k + radius] = (radius + 1 - Math.abs(k)) / sum;
  return w;
}

/** Variance of the difference of two such means of white noise of variance 1. */
function differenceVariance(wide: Float64Array, narrow: Float64Array): number {
  const shift = (wide.length - narrow.length) / 2;
  let v = 0;
  for (let i = 0; i < wide.length; i++) {
    const d = (wide[i] as number) - (narrow[i - shift] ?? 0);
    v += d * d;
  }
  return v;
}

/**
 * Noise variance of each point: a low quantile over time of the second difference (which ignores steady motion), pooled
 * over its neighbours and capped by the face's own median, so that a mouth that never rests does not pass for noise.
 */
function noiseOf(samples: Samples, stride: number, neighbours: readonly Int32Array[] | null): Float64Array {
  const first = samples.at(0) as Float32Array;
  const points = first.length / stride;
  const steps = Math.max(1, Math.floor(samples.length / 400));
  const rows: Float64Array[] = [];
  for (let t = 1; t + 1 < samples.length; t += steps) {
    const a = samples.at(t - 1) as Float32Array;
    const b = samples.at(t) as Float32Array;
    const c = samples.at(t + 1) as Float32Array;
    const row = new Float64Array(points);
    for (let p = 0; p < points; p++) {
      let e = 0;
      for (let k = p * stride; k < (p + 1) * stride; k++) {
        const d = (a[k] as number) - 2 * (b[k] as number) + (c[k] as number);
        e += d * d;
      }
      row[p] = e / (6 * stride);
    }
    rows.push(row);
  }
  const noise = new Float64Array(points);
  if (rows.length === 0) return noise;
  const column = new Float64Array(rows.length);
  for (let p = 0; p < points; p++) {
    const group = neighbours?.[p];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Float64Array;
      let e = 0;
      if (group === undefined) for (let q = 0; q < points; q++) e += (row[q] as number) / points;
      else for (let q = 0; q < group.length; q++) e += (row[group[q] as number] as number) / group.length;
      column[i] = e;
    }
    column.sort();
    // The 40 % quantile of a pooled square lies below its mean; the division puts it back.
    const count = stride * (group?.length ?? points);
    noise[p] = (column[Math.floor(0.4 * (rows.length - 1))] as number) / meanSquareAt(-0.2533, count);
    if (group === undefined) {
      noise.fill(noise[p] as number);
      break;
    }
  }
  const cap = 2 * (Float64Array.from(noise).sort()[points >> 1] as number);
  for (let p = 0; p < points; p++) noise[p] = Math.min(noise[p] as number, cap);
  return noise;
}

/** Mean squared difference of each point. @returns their sum */
function squaredErrors(a: Float32Array, b: Float32Array, stride: number, errors: Float64Array): number {
  let total = 0;
  for (let p = 0, k = 0; p < errors.length; p++) {
    let e = 0;
    for (const end = k + stride; k < end; k++) {
      const d = (a[k] as number) - (b[k] as number);
      e += d * d;
    }
    errors[p] = e / stride;
    total += e / stride;
  }
  return total;
}

/** Closes the points that are open and whose neighbourhood is, in the mean, further off than its noise explains. */
function closeDisagreeing(
  open: Uint8Array,
  errors: Float64Array,
  neighbours: readonly Int32Array[],
  limit: number,
  noise: Float64Array,
): void {
  for (let p = 0; p < open.length; p++) {
    if (open[p] === 0) continue;
    const group = neighbours[p] as Int32Array;
    let e = 0;
    for (let i = 0; i < group.length; i++) e += errors[group[i] as number] as number;
    if (e > limit * (noise[p] as number) * group.length) open[p] = 0;
  }
}

/**
 * Smooths a sequence of equally long vectors in place, without lag.
 *
 * @param samples one vector per frame; frames are taken as equally spaced
 * @returns for each frame the mean half window that was used, 0 where the frame was kept as it was
 */
export function smoothSequence(samples: Samples, options: SmoothOptions = {}): Float32Array {
  const used = new Float32Array(samples.length);
  const maxRadius = Math.min(options.maxRadius ?? 5, (samples.length - 1) >> 1);
  const first = samples.at(0);
  if (first === undefined || maxRadius < 1) return used;
  const stride = options.stride ?? 1;
  const size = first.length;
  const points = size / stride;
  const neighbours = options.neighbours ?? null;
  const tolerance = meanSquareAt(options.tolerance ?? 2.5, stride * (neighbours?.[0]?.length ?? points));
  const noise = noiseOf(samples, stride, neighbours);

  const kernels = Array.from({ length: maxRadius + 1 }, (_, r) => kernel(r));
  const limits: number[][] = kernels.map((wide, r) =>
    kernels.slice(0, r).map((narrow) => tolerance * differenceVariance(wide, narrow)),
  );
  // Raw frames t-maxRadius .. t+maxRadius; the past ones have already been overwritten in `samples`.
  const span = 2 * maxRadius + 1;
  const ring = Array.from({ length: span }, (_, i) => (i < span ? new Float32Array(size) : first));
  const load = (t: number): void => (ring[t % span] as Float32Array).set(samples.at(t) as Float32Array);
  for (let t = 0; t < Math.min(maxRadius, samples.length); t++) load(t);

  const means = kernels.map(() => new Float32Array(size));
  const box = new Float64Array(size);
  const triangle = new Float64Array(size);
  const errors = new Float64Array(points);
  const radius = new Int8Array(points);
  for (let t = 0; t < samples.length; t++) {
    if (t + maxRadius < samples.length) load(t + maxRadius);
    const reach = Math.min(maxRadius, t, samples.length - 1 - t);
    const here = ring[t % span] as Float32Array;
    (means[0] as Float32Array).set(here);
    box.set(here);
    triangle.set(here);
    // The next wider triangle is the narrower one and an even window on top of it.
    for (let r = 1; r <= reach; r++) {
      const mean = means[r] as Float32Array;
      const before = ring[(t - r) % span] as Float32Array;
      const after = ring[(t + r) % span] as Float32Array;
      const share = 1 / ((r + 1) * (r + 1));
      for (let i = 0; i < size; i++) {
        const even = (box[i] as number) + (before[i] as number) + (after[i] as number);
        const sum = (triangle[i] as number) + even;
        box[i] = even;
        triangle[i] = sum;
        mean[i] = sum * share;
      }
    }
    radius.fill(0);
    // A point's window grows while all narrower means agree; the first disagreement ends it.
    const open = new Uint8Array(points).fill(1);
    for (let r = 1; r <= reach; r++) {
      const wide = means[r] as Float32Array;
      for (let q = 0; q < r; q++) {
        const narrow = means[q] as Float32Array;
        const limit = limits[r]?.[q] as number;
        const total = squaredErrors(wide, narrow, stride, errors);
        if (neighbours === null) {
          if (total / points > limit * (noise[0] as number)) open.fill(0);
        } else closeDisagreeing(open, errors, neighbours, limit, noise);
      }
      if (!open.includes(1)) break;
      for (let p = 0; p < points; p++) if (open[p] === 1) radius[p] = r;
    }
    const out = (samples.edit?.(t) ?? samples.at(t)) as Float32Array;
    let sum = 0;
    for (let p = 0; p < points; p++) {
      const r = radius[p] as number;
      sum += r;
      const mean = means[r] as Float32Array;
      for (let k = p * stride; k < (p + 1) * stride; k++) out[k] = mean[k] as number;
    }
    used[t] = sum / points;
  }
  return used;
}
