/** The small parts of a head: eyeballs, lid margins, mouth lining, teeth, tongue, ears, neck and body. */

import { BODY_ROWS, type BodyRow } from './head-mesh.js';
import type { Eyeball, HeadModel, HeadShape } from './head-motion.js';
import { fractal2, smoothstep } from './noise.js';
import { warpToShape } from './shape.js';
import type { Refinement } from './subdivide.js';
import { EYE_RIM, LID_LOWER, LID_UPPER, MOUTH_RIM, mirrored } from './topology.js';
import type { Actor, ClothStyle } from './types.js';

/** A mesh of head space with what the shader wants to know. */
export interface Part {
  readonly points: Float32Array;
  readonly triangles: ArrayLike<number>;
  readonly uv?: Float32Array;
  readonly shade?: Float32Array;
  readonly extra?: Float32Array;
  readonly normals?: Float32Array;
  readonly turn?: Float32Array;
}

/** Triangles of a grid of `rows` x `columns` points; `closed` joins the last column to the first. */
export function gridTriangles(rows: number, columns: number, closed: boolean): number[] {
  const out: number[] = [];
  const across = closed ? columns : columns - 1;
  for (let r = 0; r < rows - 1; r++)
    for (let c = 0; c < across; c++) {
      const a = r * columns + c;
      const b = r * columns + ((c + 1) % columns);
      out.push(a, a + columns, b, b, a + columns, b + columns);
    }
  return out;
}

/** The rims of the openings in a refined head, as closed lists of fine points: picture's left eye, right eye, mouth. */
export function findRims(refinement: Refinement): readonly [number[], number[], number[]] {
  const { triangles } = refinement;
  const next = new Map<number, number>();
  const seen = new Set<number>();
  const key = (a: number, b: number): number => a * refinement.count + b;
  for (let t = 0; t < triangles.length; t += 3)
    for (let k = 0; k < 3; k++) seen.add(key(triangles[t + k] as number, triangles[t + ((k + 1) % 3)] as number));
  for (let t = 0; t < triangles.length; t += 3)
    for (let k = 0; k < 3; k++) {
      const a = triangles[t + k] as number;
      const b = triangles[t + ((k + 1) % 3)] as number;
      if (!seen.has(key(b, a))) next.set(a, b);
    }
  const loop = (start: number): number[] => {
    const out = [start];
    for (let p = next.get(start); p !== undefined && p !== start; p = next.get(p)) out.push(p);
    return out;
  };
  return [loop(EYE_RIM[0] as number), loop(mirrored(EYE_RIM)[0] as number), loop(MOUTH_RIM[0] as number)];
}

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
    return head[
      (row[
        x * (side === 0 ? 1 : -1) < (head[(row[0] as number) * 3] as number) * (side === 0 ? 1 : -1) ? 0 : 8
      ] as number) *
        3 +
        1
    ] as number;
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

/** Rows of the mouth lining: centimetres back, centimetres up or down from the rim, width, light. */
const LINING = [
  { back: 0, off: 0, wide: 1, shade: 0.9 },
  { back: 0.12, off: 0.3, wide: 1.02, shade: 0.6 },
  { back: 0.4, off: 0.85, wide: 1.06, shade: 0.3 },
  { back: 1.8, off: 0.95, wide: 1.1, shade: 0.14 },
  { back: 2.9, off: 0.6, wide: 0.9, shade: 0.05 },
  { back: 3.2, off: 0, wide: 0.02, shade: 0.03 },
] as const;

/**
 * The inside of the mouth, from the rim of the lips over the gums into the dark; `shade` falls with depth.
 *
 * @param rim closed list of points that starts at the picture's left corner
 */
