/** Fitting a calibration: logistic regression of the class on the score (Platt 1999), every source and class even. */
import { groupBy } from '../base/index.js';
import type { DetectorCalibration } from './calibration.js';
import { calibrationError } from './metrics/index.js';

/** A file that was scored by a net that had not seen its source. */
export interface ScoredFile {
  readonly source: string;
  readonly fake: boolean;
  /** What made a synthetic file, where known; without it the source counts. */
  readonly generator?: string | null | undefined;
  readonly score: number;
}

/** Slope and intercept of a log-likelihood ratio. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Weights that give each class the same say, and in each class each source. */
function evenWeights(files: readonly ScoredFile[]): number[] {
  const key = (f: ScoredFile): string => `${f.fake} ${f.source}`;
  const sizes = new Map([...groupBy(files, key)].map(([k, list]) => [k, list.length]));
  const sources = { true: 0, false: 0 };
  for (const k of sizes.keys()) sources[k.startsWith('true') ? 'true' : 'false']++;
  return files.map((f) => 1 / ((sizes.get(key(f)) ?? 1) * sources[f.fake ? 'true' : 'false']));
}

/** Strength of the pull of the slope towards 0, so that a set that separates by luck gives no infinite ratios. */
const RIDGE = 1e-3;

/**
 * Fits LLR = slope * score + intercept by Newton's method. Targets are those of Platt: a little inside 0 and 1, by the
 * number of files. A score that points the wrong way gets slope 0: it then says nothing, rather than the opposite.
 */
export function fitLine(files: readonly ScoredFile[]): Line {
  const weights = evenWeights(files);
  const fakes = files.filter((f) => f.fake).length;
  const [high, low] = [(fakes + 1) / (fakes + 2), 1 / (files.length - fakes + 2)];
  const mean = files.reduce((sum, f) => sum + f.score, 0) / Math.max(1, files.length);
  const spread = Math.sqrt(files.reduce((sum, f) => sum + (f.score - mean) ** 2, 0) / Math.max(1, files.length)) || 1;
  let [a, b] = [0, 0];
  for (let round = 0; round < 50; round++) {
    let [ga, gb, haa, hab, hbb] = [RIDGE * a, 0, RIDGE, 0, 1e-9];
    files.forEach((f, i) => {
      const x = (f.score - mean) / spread;
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      const w = weights[i] as number;
      const e = w * (p - (f.fake ? high : low));
      const h = w * p * (1 - p);
      ga += e * x;
      gb += e;
      haa += h * x * x;
      hab += h * x;
      hbb += h;
    });
    const det = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det];
    a -= da;
    b -= db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  if (!(a > 0)) return { slope: 0, intercept: 0 };
  return { slope: a / spread, intercept: b - (a * mean) / spread };
}

/** How far a ratio may go to either side. */
export interface Bounds {
  readonly most: number;
  readonly clears: number;
}

/** A line that may be steeper above one score. */
export interface BentLine extends Line {
  readonly bend: { readonly at: number; readonly slope: number };
}

/** Share of the genuine files, each source even, that lie below the score where the line may bend. */
const COMMON = 0.9;

/** The score that a share of the genuine files stays below, every source even. */
function genuineQuantile(files: readonly ScoredFile[], weights: readonly number[], share: number): number {
  const genuine = files.flatMap((f, i) => (f.fake ? [] : [{ score: f.score, weight: weights[i] as number }]));
  genuine.sort((a, b) => a.score - b.score);
  let below = 0;
  for (const { score, weight } of genuine) {
    below += weight;
    if (below >= share) return score;
  }
  return 0;
}

const heldAt = ({ most, clears }: Bounds, llr: number): number => Math.max(-clears, Math.min(most, llr));

/** The ratio that a bent line gives a score, without bounds. */
const bentAt = ({ slope, intercept, bend }: BentLine, score: number): number =>
  slope * score + intercept + bend.slope * Math.max(0, score - bend.at);

/**
 * Fits the ratio as it will be used: held between the bounds, so that scores far below all others do not flatten the line
 * where it still says something, and free to rise faster above what nine in ten genuine files show, since one line
 * through both classes says too little of what hardly any genuine file reaches. Pattern search (Hooke and Jeeves 1961)
 * from the straight line without bounds, for the loss is not convex.
 */
