/** Which parts of a video are followed frame by frame, and which frames are kept. */
import type { Span } from '../types.js';

/** Videos up to this many seconds are followed from end to end. */
export const WHOLE_SECONDS = 12;
/** Length of a window in longer ones, in seconds. */
const WINDOW = 4;
/** A longer video gets a window for about every so many seconds, at least three and at most twenty. */
const EVERY = 20;

/**
 * The windows of a video, in order and apart from each other: the whole of a short one, otherwise windows in the middle
 * of equal parts.
 *
 * @param seconds length of the video
 */
export function windowsOf(seconds: number): Span[] {
  if (!(seconds > WHOLE_SECONDS)) return [[0, Math.max(seconds, 0)]];
  const count = Math.max(3, Math.min(20, Math.ceil(seconds / EVERY)));
  return Array.from({ length: count }, (_, i) => {
    const middle = ((i + 0.5) * seconds) / count;
    return [middle - WINDOW / 2, middle + WINDOW / 2] as const;
  });
}

/** Frames that are kept of a whole video. */
const STILLS = 8;

/** Indices of the frames to keep of a window, spread evenly, away from its ends. */
export function stillIndices(frames: number, windows: number): number[] {
  const count = Math.max(1, Math.min(frames, windows === 1 ? STILLS : Math.max(1, Math.round(STILLS / windows))));
  return [...new Set(Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * frames) / count)))];
}