export function mouthPart(rim: readonly number[], skin: Float32Array): Part {
  const n = rim.length;
  const points = new Float32Array(LINING.length * n * 3);
  const shade = new Float32Array(LINING.length * n);
  const right = rim.indexOf(MOUTH_RIM[10] as number);
  const upperFirst = rim.indexOf(MOUTH_RIM[5] as number) < right;
  let cx = 0;
  let cy = 0;
  for (const p of rim) {
    cx += (skin[p * 3] as number) / n;
    cy += (skin[p * 3 + 1] as number) / n;
  }
  LINING.forEach((row, r) => {
    rim.forEach((p, i) => {
      const o = (r * n + i) * 3;
      const first = i <= right;
      const along = first ? i / right : (i - right) / (n - right);
      const up = (first === upperFirst ? 1 : -1) * Math.sin(Math.PI * along) ** 0.6;
      const close = r === LINING.length - 1 ? 0.05 : 1;
      points[o] = cx + ((skin[p * 3] as number) - cx) * row.wide;
      points[o + 1] = cy + ((skin[p * 3 + 1] as number) - cy) * close + up * row.off;
      points[o + 2] = (skin[p * 3 + 2] as number) - row.back;
      shade[r * n + i] = row.shade;
    });
  });
  return { points, triangles: gridTriangles(LINING.length, n, true), shade };
}

const TEETH_COLUMNS = 29;
const TEETH_ROWS = 4;
const TEETH_TRIANGLES = gridTriangles(TEETH_ROWS, TEETH_COLUMNS, false);

/** A row of teeth of a shape at rest; `uv` is arc length from the middle and 0 gum .. 1 edge. */
export function teethPart(actor: Actor, upper: boolean): Part {
  const count = TEETH_COLUMNS * TEETH_ROWS;
  const points = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  for (let r = 0; r < TEETH_ROWS; r++)
    for (let c = 0; c < TEETH_COLUMNS; c++) {
      const i = r * TEETH_COLUMNS + c;
      const s = (c / (TEETH_COLUMNS - 1)) * 2 - 1;
      const v = r / (TEETH_ROWS - 1);
      const x = 2.25 * s;
      const edge = upper ? -4.42 + 0.07 * Math.cos(s * 3) : -4.5;
      const gum = upper ? -2.9 : -5.5;
      points[i * 3] = x;
      points[i * 3 + 1] = gum + (edge - gum) * v;
      points[i * 3 + 2] = (upper ? 4.72 : 4.5) - 0.32 * x * x - (upper ? 0 : 0.12) * (1 - v) - 0.1 * (1 - v) ** 2;
      uv[i * 2] = x * (1 + 0.09 * x * x);
      uv[i * 2 + 1] = v;
    }
  warpToShape(points, actor.shape);
  return { points, triangles: TEETH_TRIANGLES, uv };
}

/** The tongue of a shape at rest. */
export function tonguePart(actor: Actor): Part {
  const rows = 7;
  const columns = 14;
  const points = new Float32Array(rows * columns * 3);
  const shade = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const o = (r * columns + c) * 3;
      const a = (r / (rows - 1)) * Math.PI * 0.62;
      const b = (c / columns) * 2 * Math.PI;
      points[o] = Math.sin(a) * Math.cos(b) * 1.45;
      points[o + 1] = -5.05 + Math.sin(a) * Math.sin(b) * 0.55 - 0.1 * Math.cos(b) ** 2;
      points[o + 2] = 2.5 + Math.cos(a) * 1.9;
      shade[r * columns + c] = 0.35 + 0.65 * Math.max(0, Math.cos(a));
    }
  warpToShape(points, actor.shape);
  return { points, triangles: gridTriangles(rows, columns, true), shade };
}

/** Points at rest, moved along with the jaw. */
export function withJaw(part: Part, model: HeadModel, shape: HeadShape, forward = 0, up = 0): Part {
  const points = Float32Array.from(part.points);
  const c = Math.cos(shape.jaw.angle);
  const s = Math.sin(shape.jaw.angle);
  const [, hy, hz] = model.hinge;
  for (let i = 0; i < points.length; i += 3) {
    const y = (points[i + 1] as number) - hy + up;
    const z = (points[i + 2] as number) - hz + forward;
    points[i] = (points[i] as number) + shape.jaw.shift[0];
    points[i + 1] = hy + y * c - z * s;
    points[i + 2] = hz + z * c + y * s + shape.jaw.shift[2];
  }
  return { ...part, points };
}

