/** How far a mouth is open, as a curve on the time line of the sound. */
import type { TrackedFace } from '../../../faces/index.js';
import type { MotionWindow } from '../../types.js';
import { quickPart, STEP, type Stretch } from './follow.js';

/** A stretch is used from this many seconds on. */
const LEAST = 1;
/** A gap between two measured frames of up to this many seconds is bridged. */
const GAP = 0.11;

/** A person's mouth through the file. */
export interface MouthCurve {
  readonly stretches: readonly Stretch[];
  /** Seconds of all stretches together. */
  readonly seconds: number;
  /** Standard deviation of the opening between the lips, in distances between the outer corners of the eyes. */
  readonly movement: number;
}

/** Indices of the landmarks: inner lips, chin, tip of the nose, outer corners of the eyes. */
const [UPPER, LOWER, CHIN, NOSE, EYE_A, EYE_B] = [13, 14, 152, 1, 33, 263];

function distance({ landmarks: p }: TrackedFace, a: number, b: number): number {
  const d = (k: number): number => (p[3 * a + k] as number) - (p[3 * b + k] as number);
  return Math.hypot(d(0), d(1), d(2));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
}

/** Values at the steps of the time line, straight between the frames. */
function stretchOf(times: readonly number[], values: readonly number[]): Stretch {
  const from = Math.ceil((times[0] as number) / STEP - 1e-6);
  const to = Math.floor((times.at(-1) as number) / STEP + 1e-6);
  let i = 0;
  const out = Float32Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => {
    const t = (from + k) * STEP;
    while (i + 2 < times.length && (times[i + 1] as number) <= t) i++;
    const [a, b] = [times[i] as number, times[i + 1] as number];
    const s = Math.max(0, Math.min(1, (t - a) / (b - a)));
    return (values[i] as number) * (1 - s) + (values[i + 1] as number) * s;
  });
  return { from, values: quickPart(out) };
}

/** Runs of measured frames without a gap that lie within the sound. */
function runsOf(faces: readonly TrackedFace[], end: number): TrackedFace[][] {
  const runs: TrackedFace[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const face of faces) {
    const time = face.timestamp / 1e6;
    if (face.interpolated || time < 0 || time > end) continue;
    if (time - before > GAP) runs.push([]);
    runs.at(-1)?.push(face);
    before = time;
  }
  const seconds = (run: TrackedFace[]): number => ((run.at(-1)?.timestamp ?? 0) - (run[0]?.timestamp ?? 0)) / 1e6;
  return runs.filter((run) => seconds(run) >= LEAST);
}

/**
 * The mouth of a person in all windows: lips and jaw together, each in its own standard deviations.
 *
 * @param end length of the sound in seconds
 */
export function mouthCurve(motion: readonly MotionWindow[], person: number, end: number): MouthCurve {
  const runs = motion.flatMap(({ analysis, people }) =>
    analysis.tracks.flatMap((track, t) => (people[t] === person ? runsOf(track.faces, end) : [])),
  );
  const all = runs.flat();
  if (all.length === 0) return { stretches: [], seconds: 0, movement: 0 };
  // The eyes are apart equally far on all frames; the median leaves out the noise of single ones.
  const eyes = median(all.map((f) => distance(f, EYE_A, EYE_B)));
  const lips = runs.map((run) => run.map((f) => distance(f, UPPER, LOWER) / eyes));
  const jaw = runs.map((run) => run.map((f) => distance(f, CHIN, NOSE) / eyes));
  const [lipsMove, jawMoves] = [deviation(lips.flat()) + 1e-9, deviation(jaw.flat()) + 1e-9];
  const stretches = runs.map((run, r) =>
    stretchOf(
      run.map((f) => f.timestamp / 1e6),
      run.map((_, i) => (lips[r]?.[i] ?? 0) / lipsMove + (jaw[r]?.[i] ?? 0) / jawMoves),
    ),
  );
  return { stretches, seconds: stretches.reduce((sum, s) => sum + s.values.length * STEP, 0), movement: lipsMove };
}
