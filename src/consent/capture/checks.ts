/**
 * The checks of a captured recording: a score and a threshold each, and a verdict that is never more than the checks
 * allow. Pure: what is measured comes in, what it means goes out. Thresholds and their error rates: docs/consent.md.
 */

import { expressionIndex } from '../../base/index.js';
import type { Analysis, AnalyzedTrack, Identity } from '../../faces/index.js';
import { matchFaces } from '../match.js';
import { FACE_MATCH } from '../thresholds.js';
import type { Move } from './challenge.js';
import { type FrameSketch, liveliness, longestRepeat, sharpestJump } from './footage.js';
import { countedMoves, type MoveSample, moveScore, seenMoves } from './moves.js';

/** What is checked. */
export const CAPTURE_CHECKS = {
  oneFace: 'one face, the same, through the whole clip',
  unbroken: 'one take: nothing cut, nothing put together',
  alive: 'it moves: no picture held up, no frozen stream',
  unrepeated: 'no stretch comes twice',
  moves: 'the moves, in the order asked, and no others',
  flesh: 'the face moves as flesh does: the chin goes down with the mouth',
  face: "the face is that of the material's person",
  faceSteady: 'no part of the clip shows somebody else',
  speech: 'somebody speaks',
  words: 'the three words are said',
} as const;
/** One of {@link CAPTURE_CHECKS}. */
export type CaptureCheckName = keyof typeof CAPTURE_CHECKS;

/** The outcome of one check. `review` is for a person to decide; it is never taken for a pass. */
export interface CaptureCheck {
  readonly name: CaptureCheckName;
  readonly asks: string;
  /** `null` where nothing here can measure it. */
  readonly score: number | null;
  readonly threshold: number | null;
  /** Which side of the threshold is good. */
  readonly better: 'high' | 'low';
  readonly outcome: 'passed' | 'failed' | 'review';
  readonly found: string;
}

/** At or beyond these a check passes. */
export const CAPTURE_THRESHOLDS = {
  oneFace: 0.9,
  unbroken: 2.5,
  alive: 0.35,
  unrepeated: 0.5,
  moves: 1,
  flesh: 0.012,
  face: FACE_MATCH.mustAgree,
  faceSteady: FACE_MATCH.mayDisagree,
  /** Seconds. */
  speech: 0.8,
} as const;

/** Names of checks for which less is better. */
const LOW: ReadonlySet<string> = new Set(['unbroken', 'unrepeated', 'faceSteady']);

function measured(name: keyof typeof CAPTURE_THRESHOLDS, value: number, found: string): CaptureCheck {
  const threshold = CAPTURE_THRESHOLDS[name];
  const better = LOW.has(name) ? 'low' : 'high';
  // What is not a number never passes.
  const passed = better === 'high' ? value >= threshold : value <= threshold;
  const score = Number.isFinite(value) ? Math.round(value * 1e4) / 1e4 : 0;
  return { name, asks: CAPTURE_CHECKS[name], score, threshold, better, outcome: passed ? 'passed' : 'failed', found };
}

const review = (name: CaptureCheckName, found: string): CaptureCheck => ({
  name,
  asks: CAPTURE_CHECKS[name],
  score: null,
  threshold: null,
  better: 'high',
  outcome: 'review',
  found,
});

/** What was measured of a recording. */
export interface CaptureMeasures {
  readonly analysis: Analysis;
  readonly frames: readonly FrameSketch[];
  /** Seconds of speech; `null` without a sound track. */
  readonly speech: number | null;
  /** Faces of the material that the record will be about. */
  readonly material: readonly Identity[];
}

const JAW = expressionIndex('jawOpen');
const BLINK_LEFT = expressionIndex('eyeBlinkLeft');
const BLINK_RIGHT = expressionIndex('eyeBlinkRight');

/** What a track says of moves. */
export function moveSamples(track: AnalyzedTrack): MoveSample[] {
  return track.faces.map((face) => ({
    at: face.timestamp / 1e6,
    yaw: face.pose.yaw,
    pitch: face.pose.pitch,
    jawOpen: face.expression[JAW] as number,
    blinkLeft: face.expression[BLINK_LEFT] as number,
    blinkRight: face.expression[BLINK_RIGHT] as number,
  }));
}

