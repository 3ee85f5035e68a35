/** What a tracker knows of the faces it follows, and the small judgements about them. All pure but for their arguments. */
import type { Frame } from '../../media/index.js';
import type { Detection } from '../engine/index.js';
import { faceBox } from '../geometry/index.js';
import type { Box } from '../types.js';
import { centreDistance, covered, overlap } from './assign.js';
import type { PrintPlan } from './prints.js';
import type { Tracklet, TrackMask } from './types.js';

/** Faces narrower than this many pixels are not looked at: the nets see nothing in them. */
export const SMALLEST = 20;

/** A tracklet that may still grow. */
export interface Live {
  readonly tracklet: Tracklet;
  readonly plan: PrintPlan;
  /** Frames since it was last seen; 0 while it is followed. */
  lost: number;
  /** Detector runs in a row that did not see it. */
  unconfirmed: number;
  /** Last frame whose mask was asked for. */
  masked: number;
  /** Last frame whose colours were taken down. */
  looked: number;
}

/** The last of a list that is not empty. */
export const last = <T>(list: readonly T[]): T => list[list.length - 1] as T;

/** The points of a tracklet in the last frame that has it. */
export const lastMesh = (t: Tracklet): Float32Array => t.meshes.at(-1) as Float32Array;

/** A followed face in the frame at hand. */
export interface Held {
  readonly live: Live;
  readonly mesh: { readonly points: Float32Array; readonly confidence: number };
}

/** A face that nobody follows yet. */
export interface Found {
  readonly mesh: { readonly points: Float32Array; readonly confidence: number };
  readonly box: Box;
}

/** Where the points will be in the next frame: moved on by most of their last shift, where that is worth it. */
export function predict(t: Tracklet): Float32Array {
  const points = lastMesh(t);
  const before = t.meshes.at(-2);
  if (before === undefined || last(t.frames) - (t.frames[t.frames.length - 2] as number) !== 1) return points;
  let dx = 0;
  let dy = 0;
  const n = points.length / 3;
  for (let i = 0; i < points.length; i += 3) {
    dx += ((points[i] as number) - (before[i] as number)) / n;
    dy += ((points[i + 1] as number) - (before[i + 1] as number)) / n;
  }
  if (Math.hypot(dx, dy) < 0.04 * faceBox(points).width) return points;
  const moved = Float32Array.from(points);
  for (let i = 0; i < moved.length; i += 3) {
    moved[i] = (moved[i] as number) + 0.8 * dx;
    moved[i + 1] = (moved[i + 1] as number) + 0.8 * dy;
  }
  return moved;
}

/** A face neither jumps nor changes size from one frame to the next, and at least a third of it is in the picture. */
export function plausible(t: Tracklet, points: Float32Array, frame: Frame): boolean {
  const before = faceBox(lastMesh(t));
  const now = faceBox(points);
  const size = Math.sqrt((now.width * now.height) / (before.width * before.height));
  const w = Math.min(frame.width, now.x + now.width) - Math.max(0, now.x);
  const h = Math.min(frame.height, now.y + now.height) - Math.max(0, now.y);
  const inside = w > 0 && h > 0 ? (w * h) / (now.width * now.height) : 0;
  return now.width >= SMALLEST / 2 && size > 0.6 && size < 1.67 && centreDistance(before, now) < 0.8 && inside > 0.33;
}

/** Mean distance of two meshes in widths of the face. */
export function wander(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 3)
    sum += Math.hypot((a[i] as number) - (b[i] as number), (a[i + 1] as number) - (b[i + 1] as number));
  return (3 * sum) / a.length / Math.max(1, faceBox(a).width);
}

/** True where two boxes mean one face. The first may be missing. */
export const same = (a: Box | null, b: Box): boolean => a !== null && (overlap(a, b) > 0.4 || covered(a, b) > 0.7);

