/** Reading a video as a stream of frames: upright, in presentation order, a few frames ahead of whoever asks. */

import { EncodedPacketSink, type InputVideoTrack } from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { releaseFrame } from './buffers.js';
import { damaged } from './container.js';
import { openMedia } from './open.js';
import { decoderFor, openedInfo, type TrackFacts } from './probe.js';
import type { Frame, MediaInfo } from './types.js';

/** Decoded frames waiting for the consumer may take this much memory, and are between 2 and 8. */
const AHEAD_BYTES = 48 * 1024 * 1024;

/** A part of a video: frames with `fromUs <= timestamp < toUs`, in microseconds. */
export interface FrameRange {
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

/** An opened video. */
export interface VideoSource {
  readonly info: MediaInfo;
  /**
   * The frames in presentation order. May be called several times, also at once; each call has its own decoder. Ending
   * the loop early frees everything. Give frames to `releaseFrame` when done with them.
   *
   * @throws LikenessError `media.damaged`
   */
  frames(range?: FrameRange): AsyncGenerator<Frame, void, undefined>;
  /** When the key frame is shown that stands at `us` or before it, in microseconds; `null` where there is none. Decodes nothing. */
  keyFrameBefore(us: number): Promise<number | null>;
  /** Frees the file. Frames already handed out stay valid. */
  close(): void;
}

/** Runs a generator ahead of its consumer by at most `limit` results, so that decoding and consuming overlap. */
async function* ahead(source: AsyncGenerator<Frame>, limit: number): AsyncGenerator<Frame, void, undefined> {
  const queue: Frame[] = [];
  let failure: { thrown: unknown } | null = null;
  let ended = false;
  let stopped = false;
  let wake: () => void = () => undefined;
  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const pump = (async () => {
    try {
      for await (const frame of source) {
        queue.push(frame);
        wake();
        while (queue.length >= limit && !stopped) await sleep();
        if (stopped) break;
      }
    } catch (thrown) {
      failure = { thrown };
    }
    ended = true;
    wake();
  })();
  try {
    for (;;) {
      const frame = queue.shift();
      if (frame) {
        wake();
        yield frame;
      } else if (ended) break;
      else await sleep();
    }
    if (failure) throw (failure as { thrown: unknown }).thrown;
  } finally {
    stopped = true;
    wake();
    await pump;
    for (const frame of queue) releaseFrame(frame);
  }
}

const lasting = (frame: Frame, end: number): Frame => ({ ...frame, duration: Math.round(end - frame.timestamp) });

async function* decoded(
  path: string,
  track: InputVideoTrack,
  facts: TrackFacts,
  range: FrameRange,
): AsyncGenerator<Frame> {
  const { video, width, height, mirror } = facts;
  const from = range.fromUs ?? 0;
  const to = range.toUs ?? Number.POSITIVE_INFINITY;
  if (to <= from) return;
  const sink = new EncodedPacketSink(track);
  const start = from > 0 ? await sink.getKeyPacket(from / 1e6 + 1e-7) : null;
  const decoder = await decoderFor(path, track, video.alpha);
  // A frame lasts until the next one comes. What containers say of durations is in decoding order and wrong where the
  // rate varies, so every frame waits here for its follower.
  let waiting: Frame | null = null;
  try {
    for await (const raw of decoder.pictures(sink.packets(start ?? undefined))) {
      // Edit lists cut off what lies before zero. A picture that reaches over the cut is shown from zero on.
      if (waiting && waiting.timestamp < 0 && raw.timestamp > 0) waiting = { ...waiting, timestamp: 0 };
      if (waiting && waiting.timestamp >= from) yield lasting(waiting, raw.timestamp);
      else if (waiting) releaseFrame(waiting);
      waiting = null;
      if (raw.timestamp >= to) return;
      // Far before the wanted part nothing needs to be copied; the last one before it may reach into it at zero.
      if (raw.timestamp < from && from > 0) continue;
      waiting = await decoder.frame(raw, width, height, video.rotation, mirror, video.color, 0);
    }
    if (!waiting || waiting.timestamp < from) return;
    const usual = 1e6 / (video.frameRate || 25);
    const rest = ((await track.getDurationFromMetadata()) ?? 0) * 1e6 - waiting.timestamp;
    // The end of the track ends the last frame, unless that is the end of a longer sound.
    yield lasting(waiting, waiting.timestamp + (rest > 0 && rest < 10 * usual ? rest : usual));
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    decoder.close();
  }
}

/**
 * Opens a video for reading.
 *
 * @throws LikenessError `media.picture` for a picture, `media.no-video` for sound only, and all of `probe`
 * @example
 * const video = await openVideo('clip.mp4');
 * try {
 *   for await (const frame of video.frames()) { look(frame); releaseFrame(frame); }
 * } finally { video.close(); }
 */
export async function openVideo(path: string): Promise<VideoSource> {
  const opened = await openMedia(path);
  try {
    const { info, facts } = await openedInfo(path, opened);
    const track = await opened.input.getPrimaryVideoTrack();
    if (!facts || !track)
      throw new LikenessError('media.no-video', `${path} holds no moving picture, only sound.`, {
        hint: 'Name a video file.',
      });
    const bytes = facts.width * facts.height * (facts.video.alpha ? 4 : 1.5);
    const limit = Math.max(2, Math.min(8, Math.floor(AHEAD_BYTES / bytes)));
    return {
      info,
      frames: (range = {}) => ahead(decoded(path, track, facts, range), limit),
      keyFrameBefore: async (us) => {
        const packet = await new EncodedPacketSink(track).getKeyPacket(us / 1e6 + 1e-7);
        return packet === null ? null : Math.round(packet.timestamp * 1e6);
      },
      close: () => opened.input.dispose(),
    };
  } catch (cause) {
    opened.input.dispose();
    throw damaged(path, cause);
  }
}
