/** `likeness analyze`: every person in a video or picture as a track. */
import { LikenessError, type LongWork, sha256 } from '../../base/index.js';
import { type Frame, type FrameRange, type MediaInfo, openVideo, probe, readPicture } from '../../media/index.js';
import { createFaceEngine, type FaceEngine } from '../engine/index.js';
import { CUT_LOOKAHEAD, CutFinder, cutSignature } from './cuts.js';
import { finishTracks } from './finish.js';
import type { JoinThresholds } from './join.js';
import { Tracker } from './tracker.js';
import type { Analysis, AnalyzedTrack, Tracklet, Waypoint } from './types.js';

/** How a file is analysed. */
export interface AnalyzeOptions extends LongWork {
  /** An engine that is open already; otherwise one is opened and closed again. */
  readonly engine?: FaceEngine | undefined;
  /** Also look for faces smaller than a tenth of the frame. Default true. */
  readonly small?: boolean;
  /** Person masks and occlusion, about five a second. Default true. */
  readonly masks?: boolean;
  /** Only this part of a video; frames are numbered from its first. Default: all of it. */
  readonly range?: FrameRange | undefined;
  /** Is shown every frame before it is looked at; the frame's memory is used again afterwards, so keep a copy. */
  readonly onFrame?: ((index: number, frame: Frame) => void) | undefined;
}

/** Bytes of frames that may wait for the cut finder; frames so large that four exceed it are judged with less foresight. */
const WAITING = 128e6;

/** Frames from one waypoint to the next. */
const WAYPOINT = 16;

/** Cosines between one person and two, measured on single pictures; see `join.ts`. */
const THRESHOLDS: JoinThresholds = { a: 0.6, b: 0.4 };

/** The remarks that go with what was, and was not, found. */
function remarksOn(tracks: readonly AnalyzedTrack[], what: string, frames: number): string[] {
  if (tracks.length === 0) return [`No face was found in ${what}.`];
  const remarks: string[] = [];
  for (const t of tracks) {
    const name = tracks.length === 1 ? 'The face' : `Person ${t.id}`;
    const size = t.faces.map((f) => f.box.width).sort((a, b) => a - b)[t.faces.length >> 1] as number;
    if (size < 64) remarks.push(`${name} is only ${Math.round(size)} pixels wide; identity and expression are rough.`);
    const turned = t.faces.filter((f) => Math.abs(f.pose.yaw) > 50).length / t.faces.length;
    if (turned > 0.5) remarks.push(`${name} is seen from the side most of the time; the far half is a guess.`);
    const filled = t.faces.filter((f) => f.interpolated).length;
    if (filled > 0) remarks.push(`${name} was lost on ${filled} of ${frames} frames, which are filled in.`);
  }
  return remarks;
}

const aborted = (signal: AbortSignal | undefined): void => signal?.throwIfAborted();

async function withEngine<T>(options: AnalyzeOptions, work: (engine: FaceEngine) => Promise<T>): Promise<T> {
  if (options.engine !== undefined) return work(options.engine);
  const engine = await createFaceEngine();
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function finished(
  tracklets: readonly Tracklet[],
  media: MediaInfo,
  frames: number,
  cuts: readonly number[],
  waypoints: readonly Waypoint[],
  options: AnalyzeOptions,
): Promise<Analysis> {
  const tracks = await finishTracks(tracklets, {
    frameRate: media.video?.frameRate || 25,
    thresholds: THRESHOLDS,
    pause: async (done) => {
      options.onProgress?.({ stage: 'smoothing tracks', done: Math.round(100 * done), total: 100, unit: '%' });
      await new Promise((resolve) => setImmediate(resolve));
      aborted(options.signal);
    },
  });
  const what = media.kind === 'picture' ? 'the picture' : `any of the ${frames} frames`;
  return { version: 1, media, frames, cuts, tracks, waypoints, remarks: remarksOn(tracks, what, frames) };
}

/**
 * Finds and follows every person in a video. A clip without a face gives no tracks and a remark, not an error.
 *
 * @throws LikenessError of the media room for files that cannot be read; `AbortError` when stopped
 * @example
 * const { tracks } = await analyzeVideo('clip.mp4', { onProgress: console.error });
 * for (const t of tracks) console.log(t.id, t.span, t.faces.length);
 */
export async function analyzeVideo(path: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const video = await openVideo(path);
  try {
    return await withEngine(options, async (engine) => {
      const info = video.info;
      const tracker = new Tracker(engine, {
        frameRate: info.video?.frameRate || 25,
        thresholds: THRESHOLDS,
        small: options.small ?? true,
        masks: options.masks ?? true,
      });
      const finder = new CutFinder();
      const cuts: number[] = [];
      const timestamps: number[] = [];
      const waiting: Frame[] = [];
      const waypoints: Waypoint[] = [];
      const total = info.video?.frameCount ?? 0;
      let index = 0;
      const next = async (): Promise<void> => {
        aborted(options.signal);
        const frame = waiting.shift() as Frame;
        const cut = finder.isCut(index);
        if (cut) cuts.push(index);
        timestamps.push(frame.timestamp);
        options.onFrame?.(index, frame);
        await tracker.step(index, frame, cut);
        index++;
        options.onProgress?.({ stage: 'finding faces', done: index, total: Math.max(total, index), unit: 'frames' });
      };
      for await (const frame of video.frames(options.range)) {
        const decoded = index + waiting.length;
        if (decoded % WAYPOINT === 0)
          waypoints.push({ frame: decoded, timestamp: frame.timestamp, sha256: sha256(frame.pixels) });
        finder.push(cutSignature(frame));
        waiting.push(frame);
        if (waiting.length > Math.min(CUT_LOOKAHEAD, Math.max(1, Math.floor(WAITING / frame.pixels.length))))
          await next();
      }
      while (waiting.length > 0) await next();
      if (index === 0)
        throw new LikenessError(
          'media.no-frames',
          `${path} holds no frame that can be decoded${options.range ? ' in the part that was asked for' : ''}.`,
          {
            hint: 'Play it in another program; if it is empty there too, export it again.',
          },
        );
      return await finished(await tracker.finish(timestamps), info, index, cuts, waypoints, options);
    });
  } finally {
    video.close();
  }
}

/** Finds every person in a picture; each track has one face. */
export async function analyzePicture(path: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const info = await probe(path);
  const frame = await readPicture(path);
  return withEngine(options, async (engine) => {
    const tracker = new Tracker(engine, {
      frameRate: 1,
      thresholds: THRESHOLDS,
      small: true,
      masks: options.masks ?? true,
    });
    await tracker.step(0, frame, false);
    options.onProgress?.({ stage: 'finding faces', done: 1, total: 1, unit: 'frames' });
    return finished(await tracker.finish([frame.timestamp]), info, 1, [], [], options);
  });
}

/**
 * Finds every person in a video or a picture, whichever the file is.
 *
 * @throws LikenessError `media.no-video` where there is only sound
 */
export async function analyzeFile(path: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const info = await probe(path);
  if (info.kind === 'picture') return analyzePicture(path, options);
  if (info.kind === 'audio' || info.video === null)
    throw new LikenessError('media.no-video', `${path} holds only sound; there is nobody to see.`, {
      hint: 'Name a video or a picture.',
    });
  return analyzeVideo(path, options);
}
