/** Masks that come from landmarks: the face hull, and where the loss looks harder. */

const EYES = [
  [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
  [362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382],
];
const LIPS = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146];

/** Convex hull (Andrew's monotone chain) of x y pairs, as x y pairs in order. */
export function convexHull(points: readonly (readonly [number, number])[]): [number, number][] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: readonly (readonly [number, number])[]): [number, number][] => {
    const out: [number, number][] = [];
    for (const p of list) {
      while (out.length >= 2) {
        const a = out[out.length - 2] as [number, number];
        const b = out[out.length - 1] as [number, number];
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        out.pop();
      }
      out.push([p[0], p[1]]);
    }
    out.pop();
    return out;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** Fills a convex polygon with `value` where the plane holds less. */
export function fillConvex(
  plane: Uint8Array,
  size: number,
  polygon: readonly (readonly [number, number])[],
  value: number,
): void {
  const n = polygon.length;
  const top = Math.max(0, Math.ceil(Math.min(...polygon.map((p) => p[1]))));
  const bottom = Math.min(size - 1, Math.floor(Math.max(...polygon.map((p) => p[1]))));
  for (let y = top; y <= bottom; y++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      const a = polygon[i] as readonly [number, number];
      const b = polygon[(i + 1) % n] as readonly [number, number];
      if (a[1] === b[1] || y < Math.min(a[1], b[1]) || y > Math.max(a[1], b[1])) continue;
      const x = a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    for (let x = Math.max(0, Math.ceil(low)); x <= Math.min(size - 1, Math.floor(high)); x++) {
      if ((plane[y * size + x] as number) < value) plane[y * size + x] = value;
    }
  }
}

/** Grows a polygon about its centroid, plus a fixed number of pixels. */
function grown(polygon: readonly (readonly [number, number])[], factor: number, pixels: number): [number, number][] {
  const cx = polygon.reduce((a, p) => a + p[0], 0) / polygon.length;
  const cy = polygon.reduce((a, p) => a + p[1], 0) / polygon.length;
  return polygon.map(([x, y]) => {
    const length = Math.max(1e-3, Math.hypot(x - cx, y - cy));
    const k = factor + pixels / length;
    return [cx + (x - cx) * k, cy + (y - cy) * k];
  });
}

/**
 * The two stored mask planes of a crop, interleaved (2 bytes a pixel): the face hull, grown by 4 % (a hull that is cut
 * at the landmarks loses likeness), and the weight of the loss: background 0, face 110, eyes and mouth 255.
 *
 * @param points crop pixels, x y pairs
 */
export function faceMasks(points: Float32Array, size: number, out: Uint8Array): void {
  const pair = (i: number): [number, number] => [points[i * 2] as number, points[i * 2 + 1] as number];
  const all = Array.from({ length: 468 }, (_, i) => pair(i));
  const face = new Uint8Array(size * size);
  const detail = new Uint8Array(size * size);
  fillConvex(face, size, grown(convexHull(all), 1.04, 0), 255);
  fillConvex(detail, size, grown(convexHull(all), 1.08, 0), 110);
  for (const part of [...EYES, LIPS])
    fillConvex(detail, size, grown(convexHull(part.map(pair)), 1.1, size * 0.015), 255);
  for (let i = 0; i < size * size; i++) {
    out[i * 2] = face[i] as number;
    out[i * 2 + 1] = detail[i] as number;
  }
}
