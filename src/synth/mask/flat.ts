/**
 * The face laid out flat, with a skirt around it: where strokes of the mask brush live. One point of it is the same place
 * of the skin in every frame.
 */
import { CANONICAL_POINTS, MESH_COUNT } from '../../faces/index.js';
import { SKIRT_COUNT, SKIRT_TRIANGLES, withSkirt } from '../swap/mesh/skirt.js';

/** Side of the flat picture in pixels. */
export const FLAT_SIDE = 128;
/** Its pixels a centimetre; the middle of the picture is the origin. */
export const FLAT_PER_CM = 5.2;
const MIDDLE = (FLAT_SIDE - 1) / 2;

/** From centimetres to pixels of the flat picture, along either axis. */
export const flatPixel = (centimetres: number): number => MIDDLE + centimetres * FLAT_PER_CM;

/** The canonical mesh with its skirt: x y pairs in centimetres, {@link SKIRT_COUNT} of them. */
export const FLAT_CM: Float32Array = (() => {
  const mesh = new Float32Array(MESH_COUNT * 2);
  for (let i = 0; i < MESH_COUNT; i++) {
    mesh[i * 2] = CANONICAL_POINTS[i * 3] as number;
    mesh[i * 2 + 1] = CANONICAL_POINTS[i * 3 + 1] as number;
  }
  const out = new Float32Array(SKIRT_COUNT * 2);
  withSkirt(mesh, out);
  return out;
})();

/** The same in pixels of the flat picture. */
export const FLAT_POINTS: Float32Array = FLAT_CM.map(flatPixel);

/** The mesh with its skirt as a page needs it to paint: triangles (three points each) and places in centimetres. */
export interface FlatMesh {
  readonly triangles: readonly number[];
  /** x y pairs. */
  readonly points: readonly number[];
}

/** See {@link FlatMesh}; places to a hundredth of a millimetre. */
export const flatMesh = (): FlatMesh => ({
  triangles: [...SKIRT_TRIANGLES],
  points: Array.from(FLAT_CM, (v) => Math.round(v * 1000) / 1000),
});