const EAR_RINGS = 9;
const EAR_SPOKES = 28;
const EAR_TRIANGLES = gridTriangles(EAR_RINGS, EAR_SPOKES, true);

/** An ear of a shape: a dish with a rolled rim; `side` is -1 on the picture's left, 1 on its right. */
export function earPart(actor: Actor, side: -1 | 1): Part {
  const count = EAR_RINGS * EAR_SPOKES;
  const points = new Float32Array(count * 3);
  const shade = new Float32Array(count);
  const uv = new Float32Array(count * 2);
  const size = 1 + 0.09 * (actor.shape['headWidth'] ?? 0) * 0.5 + 0.07 * (actor.shape['headDepth'] ?? 0);
  const flare = 1.15 + 0.22 * (actor.shape['temples'] ?? 0);
  for (let r = 0; r < EAR_RINGS; r++)
    for (let s = 0; s < EAR_SPOKES; s++) {
      const i = r * EAR_SPOKES + s;
      const rho = r / (EAR_RINGS - 1);
      const turn = (s / EAR_SPOKES) * 2 * Math.PI;
      const back = Math.cos(turn);
      const up = Math.sin(turn);
      const narrow = 1 - 0.3 * Math.max(0, -up);
      const rim = Math.exp(-(((rho - 0.86) / 0.11) ** 2)) * (0.35 + 0.65 * smoothstep(-0.9, 0.2, back + up * 0.6));
      const fold = Math.exp(-(((rho - 0.56) / 0.12) ** 2)) * smoothstep(-0.2, 0.6, back);
      const concha = Math.exp(-((rho / 0.4) ** 2));
      const out =
        flare * (0.2 + 0.75 * rho * Math.max(-0.5, back)) +
        0.42 * rim +
        0.28 * fold -
        0.55 * concha -
        0.5 * smoothstep(0.93, 1, rho);
      points[i * 3] = side * (7.3 + out);
      points[i * 3 + 1] = 0.5 + up * 3.05 * rho * size + back * 0.25 * rho;
      points[i * 3 + 2] = -4.2 - back * 1.85 * rho * narrow * size + up * -0.5 * rho;
      shade[i] = Math.max(0.28, 0.62 + 0.38 * rim + 0.2 * fold - 0.5 * concha + 0.15 * Math.max(0, -up) * rho);
      uv[i * 2] = 0.5 + side * 0.485;
      uv[i * 2 + 1] = 0.4 + up * 0.03;
    }
  warpToShape(points, actor.shape);
  const triangles =
    side < 0 ? EAR_TRIANGLES : EAR_TRIANGLES.map((_, t) => EAR_TRIANGLES[t - (t % 3) + (2 - (t % 3))] as number);
  return { points, triangles, shade, uv };
}

const BODY_COLUMNS = 57;

/** Half width, half depth and middle of neck or body at a height, by a smooth curve through `BODY_ROWS`. */
function profile(y: number): { halfWidth: number; halfDepth: number; z: number } {
  const row = (i: number): BodyRow => BODY_ROWS[Math.max(0, Math.min(BODY_ROWS.length - 1, i))] as BodyRow;
  let i = 0;
  while (i < BODY_ROWS.length - 2 && row(i + 1).y > y) i++;
  const t = Math.max(0, Math.min(1, (y - row(i).y) / (row(i + 1).y - row(i).y)));
  const spline = (k: 'halfWidth' | 'halfDepth' | 'z'): number => {
    const p0 = row(i - 1)[k];
    const p1 = row(i)[k];
    const p2 = row(i + 1)[k];
    const p3 = row(i + 2)[k];
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
  };
  return { halfWidth: spline('halfWidth'), halfDepth: spline('halfDepth'), z: spline('z') };
}

