/**
 * The inside of an open mouth. A source that was never filmed with its mouth open has no inside to show; the warp would
 * draw its lips out over the gap. The other person's teeth must not show either, so the gap is painted as a dark mouth.
 */
import { LIPS_INNER } from '../../../faces/index.js';
import { boxBlur, fillPolygon } from '../../blend/grid.js';

/** Height of the gap between the lips over their width, from points as x y pairs. */
export function mouthGap(points: Float32Array, at = 0): number {
  const x = (i: number): number => points[at + i * 2] as number;
  const y = (i: number): number => points[at + i * 2 + 1] as number;
  const distance = (a: number, b: number): number => Math.hypot(x(a) - x(b), y(a) - y(b));
  return (distance(13, 14) + distance(82, 87) + distance(312, 317)) / 3 / Math.max(1, distance(78, 308));
}

/** 0..1: how much of the inside has to be painted, for a target that opens `wanted` and sources that open `had`. */
export function missingMouth(wanted: number, had: number): number {
  const t = (0.55 * wanted - had) / (0.25 * wanted + 0.02) + 0.5;
  return wanted < 0.06 ? 0 : Math.max(0, Math.min(1, t));
}

/** Paints mouths in crops of one size; keeps its buffers. */
export class MouthPainter {
  readonly #size: number;
  readonly #mask: Float32Array;
  readonly #temporary: Float32Array;

  constructor(size: number) {
    this.#size = size;
    this.#mask = new Float32Array(size * size);
    this.#temporary = new Float32Array(size * size);
  }

  /**
   * Darkens what lies between the lips towards the colour of a mouth.
   *
   * @param points x y pairs in pixels of the crop
   * @param image planar RGB 0..1
   * @param amount 0..1
   */
  paint(points: Float32Array, image: Float32Array, amount: number): void {
    const size = this.#size;
    const n = size * size;
    const mask = this.#mask;
    let x0 = size;
    let y0 = size;
    let x1 = 0;
    let y1 = 0;
    for (const i of LIPS_INNER) {
      x0 = Math.min(x0, points[i * 2] as number);
      x1 = Math.max(x1, points[i * 2] as number);
      y0 = Math.min(y0, points[i * 2 + 1] as number);
      y1 = Math.max(y1, points[i * 2 + 1] as number);
    }
    const clip = (v: number): number => Math.max(0, Math.min(size, Math.round(v)));
    const region = { x0: clip(x0 - 4), y0: clip(y0 - 4), x1: clip(x1 + 5), y1: clip(y1 + 5) };
    if (region.x1 <= region.x0 || region.y1 <= region.y0) return;
    for (let y = region.y0; y < region.y1; y++) mask.fill(0, y * size + region.x0, y * size + region.x1);
    fillPolygon(
      mask,
      size,
      region,
      LIPS_INNER.flatMap((i) => [points[i * 2] as number, points[i * 2 + 1] as number]),
    );
    boxBlur(mask, size, region, Math.max(1, Math.round(size / 128)), this.#temporary);
    // The colour of the lips, deep in shadow.
    const lip = [0, 0, 0];
    for (const i of [0, 17, 37, 267, 84, 314]) {
      const at = Math.min(size - 1, Math.max(0, Math.round(points[i * 2 + 1] as number))) * size;
      const x = Math.min(size - 1, Math.max(0, Math.round(points[i * 2] as number)));
      for (let c = 0; c < 3; c++) lip[c] = (lip[c] as number) + (image[c * n + at + x] as number) / 6;
    }
    const dark = [0.22, 0.13, 0.13].map((k, c) => k * (lip[c] as number));
    for (let y = region.y0; y < region.y1; y++)
      for (let x = region.x0; x < region.x1; x++) {
        const i = y * size + x;
        const w = amount * (mask[i] as number);
        if (w < 0.003) continue;
        for (let c = 0; c < 3; c++) {
          const v = image[c * n + i] as number;
          image[c * n + i] = v + w * ((dark[c] as number) - v);
        }
      }
  }
}
