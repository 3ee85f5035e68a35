/** From head space to the picture: rotation, a mild perspective of each head's own, and lists of corners for the soup. */
import { ATTRIBUTES, type Soup } from './soup.js';
import type { HeadPose, HeadState, PictureSize } from './types.js';

/** Nine numbers, row by row. */
export type Rotation = readonly [number, number, number, number, number, number, number, number, number];

/** The point a head turns about, centimetres. */
export const PIVOT: readonly [number, number, number] = [0, -0.6, -3];

/** Width of the mean face in centimetres: what `HeadState.scale` measures. */
export const FACE_WIDTH = 15.5;

/** Distance of the camera in centimetres; each head has its own axis, so that its pose does not change with its place. */
const CAMERA = 85;

/** Rotation of a pose: roll first, then pitch, then yaw. */
export function rotationOf(pose: HeadPose): Rotation {
  const y = (pose.yaw * Math.PI) / 180;
  const p = (pose.pitch * Math.PI) / 180;
  const r = (pose.roll * Math.PI) / 180;
  const cy = Math.cos(y);
  const sy = Math.sin(y);
  const cp = Math.cos(p);
  const sp = Math.sin(p);
  const cr = Math.cos(r);
  const sr = Math.sin(r);
  // Ry(yaw) Rx(-pitch) Rz(-roll) with x right, y up, z to the camera.
  return [
    cy * cr + sy * sp * sr,
    cy * sr - sy * sp * cr,
    sy * cp,
    -cp * sr,
    cp * cr,
    sp,
    -sy * cr + cy * sp * sr,
    -sy * sr - cy * sp * cr,
    cy * cp,
  ];
}

/** How one head is seen. */
export interface View {
  readonly rotation: Rotation;
  /** Pixels a centimetre at the pivot. */
  readonly scale: number;
  /** Pixel of the pivot. */
  readonly x: number;
  readonly y: number;
  /** Added to depth, so that of two heads the larger is in front. */
  readonly depth: number;
}

/** The view of a head state in a picture. */
export function viewOf(state: HeadState, size: PictureSize): View {
  const scale = (state.scale * size.height) / FACE_WIDTH;
  return {
    rotation: rotationOf(state.pose),
    scale,
    x: state.position[0] * size.width,
    y: state.position[1] * size.height,
    depth: state.scale * 400,
  };
}

/**
 * Projects points of head space.
 *
 * @param turned receives x, y, z in camera directions, centimetres from the pivot
 * @param screen receives x, y in pixels and z in centimetres, larger is nearer
 */
export function project(
  points: Float32Array,
  view: View,
  rotation: Rotation,
  turned: Float32Array,
  screen: Float32Array,
  offset: number,
): void {
  const [a, b, c, d, e, f, g, h, k] = rotation;
  for (let i = 0; i < points.length; i += 3) {
    const x = (points[i] as number) - PIVOT[0];
    const y = (points[i + 1] as number) - PIVOT[1];
    const z = (points[i + 2] as number) - PIVOT[2];
    const tx = a * x + b * y + c * z;
    const ty = d * x + e * y + f * z;
    const tz = g * x + h * y + k * z;
    turned[i] = tx;
    turned[i + 1] = ty;
    turned[i + 2] = tz;
    const near = (view.scale * CAMERA) / (CAMERA - tz);
    screen[offset + i] = view.x + tx * near;
    screen[offset + i + 1] = view.y - ty * near;
    screen[offset + i + 2] = tz + view.depth;
  }
}

/** What a mesh brings besides its points. */
export interface Surface {
  readonly triangles: ArrayLike<number>;
  readonly material: number;
  readonly head: number;
  /** u, v of each point. */
  readonly uv?: Float32Array | undefined;
  /** One number a point: light that reaches it, 1 = all. */
  readonly shade?: Float32Array | undefined;
  /** A second direction for each point, head space. */
  readonly extra?: Float32Array | undefined;
  /** Normals to use instead of those of the surface, head space. */
  readonly normals?: Float32Array | undefined;
}

/** Adds a mesh of head space to the soup and returns its first corner. Normals are the mean of the triangles around. */
export function emit(
  soup: Soup,
  view: View,
  points: Float32Array,
  surface: Surface,
  rotation: Rotation = view.rotation,
): number {
  const count = points.length / 3;
  const first = soup.addPoints(count);
  const turned = new Float32Array(points.length);
  project(points, view, rotation, turned, soup.screen, first * 3);
  const normals = new Float32Array(points.length);
  const { triangles, uv, shade, extra } = surface;
  if (surface.normals) {
    const [a, b, c, d, e, f, g, h, k] = rotation;
    for (let i = 0; i < points.length; i += 3) {
      const x = surface.normals[i] as number;
      const y = surface.normals[i + 1] as number;
      const z = surface.normals[i + 2] as number;
      normals[i] = a * x + b * y + c * z;
      normals[i + 1] = d * x + e * y + f * z;
      normals[i + 2] = g * x + h * y + k * z;
    }
  } else addNormals(turned, triangles, normals);
  const { attributes } = soup;
  for (let i = 0; i < count; i++) {
    const at = (first + i) * ATTRIBUTES;
    attributes[at] = normals[i * 3] as number;
    attributes[at + 1] = normals[i * 3 + 1] as number;
    attributes[at + 2] = normals[i * 3 + 2] as number;
    attributes[at + 3] = uv ? (uv[i * 2] as number) : 0;
    attributes[at + 4] = uv ? (uv[i * 2 + 1] as number) : 0;
    attributes[at + 5] = shade ? (shade[i] as number) : 1;
    if (!extra) continue;
    const ex = extra[i * 3] as number;
    const ey = extra[i * 3 + 1] as number;
    const ez = extra[i * 3 + 2] as number;
    for (let e = 0; e < 3; e++)
      attributes[at + 6 + e] =
        (rotation[e * 3] as number) * ex + (rotation[e * 3 + 1] as number) * ey + (rotation[e * 3 + 2] as number) * ez;
  }
  soup.addTriangles(triangles, first, surface.material, surface.head);
  return first;
}

/** Adds the unit normals of a mesh to `normals` (which must be 0). */
export function addNormals(points: Float32Array, triangles: ArrayLike<number>, normals: Float32Array): void {
  for (let t = 0; t < triangles.length; t += 3) {
    const a = (triangles[t] as number) * 3;
    const b = (triangles[t + 1] as number) * 3;
    const c = (triangles[t + 2] as number) * 3;
    const ux = (points[b] as number) - (points[a] as number);
    const uy = (points[b + 1] as number) - (points[a + 1] as number);
    const uz = (points[b + 2] as number) - (points[a + 2] as number);
    const vx = (points[c] as number) - (points[a] as number);
    const vy = (points[c + 1] as number) - (points[a + 1] as number);
    const vz = (points[c + 2] as number) - (points[a + 2] as number);
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    for (const p of [a, b, c]) {
      normals[p] = (normals[p] as number) + nx;
      normals[p + 1] = (normals[p + 1] as number) + ny;
      normals[p + 2] = (normals[p + 2] as number) + nz;
    }
  }
  for (let i = 0; i < normals.length; i += 3) {
    const n = Math.hypot(normals[i] as number, normals[i + 1] as number, normals[i + 2] as number) || 1;
    normals[i] = (normals[i] as number) / n;
    normals[i + 1] = (normals[i + 1] as number) / n;
    normals[i + 2] = (normals[i + 2] as number) / n;
  }
}
