/** The inside of the mouth: lining, teeth, tongue, and how they follow the jaw. */
import type { HeadModel, HeadShape } from './head-motion.js';
import { gridTriangles, type Part } from './parts.js';
import { warpToShape } from './shape.js';
import { MOUTH_RIM } from './topology.js';
import type { Actor } from './types.js';

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
