/** Between a face in a frame and the same face laid out flat: where a brush is on the skin, and what a stroke covers. */
import type { FaceMesh, FrameMasks, MaskStroke, PersonMask } from '../../api/mask-types.js';

/** Half the width of a stroke's soft edge, in centimetres; as the render has it. */
const SOFT = 0.3;

/** Calls back for every triangle that faces the viewer: three corners in the frame and on the flat face. */
function eachTriangle(
  mesh: FaceMesh,
  points: readonly number[],
  visit: (frame: readonly [number, number, number, number, number, number], flat: typeof frame) => boolean,
): void {
  const { triangles, points: flat } = mesh;
  for (let i = 0; i + 2 < triangles.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [triangles[i], triangles[i + 1], triangles[i + 2]];
    const at = (of: readonly number[]) =>
      [
        of[2 * a] ?? 0,
        of[2 * a + 1] ?? 0,
        of[2 * b] ?? 0,
        of[2 * b + 1] ?? 0,
        of[2 * c] ?? 0,
        of[2 * c + 1] ?? 0,
      ] as const;
    const corners = at(points);
    const [ax, ay, bx, by, cx, cy] = corners;
    if ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay) >= 0) continue;
    if (visit(corners, at(flat))) return;
  }
}

/** The shares of the three corners in a place; all are 0 or more inside. */
function shares(
  [ax, ay, bx, by, cx, cy]: readonly [number, number, number, number, number, number],
  x: number,
  y: number,
): readonly [number, number, number] {
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  const b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
  const c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
  return [1 - b - c, b, c];
}

/** Where on the flat face a place of the frame is, in centimetres; null beside the face. */
export function toFlat(mesh: FaceMesh, { points }: PersonMask, x: number, y: number): [number, number] | null {
  let found: [number, number] | null = null;
  eachTriangle(mesh, points, (frame, flat) => {
    const [a, b, c] = shares(frame, x, y);
    if (a < 0 || b < 0 || c < 0) return false;
    found = [a * flat[0] + b * flat[2] + c * flat[4], a * flat[1] + b * flat[3] + c * flat[5]];
    return true;
  });
  return found;
}

/** Pixels of the frame a centimetre of the face, across its whole. */
export function scaleOf(mesh: FaceMesh, { points }: PersonMask): number {
  const spread = (of: readonly number[]): number => {
    const ys = of.filter((_, i) => i % 2 === 1);
    return Math.max(...ys) - Math.min(...ys);
  };
  return spread(points) / Math.max(1e-6, spread(mesh.points));
}

/** A mask as numbers 0 to 1, and where each of its places is on the flat face (not a number beside the face). */
export interface FlatMask {
  readonly alpha: Float32Array;
  readonly flat: Float32Array;
}

/** Lays a mask out. */
export function flatMask(mesh: FaceMesh, person: PersonMask): FlatMask {
  const { columns, rows, box } = person;
  const bytes = atob(person.alpha);
  const alpha = Float32Array.from({ length: columns * rows }, (_, i) => (bytes.charCodeAt(i) || 0) / 255);
  const flat = new Float32Array(2 * columns * rows).fill(Number.NaN);
  const [sx, sy] = [box.width / columns, box.height / rows];
  eachTriangle(mesh, person.points, (frame, canonical) => {
    const [ax, ay, bx, by, cx, cy] = frame;
    const column = (x: number): number => (x - box.x) / sx - 0.5;
    const row = (y: number): number => (y - box.y) / sy - 0.5;
    const y1 = Math.min(rows - 1, Math.floor(row(Math.max(ay, by, cy))));
    const x1 = Math.min(columns - 1, Math.floor(column(Math.max(ax, bx, cx))));
    for (let v = Math.max(0, Math.ceil(row(Math.min(ay, by, cy)))); v <= y1; v++)
      for (let u = Math.max(0, Math.ceil(column(Math.min(ax, bx, cx)))); u <= x1; u++) {
        const [a, b, c] = shares(frame, box.x + (u + 0.5) * sx, box.y + (v + 0.5) * sy);
        const i = 2 * (v * columns + u);
        // The mesh comes before its skirt in the list, and stays in front of it.
        if (a < 0 || b < 0 || c < 0 || !Number.isNaN(flat[i])) continue;
        flat[i] = a * canonical[0] + b * canonical[2] + c * canonical[4];
        flat[i + 1] = a * canonical[1] + b * canonical[3] + c * canonical[5];
      }
    return false;
  });
  return { alpha, flat };
}

/** Whether a stroke counts in a frame. */
export function reaches({ frame, reach }: MaskStroke, shown: FrameMasks): boolean {
  const [from, to] = shown.shot;
  if (frame === shown.frame) return true;
  if (reach === 'frame' || frame < from || (to !== null && frame >= to)) return false;
  return reach === 'shot' || frame <= shown.frame;
}

/** Coverage 0 to 1 of a place by a stroke. */
function covered({ points, radius }: MaskStroke, x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  points.forEach(([bx, by], i) => {
    const [ax, ay] = points[Math.max(0, i - 1)] ?? [bx, by];
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / Math.max(1e-9, dx * dx + dy * dy)));
    nearest = Math.min(nearest, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  });
  return Math.max(0, Math.min(1, (radius + SOFT - nearest) / (2 * SOFT)));
}

/** The mask as it will be with some more strokes: the numbers, and how each place changes (-1 to 1). */
export function withStrokes(
  { alpha, flat }: FlatMask,
  strokes: readonly MaskStroke[],
): { alpha: Float32Array; change: Float32Array } {
  const after = alpha.slice();
  for (const stroke of strokes)
    for (let i = 0; i < after.length; i++) {
      const [x, y] = [flat[2 * i] ?? Number.NaN, flat[2 * i + 1] ?? Number.NaN];
      if (Number.isNaN(x)) continue;
      const c = covered(stroke, x, y);
      if (c > 0) after[i] = (after[i] ?? 0) * (1 - c) + (stroke.mode === 'add' ? c : 0);
    }
  return { alpha: after, change: after.map((value, i) => value - (alpha[i] ?? 0)) };
}
