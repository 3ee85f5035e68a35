/** Which face of the output belongs to which face of the target, and what the two do, frame by frame. */
import { eyeOpening, mouthOpening, overlap, type Track, type TrackedFace } from '../../faces/index.js';
import { type Following, following } from './expression.js';
import { landmarkJitter } from './flicker.js';
import { poseAngle } from './pose.js';
import { flooredRatio, mean, quantile } from './stats.js';
import type { QualityReport, Series } from './types.js';

/** A face of the target and the face found in its place in the output, or null. */
export interface FacePair {
  readonly frame: number;
  readonly target: TrackedFace;
  readonly output: TrackedFace | null;
}

/** Boxes that share less than this are two different faces. */
const SAME_PLACE = 0.3;
/** Trembling that nobody sees, in eye distances: keeps the ratio finite for faces at rest. */
const JITTER_FLOOR = 2e-4;

/**
 * Pairs faces by place: the swap keeps the face where it was, while the person may have become another track.
 * Frames in which the target's own face is only filled in are left out.
 */
export function pairFaces(target: Track, outputTracks: readonly Track[]): FacePair[] {
  const byFrame = new Map<number, TrackedFace[]>();
  for (const face of outputTracks.flatMap((track) => track.faces)) {
    if (face.interpolated) continue;
    const list = byFrame.get(face.frame);
    if (list === undefined) byFrame.set(face.frame, [face]);
    else list.push(face);
  }
  return target.faces
    .filter((face) => !face.interpolated)
    .map((face) => {
      let best: TrackedFace | null = null;
      let most = SAME_PLACE;
      for (const other of byFrame.get(face.frame) ?? []) {
        const shared = overlap(face.box, other.box);
        if (shared > most) {
          most = shared;
          best = other;
        }
      }
      return { frame: face.frame, target: face, output: best };
    });
}

/** The mean of both eyes: a wink is half a blink. */
export function lids(points: Float32Array): number {
  const { left, right } = eyeOpening(points);
  return (left + right) / 2;
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const scored = ({ correlation, amplitude }: Following) => ({
  correlation: orNull(correlation),
  amplitude: orNull(amplitude),
});

/** What landmarks and poses alone say about a render. */
export type FaceFigures = Pick<QualityReport, 'coverage' | 'pose' | 'expression' | 'jitter' | 'series'>;

/** Measures pose, expression and jitter over the pairs. */
export function faceFigures(pairs: readonly FacePair[]): FaceFigures {
  const both = pairs.flatMap(({ frame, target, output }) => (output === null ? [] : [{ frame, target, output }]));
  const frames = both.map(({ frame }) => frame);
  const angles = both.map(({ target, output }) => poseAngle(target.pose, output.pose));
  const signal = (of: (points: Float32Array) => number) => ({
    output: both.map(({ output }) => of(output.landmarks)),
    target: both.map(({ target }) => of(target.landmarks)),
  });
  const mouth = signal(mouthOpening);
  const eyes = signal(lids);

  const shake = { output: [] as number[], target: [] as number[] };
  for (let i = 1; i + 1 < both.length; i++) {
    const [a, b, c] = [both[i - 1], both[i], both[i + 1]];
    if (a === undefined || b === undefined || c === undefined || c.frame - a.frame !== 2) continue;
    shake.output.push(landmarkJitter(a.output.landmarks, b.output.landmarks, c.output.landmarks));
    shake.target.push(landmarkJitter(a.target.landmarks, b.target.landmarks, c.target.landmarks));
  }
  const series: Series[] = [
    { id: 'mouth', title: 'Mouth opening', unit: 'heights of the face', frames, ...mouth },
    { id: 'eyes', title: 'Eye opening', unit: 'widths of the eye', frames, ...eyes },
    { id: 'pose', title: 'Head pose error', unit: 'degrees', frames, output: angles },
  ];
  // The median is what the clip does as a rule; a cut or a lost frame must not decide.
  const [output, original] = [quantile(shake.output, 0.5), quantile(shake.target, 0.5)];
  return {
    coverage: { target: pairs.length, found: both.length },
    pose: { mean: orNull(mean(angles)), p95: orNull(quantile(angles, 0.95)) },
    expression: {
      mouth: scored(following(mouth.output, mouth.target)),
      eyes: scored(following(eyes.output, eyes.target)),
    },
    jitter: {
      ratio: orNull(flooredRatio(output, original, JITTER_FLOOR)),
      output: orNull(output),
      original: orNull(original),
    },
    series,
  };
}
