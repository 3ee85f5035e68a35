/**
 * The face at rest: a person's own shape, apart from turn and expression. The difference of two people's faces at rest is
 * what one has to give the other's moving face so that it is shaped like the first and moves like the second.
 */
import { type HeadFit, MESH_COUNT, RIGID_WEIGHTS } from '../../faces/index.js';

/** Points that hardly move when the face does. */
const RIGID_POINTS: readonly number[] = RIGID_WEIGHTS.map(([index]) => index);

/** Landmarks brought into the frame of the canonical face, centimetres: `MESH_COUNT * 3`. */
export function canonicalShape(points: Float32Array, fit: HeadFit): Float32Array {
  const r = fit.rotation;
  const k = 1 / fit.scale;
  const out = new Float32Array(MESH_COUNT * 3);
  for (let i = 0; i < MESH_COUNT; i++) {
    const x = ((points[i * 3] as number) - fit.centre[0]) * k;
    const y = ((points[i * 3 + 1] as number) - fit.centre[1]) * k;
    const z = ((points[i * 3 + 2] as number) - fit.centre[2]) * k;
    for (let c = 0; c < 3; c++)
      out[i * 3 + c] = (r[c] as number) * x + (r[3 + c] as number) * y + (r[6 + c] as number) * z;
  }
  return out;
}

/**
 * The shape at rest: per coordinate the median over the frames whose mouth is nearly shut, up to 80 of them.
 *
 * @param faces canonical shape and mouth gap of each frame
 */
export function neutralShape(faces: readonly { readonly shape: Float32Array; readonly gap: number }[]): Float32Array {
  const gaps = faces.map((f) => f.gap).sort((a, b) => a - b);
  const shut = gaps[Math.round(0.4 * (gaps.length - 1))] ?? 0;
  const calm = faces.filter((f) => f.gap <= shut);
  const step = Math.max(1, Math.floor(calm.length / 80));
  const use = calm.filter((_, i) => i % step === 0).map((f) => f.shape);
  const out = new Float32Array(MESH_COUNT * 3);
  const column = new Float32Array(use.length);
  for (let i = 0; i < out.length; i++) {
    for (const [k, shape] of use.entries()) column[k] = shape[i] as number;
    column.sort();
    out[i] = column[column.length >> 1] ?? 0;
  }
  return out;
}

/**
 * How a picture sees the canonical space: the linear part of the affine camera that takes a person's shape at rest to the
 * landmarks in the picture, fitted to the points that hardly move. Six numbers: two rows of three.
 */
export function affineCamera(neutral: Float32Array, points: Float32Array): Float64Array {
  const mean = new Float64Array(5);
  const n = RIGID_POINTS.length;
  for (const i of RIGID_POINTS) {
    for (let c = 0; c < 3; c++) mean[c] = (mean[c] as number) + (neutral[i * 3 + c] as number) / n;
    for (let c = 0; c < 2; c++) mean[3 + c] = (mean[3 + c] as number) + (points[i * 2 + c] as number) / n;
  }
  // Normal equations, 3 x 3, with a trace of damping: a face seen at rest from the front says little about depth.
  const a = new Float64Array(9);
  const b = new Float64Array(6);
  for (const i of RIGID_POINTS) {
    const p = [0, 1, 2].map((c) => (neutral[i * 3 + c] as number) - (mean[c] as number));
    for (let u = 0; u < 3; u++) {
      for (let v = 0; v < 3; v++) a[u * 3 + v] = (a[u * 3 + v] as number) + (p[u] as number) * (p[v] as number);
      for (let c = 0; c < 2; c++)
        b[c * 3 + u] =
          (b[c * 3 + u] as number) + (p[u] as number) * ((points[i * 2 + c] as number) - (mean[3 + c] as number));
    }
  }
  for (let u = 0; u < 3; u++) a[u * 4] = (a[u * 4] as number) + 1e-3 * n;
  const inverse = invert3(a);
  const out = new Float64Array(6);
  for (let c = 0; c < 2; c++)
    for (let u = 0; u < 3; u++)
      for (let v = 0; v < 3; v++)
        out[c * 3 + u] = (out[c * 3 + u] as number) + (inverse[u * 3 + v] as number) * (b[c * 3 + v] as number);
  return out;
}

function invert3(m: Float64Array): Float64Array {
  const at = (i: number): number => m[i] as number;
  const c0 = at(4) * at(8) - at(5) * at(7);
  const c1 = at(5) * at(6) - at(3) * at(8);
  const c2 = at(3) * at(7) - at(4) * at(6);
  const d = 1 / (at(0) * c0 + at(1) * c1 + at(2) * c2);
  return Float64Array.of(
    c0 * d,
    (at(2) * at(7) - at(1) * at(8)) * d,
    (at(1) * at(5) - at(2) * at(4)) * d,
    c1 * d,
    (at(0) * at(8) - at(2) * at(6)) * d,
    (at(2) * at(3) - at(0) * at(5)) * d,
    c2 * d,
    (at(1) * at(6) - at(0) * at(7)) * d,
    (at(0) * at(4) - at(1) * at(3)) * d,
  );
}
