/**
 * The canonical picture: the face laid out flat, 64x64, with what is known of its places for every person. Tables only.
 */
import {
  BROW_LEFT,
  BROW_RIGHT,
  CANONICAL_POINTS,
  EYE_LEFT,
  EYE_RIGHT,
  FACE_OVAL,
  LIPS_INNER,
  LIPS_OUTER,
} from '../../faces/index.js';
import { boxBlur, fillPolygon } from './grid.js';
import { MeshRaster } from './mesh-raster.js';
import type { Region } from './types.js';

/** Side of the canonical picture. */
export const CANON = 64;
/** Pixels of the canonical picture. */
export const CANON_PIXELS = CANON * CANON;
/** Canonical pixels a centimetre; the face is 17.7 cm high. */
const PER_CM = 3.35;

/** Canonical positions as x y pairs in pixels of the canonical picture. */
export const CANON_POINTS: Float32Array = (() => {
  const out = new Float32Array(468 * 2);
  for (let i = 0; i < 468; i++) {
    out[i * 2] = 31.5 + (CANONICAL_POINTS[i * 3] as number) * PER_CM;
    out[i * 2 + 1] = 30 + (CANONICAL_POINTS[i * 3 + 1] as number) * PER_CM;
  }
  return out;
})();

/** All of the canonical picture. */
export const CANON_WHOLE: Region = { x0: 0, y0: 0, x1: CANON, y1: CANON };

/** Triangle at each canonical pixel, -1 outside. */
export const CANON_IDS: Int16Array = (() => {
  const raster = new MeshRaster(CANON);
  raster.draw(CANON_POINTS, null, 1, CANON_WHOLE, -1);
  return raster.ids;
})();

const ring = (list: readonly number[]): number[] =>
  list.flatMap((i) => [CANON_POINTS[i * 2] as number, CANON_POINTS[i * 2 + 1] as number]);

/** 0..1: how much a place tells: nothing between the lips, little on the eyes, which move by themselves. */
export const TELLS: Float32Array = (() => {
  const hidden = new Float32Array(CANON_PIXELS);
  for (const part of [EYE_LEFT, EYE_RIGHT, LIPS_INNER]) fillPolygon(hidden, CANON, CANON_WHOLE, ring(part));
  // Lids and lips slide over their neighbours.
  const out = new Float32Array(CANON_PIXELS);
  for (let y = 1; y < CANON - 1; y++)
    for (let x = 1; x < CANON - 1; x++) {
      let most = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) most = Math.max(most, hidden[(y + dy) * CANON + x + dx] as number);
      out[y * CANON + x] = (CANON_IDS[y * CANON + x] as number) < 0 ? 0 : 1 - 0.9 * most;
    }
  return out;
})();

/**
 * Factor on the limit of evidence: eyes, brows and mouth move over the mesh, open, shut and are painted; there it takes
 * more to be sure, and what covers them covers skin beside them too.
 */
export const LEEWAY: Float32Array = (() => {
  const lively = new Float32Array(CANON_PIXELS);
  for (const part of [EYE_LEFT, EYE_RIGHT, BROW_LEFT, BROW_RIGHT, LIPS_OUTER])
    fillPolygon(lively, CANON, CANON_WHOLE, ring(part));
  const temporary = new Float32Array(CANON_PIXELS);
  const wide = lively.slice();
  boxBlur(wide, CANON, CANON_WHOLE, 3, temporary);
  return wide.map((v) => 1 + 0.7 * Math.min(1, 5 * v));
})();

/** How many pixels of the canonical picture are face. */
export const FACE_PIXELS = CANON_IDS.reduce((n, id) => n + (id >= 0 ? 1 : 0), 0);
/** 1 at the rim of the face: its outer tenth. */
export const RIM: Uint8Array = (() => {
  const inner = new Float32Array(CANON_PIXELS);
  const cx = 31.5;
  const cy = 32;
  fillPolygon(
    inner,
    CANON,
    CANON_WHOLE,
    FACE_OVAL.flatMap((i) => [
      cx + ((CANON_POINTS[i * 2] as number) - cx) * 0.9,
      cy + ((CANON_POINTS[i * 2 + 1] as number) - cy) * 0.9,
    ]),
  );
  return Uint8Array.from({ length: CANON_PIXELS }, (_, i) =>
    (CANON_IDS[i] as number) >= 0 && (inner[i] as number) < 0.5 ? 1 : 0,
  );
})();
