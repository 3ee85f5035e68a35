/**
 * What the pixels of a recording give away: that nothing moves (a picture held up), that a stretch comes twice (a clip
 * played again), that pieces meet that do not fit. Each frame becomes a small grey picture; everything else is arithmetic
 * on those, and pure.
 */
import type { LongWork } from '../../base/index.js';
import { type Frame, openVideo, releaseFrame, sampleAffine } from '../../media/index.js';

/** A frame, made small. */
export interface FrameSketch {
  /** Seconds. */
  readonly at: number;
  /** 32 x 24 grey values of the whole frame, 0..255. */
  readonly whole: Float32Array;
}

const WIDTH = 32;
const HEIGHT = 24;

function grey(frame: Frame): Float32Array {
  const data = new Float32Array(WIDTH * HEIGHT * 3);
  const sx = frame.width / WIDTH;
  const sy = frame.height / HEIGHT;
  sampleAffine(frame, [sx, 0, sx / 2 - 0.5, 0, sy, sy / 2 - 0.5], WIDTH, HEIGHT, data, {
    layout: 'interleaved',
  });
  return Float32Array.from(
    { length: WIDTH * HEIGHT },
    (_, i) =>
      0.299 * (data[3 * i] as number) + 0.587 * (data[3 * i + 1] as number) + 0.114 * (data[3 * i + 2] as number),
  );
}

/** Sketches of every frame of a recording. */
export async function sketches(path: string, work: LongWork = {}): Promise<FrameSketch[]> {
  const video = await openVideo(path);
  const out: FrameSketch[] = [];
  try {
    for await (const frame of video.frames()) {
      work.signal?.throwIfAborted();
      out.push({ at: frame.timestamp / 1e6, whole: grey(frame) });
      releaseFrame(frame);
      work.onProgress?.({
        stage: 'looking for tricks',
        done: out.length,
        total: video.info.video?.frameCount ?? 0,
        unit: 'frames',
      });
    }
  } finally {
    video.close();
  }
  return out;
}

/** Mean absolute difference in grey values. */
function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

/** A difference below this many grey values is none: noise of a camera is more. */
const SAME = 0.12;

/** 0..1: share of frames whose picture is not the one before. A picture held up, or a frozen stream, is near 0. */
export function liveliness(frames: readonly FrameSketch[]): number {
  if (frames.length < 2) return 0;
  const changed = frames.slice(1).filter((f, i) => difference(f.whole, (frames[i] as FrameSketch).whole) >= SAME);
  return changed.length / (frames.length - 1);
}

/** Seconds of a stretch that counts as one. */
const STRETCH = 0.6;

/**
 * Seconds of the longest stretch, with movement in it, that comes a second time to the pixel. Rest looks like rest, so a
 * stretch without movement never counts.
 */
export function longestRepeat(frames: readonly FrameSketch[]): number {
  const n = frames.length;
  const at = (i: number): number => (frames[i] as FrameSketch).at;
  const whole = (i: number): Float32Array => (frames[i] as FrameSketch).whole;
  const moved = frames.map((_, i) => (i === 0 ? 0 : difference(whole(i), whole(i - 1))));
  let longest = 0;
  // Along each diagonal `j - i = lag` of the table of all pairs.
  for (let lag = 2; lag < n; lag++) {
    let start = -1;
    let movement = 0;
    for (let i = 0; i + lag <= n; i++) {
      const j = i + lag;
      const same = j < n && at(j) - at(i) >= STRETCH && difference(whole(i), whole(j)) < SAME;
      if (same) {
        if (start < 0) {
          start = i;
          movement = 0;
        } else movement = Math.max(movement, moved[i] as number);
      } else if (start >= 0) {
        if (movement > 4 * SAME) longest = Math.max(longest, at(i - 1) - at(start));
        start = -1;
      }
    }
  }
  return longest;
}

/** Changes of this many grey values are the camera's. */
const FLOOR = 0.6;

/**
 * How far the largest single change stands alone, as a ratio to its neighbours: below 2 in one take, since bodies speed
 * up and slow down; more where two pieces meet that do not fit.
 */
export function sharpestJump(frames: readonly FrameSketch[]): number {
  const change = frames.slice(1).map((f, i) => difference(f.whole, (frames[i] as FrameSketch).whole));
  return change.reduce(
    (worst, c, i) => Math.max(worst, c / (FLOOR + Math.max(change[i - 1] ?? 0, change[i + 1] ?? 0))),
    0,
  );
}