/** In the picture: from the root of the nose to the chin, against the distance of the eyes. Grows as a jaw opens. */
function chinRatio(points: Float32Array): number {
  const between = (a: number, b: number): number =>
    Math.hypot(
      (points[3 * a] as number) - (points[3 * b] as number),
      (points[3 * a + 1] as number) - (points[3 * b + 1] as number),
    );
  return between(168, 152) / between(33, 263);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const median = (values: readonly number[]): number =>
  [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;

/**
 * How much further down the chin is with the mouth open than shut, as a share, in moments that look straight ahead. Not
 * a number where the mouth never opens.
 */
export function chinDrop(track: AnalyzedTrack): number {
  const yaw = median(track.faces.map((face) => face.pose.yaw));
  const pitch = median(track.faces.map((face) => face.pose.pitch));
  const ahead = track.faces.filter(
    (face) => Math.abs(face.pose.yaw - yaw) < 8 && Math.abs(face.pose.pitch - pitch) < 6,
  );
  const ratios = (of: (jaw: number) => boolean): number[] =>
    ahead.filter((face) => of(face.expression[JAW] as number)).map((face) => chinRatio(face.landmarks));
  return mean(ratios((jaw) => jaw > 0.6)) / mean(ratios((jaw) => jaw < 0.1)) - 1;
}

const percent = (x: number): string => `${Math.round(100 * x)} %`;
const MOVE_NAMES: Record<Move, string> = {
  turnLeft: 'left',
  turnRight: 'right',
  lookUp: 'up',
  openMouth: 'mouth',
  closeEyes: 'eyes',
};

/**
 * All checks of a recording. The order asked, and whether the camera mirrors, come from the challenge and its user.
 */
export function captureChecks(measures: CaptureMeasures, asked: readonly Move[], mirrored = false): CaptureCheck[] {
  const { analysis, frames, speech, material } = measures;
  const [track, ...others] = [...analysis.tracks].sort((x, y) => y.faces.length - x.faces.length);
  if (track === undefined)
    return [measured('oneFace', 0, 'no face was found'), review('words', 'somebody has to listen')];
  const seenFrames = track.faces.filter((face) => !face.interpolated).length;
  const strangers = others.reduce((sum, one) => sum + one.faces.length, 0);
  const coverage = Math.max(0, seenFrames / Math.max(1, analysis.frames) - strangers / Math.max(1, analysis.frames));
  const jump = analysis.cuts.length > 0 ? Number.POSITIVE_INFINITY : sharpestJump(frames);
  const moves = countedMoves(seenMoves(moveSamples(track), mirrored), asked);
  const names = (list: readonly Move[]): string => list.map((move) => MOVE_NAMES[move]).join(' ') || 'none';
  const identities = track.faces.flatMap((face) => (face.identity === null ? [] : [face.identity]));
  const match = matchFaces(material, identities);
  const repeat = longestRepeat(frames);
  const drop = chinDrop(track);
  return [
    measured(
      'oneFace',
      coverage,
      `${percent(seenFrames / Math.max(1, analysis.frames))} of ${analysis.frames} frames show it${others.length > 0 ? `, and ${others.length} more people` : ''}`,
    ),
    measured(
      'unbroken',
      Number.isFinite(jump) ? jump : 99,
      analysis.cuts.length > 0
        ? `${analysis.cuts.length} cuts`
        : `the sharpest change is ${jump.toFixed(1)} times those around it`,
    ),
    measured('alive', liveliness(frames), `${percent(liveliness(frames))} of the frames differ from the one before`),
    measured('unrepeated', repeat, `the longest repeated stretch has ${repeat.toFixed(1)} s`),
    measured('moves', moveScore(moves, asked), `asked: ${names(asked)}; seen: ${names(moves)}`),
    measured(
      'flesh',
      drop,
      Number.isFinite(drop)
        ? `the chin is ${(100 * drop).toFixed(1)} % further down with the mouth open`
        : 'the mouth never opens',
    ),
    measured('face', match.agree, `${percent(match.agree)} of ${match.samples} measured faces are the person's`),
    measured(
      'faceSteady',
      match.longestRun >= FACE_MATCH.runLimit ? 1 : match.disagree,
      `${percent(match.disagree)} of them are somebody else's`,
    ),
    speech === null
      ? review('speech', 'the recording has no sound')
      : measured('speech', speech, `${speech.toFixed(1)} s of speech`),
    review('words', 'no speech recogniser ships: somebody has to listen'),
  ];
}
