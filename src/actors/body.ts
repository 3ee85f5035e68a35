/** Ears, neck and shoulders, and the clothes on them. */
import { BODY_ROWS, type BodyRow } from './head-mesh.js';
import { fractal2, smoothstep } from './noise.js';
import { gridTriangles, type Part } from './parts.js';
import { warpToShape } from './shape.js';
import type { Actor, ClothStyle } from './types.js';

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
