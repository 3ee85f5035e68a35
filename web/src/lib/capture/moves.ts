/**
 * Which move somebody is making, from landmarks: guidance while they record. The studio measures the recording itself, by
 * finer means, and its word counts.
 */
import type { Move } from '../../../../src/consent/capture/challenge.js';
// How far is far enough is the studio's own rule; plain arithmetic, nothing of Node is behind these files.
import { strongestMove } from '../../../../src/consent/capture/moves.js';
import { headPose } from '../../../../src/faces/geometry/pose.js';

/**
 * Growth of the gap of the lips over the height of the face, and share of the eyes' own opening that is left: what the
 * studio asks of the finer mesh, which it turns to the front first.
 */
const ENOUGH = { mouth: 0.08, lids: 0.6 } as const;
/** Seconds that a move lasts at least: the shortest that the studio asks for, as a phone looks only a few times a second. */
const LASTS = 0.3;
/** Moments that rest is the middle of. */
const REST = 40;

interface Moment {
  readonly yaw: number;
  readonly pitch: number;
  readonly mouth: number;
  readonly lids: number;
}

function gap(points: Float32Array, a: number, b: number): number {
  return Math.hypot((points[3 * a] ?? 0) - (points[3 * b] ?? 0), (points[3 * a + 1] ?? 0) - (points[3 * b + 1] ?? 0));
}

function momentOf(points: Float32Array): Moment {
  const { yaw, pitch } = headPose(points);
  const eye = (top: number, bottom: number, left: number, right: number): number =>
    gap(points, top, bottom) / Math.max(1e-6, gap(points, left, right));
  return {
    yaw,
    pitch,
    mouth: gap(points, 13, 14) / Math.max(1e-6, gap(points, 10, 152)),
    lids: (eye(159, 145, 33, 133) + eye(386, 374, 362, 263)) / 2,
  };
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Watches landmarks come by. */
export class MoveWatcher {
  #rest: Moment[] = [];
  #move: Move | null = null;
  #since = 0;

  /**
   * The move that has lasted long enough to count, or null.
   *
   * @param points as `LandmarkFinder` gives them, of a picture that is not mirrored
   * @param at seconds
   */
  see(points: Float32Array, at: number): Move | null {
    const moment = momentOf(points);
    const move = this.#rest.length < 5 ? null : this.#label(moment);
    // Rest is learnt from the moments in which nothing happens.
    if (move === null) this.#rest = [...this.#rest.slice(1 - REST), moment];
    if (move !== this.#move) this.#since = at;
    this.#move = move;
    return move !== null && at - this.#since >= LASTS ? move : null;
  }

  #label(moment: Moment): Move | null {
    const rest = (of: (moment: Moment) => number): number => middle(this.#rest.map(of));
    const open =
      moment.lids /
      Math.max(
        1e-6,
        rest((m) => m.lids),
      );
    return strongestMove({
      yaw: moment.yaw - rest((m) => m.yaw),
      pitch: moment.pitch - rest((m) => m.pitch),
      mouth: (moment.mouth - rest((m) => m.mouth)) / ENOUGH.mouth,
      lids: (1 - open) / (1 - ENOUGH.lids),
    });
  }
}