/** Height of the edge of the clothes at a turn around the neck (a quarter turn is the front), rest pose. */
export function collarAt(style: ClothStyle, turn: number): number {
  const front = Math.max(0, Math.sin(turn));
  if (style === 'turtleneck') return -9.3;
  if (style === 'hoodie') return -11.6 - 2.2 * front ** 3;
  if (style === 'shirt') return -11.2 - 3.6 * front ** 10;
  if (style === 'vneck') return -12.7 - 5 * front ** 14;
  return -12.5 - 1.3 * front ** 3;
}

const THICKNESS: Readonly<Record<ClothStyle, number>> = {
  crew: 0.35,
  vneck: 0.35,
  shirt: 0.5,
  hoodie: 1,
  turtleneck: 0.4,
};

/**
 * Neck and shoulders with clothes; `uv` is turn and height at rest, for the edge of the clothes and their pattern. One row
 * of points runs along that edge all around, so that it stands off cleanly.
 */
export function bodyPart(actor: Actor): Part {
  const { style } = actor.cloth;
  const edge = collarAt(style, -Math.PI / 2);
  const steps = [
    -0.05, -0.2, -0.45, -0.8, -1.2, -1.8, -2.6, -3.5, -4.5, -5.6, -7, -8.6, -10.5, -13, -17, -24, -34, -46,
  ];
  const heights = [-3, -5, -6.5, -7.6, -8.4].filter((y) => y > edge + 0.6);
  for (let y = (heights.at(-1) as number) - 0.8; y > edge + 0.3; y -= 0.8) heights.push(y);
  heights.push(edge + 0.1, ...steps.map((d) => edge + d));
  const count = heights.length * BODY_COLUMNS;
  const points = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  const turn = new Float32Array(count);
  const shade = new Float32Array(count);
  heights.forEach((height, r) => {
    for (let c = 0; c < BODY_COLUMNS; c++) {
      const i = r * BODY_COLUMNS + c;
      const angle = (c / (BODY_COLUMNS - 1)) * 2 * Math.PI;
      const drop = collarAt(style, angle) - edge;
      const y = height + drop * (height > edge ? smoothstep(-4, edge, height) : smoothstep(edge - 12, edge, height));
      const { halfWidth, halfDepth, z } = profile(y);
      const fold = 0.6 * (fractal2(Math.sin(angle) * 2.4 + actor.seed, y * 0.25) - 0.5) * smoothstep(-13, -20, y);
      const grow = THICKNESS[style] * smoothstep(0.08, -0.5, height - edge) + fold;
      // A superellipse: round at the neck, boxier at the chest.
      const power = 1 - 0.2 * smoothstep(7, 11, halfWidth);
      const x = Math.cos(angle);
      const s = Math.sin(angle);
      points[i * 3] = Math.sign(x) * Math.abs(x) ** power * (halfWidth + grow);
      points[i * 3 + 1] = y + 0.6 * s * smoothstep(6, 8, halfWidth) * smoothstep(20, 17, halfWidth);
      points[i * 3 + 2] = z + Math.sign(s) * Math.abs(s) ** power * (halfDepth + grow);
      uv[i * 2] = angle;
      uv[i * 2 + 1] = y;
      turn[i] = 0.1 + 0.9 * smoothstep(-14, -5, y);
      // The chin keeps light from the throat.
      shade[i] = 1 - 0.5 * smoothstep(-13, -8, y) * (0.55 + 0.45 * Math.max(0, s));
    }
  });
  warpToShape(points, actor.shape);
  // Rows run downwards and columns from the picture's right over the front: outwards is reversed.
  const grid = gridTriangles(heights.length, BODY_COLUMNS, false);
  const triangles = grid.map((_, t) => grid[t - (t % 3) + (2 - (t % 3))] as number);
  return { points, triangles, uv, shade, turn };
}
