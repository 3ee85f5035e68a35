/** Eyeballs and the wet margins of their lids. */
import type { Eyeball } from './head-motion.js';
import { smoothstep } from './noise.js';
import { gridTriangles, type Part } from './parts.js';
import { LID_LOWER, LID_UPPER, mirrored } from './topology.js';

const EYE_RINGS = 11;
const EYE_SPOKES = 26;
const EYE_TRIANGLES = gridTriangles(EYE_RINGS, EYE_SPOKES, true);

/** The front of an eyeball, turned by the gaze; `uv` is the place around the pupil in radii, `shade` the lids' shadow. */
export function eyeballPart(eye: Eyeball, gaze: readonly [number, number], head: Float32Array, side: 0 | 1): Part {
  const count = EYE_RINGS * EYE_SPOKES;
  const points = new Float32Array(count * 3);
  const normals = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  const shade = new Float32Array(count);
  const [sx, cx, sy, cy] = [Math.sin(gaze[0]), Math.cos(gaze[0]), Math.sin(gaze[1]), Math.cos(gaze[1])];
  const upper = side === 0 ? LID_UPPER : mirrored(LID_UPPER);
  const lower = side === 0 ? LID_LOWER : mirrored(LID_LOWER);
  const lid = (row: readonly number[], x: number): number => {
    for (let i = 0; i < 8; i++) {
      const a = (row[i] as number) * 3;
      const b = (row[i + 1] as number) * 3;
      const ax = head[a] as number;
      const bx = head[b] as number;
      if ((x - ax) * (x - bx) <= 0)
        return (
          (head[a + 1] as number) + (((head[b + 1] as number) - (head[a + 1] as number)) * (x - ax)) / (bx - ax + 1e-9)
        );
    }
    // Beyond a corner: the height of the nearer one.
    const outer = (row[0] as number) * 3;
    const inner = (row[8] as number) * 3;
    const near = Math.abs(x - (head[outer] as number)) < Math.abs(x - (head[inner] as number)) ? outer : inner;
    return head[near + 1] as number;
  };
  for (let r = 0; r < EYE_RINGS; r++)
    for (let s = 0; s < EYE_SPOKES; s++) {
      const i = r * EYE_SPOKES + s;
      const polar = (r / (EYE_RINGS - 1)) * 1.75;
      const turn = (s / EYE_SPOKES) * 2 * Math.PI;
      const x = Math.sin(polar) * Math.cos(turn);
      const y = Math.sin(polar) * Math.sin(turn);
      const z = Math.cos(polar);
      const y1 = y * cy + z * sy;
      const z1 = z * cy - y * sy;
      const n = [x * cx + z1 * sx, y1, z1 * cx - x * sx] as const;
      for (let k = 0; k < 3; k++) {
        normals[i * 3 + k] = n[k] as number;
        points[i * 3 + k] = (eye.centre[k] as number) + (n[k] as number) * eye.radius;
      }
      uv[i * 2] = x;
      uv[i * 2 + 1] = y;
      const px = points[i * 3] as number;
      const py = points[i * 3 + 1] as number;
      const below = lid(upper, px) - py;
      const above = py - lid(lower, px);
      const edge = 1 - Math.min(1, Math.abs(px - eye.centre[0]) / (eye.radius * 1.02)) ** 4 * 0.55;
      shade[i] = (0.42 + 0.58 * smoothstep(-0.05, 0.42, below)) * (0.75 + 0.25 * smoothstep(-0.05, 0.2, above)) * edge;
    }
  return { points, triangles: EYE_TRIANGLES, normals, uv, shade };
}

/** The wet margin of the lids, from the rim of the opening back to the eyeball. */
export function lidPart(rim: readonly number[], skin: Float32Array, eye: Eyeball): Part {
  const n = rim.length;
  const points = new Float32Array(n * 3 * 3);
  const shade = new Float32Array(n * 3);
  let my = 0;
  for (const p of rim) my += (skin[p * 3 + 1] as number) / n;
  rim.forEach((p, i) => {
    const at = [skin[p * 3] as number, skin[p * 3 + 1] as number, skin[p * 3 + 2] as number] as const;
    const d = at.map((v, k) => v - (eye.centre[k] as number)) as [number, number, number];
    const r = Math.hypot(...d);
    const put = (row: number, radius: number, drop: number): void => {
      const q = d.map((v) => (v / r) * radius) as [number, number, number];
      const o = (row * n + i) * 3;
      points[o] = eye.centre[0] + q[0];
      points[o + 1] = eye.centre[1] + q[1] + (my - at[1]) * drop;
      points[o + 2] = eye.centre[2] + q[2];
    };
    put(0, r, 0);
    put(1, Math.min(r, eye.radius * 1.03), 0.09);
    put(2, eye.radius * 0.9, -0.02);
    shade[i] = 0.85;
    shade[n + i] = at[1] > my ? 0.5 : 0.95;
    shade[2 * n + i] = 0.4;
  });
  return { points, triangles: gridTriangles(3, n, true), shade };
}
