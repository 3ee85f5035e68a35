/** From raw tracklets to people: split where two were mixed up, smooth, measure pose and expression, join across shots. */
import { expressionIndex } from '../../base/index.js';
import { expression, faceBox, headPose } from '../geometry/index.js';
import type { TrackedFace } from '../types.js';
import { coverOf, type Look } from './appearance.js';
import { type JoinThresholds, joinTracklets, meanIdentity } from './join.js';
import { identityOf, splitByIdentity } from './prints.js';
import { smoothMeshes } from './smooth-face.js';
import type { AnalyzedTrack, Print, Tracklet, TrackMask } from './types.js';

/** Weights whose rest differs from person to person: lids and brows. Their median over a track counts as rest. */
const OWN_REST = (
  [
    'browDownLeft',
    'browDownRight',
    'browInnerUp',
    'browOuterUpLeft',
    'browOuterUpRight',
    'eyeBlinkLeft',
    'eyeBlinkRight',
    'eyeWideLeft',
    'eyeWideRight',
  ] as const
).map(expressionIndex);
/** Fewer faces than this say nothing about a person's rest. */
const REST_FACES = 25;

const f32 = Math.fround;

/** Fills NaN by going straight between its neighbours in time; 0 where nothing is known. */
function fill(values: readonly number[]): number[] {
  const known = values.flatMap((v, i) => (Number.isNaN(v) ? [] : [i]));
  let k = 0;
  return values.map((v, i) => {
    if (!Number.isNaN(v)) return v;
    while (k + 1 < known.length && (known[k + 1] as number) < i) k++;
    const a = known[k];
    if (a === undefined) return 0;
    const b = known[k + 1];
    if (i < a || b === undefined) return values[i < a ? a : (known[known.length - 1] as number)] as number;
    const w = (i - a) / (b - a);
    return (1 - w) * (values[a] as number) + w * (values[b] as number);
  });
}

/** The faces of a tracklet, from its smoothed meshes. */
function facesOf(tracklet: Tracklet): TrackedFace[] {
  const identities = new Map(tracklet.prints.map((p) => [p.frame, p.identity]));
  const first = tracklet.frames[0] as number;
  const cover = new Array<number>(tracklet.frames.length).fill(Number.NaN);
  coverOf(tracklet.looks).forEach((share, i) => {
    cover[(tracklet.looks[i] as Look).frame - first] = share;
  });
  const byColor = fill(cover);
  const occlusion = fill(tracklet.occlusion).map((byMask, i) => Math.max(byMask, byColor[i] as number));
  return tracklet.frames.map((frame, i) => {
    const landmarks = tracklet.meshes.at(i) as Float32Array;
    const turned = headPose(landmarks);
    const at = faceBox(landmarks);
    // Single precision, so that an analysis from the cache is the same to the bit.
    const pose = { yaw: f32(turned.yaw), pitch: f32(turned.pitch), roll: f32(turned.roll) };
    return {
      frame,
      timestamp: tracklet.timestamps[i] as number,
      box: { x: f32(at.x), y: f32(at.y), width: f32(at.width), height: f32(at.height) },
      // Read again whenever it is asked for: thousands of faces are not held in memory.
      get landmarks(): Float32Array {
        return tracklet.meshes.at(i) as Float32Array;
      },
      pose,
      expression: expression(landmarks, pose),
      identity: identities.get(frame) ?? null,
      confidence: f32(tracklet.confidence[i] as number),
      occlusion: f32(occlusion[i] as number),
      interpolated: tracklet.interpolated[i] as boolean,
    };
  });
}

/** Takes a person's own rest off the weights that differ between people, in place. */
function takeOffRest(faces: readonly TrackedFace[]): void {
  if (faces.length < REST_FACES) return;
  const column = new Float32Array(faces.length);
  for (const w of OWN_REST) {
    faces.forEach((f, i) => {
      column[i] = f.expression[w] as number;
    });
    const rest = Math.min(0.6, column.sort()[faces.length >> 1] as number);
    if (rest < 0.02) continue;
    for (const f of faces) f.expression[w] = Math.max(0, ((f.expression[w] as number) - rest) / (1 - rest));
  }
}

/** How tracklets become tracks. */
export interface FinishOptions {
  readonly frameRate: number;
  readonly thresholds: JoinThresholds;
  /** Called after each tracklet with the share that is done, and waited for. */
  readonly pause: (done: number) => Promise<void>;
}

/**
 * Makes tracks of tracklets, which are used up.
 *
 * @param tracklets unbroken runs, in any order
 */
export async function finishTracks(tracklets: readonly Tracklet[], options: FinishOptions): Promise<AnalyzedTrack[]> {
  const parts = tracklets.flatMap((t) => splitByIdentity(t, options.thresholds));
  const faces: TrackedFace[][] = [];
  for (const [i, part] of parts.entries()) {
    smoothMeshes(part.meshes, options.frameRate);
    faces.push(facesOf(part));
    part.looks.length = 0;
    await options.pause((i + 1) / parts.length);
  }
  const groups = joinTracklets(
    parts.map((part) => ({
      span: [part.frames[0] as number, part.frames[part.frames.length - 1] as number],
      weight: part.frames.length,
      identity: identityOf(part.prints),
    })),
    options.thresholds,
  );
  const tracks: AnalyzedTrack[] = [];
  for (const group of groups) {
    const own = group.map((i) => parts[i] as Tracklet);
    const prints: Print[] = own.flatMap((t) => t.prints);
    const identity = identityOf(prints) ?? (prints.length > 0 ? meanIdentity(prints.map((p) => p.identity)) : null);
    // Without a single view that shows who it is there is nothing to call a person.
    if (identity === null) continue;
    const all = group.flatMap((i) => faces[i] as TrackedFace[]);
    takeOffRest(all);
    const masks: TrackMask[] = own.flatMap((t) => t.masks).sort((a, b) => a.frame - b.frame);
    const runs = own.map((t): [number, number] => [t.frames[0] as number, t.frames[t.frames.length - 1] as number]);
    const span: [number, number] = [(runs[0] as [number, number])[0], (runs[runs.length - 1] as [number, number])[1]];
    tracks.push({ id: tracks.length + 1, faces: all, span, identity, masks, runs });
  }
  return tracks;
}
