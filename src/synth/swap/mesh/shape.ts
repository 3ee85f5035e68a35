/**
 * Where the points of the swapped face go: on the target's, but for the proportions of the inner face (nose, cheeks,
 * brow ridge), which are the source's in part. Eyes, mouth and outline follow the target to the pixel: expression and
 * the plate round the face depend on them.
 */
import {
  CANONICAL_POINTS,
  EYE_LEFT,
  EYE_RIGHT,
  FACE_OVAL,
  LIPS_INNER,
  LIPS_OUTER,
  MESH_COUNT,
} from '../../../faces/index.js';

/** Centimetres from a fixed point at which a point is free. */
const FREE = 2.2;

/** 0..1 for every point: how far it may leave the target's place. */
export const FREEDOM: Float32Array = (() => {
  const fixed = [...EYE_LEFT, ...EYE_RIGHT, ...LIPS_OUTER, ...LIPS_INNER, ...FACE_OVAL];
  return Float32Array.from({ length: MESH_COUNT }, (_, i) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (const j of fixed)
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
})();

/**
 * Adds to `out` the share of the source's proportions: what is left of its points after the affine map that brings them
 * closest to the target's. The map takes out size, tilt and most of what a turn of the head does.
 *
 * @param source, target x y pairs
 * @param strength 0..1
 * @param out x y pairs, already holding the target's points or a part of the sum
 */
export function addProportions(
  source: Float32Array,
  sourceAt: number,
  target: Float32Array,
  strength: number,
  out: Float32Array,
): void {
  // Normal equations of x' = a x + b y + c and y' = d x + e y + f about the source's centre.
  let sx = 0;
  let sy = 0;
  let tx = 0;
  let ty = 0;
  for (let i = 0; i < MESH_COUNT; i++) {
    sx += source[sourceAt + i * 2] as number;
    sy += source[sourceAt + i * 2 + 1] as number;
    tx += target[i * 2] as number;
    ty += target[i * 2 + 1] as number;
  }
  sx /= MESH_COUNT;
  sy /= MESH_COUNT;
  tx /= MESH_COUNT;
  ty /= MESH_COUNT;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let xu = 0;
  let yu = 0;
  let xv = 0;
  let yv = 0;
  for (let i = 0; i < MESH_COUNT; i++) {
    const x = (source[sourceAt + i * 2] as number) - sx;
    const y = (source[sourceAt + i * 2 + 1] as number) - sy;
    const u = (target[i * 2] as number) - tx;
    const v = (target[i * 2 + 1] as number) - ty;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xu += x * u;
    yu += y * u;
    xv += x * v;
    yv += y * v;
  }
  const d = xx * yy - xy * xy;
  if (Math.abs(d) < 1e-6) return;
  const a = (xu * yy - yu * xy) / d;
  const b = (yu * xx - xu * xy) / d;
  const e = (xv * yy - yv * xy) / d;
  const f = (yv * xx - xv * xy) / d;
  for (let i = 0; i < MESH_COUNT; i++) {
    const w = strength * (FREEDOM[i] as number);
    if (w < 0.003) continue;
    const x = (source[sourceAt + i * 2] as number) - sx;
    const y = (source[sourceAt + i * 2 + 1] as number) - sy;
    out[i * 2] = (out[i * 2] as number) + w * (a * x + b * y + tx - (target[i * 2] as number));
    out[i * 2 + 1] = (out[i * 2 + 1] as number) + w * (e * x + f * y + ty - (target[i * 2 + 1] as number));
  }
}
