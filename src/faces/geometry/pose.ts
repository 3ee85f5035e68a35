/** Head rotation: a weighted rigid fit of the canonical face to the mesh. */
import type { Pose } from '../types.js';
import { CANONICAL_POINTS, RIGID_WEIGHTS } from './canonical-points.js';

/** Where a head is: `point = scale * rotation * canonical + centre`, in pixels, z in the same unit. */
export interface HeadFit {
  readonly pose: Pose;
  /** 3 x 3, row by row; axes as in the picture: x right, y down, z away. */
  readonly rotation: Float64Array;
  /** Pixels per centimetre of the canonical face. */
  readonly scale: number;
  /** Where the origin of the canonical face lies, x y z. */
  readonly centre: readonly [number, number, number];
}

const degrees = 180 / Math.PI;

/** The angles of a rotation matrix, in degrees. */
export function poseOfRotation(r: ArrayLike<number>): Pose {
  return {
    yaw: Math.atan2(-(r[2] as number), r[8] as number) * degrees,
    pitch: Math.asin(Math.max(-1, Math.min(1, r[5] as number))) * degrees,
    roll: Math.atan2(r[3] as number, r[4] as number) * degrees,
  };
}

/** The rotation matrix of angles in degrees: the head is rolled, then pitched, then yawed. */
export function rotationOfPose(pose: Pose): Float64Array {
  const [y, p, r] = [pose.yaw / degrees, pose.pitch / degrees, pose.roll / degrees];
  const [cy, sy, cp, sp, cr, sr] = [Math.cos(y), Math.sin(y), Math.cos(p), Math.sin(p), Math.cos(r), Math.sin(r)];
  return Float64Array.of(
    cy * cr + sy * sp * sr,
    -cy * sr + sy * sp * cr,
    -sy * cp,
    cp * sr,
    cp * cr,
    sp,
    sy * cr - cy * sp * sr,
    -sy * sr - cy * sp * cr,
    cy * cp,
  );
}

/** The eigenvector of the largest eigenvalue of a symmetric 4 x 4 matrix (cyclic Jacobi rotations). */
function principal4(m: Float64Array): Float64Array {
  const v = new Float64Array(16);
  for (let i = 0; i < 4; i++) v[5 * i] = 1;
  const at = (i: number, j: number): number => m[4 * i + j] as number;
  for (let sweep = 0; sweep < 12; sweep++) {
    for (let p = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) {
        if (Math.abs(at(p, q)) < 1e-300) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < 4; k++) {
          const [a, b] = [at(k, p), at(k, q)];
          m[4 * k + p] = c * a - s * b;
          m[4 * k + q] = s * a + c * b;
        }
        for (let k = 0; k < 4; k++) {
          const [a, b] = [at(p, k), at(q, k)];
          m[4 * p + k] = c * a - s * b;
          m[4 * q + k] = s * a + c * b;
          const [e, f] = [v[4 * k + p] as number, v[4 * k + q] as number];
          v[4 * k + p] = c * e - s * f;
          v[4 * k + q] = s * e + c * f;
        }
      }
    }
  }
  let best = 0;
  for (let i = 1; i < 4; i++) if (at(i, i) > at(best, best)) best = i;
  return Float64Array.of(v[best] as number, v[4 + best] as number, v[8 + best] as number, v[12 + best] as number);
}

const totalWeight = RIGID_WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);

function weightedCentre(points: Float32Array): [number, number, number] {
  const centre: [number, number, number] = [0, 0, 0];
  for (const [index, weight] of RIGID_WEIGHTS)
    for (let k = 0; k < 3; k++)
      centre[k] = (centre[k] as number) + (weight / totalWeight) * (points[3 * index + k] as number);
  return centre;
}

const canonicalCentre = weightedCentre(CANONICAL_POINTS);

const offset = (points: Float32Array, index: number, k: number, centre: readonly number[]): number =>
  (points[3 * index + k] as number) - (centre[k] as number);

/** The rotation that best turns the canonical face into the mesh (Horn 1987, unit quaternions). */
function bestRotation(points: Float32Array, centre: readonly number[]): Float64Array {
  const s = new Float64Array(9);
  for (const [index, weight] of RIGID_WEIGHTS)
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++)
        s[3 * a + b] =
          (s[3 * a + b] as number) +
          weight * offset(CANONICAL_POINTS, index, a, canonicalCentre) * offset(points, index, b, centre);
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [w, x, y, z] = principal4(
    Float64Array.of(
      xx + yy + zz,
      yz - zy,
      zx - xz,
      xy - yx,
      yz - zy,
      xx - yy - zz,
      xy + yx,
      zx + xz,
      zx - xz,
      xy + yx,
      yy - xx - zz,
      yz + zy,
      xy - yx,
      zx + xz,
      yz + zy,
      zz - xx - yy,
    ),
  ) as unknown as [number, number, number, number];
  return Float64Array.of(
    w * w + x * x - y * y - z * z,
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    w * w - x * x + y * y - z * z,
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    w * w - x * x - y * y + z * z,
  );
}

/** Scale and centre for a known rotation. */
function place(
  points: Float32Array,
  rotation: Float64Array,
  centre: readonly number[],
): Omit<HeadFit, 'pose' | 'rotation'> {
  let [up, down] = [0, 0];
  for (const [index, weight] of RIGID_WEIGHTS) {
    for (let a = 0; a < 3; a++) {
      let turned = 0;
      for (let b = 0; b < 3; b++)
        turned += (rotation[3 * a + b] as number) * offset(CANONICAL_POINTS, index, b, canonicalCentre);
      up += weight * turned * offset(points, index, a, centre);
      down += weight * turned * turned;
    }
  }
  const scale = Math.max(up / down, 1e-6);
  const origin = [0, 1, 2].map((a) => {
    let turned = 0;
    for (let b = 0; b < 3; b++) turned += (rotation[3 * a + b] as number) * (canonicalCentre[b] as number);
    return (centre[a] as number) - scale * turned;
  }) as [number, number, number];
  return { scale, centre: origin };
}

/**
 * Fits the canonical face to the mesh by its rigid points.
 *
 * @param points 468 points or more, x y z in pixels
 */
export function fitHead(points: Float32Array): HeadFit {
  const centre = weightedCentre(points);
  const rotation = bestRotation(points, centre);
  return { pose: poseOfRotation(rotation), rotation, ...place(points, rotation, centre) };
}

/**
 * Head rotation in degrees, with the signs of {@link Pose}.
 *
 * @param points 468 points or more, x y z in pixels
 */
export function headPose(points: Float32Array): Pose {
  return fitHead(points).pose;
}

/**
 * The mesh as if its head looked straight at the viewer: turned back, in centimetres of the canonical face, 468 points or
 * as many as given.
 */
export function frontalised(points: Float32Array, pose: Pose): Float32Array {
  const rotation = rotationOfPose(pose);
  const { scale, centre } = place(points, rotation, weightedCentre(points));
  const out = new Float32Array(points.length);
  for (let i = 0; 3 * i < points.length; i++)
    for (let a = 0; a < 3; a++) {
      let sum = 0;
      for (let b = 0; b < 3; b++) sum += (rotation[3 * b + a] as number) * offset(points, i, b, centre);
      out[3 * i + a] = sum / scale;
    }
  return out;
}
