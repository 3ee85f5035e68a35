/**
 * Which triangle of the face mesh is seen at each pixel of a square grid, and affine maps from there to another set of
 * positions of the same points (the canonical face, or the face in another picture).
 */
import { MESH_TRIANGLES } from '../../faces/index.js';
import type { Region } from './types.js';

/** Draws meshes over one grid; keeps its buffers. */
export class MeshRaster {
  /** Side of the grid. */
  readonly size: number;
  /** Triangle at each pixel, -1 where there is none. */
  readonly ids: Int16Array;
  /** Twice the signed area of each triangle as drawn last, pixels squared; negative faces away. */
  readonly areas: Float32Array;
  readonly #triangles: Uint16Array;
  readonly #order: Uint16Array;
  readonly #depth: Float32Array;

  /**
   * @param size side of the grid
   * @param triangles three points each, all wound alike
   */
  constructor(size: number, triangles: Uint16Array = MESH_TRIANGLES) {
    this.size = size;
    this.ids = new Int16Array(size * size);
    const count = triangles.length / 3;
    this.#triangles = triangles;
    this.areas = new Float32Array(count);
    this.#depth = new Float32Array(count);
    this.#order = Uint16Array.from({ length: count }, (_, t) => t);
  }

  /**
   * Draws the triangles that face the viewer, the nearer over the farther.
   *
   * @param points x y pairs in pixels of the grid, 468 or more
   * @param depth smaller is nearer, one number a point with the given stride, or null where nothing overlaps
   * @param winding sign of the area of triangles that face the viewer
   */
  draw(points: Float32Array, depth: Float32Array | null, stride: number, region: Region, winding: 1 | -1): void {
    const { size, ids, areas } = this;
    const triangles = this.#triangles;
    const count = areas.length;
    for (let y = region.y0; y < region.y1; y++) ids.fill(-1, y * size + region.x0, y * size + region.x1);
    const order = this.#order;
    if (depth !== null) {
      const mean = this.#depth;
      for (let t = 0; t < count; t++)
        mean[t] =
          (depth[(triangles[t * 3] as number) * stride] as number) +
          (depth[(triangles[t * 3 + 1] as number) * stride] as number) +
          (depth[(triangles[t * 3 + 2] as number) * stride] as number);
      order.sort((a, b) => (mean[b] as number) - (mean[a] as number) || a - b);
    }
    for (let k = 0; k < count; k++) {
      const t = order[k] as number;
      const a = triangles[t * 3] as number;
      const b = triangles[t * 3 + 1] as number;
      const c = triangles[t * 3 + 2] as number;
      const ax = points[a * 2] as number;
      const ay = points[a * 2 + 1] as number;
      const bx = points[b * 2] as number;
      const by = points[b * 2 + 1] as number;
      const cx = points[c * 2] as number;
      const cy = points[c * 2 + 1] as number;
      const area = ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) * winding;
      areas[t] = area;
      if (area <= 1e-4) continue;
      const y0 = Math.max(region.y0, Math.ceil(Math.min(ay, by, cy) - 0.01));
      const y1 = Math.min(region.y1 - 1, Math.floor(Math.max(ay, by, cy) + 0.01));
      for (let y = y0; y <= y1; y++) {
        // The stretch of the row inside, from the edges that cross it.
        let low = Number.POSITIVE_INFINITY;
        let high = Number.NEGATIVE_INFINITY;
        const cross = (px: number, py: number, qx: number, qy: number): void => {
          if (py === qy) {
            if (Math.abs(py - y) > 0.01) return;
            low = Math.min(low, px, qx);
            high = Math.max(high, px, qx);
            return;
          }
          const f = (y - py) / (qy - py);
          if (f < -0.01 || f > 1.01) return;
          const x = px + f * (qx - px);
          if (x < low) low = x;
          if (x > high) high = x;
        };
        cross(ax, ay, bx, by);
        cross(bx, by, cx, cy);
        cross(cx, cy, ax, ay);
        // A hair's breadth more on both sides: no cracks between neighbours.
        const x0 = Math.max(region.x0, Math.ceil(low - 0.02));
        const x1 = Math.min(region.x1 - 1, Math.floor(high + 0.02));
        for (let i = y * size + x0, end = y * size + x1; i <= end; i++) ids[i] = t;
      }
    }
  }
}

/**
 * The affine map of every triangle from one set of positions to another, six numbers each:
 * `x' = m0 x + m1 y + m2`, `y' = m3 x + m4 y + m5`. Triangles without area get a map to their first corner.
 *
 * @param from, to x y pairs, with the given numbers a point
 */
export function triangleMaps(
  from: Float32Array,
  fromStride: number,
  to: Float32Array,
  toStride: number,
  out: Float32Array,
  triangles: Uint16Array = MESH_TRIANGLES,
): void {
  const count = triangles.length / 3;
  for (let t = 0; t < count; t++) {
    const a = triangles[t * 3] as number;
    const b = triangles[t * 3 + 1] as number;
    const c = triangles[t * 3 + 2] as number;
    const ax = from[a * fromStride] as number;
    const ay = from[a * fromStride + 1] as number;
    const ux = (from[b * fromStride] as number) - ax;
    const uy = (from[b * fromStride + 1] as number) - ay;
    const vx = (from[c * fromStride] as number) - ax;
    const vy = (from[c * fromStride + 1] as number) - ay;
    const px = to[a * toStride] as number;
    const py = to[a * toStride + 1] as number;
    const d = ux * vy - vx * uy;
    const o = t * 6;
    if (Math.abs(d) < 1e-7) {
      out[o] = 0;
      out[o + 1] = 0;
      out[o + 2] = px;
      out[o + 3] = 0;
      out[o + 4] = 0;
      out[o + 5] = py;
      continue;
    }
    const qx = (to[b * toStride] as number) - px;
    const qy = (to[b * toStride + 1] as number) - py;
    const rx = (to[c * toStride] as number) - px;
    const ry = (to[c * toStride + 1] as number) - py;
    const k = 1 / d;
    const m0 = (qx * vy - rx * uy) * k;
    const m1 = (rx * ux - qx * vx) * k;
    const m3 = (qy * vy - ry * uy) * k;
    const m4 = (ry * ux - qy * vx) * k;
    out[o] = m0;
    out[o + 1] = m1;
    out[o + 2] = px - m0 * ax - m1 * ay;
    out[o + 3] = m3;
    out[o + 4] = m4;
    out[o + 5] = py - m3 * ax - m4 * ay;
  }
}
