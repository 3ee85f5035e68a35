/** Plane transforms and the few distances that everything else is built on. */
import type { Affine } from '../../media/index.js';
import type { Box } from '../types.js';
import { MESH_COUNT } from './indices.js';

export type { Affine };

/** x and y. */
export type Point = readonly [x: number, y: number];

/** The five points of {@link fivePoints} in the 112 x 112 picture that face embedders are trained on (ArcFace). */
export const ARCFACE_112: readonly Point[] = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];

/**
 * The similarity (turn, scale, shift; no mirror) that maps `src` onto `dst` with the least squared error (Umeyama 1991
 * in the plane). Two points or more; where all source points coincide, the result is a shift.
 */
export function similarity(src: readonly Point[], dst: readonly Point[]): Affine {
  const n = Math.min(src.length, dst.length);
  let [sx, sy, dx, dy] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = src[i] as Point;
    const [u, v] = dst[i] as Point;
    sx += x / n;
    sy += y / n;
    dx += u / n;
    dy += v / n;
  }
  let [dot, cross, square] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = src[i] as Point;
    const [u, v] = dst[i] as Point;
    dot += (x - sx) * (u - dx) + (y - sy) * (v - dy);
    cross += (x - sx) * (v - dy) - (y - sy) * (u - dx);
    square += (x - sx) ** 2 + (y - sy) ** 2;
  }
  const a = square > 0 ? dot / square : 1;
  const b = square > 0 ? cross / square : 0;
  return [a, -b, dx - a * sx + b * sy, b, a, dy - b * sx - a * sy];
}

/** The transform that undoes `m`. All numbers are `NaN` or infinite where `m` flattens the plane. */
export function invertAffine(m: Affine): Affine {
  const [a, b, c, d, e, f] = m;
  const det = a * e - b * d;
  return [e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det];
}

/** `first`, then `second`. */
export function composeAffine(second: Affine, first: Affine): Affine {
  const [a, b, c, d, e, f] = second;
  const [g, h, i, j, k, l] = first;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** Where `m` takes a point. */
export function applyAffine(m: Affine, x: number, y: number): Point {
  return [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]];
}

/** x and y of one landmark of an `x y z` list. */
export function pointAt(points: Float32Array, index: number): Point {
  return [points[3 * index] as number, points[3 * index + 1] as number];
}

/** Distance of two landmarks in the plane of the picture. */
export function distance(points: Float32Array, a: number, b: number): number {
  const [ax, ay] = pointAt(points, a);
  const [bx, by] = pointAt(points, b);
  return Math.hypot(ax - bx, ay - by);
}

function middle(points: Float32Array, a: number, b: number): Point {
  const [ax, ay] = pointAt(points, a);
  const [bx, by] = pointAt(points, b);
  return [(ax + bx) / 2, (ay + by) / 2];
}

/** The five points that face crops are aligned by: eyes (left, right), nose tip, mouth corners (left, right) of the picture. */
export function fivePoints(points: Float32Array): Point[] {
  return [
    middle(points, 33, 133),
    middle(points, 362, 263),
    pointAt(points, 4),
    pointAt(points, 61),
    pointAt(points, 291),
  ];
}

/** The rectangle round the mesh. */
export function faceBox(points: Float32Array): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < MESH_COUNT; i++) {
    const [x, y] = pointAt(points, i);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Share of the joint area that two boxes have in common, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (a.width * a.height + b.width * b.height - common);
}

/** Gap between the inner lips over the height of the face (forehead to chin); about 0 closed, .3 wide open. */
export function mouthOpening(points: Float32Array): number {
  return distance(points, 13, 14) / distance(points, 10, 152);
}

/**
 * Height over width of each eye's opening, by sides of the picture; about .3 open, under .1 closed (the eye aspect ratio
 * of Soukupova and Cech, 2016, on three pairs of lid points).
 */
export function eyeOpening(points: Float32Array): { left: number; right: number } {
  const ratio = (lids: readonly (readonly [number, number])[], corner: readonly [number, number]): number =>
    lids.reduce((sum, [a, b]) => sum + distance(points, a, b), 0) /
    lids.length /
    distance(points, corner[0], corner[1]);
  return {
    left: ratio(
      [
        [160, 144],
        [159, 145],
        [158, 153],
      ],
      [33, 133],
    ),
    right: ratio(
      [
        [385, 380],
        [386, 374],
        [387, 373],
      ],
      [362, 263],
    ),
  };
}