/** Where a tracklet has its face in a frame, or null. */
export const boxAt = (t: Tracklet, frame: number): Box | null => {
  const at = frame - (t.frames[0] ?? 0);
  // Without holes the frame is at its distance from the first; with holes it is at or before it.
  for (let i = Math.min(at, t.frames.length - 1); i >= 0; i--)
    if (t.frames[i] === frame) return faceBox(t.meshes.at(i) as Float32Array);
  return null;
};

/** Where two meshes have slid onto one face, the one that moved further to get there goes. */
export function dropTwins(sure: Held[]): void {
  const jump = ({ live, mesh }: Held): number => centreDistance(faceBox(lastMesh(live.tracklet)), faceBox(mesh.points));
  for (let i = sure.length - 1; i > 0; i--) {
    for (let j = i - 1; j >= 0; j--) {
      const a = sure[i] as Held;
      const b = sure[j] as Held;
      if (overlap(faceBox(a.mesh.points), faceBox(b.mesh.points)) < 0.5) continue;
      sure.splice(jump(a) > jump(b) || jump(a) === jump(b) ? i : j, 1);
      i = Math.min(i, sure.length);
      break;
    }
  }
}

/** Marks which followed faces the detector saw too. @returns the detections that nobody follows */
export function confirm(sure: readonly Held[], detections: readonly Detection[]): Detection[] {
  const boxes = sure.map((s) => faceBox(s.mesh.points));
  const seen = sure.map(() => false);
  const free = detections.filter((d) => {
    let mine = false;
    boxes.forEach((box, i) => {
      if (overlap(box, d.box) < 0.25 && covered(box, d.box) < 0.6) return;
      seen[i] = true;
      mine = true;
    });
    return !mine;
  });
  sure.forEach(({ live }, i) => {
    live.unconfirmed = seen[i] === true ? 0 : live.unconfirmed + 1;
  });
  return free;
}

/** The mask as it is kept: 48 x 48 bytes. */
export function shrink(
  frame: number,
  mask: { width: number; height: number; data: Float32Array; box: Box },
): TrackMask {
  const side = 48;
  const data = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const v0 = Math.floor((y * mask.height) / side);
    const v1 = Math.max(v0 + 1, Math.floor(((y + 1) * mask.height) / side));
    for (let x = 0; x < side; x++) {
      const u0 = Math.floor((x * mask.width) / side);
      const u1 = Math.max(u0 + 1, Math.floor(((x + 1) * mask.width) / side));
      let sum = 0;
      for (let v = v0; v < v1; v++) for (let u = u0; u < u1; u++) sum += mask.data[v * mask.width + u] ?? 0;
      data[y * side + x] = Math.round((255 * sum) / ((v1 - v0) * (u1 - u0)));
    }
  }
  return { frame, box: mask.box, width: side, height: side, data };
}

/** Fills the holes of a tracklet by going straight from the last points before to the first after. */
export function bridge(t: Tracklet, timestamps: ArrayLike<number>): void {
  for (let i = t.frames.length - 1; i > 0; i--) {
    const from = t.frames[i - 1] as number;
    const to = t.frames[i] as number;
    const hole = to - from - 1;
    if (hole < 1) continue;
    const a = t.meshes.at(i - 1) as Float32Array;
    const b = t.meshes.at(i) as Float32Array;
    const sure = 0.5 * Math.min(t.confidence[i - 1] as number, t.confidence[i] as number);
    const steps = Array.from({ length: hole }, (_, k) => (k + 1) / (hole + 1));
    t.frames.splice(i, 0, ...steps.map((_, k) => from + 1 + k));
    t.timestamps.splice(i, 0, ...steps.map((_, k) => timestamps[from + 1 + k] as number));
    t.meshes.insert(
      i,
      steps.map((w) => a.map((v, n) => v + w * ((b[n] as number) - v))),
    );
    t.confidence.splice(i, 0, ...steps.map(() => sure));
    t.occlusion.splice(i, 0, ...steps.map(() => Number.NaN));
    t.interpolated.splice(i, 0, ...steps.map(() => true));
  }
}
