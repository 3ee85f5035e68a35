/** Who is measured, and what the source looks like: tracks by number, embeddings of evenly spread frames. */
import { LikenessError, type LongWork } from '../../base/index.js';
import {
  type Analysis,
  analyzeVideo,
  createFaceEngine,
  type FaceEngine,
  type Track,
  type TrackedFace,
} from '../../faces/index.js';
import { openVideo, releaseFrame } from '../../media/index.js';

/** Frames whose identity is measured, at most, spread evenly over the clip. */
export const PRINTS = 40;

/** `count` of the list, evenly spread, first and last among them. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / Math.max(1, count - 1))] as T,
  );
}

/** The track with this number, or the one seen longest.
 *
 * @throws LikenessError `report.no-face`, `report.no-track`
 */
export function trackOf(analysis: Analysis, path: string, id: number | undefined): Track {
  const sorted = [...analysis.tracks].sort((a, b) => b.faces.length - a.faces.length);
  const found = id === undefined ? sorted[0] : sorted.find((track) => track.id === id);
  if (found !== undefined) return found;
  throw new LikenessError(
    id === undefined ? 'report.no-face' : 'report.no-track',
    id === undefined ? `${path} shows no face to measure.` : `${path} has no person ${id}.`,
    { hint: `likeness analyze ${path} shows who is there.` },
  );
}

/** Frames in which the person was really seen. */
export const seen = (track: Track): TrackedFace[] => track.faces.filter((face) => !face.interpolated);

/** Whose embeddings {@link sourcePrints} takes. */
export interface SourceOptions extends LongWork {
  /** The person, by number or as tracked already; the one seen longest where left out. */
  readonly track?: number | Track;
  /** An engine that is open already. */
  readonly engine?: FaceEngine;
}

async function trackIn(path: string, options: SourceOptions, engine: FaceEngine): Promise<Track> {
  const { track, signal, onProgress } = options;
  if (typeof track === 'object') return track;
  const analysis = await analyzeVideo(path, {
    engine,
    masks: false,
    signal,
    onProgress: onProgress && ((event) => onProgress({ ...event, stage: `looking at the source: ${event.stage}` })),
  });
  return trackOf(analysis, path, track);
}

/**
 * Embeddings B of up to 40 frames of one person in a clip: what a swap's likeness is held against.
 *
 * @throws LikenessError `report.no-face`, `report.no-track`, and those of media and faces
 */
export async function sourcePrints(path: string, options: SourceOptions = {}): Promise<Float32Array[]> {
  const engine = options.engine ?? (await createFaceEngine());
  try {
    const track = await trackIn(path, options, engine);
    const faces = new Map(spread(seen(track), PRINTS).map((face) => [face.frame, face]));
    const prints: Float32Array[] = [];
    const video = await openVideo(path);
    try {
      let at = 0;
      for await (const frame of video.frames()) {
        options.signal?.throwIfAborted();
        const face = faces.get(at++);
        if (face !== undefined) prints.push(await engine.embedB(frame, face.landmarks));
        releaseFrame(frame);
        if (prints.length === faces.size) break;
      }
    } finally {
      video.close();
    }
    return prints;
  } finally {
    if (options.engine === undefined) await engine.close();
  }
}
