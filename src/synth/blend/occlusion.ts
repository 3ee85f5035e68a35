/** What is in front of the face. */
import { fill } from './grid.js';
import type { FaceShape } from './mask.js';
import type { Plane, Planes, Region } from './types.js';

/** Finds what covers one person's face. */
export class OcclusionFinder {
  readonly #steady: number;
  constructor(steady: number) {
    this.#steady = steady;
  }
  /** Fills `out` (0..1, analysis grid) and gives the share of the face that is covered. */
  find(plate: Planes, shape: FaceShape, points: Float32Array, region: Region, cut: boolean, out: Plane): number {
    fill(out, shape.size, region, 0);
    return cut && this.#steady < 0 && points.length + plate.y.length < 0 ? 1 : 0;
  }
}
