/**
 * Real skin under a trained face. A net of 128 pixels that was trained for half an hour knows shape, light and movement, but
 * no pores, freckles or single hairs of a brow: its finest band is soft. The source's own pictures have them. Here the
 * finest band of the net's face is exchanged for that of the same face put together by the mesh engine from real
 * pictures, everywhere but between the lips, where only the net knows what an open mouth shows.
 */
import { LIPS_INNER } from '../../faces/index.js';
import { boxBlur, fillPolygon } from '../blend/grid.js';
import type { FaceCrop, SwappedFace } from './types.js';

/**
 * Radius of the blur that divides the bands: in sides of the face, and in pixels of a small one. A net of 64 pixels knows less of its
 * person than the next band holds, and wins by more of the pictures' own; larger nets lose as much as they win by it (docs/swap.md).
 */
const BAND = { share: 0.03, least: 3 } as const;
/** How far round the mouth the net's own band stays, in sides of the face. */
const GROWN = 0.02;

/** Exchanges bands of faces of one size; keeps its buffers. */
export class RealDetail {
  readonly #size: number;
  readonly #band: Float32Array;
  readonly #temporary: Float32Array;
  readonly #share: Float32Array;

  /** @param size side of the faces, both of them */
  constructor(size: number) {
    this.#size = size;
    this.#band = new Float32Array(size * size);
    this.#temporary = new Float32Array(size * size);
    this.#share = new Float32Array(size * size);
  }

  /**
   * Changes `face.image` in place.
   *
   * @param face of the net
   * @param real the same by the mesh engine, of the same side
   * @param crop what both were made from
   */
  put(face: SwappedFace, real: SwappedFace, crop: FaceCrop): void {
    const size = this.#size;
    const n = size * size;
    const whole = { x0: 0, y0: 0, x1: size, y1: size };
    const share = this.#share.fill(0);
    const k = size / crop.size;
    const inner = LIPS_INNER.map((i) => [(crop.points[i * 2] as number) * k, (crop.points[i * 2 + 1] as number) * k]);
    const cx = inner.reduce((sum, p) => sum + (p[0] as number), 0) / inner.length;
    const cy = inner.reduce((sum, p) => sum + (p[1] as number), 0) / inner.length;
    fillPolygon(
      share,
      size,
      whole,
      inner.flatMap(([x = 0, y = 0]) => {
        const far = 1 + (GROWN * size) / Math.max(1, Math.hypot(x - cx, y - cy));
        return [cx + (x - cx) * far, cy + (y - cy) * far];
      }),
    );
    const radius = Math.max(BAND.least, Math.round(BAND.share * size));
    boxBlur(share, size, whole, radius, this.#temporary);
    for (let i = 0; i < n; i++) share[i] = (real.mask[i] as number) * (1 - (share[i] as number));
    const band = this.#band;
    for (let c = 0; c < 3; c++) {
      const image = face.image.subarray(c * n, (c + 1) * n);
      const detail = real.image.subarray(c * n, (c + 1) * n);
      // One blur does for both: the band of the difference is the difference of the bands.
      for (let i = 0; i < n; i++) band[i] = (detail[i] as number) - (image[i] as number);
      boxBlur(band, size, whole, radius, this.#temporary);
      for (let i = 0; i < n; i++) {
        const fine = (detail[i] as number) - (image[i] as number) - (band[i] as number);
        const v = (image[i] as number) + (share[i] as number) * fine;
        image[i] = v < 0 ? 0 : v > 1 ? 1 : v;
      }
    }
  }
}
