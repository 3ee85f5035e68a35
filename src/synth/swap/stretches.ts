/**
 * How a video is divided. Stretches can be rendered by anybody, in any order: each begins anew, with a few frames of run-in
 * that are looked at and thrown away. Inside of a stretch there are segments, which follow on one another: points from
 * which a run that was stopped goes on. All of it is part of what a render is, so however many share one, they get the
 * same bytes.
 */

import { sha256 } from '../../base/index.js';
import type { Waypoint } from '../../faces/index.js';
import { type Frame, releaseFrame, type VideoSource } from '../../media/index.js';

/** Seconds of a segment where nothing else is asked for. */
export const SEGMENT_SECONDS = 4;
/** Seconds of a stretch where nothing else is asked for. */
export const STRETCH_SECONDS = 16;

/**
 * Frames in front of a stretch that are rendered and thrown away, so that what is smoothed from frame to frame has settled
 * where it begins. `bench/stretches.ts` shows what is left of the difference to a render that went on.
 */
export const RUN_IN = 16;

/** Frames `from` to `to`, the latter left out. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

/** See the head of this file. */
export interface Segment extends FrameRange {
  /** Its number in the film. */
  readonly index: number;
}

/** See the head of this file. */
export interface Stretch extends FrameRange {
  readonly index: number;
  /** Whether the film ends with it. */
  readonly last: boolean;
  readonly segments: readonly Segment[];
}

/** What decides the division. */
export interface LayoutRequest {
  /** Mean frames per second. */
  readonly frameRate: number;
  readonly frames: number;
  /** The part that is made, `to` left out; left out, all of it. */
  readonly range?: FrameRange | undefined;
  readonly segmentSeconds?: number | undefined;
  readonly stretchSeconds?: number | undefined;
}

/** Divides a film. Stretches and segments are whole numbers of the encoder's key-frame distance of two seconds. */
export function layoutOf({
  frameRate,
  frames,
  range = { from: 0, to: Math.max(frames, 1) },
  segmentSeconds = SEGMENT_SECONDS,
  stretchSeconds = STRETCH_SECONDS,
}: LayoutRequest): readonly Stretch[] {
  const distance = Math.max(2, Math.min(300, Math.round(2 * frameRate)));
  const long = (seconds: number): number => Math.max(1, Math.round(seconds / 2)) * distance;
  const stretch = long(stretchSeconds);
  const segment = Math.min(long(segmentSeconds), stretch);
  const each = Math.ceil(stretch / segment);
  return Array.from({ length: Math.max(1, Math.ceil((range.to - range.from) / stretch)) }, (_, index): Stretch => {
    const from = range.from + index * stretch;
    const to = Math.min(from + stretch, range.to);
    const count = Math.ceil((to - from) / segment);
    return {
      index,
      from,
      to,
      last: to >= frames,
      segments: Array.from({ length: count }, (_, i) => ({
        index: index * each + i,
        from: from + i * segment,
        to: Math.min(from + (i + 1) * segment, to),
      })),
    };
  });
}

/**
 * The frames of a clip from one on. What is decoded after a jump is checked to be what was seen there when the whole clip
 * was decoded; where it is not (key frames that do not stand for themselves), everything before is decoded as well.
 *
 * @param waypoints frames to jump to, in order
 */
export async function* framesFrom(
  source: VideoSource,
  from: number,
  waypoints: readonly Waypoint[],
): AsyncGenerator<Frame, void, undefined> {
  const near = waypoints.findLast(({ frame }) => frame <= from);
  if (near !== undefined && near.frame > 0) {
    const frames = source.frames({ fromUs: near.timestamp });
    try {
      let index = near.frame;
      for await (const frame of frames) {
        const first = index === near.frame;
        if (first && (frame.timestamp !== near.timestamp || sha256(frame.pixels) !== near.sha256)) {
          releaseFrame(frame);
          break;
        }
        if (index++ < from) releaseFrame(frame);
        else yield frame;
      }
      if (index > near.frame) return;
    } finally {
      await frames.return();
    }
  }
  let index = 0;
  for await (const frame of source.frames())
    if (index++ < from) releaseFrame(frame);
    else yield frame;
}
