/**
 * Where the points of the swapped face go: the target's own, plus the difference of the two people's faces at rest as
 * this picture sees it. Eyes, nose and mouth so have the source's shape and place and the target's movements; the
 * outline follows the target to the pixel, because the plate begins there.
 */
import { CANONICAL_POINTS, FACE_OVAL, MESH_COUNT } from '../../../faces/index.js';
import { affineCamera } from '../neutral.js';

/** Centimetres from the outline at which a point is free. */
const FREE = 2.6;

/** 0..1 for every point: how far it may leave the target's place. */
export const FREEDOM: Float32Array = Float32Array.from({ length: MESH_COUNT }, (_, i) => {
  let nearest = Number.POSITIVE_INFINITY;
  for (const j of FACE_OVAL)
    nearest = Math.min(
      nearest,
      Math.hypot(
        (CANONICAL_POINTS[i * 3] as number) - (CANONICAL_POINTS[j * 3] as number),
        (CANONICAL_POINTS[i * 3 + 1] as number) - (CANONICAL_POINTS[j * 3 + 1] as number),
      ),
    );
  const t = Math.min(1, nearest / FREE);
  return t * t * (3 - 2 * t);
});

/**
 * Places the points of the swapped face.
 *
 * @param source, target shapes at rest (`neutral.ts`), canonical centimetres
 * @param points the target's landmarks in the crop, x y pairs
 * @param strength 0..1: share of the difference that is taken on
 * @param out x y pairs
 * @param freedom 0..1 for every point: how far it may leave the target's place
 */
export function placeShape(
  source: Float32Array,
  target: Float32Array,
  points: Float32Array,
  strength: number,
  out: Float32Array,
  freedom: Float32Array = FREEDOM,
): void {
  const camera = affineCamera(target, points);
  const [a, b, c, d, e, f] = camera as unknown as [number, number, number, number, number, number];
  for (let i = 0; i < MESH_COUNT; i++) {
    const w = strength * (freedom[i] as number);
    const x = (source[i * 3] as number) - (target[i * 3] as number);
    const y = (source[i * 3 + 1] as number) - (target[i * 3 + 1] as number);
    const z = (source[i * 3 + 2] as number) - (target[i * 3 + 2] as number);
    out[i * 2] = (points[i * 2] as number) + w * (a * x + b * y + c * z);
    out[i * 2 + 1] = (points[i * 2 + 1] as number) + w * (d * x + e * y + f * z);
  }
}
