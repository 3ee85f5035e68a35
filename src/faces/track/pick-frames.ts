/** Single frames out of a video, without decoding more of it than needed. */
import { type Frame, openVideo, releaseFrame } from '../../media/index.js';

/** Frames that a jump to a key frame costs, about: half of a usual distance between key frames. */
const JUMP = 125;

/**
 * Calls `use` with the frames at these times, in order. Frames are only lent.
 *
 * @param timestamps in microseconds, in any order, as `frames()` gave them
 * @param frameCount frames of the whole clip, to choose between reading through and jumping
 */
export async function pickFrames(
  path: string,
  timestamps: readonly number[],
  frameCount: number,
  use: (frame: Frame) => void,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = [...new Set(timestamps)].sort((a, b) => a - b);
  if (wanted.length === 0) return;
  const video = await openVideo(path);
  try {
    const until = (wanted[wanted.length - 1] as number) + 1;
    const jumping = wanted.length * JUMP < frameCount;
    const ranges = jumping ? wanted.map((t) => ({ fromUs: t, toUs: t + 1 })) : [{ toUs: until }];
    const left = new Set(wanted);
    for (const range of ranges) {
      for await (const frame of video.frames(range)) {
        signal?.throwIfAborted();
        if (left.delete(frame.timestamp)) use(frame);
        releaseFrame(frame);
      }
    }
  } finally {
    video.close();
  }
}