export function fitBentLine(files: readonly ScoredFile[], bounds: Bounds): BentLine {
  const start = fitLine(files);
  const weights = evenWeights(files);
  const at = genuineQuantile(files, weights, COMMON);
  if (start.slope === 0) return { ...start, bend: { at, slope: 0 } };
  const pivot = -start.intercept / start.slope;
  // By where the line crosses zero, how steep it is and how much steeper it gets: they hardly depend on each other.
  const lineAt = ([x = 0, steep = 0, more = 0]: readonly number[]): BentLine => {
    const slope = start.slope * Math.exp(steep);
    return { slope, intercept: -slope * (pivot + x / start.slope), bend: { at, slope: start.slope * more } };
  };
  const lossOf = (place: readonly number[]): number => {
    const [, steep = 0, more = 0] = place;
    if (more < 0) return Number.POSITIVE_INFINITY;
    const line = lineAt(place);
    let sum = RIDGE * (steep * steep + more * more);
    files.forEach((f, i) => {
      const llr = heldAt(bounds, bentAt(line, f.score));
      sum += (weights[i] as number) * Math.log1p(Math.exp(f.fake ? -llr : llr));
    });
    return sum;
  };
  let place = [0, 0, 0];
  let least = lossOf(place);
  for (let step = 1; step > 0.01; ) {
    let moved = false;
    for (let axis = 0; axis < place.length; axis++)
      for (const sign of [1, -1]) {
        const next = place.map((v, i) => (i === axis ? v + sign * step : v));
        const loss = lossOf(next);
        if (!(loss < least)) continue;
        [least, place, moved] = [loss, next, true];
      }
    if (!moved) step /= 2;
  }
  return lineAt(place);
}

const SOURCES_FOR_TRUST = 3;

/** Scores at equally spaced ranks, at most 201 of them. */
function quantilesOf(scores: readonly number[]): number[] {
  const sorted = [...scores].sort((a, b) => a - b);
  const count = Math.min(201, Math.max(2, sorted.length));
  const at = (i: number): number => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))] as number;
  return Array.from({ length: count }, (_, i) => Number(at(i).toPrecision(6)));
}

/**
 * Calibration error when every source in turn is left out of the fit and then judged; the mean over sources that can be
 * left out. `null` where no fit is left.
 */
export function leaveSourceOutError(files: readonly ScoredFile[], bounds: Bounds): number | null {
  const errors: number[] = [];
  for (const [source, own] of groupBy(files, (f) => f.source)) {
    const others = files.filter((f) => f.source !== source);
    if (!others.some((f) => f.fake) || !others.some((f) => !f.fake)) continue;
    const line = fitBentLine(others, bounds);
    const llrOf = ({ score }: ScoredFile): number => bentAt(line, score);
    errors.push(calibrationError(own.map((f) => ({ fake: f.fake, probability: 1 / (1 + Math.exp(-llrOf(f))) }))));
  }
  return errors.length === 0 ? null : errors.reduce((a, b) => a + b, 0) / errors.length;
}

/**
 * Calibrates a detector. How far a ratio may go is bounded by the evidence behind it: nobody has seen an error rate below
 * one in as many files as there were, and with less than three sources nobody knows how a new one behaves. A missing trace
 * clears less than a trace accuses: a generator of another kind leaves others, so `clears` grows with the number of
 * generators that were seen to leave it (the rule of succession: one in `n + 1` would not), never with files of the same.
 *
 * @param files scored by nets that had not seen their source; both classes present
 */
export function fitCalibration(files: readonly ScoredFile[]): DetectorCalibration {
  const [real, fake] = [files.filter((f) => !f.fake), files.filter((f) => f.fake)];
  const sources = [...new Set(files.map((f) => f.source))].sort();
  const few = Math.min(real.length, fake.length);
  const most = sources.length < SOURCES_FOR_TRUST ? Math.min(1.5, Math.log(few + 1)) : Math.min(5, Math.log(few + 1));
  const generators = new Set(fake.map((f) => f.generator ?? f.source)).size;
  const bounds = { most, clears: Math.min(most, Math.log(generators + 1)) };
  return {
    ...fitBentLine(files, bounds),
    ...bounds,
    real: { files: real.length, scores: quantilesOf(real.map((f) => f.score)) },
    fake: { files: fake.length, scores: quantilesOf(fake.map((f) => f.score)) },
    sources,
    ece: leaveSourceOutError(files, bounds),
  };
}
