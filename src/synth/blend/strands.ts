/**
 * Hair that hangs into the forehead of the face that is put on. The rim of the mask takes back what of it lies near the
 * hairline; what reaches further down would be left as a dark mark with nothing above it. Here it is followed from the
 * hairline on, and the mask taken back wherever it goes: the forehead of the plate is seen there.
 *
 * Moles and scars are not connected with the hairline and stay; wrinkles are shallower.
 */
import { boxBlur, smoothstep } from './grid.js';
import type { FaceShape } from './mask.js';
import type { Plane, Region } from './types.js';

/** Code values below the skin of the forehead: so much begins a strand at the hairline, and so much goes on with it. */
const BEGINS = 14;
const GOES_ON = 9;
/** A forehead may be shaded by so much against its own mean without its being hair. */
const SHADED = 30;
/** So much darker than its forehead, a place of the plate shows paint or hair of its own, which is not let through. */
const NOT_PLAIN = 12;
/** Shares of the grid's side: how far down the hairline reaches, and how much wider than seen a strand is taken. */
const HAIRLINE = 0.05;
const WIDER = 0.014;
/** The skin round a place, by which thin strands are told from shade. */
const AROUND = 0.08;

/** Finds strands in one person's face; keeps its buffers. */
export class StrandFinder {
  readonly #size: number;
  readonly #dark: Plane;
  readonly #around: Plane;
  readonly #queue: Int32Array;

  /** @param size side of the analysis grid */
  constructor(size: number) {
    this.#size = size;
    this.#dark = new Float32Array(size * size);
    this.#around = new Float32Array(size * size);
    this.#queue = new Int32Array(size * size);
  }

  /**
   * Takes `alpha` back where the face has strands on its forehead and the plate has lighter skin.
   *
   * @param faceY, plateY luma after colour matching
   * @param strands, temporary planes of the same grid; `strands` is given 0..1, where one was found
   */
  takeBack(
    shape: FaceShape,
    region: Region,
    faceY: Plane,
    plateY: Plane,
    alpha: Plane,
    strands: Plane,
    temporary: Plane,
  ): void {
    const { forehead, features } = shape;
    const size = this.#size;
    const skin = this.#skinOf(shape, region, faceY);
    const plateSkin = this.#skinOf(shape, region, plateY);
    for (let y = region.y0; y < region.y1; y++) strands.fill(0, y * size + region.x0, y * size + region.x1);
    if (skin === null || plateSkin === null) return;
    const dark = this.#dark;
    const around = this.#around;
    const queue = this.#queue;
    const each = (what: (i: number, inside: number) => void): void => {
      for (let y = region.y0; y < region.y1; y++)
        for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++)
          what(i, (forehead[i] as number) * (1 - (features[i] as number)));
    };
    // The mean of the forehead round every place, of the forehead alone.
    each((i, inside) => {
      around[i] = inside * (faceY[i] as number);
      dark[i] = inside;
    });
    const radius = Math.max(2, Math.round(AROUND * size));
    boxBlur(around, size, region, radius, temporary);
    boxBlur(dark, size, region, radius, temporary);
    each((i, inside) => {
      const local = (around[i] as number) / Math.max(1e-3, dark[i] as number);
      dark[i] = inside * (Math.max(local, skin - SHADED) - (faceY[i] as number));
    });
    let filled = 0;
    for (let y = region.y0; y < region.y1; y++)
      for (let x = region.x0; x < region.x1; x++) {
        const i = y * size + x;
        if ((dark[i] as number) < BEGINS || (shape.distance[i] as number) > HAIRLINE * size) continue;
        strands[i] = 1;
        queue[filled++] = i;
      }
    // Over a pixel's gap, too: thin hair is interrupted.
    for (let at = 0; at < filled; at++) {
      const i = queue[at] as number;
      const x = i % size;
      const y = (i - x) / size;
      for (let v = Math.max(region.y0, y - 2); v < Math.min(region.y1, y + 3); v++)
        for (let u = Math.max(region.x0, x - 2); u < Math.min(region.x1, x + 3); u++) {
          const j = v * size + u;
          if (strands[j] !== 0 || (dark[j] as number) < GOES_ON) continue;
          strands[j] = 1;
          queue[filled++] = j;
        }
    }
    if (filled === 0) return;
    // Where the plate is as dark, its own hair hangs there, and it does not matter whose is seen.
    for (let at = 0; at < filled; at++) {
      const i = queue[at] as number;
      strands[i] = smoothstep(((plateY[i] as number) - (faceY[i] as number)) / GOES_ON);
    }
    boxBlur(strands, size, region, Math.max(1, Math.round(WIDER * size)), temporary);
    for (let y = region.y0; y < region.y1; y++)
      for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
        // Blurred, a strand of one pixel has a third or a fifth of its weight left: it counts as whole.
        const plain = 1 - smoothstep((plateSkin - (plateY[i] as number)) / NOT_PLAIN - 1);
        strands[i] = Math.min(1, 4 * (strands[i] as number)) * (1 - (features[i] as number)) * plain;
        alpha[i] = (alpha[i] as number) * (1 - (strands[i] as number));
      }
  }

  /** Luma of the plain skin of the forehead: the mean of what is not darker than the mean; null where hardly any is seen. */
  #skinOf(shape: FaceShape, region: Region, faceY: Plane): number | null {
    const { forehead, features } = shape;
    const size = this.#size;
    let level = Number.NEGATIVE_INFINITY;
    for (let round = 0; round < 2; round++) {
      let sum = 0;
      let weight = 0;
      for (let y = region.y0; y < region.y1; y++)
        for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
          const w = (forehead[i] as number) * (1 - (features[i] as number));
          if (w === 0 || (faceY[i] as number) < level - GOES_ON) continue;
          sum += w * (faceY[i] as number);
          weight += w;
        }
      if (weight < 20) return null;
      level = sum / weight;
    }
    return level;
  }
}
