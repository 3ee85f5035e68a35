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

const TURNS = 32;

/** How one head is seen. */
export interface View {
  readonly rotation: Rotation;
  /** Rotations from none to all of the pose, in `TURNS` steps. */
  readonly shares: readonly Rotation[];
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
    shares: Array.from({ length: TURNS + 1 }, (_, i) => {
      const { yaw, pitch, roll } = state.pose;
      return rotationOf({ yaw: (yaw * i) / TURNS, pitch: (pitch * i) / TURNS, roll: (roll * i) / TURNS });
    }),
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
  for (let i = 0; i < points.length; i += 3) projectPoint(points, i, view, rotation, turned, screen, offset);
}

function projectPoint(
  points: Float32Array,
  i: number,
  view: View,
  r: Rotation,
  turned: Float32Array,
  screen: Float32Array,
  offset: number,
): void {
  const x = (points[i] as number) - PIVOT[0];
  const y = (points[i + 1] as number) - PIVOT[1];
  const z = (points[i + 2] as number) - PIVOT[2];
  const tx = r[0] * x + r[1] * y + r[2] * z;
  const ty = r[3] * x + r[4] * y + r[5] * z;
  const tz = r[6] * x + r[7] * y + r[8] * z;
  turned[i] = tx;
  turned[i + 1] = ty;
  turned[i + 2] = tz;
  const near = (view.scale * CAMERA) / (CAMERA - tz);
  screen[offset + i] = view.x + tx * near;
  screen[offset + i + 1] = view.y - ty * near;
  screen[offset + i + 2] = tz + view.depth;
}

/** {@link project} for points that take only a share of the turn, such as the neck. */
export function projectTurned(
  points: Float32Array,
  turn: Float32Array | undefined,
  view: View,
  turned: Float32Array,
  screen: Float32Array,
  offset: number,
): void {
  if (!turn) {
    project(points, view, view.rotation, turned, screen, offset);
    return;
  }
  for (let i = 0; i < turn.length; i++)
    projectPoint(
      points,
      i * 3,
      view,
      view.shares[Math.round((turn[i] as number) * TURNS)] as Rotation,
      turned,
      screen,
      offset,
    );
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
  /** Share of the head's turn each point takes (0..1), where not all of it: neck, shoulders, hanging hair. */
  readonly turn?: Float32Array | undefined;
  /** Normals to use instead of those of the surface, head space. */
  readonly normals?: Float32Array | undefined;
}

const memory: Float32Array[] = [];

/** Working memory that is used again; what it held is lost. */
export function scratch(slot: number, size: number): Float32Array {
  let held = memory[slot];
  if (!held || held.length < size) {
    held = new Float32Array(Math.ceil(size * 1.3));
    memory[slot] = held;
  }
  return held.subarray(0, size);
}

/** Adds a mesh of head space to the soup and returns its first corner. Normals are the mean of the triangles around. */
export function emit(soup: Soup, view: View, points: Float32Array, surface: Surface): number {
  const count = points.length / 3;
  const first = soup.addPoints(count);
  const turned = scratch(0, points.length);
  projectTurned(points, surface.turn, view, turned, soup.screen, first * 3);
  const normals = scratch(1, points.length).fill(0);
  const { triangles, uv, shade, extra } = surface;
  const { rotation } = view;
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
    normals[a] = (normals[a] as number) + nx;
    normals[a + 1] = (normals[a + 1] as number) + ny;
    normals[a + 2] = (normals[a + 2] as number) + nz;
    normals[b] = (normals[b] as number) + nx;
    normals[b + 1] = (normals[b + 1] as number) + ny;
    normals[b + 2] = (normals[b + 2] as number) + nz;
    normals[c] = (normals[c] as number) + nx;
    normals[c + 1] = (normals[c + 1] as number) + ny;
    normals[c + 2] = (normals[c + 2] as number) + nz;
  }
  for (let i = 0; i < normals.length; i += 3) {
    const x = normals[i] as number;
    const y = normals[i + 1] as number;
    const z = normals[i + 2] as number;
    const n = Math.sqrt(x * x + y * y + z * z) || 1;
    normals[i] = x / n;
    normals[i + 1] = y / n;
    normals[i + 2] = z / n;
  }
}
