/**
 * Is the face in the footage the face of the record? Both embedders are asked; a sample agrees when they do, disagrees
 * when they are sure of somebody else, and is open in between (profiles, blur). Most samples must agree, and hardly any
 * may disagree, alone or in a row: a second person who comes in at minute nine is not outvoted by the first.
 */
import { LikenessError } from '../base/index.js';
import type { Identity } from '../faces/index.js';
import { FACE_MATCH } from './thresholds.js';

/** The outcome of {@link matchFaces}. */
export interface FaceMatch {
  readonly matches: boolean;
  readonly samples: number;
  /** Shares of the samples, 0..1. */
  readonly agree: number;
  readonly disagree: number;
  /** Most disagreeing samples in a row, open ones between them not counted. */
  readonly longestRun: number;
  /** Median cosine of the best reference, per embedder. */
  readonly medianA: number;
  readonly medianB: number;
  /** Why it does not match, as a clause; empty where it does. */
  readonly why: string;
}

function cosine(x: Float32Array, y: Float32Array): number {
  if (x.length !== y.length)
    throw new LikenessError(
      'consent.template.shape',
      `Embeddings of ${x.length} and ${y.length} numbers cannot be compared.`,
    );
  let dot = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i] as number;
    const b = y[i] as number;
    dot += a * b;
    xx += a * a;
    yy += b * b;
  }
  // Anything that is not a number must never look like a match.
  const value = dot / Math.sqrt(xx * yy);
  return Number.isFinite(value) ? value : -1;
}

const median = (values: readonly number[]): number =>
  [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? -1;

/**
 * Compares footage with a template.
 *
 * @param references faces of the template
 * @param samples faces measured over the footage, in order of time
 */
export function matchFaces(references: readonly Identity[], samples: readonly Identity[]): FaceMatch {
  if (samples.length === 0 || references.length === 0)
    return {
      matches: false,
      samples: 0,
      agree: 0,
      disagree: 0,
      longestRun: 0,
      medianA: -1,
      medianB: -1,
      why: 'no face was measured',
    };
  const best = (pick: (identity: Identity) => Float32Array, sample: Identity): number =>
    Math.max(...references.map((reference) => cosine(pick(reference), pick(sample))));
  const scores = samples.map((sample) => ({ a: best((i) => i.a, sample), b: best((i) => i.b, sample) }));
  let agree = 0;
  let disagree = 0;
  let run = 0;
  let longestRun = 0;
  for (const { a, b } of scores) {
    if (a >= FACE_MATCH.a.same && b >= FACE_MATCH.b.same) {
      agree++;
      run = 0;
    } else if (a < FACE_MATCH.a.other && b < FACE_MATCH.b.other) {
      disagree++;
      longestRun = Math.max(longestRun, ++run);
    }
  }
  const n = samples.length;
  const share = { agree: agree / n, disagree: disagree / n };
  const percent = (x: number): string => `${Math.round(x * 100)} %`;
  const why =
    share.agree < FACE_MATCH.mustAgree
      ? `only ${percent(share.agree)} of ${n} measured faces are the subject's (${percent(FACE_MATCH.mustAgree)} are asked)`
      : share.disagree > FACE_MATCH.mayDisagree
        ? `${percent(share.disagree)} of ${n} measured faces are somebody else's (${percent(FACE_MATCH.mayDisagree)} may be)`
        : longestRun >= FACE_MATCH.runLimit
          ? `${longestRun} measured faces in a row are somebody else's`
          : '';
  return {
    matches: why === '',
    samples: n,
    agree: share.agree,
    disagree: share.disagree,
    longestRun,
    medianA: median(scores.map((s) => s.a)),
    medianB: median(scores.map((s) => s.b)),
    why,
  };
}
