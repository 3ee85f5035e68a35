/** A second of a film, one face held still: what changes from frame to frame and does not belong to its motion. */
import {
  type AnalyzedTrack,
  type Box,
  distance,
  FACE_OVAL,
  fivePoints,
  pointAt,
  similarity,
  type TrackedFace,
} from '../../../faces/index.js';
import { openVideo, releaseFrame, sampleAffine } from '../../../media/index.js';

/** Side of the crops in pixels; the oval of the face takes about half of it. */
export const SIDE = 96;

/** Frames that are looked at, at most: about a second. */
const FRAMES = 30;

/** Grey crops of one face over consecutive frames, all aligned to the first by eyes, nose and mouth corners. */
export interface Burst {
  /** Seconds of the file. */
  readonly times: readonly number[];
  /** `SIDE * SIDE` grey values each, 0..255. */
  readonly crops: readonly Float32Array[];
  /** The oval in crop pixels, x y x y ...: that of the first frame. */
  readonly oval: readonly (readonly [number, number])[];
}

/** Where the five points of the first face go: upright, the oval centred, half of the crop wide. */
function target(face: TrackedFace): (readonly [number, number])[] {
  const { x, y, width, height }: Box = face.box;
  const scale = (0.52 * SIDE) / Math.max(width, height);
  const [cx, cy] = [x + width / 2, y + height / 2];
  return fivePoints(face.landmarks).map(([px, py]) => [(px - cx) * scale + SIDE / 2, (py - cy) * scale + SIDE / 2]);
}

/** The longest run of consecutive, seen frames of a track, from its start, at most {@link FRAMES}. */
function runOf(track: AnalyzedTrack): TrackedFace[] {
  const run: TrackedFace[] = [];
  for (const face of track.faces) {
    const last = run.at(-1);
    if (last !== undefined && face.frame !== last.frame + 1) {
      if (run.length >= FRAMES) break;
      run.length = 0;
    }
    if (face.interpolated) run.length = 0;
    else run.push(face);
    if (run.length >= FRAMES) break;
  }
  return run;
}

/**
 * Reads the beginning of a track again, frame by frame.
 *
 * @returns `null` where the face is never seen on ten frames in a row, or is cut from the frame
 */
export async function readBurst(path: string, track: AnalyzedTrack): Promise<Burst | null> {
  const run = runOf(track);
  const [first] = run;
  if (first === undefined || run.length < 10 || distance(first.landmarks, 33, 263) < 12) return null;
  const goal = target(first);
  const byTime = new Map(run.map((f) => [f.timestamp, f]));
  const crops: Float32Array[] = [];
  const times: number[] = [];
  const video = await openVideo(path);
  try {
    const last = run.at(-1) as TrackedFace;
    for await (const frame of video.frames({ fromUs: first.timestamp, toUs: last.timestamp + 1 })) {
      const face = byTime.get(frame.timestamp);
      if (face !== undefined) {
        const view = similarity(goal, fivePoints(face.landmarks));
        const rgb = sampleAffine(frame, view, SIDE, SIDE, new Float32Array(3 * SIDE * SIDE));
        crops.push(greyOf(rgb));
        times.push(frame.timestamp / 1e6);
      }
      releaseFrame(frame);
    }
  } finally {
    video.close();
  }
  if (crops.length < 10) return null;
  const toCrop = similarity(fivePoints(first.landmarks), goal);
  const oval = FACE_OVAL.map((i) => {
    const [x, y] = pointAt(first.landmarks, i);
    return [toCrop[0] * x + toCrop[1] * y + toCrop[2], toCrop[3] * x + toCrop[4] * y + toCrop[5]] as const;
  });
  return { times, crops, oval };
}

function greyOf(rgb: Float32Array): Float32Array {
  const n = SIDE * SIDE;
  return Float32Array.from(
    { length: n },
    (_, i) => 0.299 * (rgb[i] as number) + 0.587 * (rgb[n + i] as number) + 0.114 * (rgb[2 * n + i] as number),
  );
}
