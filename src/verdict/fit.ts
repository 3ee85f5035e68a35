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
export function leaveSourceOutError(files: readonly ScoredFile[]): number | null {
  const errors: number[] = [];
  for (const [source, own] of groupBy(files, (f) => f.source)) {
    const others = files.filter((f) => f.source !== source);
    if (!others.some((f) => f.fake) || !others.some((f) => !f.fake)) continue;
    const { slope, intercept } = fitLine(others);
    errors.push(
      calibrationError(
        own.map((f) => ({ fake: f.fake, probability: 1 / (1 + Math.exp(-(slope * f.score + intercept))) })),
      ),
    );
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
  return {
    ...fitLine(files),
    most,
    clears: Math.min(most, Math.log(generators + 1)),
    real: { files: real.length, scores: quantilesOf(real.map((f) => f.score)) },
    fake: { files: fake.length, scores: quantilesOf(fake.map((f) => f.score)) },
    sources,
    ece: leaveSourceOutError(files),
  };
}
