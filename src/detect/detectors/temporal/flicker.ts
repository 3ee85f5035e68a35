/** How restless parts of a face are over time, against what their own detail would explain. */
import { type Burst, SIDE } from './burst.js';

/** Restlessness of the three zones: root mean square of the second difference over time, by that over space. */
export interface Flicker {
  /** Inside of the oval, away from its edge. */
  readonly inner: number;
  /** Along the edge of the oval, where a face that was put in is joined. */
  readonly seam: number;
  /** Around the oval: hair, ears, neck, what is behind. */
  readonly outer: number;
  /** For each frame but the first and last, the seam against both other zones (1: alike). */
  readonly perFrame: readonly number[];
}

type Zone = 'inner' | 'seam' | 'outer';

/** How far a place lies from the middle of the oval, 1 on its edge: by the edge's distance in that direction. */
function radius(oval: Burst['oval'], cx: number, cy: number, x: number, y: number): number {
  const [dx, dy] = [x - cx, y - cy];
  for (let i = 0; i < oval.length; i++) {
    const [a, b] = [oval[i], oval[(i + 1) % oval.length]];
    if (a === undefined || b === undefined) continue;
    // Where the ray from the middle meets this side of the polygon.
    const [ex, ey] = [b[0] - a[0], b[1] - a[1]];
    const det = dx * ey - dy * ex;
    if (Math.abs(det) < 1e-9) continue;
    const t = ((a[0] - cx) * ey - (a[1] - cy) * ex) / det;
    const u = ((a[0] - cx) * dy - (a[1] - cy) * dx) / det;
    if (t > 0 && u >= 0 && u <= 1) return 1 / t;
  }
  return Number.POSITIVE_INFINITY;
}

/** The zone of every pixel, or `null` between them and beyond. */
function zonesOf(oval: Burst['oval']): (Zone | null)[] {
  const cx = oval.reduce((s, p) => s + p[0], 0) / oval.length;
  const cy = oval.reduce((s, p) => s + p[1], 0) / oval.length;
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (x < 1 || y < 1 || x >= SIDE - 1 || y >= SIDE - 1) return null;
    const r = radius(oval, cx, cy, x, y);
    if (r < 0.8) return 'inner';
    if (r >= 0.88 && r <= 1.12) return 'seam';
    return r >= 1.25 && r <= 1.6 ? 'outer' : null;
  });
}

/** Detail below this root mean square (grey levels a pixel) is noise and explains nothing. */
const LEAST_DETAIL = 1;

/** Measures a burst. */
export function flickerOf({ crops, oval }: Burst): Flicker {
  const zones = zonesOf(oval);
  const sums = { inner: [0, 0, 0], seam: [0, 0, 0], outer: [0, 0, 0] };
  const frames: Record<Zone, number[]> = { inner: [], seam: [], outer: [] };
  for (let t = 1; t + 1 < crops.length; t++) {
    const [a, b, c] = [crops[t - 1], crops[t], crops[t + 1]] as [Float32Array, Float32Array, Float32Array];
    const own = { inner: [0, 0, 0], seam: [0, 0, 0], outer: [0, 0, 0] };
    zones.forEach((zone, i) => {
      if (zone === null) return;
      const d = (b[i] as number) - 0.5 * ((a[i] as number) + (c[i] as number));
      const gx = ((b[i + 1] as number) - (b[i - 1] as number)) / 2;
      const gy = ((b[i + SIDE] as number) - (b[i - SIDE] as number)) / 2;
      const sum = own[zone];
      sum[0] = (sum[0] as number) + d * d;
      sum[1] = (sum[1] as number) + gx * gx + gy * gy;
      sum[2] = (sum[2] as number) + 1;
    });
    for (const zone of ['inner', 'seam', 'outer'] as const) {
      for (let k = 0; k < 3; k++) sums[zone][k] = (sums[zone][k] as number) + (own[zone][k] as number);
      frames[zone].push(ratio(own[zone]));
    }
  }
  const perFrame = frames.seam.map(
    (s, i) => s / Math.max(1e-6, Math.sqrt((frames.inner[i] ?? 0) * (frames.outer[i] ?? 0))),
  );
  return { inner: ratio(sums.inner), seam: ratio(sums.seam), outer: ratio(sums.outer), perFrame };
}

function ratio([change = 0, detail = 0, count = 0]: readonly number[]): number {
  if (count === 0) return 0;
  return Math.sqrt(change / count) / Math.max(LEAST_DETAIL, Math.sqrt(detail / count));
}
