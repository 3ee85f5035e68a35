/**
 * Holds the head: a shape at rest that was measured on a bowed head is a little off when it is put on a raised one, and the
 * swapped head then seems to look up or down. A few frames are swapped for trial, both heads are measured alike, and the
 * shape is turned by what is too much.
 */
import { headPose, type MeshFinder } from '../../../faces/index.js';
import type { Frame } from '../../../media/index.js';

/** Degrees of pitch that nobody sees, and that single people's measured heads differ by. */
const TOLERANCE = 1.5;
/** How many degrees the measured head follows for one degree of the shape (seen on four pairs: .65 to .8). */
const RESPONSE = 0.7;
/** No shape is turned further. */
const LIMIT = 6;

/** A frame as it was and as it came out. */
export interface Trial {
  readonly before: Frame;
  readonly after: Frame;
  /** Landmarks of the person in `before`, and about where they are in `after`: 478 * 3 each. */
  readonly points: Float32Array;
  readonly swappedPoints: Float32Array;
}

/**
 * By how many degrees the shape is to be turned so that the swapped heads look where the originals did: positive raises
 * the face. 0 where they do so already.
 */
export async function pitchToTurn(trials: readonly Trial[], engine: Pick<MeshFinder, 'landmarks'>): Promise<number> {
  const off: number[] = [];
  for (const { before, after, points, swappedPoints } of trials) {
    const [was, is] = await Promise.all([engine.landmarks(before, points), engine.landmarks(after, swappedPoints)]);
    if (was.confidence < 0.5 || is.confidence < 0.5) continue;
    off.push(headPose(is.points).pitch - headPose(was.points).pitch);
  }
  if (off.length === 0) return 0;
  off.sort((a, b) => a - b);
  const middle = off[off.length >> 1] ?? 0;
  const excess = Math.sign(middle) * Math.max(0, Math.abs(middle) - TOLERANCE);
  return Math.max(-LIMIT, Math.min(LIMIT, -excess / RESPONSE));
}
