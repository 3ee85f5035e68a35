/** The checks of a captured recording that look at the face: whose it is, and whether it moves as flesh does. */
import { describe, expect, it } from 'vitest';
import { createActor, expressionOf, performMoves, renderActor } from '../src/actors/index.js';
import { CAPTURE_THRESHOLDS, moveSamples, SURE_FACE } from '../src/consent/capture/checks.js';
import { jawDrop } from '../src/consent/capture/flesh.js';
import { seenMoves } from '../src/consent/capture/moves.js';
import { type CaptureCheck, captureChecks, type Move } from '../src/consent/index.js';
import { type AnalyzedTrack, expression, headPose, type Identity, type TrackedFace } from '../src/faces/index.js';

const SIZE = { width: 96, height: 72 };
const FPS = 10;
const ASKED: Move[] = ['openMouth', 'turnLeft', 'closeEyes', 'lookUp', 'turnRight'];

/** A direction that has this cosine with the first axis. */
function towards(cosine: number, length: number): Float32Array {
  const out = new Float32Array(length);
  out[0] = cosine;
  out[1] = Math.sqrt(1 - cosine * cosine);
  return out;
}
const identity = (a: number, b: number): Identity => ({ a: towards(a, 1024), b: towards(b, 192) });

function trackOf(meshes: readonly Float32Array[], who: (frame: number) => Identity): AnalyzedTrack {
  const faces = meshes.map((landmarks, frame): TrackedFace => {
    const pose = headPose(landmarks);
    return {
      frame,
      timestamp: (frame * 1e6) / FPS,
      box: { x: 0, y: 0, ...SIZE },
      landmarks,
      pose,
      expression: expression(landmarks, pose),
      identity: who(frame),
      confidence: 1,
      occlusion: 0,
      interpolated: false,
    };
  });
  const span = [0, faces.length - 1] as const;
  return { id: 1, faces, span, identity: who(0), masks: [], runs: [span] };
}

const drawn = new Map<string, readonly Float32Array[]>();
/** Meshes of a drawn person who does every move; `mask` keeps all but the inner lips as they are at rest. */
function performed(seed: number, mask = false): readonly Float32Array[] {
  const key = `${seed} ${mask}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const actor = createActor(seed);
  const meshes = performMoves(seed, { fps: FPS, moves: ASKED, talk: 1 }).map((state) => {
    const { landmarks } = renderActor(actor, state, SIZE);
    if (!mask) return landmarks;
    const still = Float32Array.from(renderActor(actor, { ...state, expression: expressionOf({}) }, SIZE).landmarks);
    for (const lip of [13, 14]) still.set(landmarks.subarray(3 * lip, 3 * lip + 3), 3 * lip);
    return still;
  });
  drawn.set(key, meshes);
  return meshes;
}

function checksOf(track: AnalyzedTrack): Map<string, CaptureCheck> {
  const analysis = {
    version: 1,
    media: { path: '', container: '', bytes: 0, kind: 'video', duration: 1, video: null, audio: [] },
    frames: track.faces.length,
    cuts: [],
    tracks: [track],
    waypoints: [],
    remarks: [],
  } as const;
  const checks = captureChecks({ analysis, frames: [], speech: 2, material: [identity(1, 1)] }, ASKED);
  return new Map(checks.map((check) => [check.name, check]));
}

describe('flesh', () => {
  it('is skin that goes down with the mouth, and no mouth that opens in a mask', () => {
    const who = (): Identity => identity(0.9, 0.9);
    expect(jawDrop(trackOf(performed(1001), who))).toBeGreaterThan(CAPTURE_THRESHOLDS.flesh);
    expect(jawDrop(trackOf(performed(1001, true), who))).toBeLessThan(CAPTURE_THRESHOLDS.flesh / 2);
  });
  it('cannot be told where the mouth never opens, and does not pass then', () => {
    const shut = trackOf(
      performed(1001, true).map((mesh) => {
        const lips = Float32Array.from(mesh);
        lips.set(lips.subarray(3 * 13, 3 * 14), 3 * 14);
        return lips;
      }),
      () => identity(0.9, 0.9),
    );
    expect(jawDrop(shut)).toBeNaN();
    expect(checksOf(shut).get('flesh')?.outcome).toBe('failed');
  });
});

describe('the moves of a drawn person', () => {
  it('are measured on their mesh', () => {
    for (const seed of [1001, 1002]) {
      const track = trackOf(performed(seed), () => identity(0.9, 0.9));
      expect(checksOf(track).get('moves')).toMatchObject({ outcome: 'passed' });
      expect(
        seenMoves(moveSamples(track))
          .filter((one) => one.sure)
          .map((one) => one.move),
      ).toEqual(ASKED);
    }
  });
});

describe('the face', () => {
  const meshes = performed(1001);
  const face = (who: (frame: number) => Identity): CaptureCheck | undefined =>
    checksOf(trackOf(meshes, who)).get('face');
  it('is judged by both nets together: the person, one to compare, somebody else', () => {
    expect(face(() => identity(0.85, 0.85))).toMatchObject({ outcome: 'passed', score: 0.85 });
    expect(face(() => identity(SURE_FACE - 0.02, SURE_FACE - 0.02))?.outcome).toBe('review');
    expect(face(() => identity(0.75, 0.75))?.outcome).toBe('review');
    // Each net alone would let these pass as the gate asks it to.
    expect(face(() => identity(0.66, 0.68))?.outcome).toBe('failed');
    expect(face(() => identity(0.95, 0.3))?.outcome).toBe('failed');
  });
  it('is the typical one: a few views that fit do not make somebody the person, nor few that do not undo it', () => {
    const mixed = (from: number, to: number) => (frame: number) =>
      frame % 5 < 2 ? identity(from, from) : identity(to, to);
    expect(face(mixed(0.95, 0.6))?.outcome).toBe('failed');
    expect(face(mixed(0.6, 0.95))?.outcome).toBe('passed');
    // Just over half are the person, the others nobody surely.
    expect(face((frame) => (frame % 9 < 4 ? identity(0.5, 0.5) : identity(0.9, 0.9)))?.outcome).toBe('failed');
  });
});
