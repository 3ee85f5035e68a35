/** Which triangle is seen where: a z-buffer of two by two samples a pixel, filled span by span. */
import type { Soup } from './soup.js';

/** Samples a pixel in each direction. */
export const SAMPLES = 2;

/** The visible triangle and depth of every sample. */
export interface Visibility {
  /** In samples. */
  readonly width: number;
  /** In samples. */
  readonly height: number;
  /** Centimetres towards the camera; very small where nothing was drawn. */
  readonly depth: Float32Array;
  /** Triangle number, or -1. */
  readonly triangle: Int32Array;
}

/** An empty buffer for a picture of `width` x `height` pixels. */
export function createVisibility(width: number, height: number): Visibility {
  const w = width * SAMPLES;
  const h = height * SAMPLES;
  return { width: w, height: h, depth: new Float32Array(w * h), triangle: new Int32Array(w * h) };
}

/** Forgets what was drawn. */
export function clearVisibility(v: Visibility): void {
  v.depth.fill(-1e9);
  v.triangle.fill(-1);
}

/**
 * Draws all triangles of the soup. Triangles are filled whole, so neighbours leave no gap: a sample belongs to the span
 * between the edges of its row, left end included.
 *
 * @param cull for each material, true where triangles that turn away from the camera are left out
 */
export function rasterize(v: Visibility, soup: Soup, cull: readonly boolean[]): void {
  const { width, height, depth, triangle } = v;
  const { screen, corners, material } = soup;
  const count = soup.triangles;
  for (let t = 0; t < count; t++) {
    const a = (corners[t * 3] as number) * 3;
    const b = (corners[t * 3 + 1] as number) * 3;
    const c = (corners[t * 3 + 2] as number) * 3;
    const x0 = (screen[a] as number) * SAMPLES - 0.5;
    const y0 = (screen[a + 1] as number) * SAMPLES - 0.5;
    const x1 = (screen[b] as number) * SAMPLES - 0.5;
    const y1 = (screen[b + 1] as number) * SAMPLES - 0.5;
    const x2 = (screen[c] as number) * SAMPLES - 0.5;
    const y2 = (screen[c + 1] as number) * SAMPLES - 0.5;
    const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
    // y grows downwards, so a triangle that faces the camera has negative area.
    if (area === 0 || (area > 0 && cull[material[t] as number])) continue;
    const low = Math.min(y0, y1, y2);
    const high = Math.max(y0, y1, y2);
    const first = Math.max(0, Math.ceil(low));
    const last = Math.min(height - 1, Math.ceil(high) - 1);
    if (first > last || Math.ceil(Math.min(x0, x1, x2)) >= Math.max(x0, x1, x2)) continue;
    const z0 = screen[a + 2] as number;
    const z1 = screen[b + 2] as number;
    const z2 = screen[c + 2] as number;
    const zx = ((z1 - z0) * (y2 - y0) - (z2 - z0) * (y1 - y0)) / area;
    const zy = ((z2 - z0) * (x1 - x0) - (z1 - z0) * (x2 - x0)) / area;
    const s01 = (x1 - x0) / (y1 - y0);
    const s12 = (x2 - x1) / (y2 - y1);
    const s20 = (x0 - x2) / (y0 - y2);
    for (let y = first; y <= last; y++) {
      let left = 1e9;
      let right = -1e9;
      if (y >= y0 !== y >= y1) {
        const x = x0 + (y - y0) * s01;
        if (x < left) left = x;
        if (x > right) right = x;
      }
      if (y >= y1 !== y >= y2) {
        const x = x1 + (y - y1) * s12;
        if (x < left) left = x;
        if (x > right) right = x;
      }
      if (y >= y2 !== y >= y0) {
        const x = x2 + (y - y2) * s20;
        if (x < left) left = x;
        if (x > right) right = x;
      }
      let from = Math.ceil(left);
      let to = Math.ceil(right) - 1;
      if (from < 0) from = 0;
      if (to >= width) to = width - 1;
      let z = z0 + (from - x0) * zx + (y - y0) * zy;
      const row = y * width;
      for (let i = row + from; i <= row + to; i++) {
        if (z > (depth[i] as number)) {
          depth[i] = z;
          triangle[i] = t;
        }
        z += zx;
      }
    }
  }
}
