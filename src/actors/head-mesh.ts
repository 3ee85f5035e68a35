/** The mean head as a control mesh: the canonical face, closed by a skull; and the rows of neck and body below it. */
import { FACE_POINTS, FACE_POSITIONS, FACE_UV } from './canonical-face.js';
import { OVAL, SKIN_TRIANGLES } from './topology.js';

/** Middle of the skull in centimetres, head space. */
export const SKULL_CENTRE: readonly [number, number, number] = [0, 2.2, -3.8];

/** Shares of the way from the rim of the face to the back of the head at which skull rings stand. */
const RING_AT = [0.05, 0.12, 0.22, 0.34, 0.48, 0.64, 0.82];

/** Number of points of the control mesh: face, rings, back pole. */
export const HEAD_POINTS: number = FACE_POINTS + RING_AT.length * OVAL.length + 1;

/** For a skull point, the rim point it hangs on (else itself), and how much of that point's motion it takes. */
export interface Follow {
  readonly point: number;
  readonly share: number;
}

/** The control mesh of the head at rest. */
export interface HeadMesh {
  /** x, y, z in centimetres. */
  readonly positions: Float32Array;
  /** u, v into the skin texture; skull points repeat the rim's, pushed outwards. */
  readonly uv: Float32Array;
  readonly triangles: readonly (readonly [number, number, number])[];
  /** One entry for each point behind the face, from index `FACE_POINTS` on. */
  readonly follow: readonly Follow[];
}

/** Distance from the skull's centre to its surface in a direction (unit length). */
export function skullRadius(x: number, y: number, z: number): number {
  const rx = 7.75;
  const ry = y > 0 ? 10.1 : 8.2;
  const rz = z < 0 ? 10.2 : 8.6;
  const p = 2.35;
  return (Math.abs(x / rx) ** p + Math.abs(y / ry) ** p + Math.abs(z / rz) ** p) ** (-1 / p);
}

/** Builds the control mesh. */
export function buildHeadMesh(): HeadMesh {
  const n = OVAL.length;
  const positions = new Float32Array(HEAD_POINTS * 3);
  const uv = new Float32Array(HEAD_POINTS * 2);
  positions.set(FACE_POSITIONS);
  uv.set(FACE_UV);
  const follow: Follow[] = [];
  const [cx, cy, cz] = SKULL_CENTRE;
  const pole = HEAD_POINTS - 1;
  RING_AT.forEach((t, ring) => {
    OVAL.forEach((rim, i) => {
      const bx = (FACE_POSITIONS[rim * 3] as number) - cx;
      const by = (FACE_POSITIONS[rim * 3 + 1] as number) - cy;
      const bz = (FACE_POSITIONS[rim * 3 + 2] as number) - cz;
      const length = Math.hypot(bx, by, bz);
      // Along the great circle from the rim to the back of the head.
      const cos = (-by * 0.05 - bz) / length / Math.hypot(0.05, 1);
      const angle = Math.acos(Math.max(-1, Math.min(1, cos)));
      const s0 = Math.sin((1 - t) * angle) / Math.sin(angle);
      const s1 = Math.sin(t * angle) / Math.sin(angle);
      let x = (bx / length) * s0;
      let y = (by / length) * s0 - 0.05 * s1;
      let z = (bz / length) * s0 - s1;
      const norm = Math.hypot(x, y, z);
      x /= norm;
      y /= norm;
      z /= norm;
      const blend = 1 - Math.max(0, 1 - t / 0.36) ** 2;
      const radius = length * (1 - blend) + skullRadius(x, y, z) * blend;
      const at = FACE_POINTS + ring * n + i;
      positions[at * 3] = cx + x * radius;
      positions[at * 3 + 1] = cy + y * radius;
      positions[at * 3 + 2] = cz + z * radius;
      const u = FACE_UV[rim * 2] as number;
      const v = FACE_UV[rim * 2 + 1] as number;
      const push = 1 + 0.16 * t;
      uv[at * 2] = 0.5 + (u - 0.5) * push;
      uv[at * 2 + 1] = 0.5 + (v - 0.5) * push;
      follow.push({ point: rim, share: Math.max(0, 1 - t / 0.4) ** 2 });
    });
  });
  positions[pole * 3] = cx;
  positions[pole * 3 + 1] = cy - 0.4;
  positions[pole * 3 + 2] = cz - skullRadius(0, 0, -1);
  uv[pole * 2] = 0.5;
  uv[pole * 2 + 1] = -0.05;
  follow.push({ point: 10, share: 0 });

  const triangles: [number, number, number][] = SKIN_TRIANGLES.map(([a, b, c]) => [a, b, c]);
  const point = (ring: number, i: number): number =>
    ring < 0 ? (OVAL[i % n] as number) : FACE_POINTS + ring * n + (i % n);
  // The rim runs clockwise in the picture, so outwards is on its left.
  for (let ring = -1; ring < RING_AT.length - 1; ring++)
    for (let i = 0; i < n; i++) {
      const a = point(ring, i);
      const b = point(ring, i + 1);
      const c = point(ring + 1, i);
      const d = point(ring + 1, i + 1);
      triangles.push([a, b, c], [b, d, c]);
    }
  for (let i = 0; i < n; i++) triangles.push([point(RING_AT.length - 1, i), point(RING_AT.length - 1, i + 1), pole]);
  return { positions, uv, triangles, follow };
}

/** One cross-section of neck or body: height, half width, half depth, and depth of its middle, in centimetres. */
export interface BodyRow {
  readonly y: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly z: number;
}

/** Neck and body from inside the head down to the chest. */
export const BODY_ROWS: readonly BodyRow[] = [
  { y: -3, halfWidth: 4.4, halfDepth: 3.2, z: -5.4 },
  { y: -6, halfWidth: 5.1, halfDepth: 4.0, z: -5.2 },
  { y: -9, halfWidth: 5.3, halfDepth: 5.1, z: -5.0 },
  { y: -11, halfWidth: 5.9, halfDepth: 5.4, z: -5.4 },
  { y: -12.6, halfWidth: 7.8, halfDepth: 5.9, z: -5.7 },
  { y: -14.2, halfWidth: 11.8, halfDepth: 6.7, z: -5.9 },
  { y: -16, halfWidth: 16.4, halfDepth: 7.8, z: -6 },
  { y: -18.5, halfWidth: 19.6, halfDepth: 9, z: -6 },
  { y: -23, halfWidth: 21.4, halfDepth: 10.2, z: -6 },
  { y: -31, halfWidth: 21.8, halfDepth: 11.4, z: -6 },
  { y: -60, halfWidth: 20.5, halfDepth: 12, z: -6 },
];
