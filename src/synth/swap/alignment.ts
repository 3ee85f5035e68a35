/**
 * Where the face crop lies in the frame. A similarity (turn, zoom, shift) fitted to points that the jaw and the brows
 * do not move: a crop fitted to five points jumps with every blink and every word, and the swapped face with it.
 */
import { CANONICAL_POINTS, similarity } from '../../faces/index.js';

/** A similarity as an affine map from pixels of a crop to pixels of the frame: `fx = m0 x + m1 y + m2`, `fy = m3 x + m4 y + m5`. */
export type Placement = readonly [number, number, number, number, number, number];

/** Eye corners, bridge and sides of the nose, temples and cheekbones: what stays put while a face talks. */
const STEADY = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 2, 127, 356, 234, 454, 50, 280, 117, 346, 9, 8];

/** Share of the crop's side between the pupils of a frontal face; the hull of the face then fills about two thirds. */
const PUPIL_SPAN = 0.25;
/** Height of the eye line in the crop: a bit above the middle leaves room for an open mouth. */
const EYE_LINE = 0.37;

/** Where the points of a frontal face at rest lie: x, y in 0..1 of the crop. */
const RESTING: readonly (readonly [number, number])[] = (() => {
  const x = (i: number): number => CANONICAL_POINTS[i * 3] as number;
  const y = (i: number): number => CANONICAL_POINTS[i * 3 + 1] as number;
  const eyeX = (a: number, b: number): number => (x(a) + x(b)) / 2;
  const span = Math.abs(eyeX(263, 362) - eyeX(33, 133));
  const eyeY = (y(33) + y(133) + y(362) + y(263)) / 4;
  const k = PUPIL_SPAN / span;
  return Array.from({ length: CANONICAL_POINTS.length / 3 }, (_, i) => [0.5 + x(i) * k, EYE_LINE + (y(i) - eyeY) * k]);
})();

/** The template of the steady points. */
const TEMPLATE = STEADY.map((i) => RESTING[i] as readonly [number, number]);

/** The square round the mesh of a frontal face at rest: its middle and its side, in 0..1 of the crop. */
export const MESH_SQUARE: { readonly x: number; readonly y: number; readonly side: number } = (() => {
  const range = (axis: 0 | 1): [number, number] => {
    const all = RESTING.map((point) => point[axis]);
    return [Math.min(...all), Math.max(...all)];
  };
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, side: Math.max(right - left, bottom - top) };
})();

/**
 * The placement of a face's crop.
 *
 * @param points landmarks in pixels of the frame, 478 * 3
 * @param size side of the crop in pixels
 * @param margin 1 for the crop of the nets; larger takes in more round it (the stored crops)
 */
export function placeCrop(points: Float32Array, size: number, margin = 1): Placement {
  const from = TEMPLATE.map(
    ([u, v]) => [((u - 0.5) / margin + 0.5) * size - 0.5, ((v - 0.5) / margin + 0.5) * size - 0.5] as const,
  );
  const to = STEADY.map((i) => [points[i * 3] as number, points[i * 3 + 1] as number] as const);
  return similarity(from, to);
}

/** The map from frame to crop. */
export function invertPlacement(m: Placement): Placement {
  const d = m[0] * m[4] - m[1] * m[3];
  const a = m[4] / d;
  const b = -m[1] / d;
  const c = -m[3] / d;
  const e = m[0] / d;
  return [a, b, -(a * m[2] + b * m[5]), c, e, -(c * m[2] + e * m[5])];
}

/** Landmarks in crop pixels, x y pairs (478 * 2). */
export function pointsInCrop(points: Float32Array, placement: Placement): Float32Array {
  const m = invertPlacement(placement);
  const n = points.length / 3;
  const out = new Float32Array(n * 2);
  for (let i = 0; i < n; i++) {
    const x = points[i * 3] as number;
    const y = points[i * 3 + 1] as number;
    out[i * 2] = m[0] * x + m[1] * y + m[2];
    out[i * 2 + 1] = m[3] * x + m[4] * y + m[5];
  }
  return out;
}
