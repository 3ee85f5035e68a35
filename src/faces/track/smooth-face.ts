/**
 * Smoothing of face meshes over a run of frames: where the head is (shift, size, tilt) and how the face is shaped in its
 * own coordinates are smoothed apart, so that a fast head does not stop the steadying of the face, and a blink does not
 * stop the steadying of the head.
 */
import type { MeshList } from './mesh-list.js';
import { smoothSequence } from './smooth.js';

/** Points that move with the skull: brow ridge, temples, eye corners, bridge of the nose. Mesh numbering. */
const RIGID = [
  6, 8, 9, 10, 21, 33, 54, 67, 93, 103, 109, 127, 133, 151, 168, 195, 197, 234, 251, 263, 284, 297, 323, 332, 338, 356,
  362, 454,
] as const;
const NEIGHBOURS = 8;

/** Least-squares similarity (Umeyama 1991, in the plane) that maps `from` to `to`: x' = a x - b y + tx, y' = b x + a y + ty. */
function similarity(from: Float32Array, to: Float32Array): { a: number; b: number; tx: number; ty: number } {
  let fx = 0;
  let fy = 0;
  let gx = 0;
  let gy = 0;
  for (const p of RIGID) {
    fx += from[3 * p] as number;
    fy += from[3 * p + 1] as number;
    gx += to[3 * p] as number;
    gy += to[3 * p + 1] as number;
  }
  const n = RIGID.length;
  fx /= n;
  fy /= n;
  gx /= n;
  gy /= n;
  let dot = 0;
  let cross = 0;
  let square = 0;
  for (const p of RIGID) {
    const x = (from[3 * p] as number) - fx;
    const y = (from[3 * p + 1] as number) - fy;
    const u = (to[3 * p] as number) - gx;
    const v = (to[3 * p + 1] as number) - gy;
    dot += x * u + y * v;
    cross += x * v - y * u;
    square += x * x + y * y;
  }
  const a = square > 0 ? dot / square : 1;
  const b = square > 0 ? cross / square : 0;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}

/** Puts `from` through the inverse of `s`. z is only scaled. */
function unmove(from: Float32Array, s: { a: number; b: number; tx: number; ty: number }, to: Float32Array): void {
  const d = s.a * s.a + s.b * s.b || 1;
  const size = Math.sqrt(d);
  for (let i = 0; i < from.length; i += 3) {
    const x = (from[i] as number) - s.tx;
    const y = (from[i + 1] as number) - s.ty;
    to[i] = (s.a * x + s.b * y) / d;
    to[i + 1] = (s.a * y - s.b * x) / d;
    to[i + 2] = (from[i + 2] as number) / size;
  }
}

/** The mean face of a run, upright around (0, 0), in the pixels of the middle frame. */
function referenceOf(meshes: MeshList): Float32Array {
  const middle = meshes.at(meshes.length >> 1) as Float32Array;
  let base = Float32Array.from(middle);
  let cx = 0;
  let cy = 0;
  for (const p of RIGID) {
    cx += (base[3 * p] as number) / RIGID.length;
    cy += (base[3 * p + 1] as number) / RIGID.length;
  }
  for (let i = 0; i < base.length; i += 3) {
    base[i] = (base[i] as number) - cx;
    base[i + 1] = (base[i + 1] as number) - cy;
  }
  const step = Math.max(1, Math.floor(meshes.length / 200));
  const sum = new Float32Array(base.length);
  const local = new Float32Array(base.length);
  let count = 0;
  for (let t = 0; t < meshes.length; t += step) {
    const mesh = meshes.at(t) as Float32Array;
    unmove(mesh, similarity(base, mesh), local);
    for (let i = 0; i < local.length; i++) sum[i] = (sum[i] as number) + (local[i] as number);
    count++;
  }
  base = sum.map((v) => v / count);
  return base;
}

/** For each point the indices of its nearest points on the reference face, itself included. */
function nearest(reference: Float32Array): Int32Array[] {
  const points = reference.length / 3;
  const distances = new Float64Array(NEIGHBOURS);
  return Array.from({ length: points }, (_, p) => {
    const found = new Int32Array(Math.min(NEIGHBOURS, points));
    distances.fill(Number.POSITIVE_INFINITY);
    for (let q = 0; q < points; q++) {
      const dx = (reference[3 * q] as number) - (reference[3 * p] as number);
      const dy = (reference[3 * q + 1] as number) - (reference[3 * p + 1] as number);
      const d = dx * dx + dy * dy;
      let at = found.length;
      while (at > 0 && d < (distances[at - 1] as number)) at--;
      if (at === found.length) continue;
      found.copyWithin(at + 1, at);
      distances.copyWithin(at + 1, at);
      found[at] = q;
      distances[at] = d;
    }
    return found;
  });
}

/**
 * Steadies the meshes of one unbroken run of frames in place, without lag.
 *
 * @param meshes 478 points, x y z each, in pixels
 * @param frameRate frames per second; the widest window is a fifth of a second to either side
 */
export function smoothMeshes(meshes: MeshList, frameRate: number): void {
  if (meshes.length < 3) return;
  const maxRadius = Math.min(8, Math.max(1, Math.round(frameRate / 5)));
  const reference = referenceOf(meshes);
  let radius = 0;
  for (const p of RIGID)
    radius += Math.hypot(reference[3 * p] as number, reference[3 * p + 1] as number) / RIGID.length;

  // The head: shift and (scaled to the same unit, pixels at the face's rim) tilt and size.
  const heads = Array.from({ length: meshes.length }, (_, t) => {
    const mesh = meshes.edit(t);
    const s = similarity(reference, mesh);
    unmove(mesh, s, mesh);
    return Float32Array.of(s.tx, s.ty, s.a * radius, s.b * radius);
  });
  smoothSequence(heads, { maxRadius });
  smoothSequence(meshes, { maxRadius, stride: 3, neighbours: nearest(reference) });
  for (let t = 0; t < meshes.length; t++) {
    const mesh = meshes.edit(t);
    const [tx = 0, ty = 0, ar = 0, br = 0] = heads[t] as Float32Array;
    const a = ar / radius;
    const b = br / radius;
    const size = Math.hypot(a, b);
    for (let i = 0; i < mesh.length; i += 3) {
      const x = mesh[i] as number;
      const y = mesh[i + 1] as number;
      mesh[i] = a * x - b * y + tx;
      mesh[i + 1] = b * x + a * y + ty;
      mesh[i + 2] = (mesh[i + 2] as number) * size;
    }
  }
}
