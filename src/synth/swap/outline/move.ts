/** Where landmarks go when a face takes on another person's shape at rest, outline and all. */
import { MESH_COUNT, RIGID_WEIGHTS } from '../../../faces/index.js';
import { placeShape } from '../mesh/shape.js';

/** Eye corners between which each iris hangs: points 468 to 472, and 473 to 477. */
const IRISES = [
  { first: 468, corners: [33, 133] },
  { first: 473, corners: [263, 362] },
] as const;
const EVERYWHERE = new Float32Array(MESH_COUNT).fill(1);

/**
 * Moves the landmarks of a face by the difference of two shapes at rest, as the picture sees it. Movements stay.
 *
 * @param source, target shapes at rest (`neutral.ts`): whose shape comes, whose goes
 * @param points x y pairs, 478
 * @param strength 0..1: share of the difference
 * @returns x y pairs, 478
 */
export function movePoints(
  source: Float32Array,
  target: Float32Array,
  points: Float32Array,
  strength: number,
): Float32Array {
  const out = Float32Array.from(points);
  placeShape(source, target, points, strength, out, EVERYWHERE);
  for (const { first, corners } of IRISES)
    for (let c = 0; c < 2; c++) {
      const shift = corners.reduce((sum, i) => sum + (out[i * 2 + c] as number) - (points[i * 2 + c] as number), 0) / 2;
      for (let i = first; i < first + 5 && i * 2 + c < out.length; i++)
        out[i * 2 + c] = (points[i * 2 + c] as number) + shift;
    }
  return out;
}

/**
 * A shape at rest nodded about the axis through both ears' side, in place: positive degrees raise the face.
 *
 * @param shape 468 x y z, canonical axes (x right, y down, z away)
 */
export function nodShape(shape: Float32Array, degrees: number): Float32Array {
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  let total = 0;
  let my = 0;
  let mz = 0;
  for (const [i, weight] of RIGID_WEIGHTS) {
    total += weight;
    my += weight * (shape[i * 3 + 1] as number);
    mz += weight * (shape[i * 3 + 2] as number);
  }
  my /= total;
  mz /= total;
  const out = Float32Array.from(shape);
  for (let i = 0; i * 3 < shape.length; i++) {
    const y = (shape[i * 3 + 1] as number) - my;
    const z = (shape[i * 3 + 2] as number) - mz;
    out[i * 3 + 1] = my + cos * y + sin * z;
    out[i * 3 + 2] = mz - sin * y + cos * z;
  }
  return out;
}

/** A shape at rest on the way from one to another: 0 is `from`, 1 is `to`. */
export function mixShapes(from: Float32Array, to: Float32Array, share: number): Float32Array {
  return from.map((v, i) => v + share * ((to[i] as number) - v));
}
