/**
 * The checks of a captured recording: a score and a threshold each, and a verdict that is never more than the checks
 * allow. Pure: what is measured comes in, what it means goes out. Thresholds and their error rates: docs/capture.md.
 */
import { type Analysis, type AnalyzedTrack, eyeOpening, frontalised, type Identity } from '../../faces/index.js';
import { type FaceMatch, matchFaces } from '../match.js';
import { FACE_MATCH } from '../thresholds.js';
import type { Move } from './challenge.js';
import { jawDrop, lipGap } from './flesh.js';
import { type FrameSketch, liveliness, longestRepeat, sharpestJump } from './footage.js';
import { countedMoves, type MoveSample, moveScore, seenMoves } from './moves.js';

/** What is checked. */
export const CAPTURE_CHECKS = {
  oneFace: 'one face, the same, through the whole clip',
  unbroken: 'one take: nothing cut, nothing put together',
  alive: 'it moves: no picture held up, no frozen stream',
  unrepeated: 'no stretch comes twice',
  moves: 'the moves, in the order asked, and no others',
  flesh: 'the face moves as flesh does: the skin below the mouth goes down with it',
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
  flesh: 0.12,
  face: 0.7,
  faceSteady: FACE_MATCH.mayDisagree,
  /** Seconds. */
  speech: 0.8,
} as const;

/**
 * From here on the typical faces are one person's; between the threshold of `face` and this a person compares them. Other
 * days, light and cameras take one real person below it, and no two of LFW reach the threshold: docs/capture.md.
 */
export const SURE_FACE = 0.8;

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

/** What a track says of moves. */
export function moveSamples(track: AnalyzedTrack): MoveSample[] {
  return track.faces.map(({ timestamp, landmarks, pose }) => {
    const front = frontalised(landmarks, pose);
    const { left, right } = eyeOpening(front);
    return {
      at: timestamp / 1e6,
      yaw: pose.yaw,
      pitch: pose.pitch,
      lips: lipGap(front),
      eyes: (left + right) / 2,
    };
  });
}

/**
 * Whose face it is, by the typical face of the recording: both nets' median similarity to the nearest face of the material,
 * half and half. One lucky view does not make somebody the person, nor one bad view somebody else. What the gate asks of
 * footage, that most faces are the person's to both nets, is asked as well.
 */
function faceCheck({ medianA, medianB, agree, samples }: FaceMatch): CaptureCheck {
  const typical = (medianA + medianB) / 2;
  const found = `the typical one of ${samples} measured faces is ${percent(Math.max(0, typical))} like the person's`;
  const check = measured('face', typical, found);
  if (agree < FACE_MATCH.mustAgree)
    return { ...check, outcome: 'failed', found: `${found}, and only ${percent(agree)} are theirs to both nets` };
  return check.outcome === 'passed' && typical < SURE_FACE
    ? { ...check, outcome: 'review', found: `${found}: alike, but somebody has to compare them` }
    : check;
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
  const drop = jawDrop(track);
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
        ? `the skin below the mouth is ${Math.round(100 * drop)} % further down with the mouth open`
        : 'the mouth never opens',
    ),
    faceCheck(match),
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
