/**
 * The face mesh with a skirt: a ring of points outside the outline, so that the picture goes on beyond the face and a
 * mask that reaches over it finds pixels there.
 */
import { FACE_OVAL, MESH_COUNT, MESH_TRIANGLES } from '../../../faces/index.js';

/** Points of the mesh and the skirt. */
export const SKIRT_COUNT = MESH_COUNT + FACE_OVAL.length;

/** How far the skirt stands off, in shares of the distance from the middle of the face. */
const REACH = 0.22;

/** Triangles of the mesh, then those of the skirt, all wound alike. */
export const SKIRT_TRIANGLES: Uint16Array = (() => {
  const n = FACE_OVAL.length;
  const out = new Uint16Array(MESH_TRIANGLES.length + n * 6);
  out.set(MESH_TRIANGLES);
  let o = MESH_TRIANGLES.length;
  for (let i = 0; i < n; i++) {
    const a = FACE_OVAL[i] as number;
    const b = FACE_OVAL[(i + 1) % n] as number;
    const c = MESH_COUNT + i;
    const d = MESH_COUNT + ((i + 1) % n);
    // The outline runs clockwise as seen; triangles of the mesh that face the viewer run the other way.
    out.set([a, b, c, b, d, c], o);
    o += 6;
  }
  return out;
})();

/**
 * Adds the skirt to the points of a mesh.
 *
 * @param points x y pairs, 468 or more
 * @param out x y pairs, {@link SKIRT_COUNT}
 */
export function withSkirt(points: Float32Array, out: Float32Array): void {
  for (let i = 0; i < MESH_COUNT * 2; i++) out[i] = points[i] as number;
  let cx = 0;
  let cy = 0;
  for (const i of FACE_OVAL) {
    cx += (points[i * 2] as number) / FACE_OVAL.length;
    cy += (points[i * 2 + 1] as number) / FACE_OVAL.length;
  }
  FACE_OVAL.forEach((i, k) => {
    const x = points[i * 2] as number;
    const y = points[i * 2 + 1] as number;
    out[(MESH_COUNT + k) * 2] = x + REACH * (x - cx);
    out[(MESH_COUNT + k) * 2 + 1] = y + REACH * (y - cy);
  });
}
