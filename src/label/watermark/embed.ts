/**
 * Putting the watermark in: brightness is changed by a level or two, more where the picture is busy and less where it is
 * smooth (Watson-like masking on small blocks). Colour is left alone.
 */

import { kernels, LikenessError } from '../../base/index.js';
import type { Frame } from '../../media/index.js';
import { AT_ONCE, embedKernel } from './embed-kernel.js';
import { dotSize, FIELD_STEPS, fieldOf } from './field.js';
import { type Layout, PAYLOAD_BYTES, tileFor } from './pattern.js';

/** Standard deviation of the change in levels of 255 where the mask is 1. */
const STRENGTH: Readonly<Record<Layout, number>> = { fine: 1.5, coarse: 1.4 };

/** Mask: share of the strength in smooth places, its growth per level of activity, and its end. */
const MASK = { floor: 0.9, slope: 0.04, most: 1.5 };

/** Clips whose short side is below this are marked coarsely. */
const SMALL_CLIP = 600;

/** How a clip of that size is marked; pictures are marked finely, so that a crop still has the tile several times. */
export function clipLayout(width: number, height: number): Layout {
  return Math.min(width, height) < SMALL_CLIP ? 'coarse' : 'fine';
}

function checkPayload(payload: Uint8Array): void {
  if (payload.length !== PAYLOAD_BYTES)
    throw new LikenessError(
      'label.watermark.payload',
      `A watermark carries ${PAYLOAD_BYTES} bytes, not ${payload.length}.`,
    );
}

/**
 * Marks the frames of one video. The pattern is laid out once for the size; a frame costs a pass over its brightness.
 * A frame's mark depends on that frame, the payload and the size alone, so the same frames give the same marks.
 */
export class WatermarkEmbedder {
  readonly width: number;
  readonly height: number;
  readonly #field: Int8Array;
  readonly #strength: number;
  readonly #block: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #activity: Float32Array;
  readonly #light: Float32Array;
  readonly #amount: Int32Array;

  /**
   * @param payload 8 bytes
   * @param layout {@link clipLayout} for a clip
   * @param gains strength of each bit of the code word; see {@link embedWatermark}
   * @throws LikenessError `label.watermark.payload`
   */
  constructor(width: number, height: number, payload: Uint8Array, layout: Layout = 'fine', gains?: Float32Array) {
    checkPayload(payload);
    this.width = width;
    this.height = height;
    this.#field = fieldOf(tileFor(payload, layout, gains), width, height, layout);
    this.#strength = STRENGTH[layout];
    this.#block = Math.max(4, 2 * Math.round(4 * dotSize(width, height, layout)));
    this.#columns = Math.ceil(width / this.#block);
    this.#rows = Math.ceil(height / this.#block);
    const blocks = this.#columns * this.#rows;
    this.#activity = new Float32Array(blocks);
    this.#light = new Float32Array(blocks);
    this.#amount = new Int32Array(blocks);
  }

  /** Marks the frame in place. Its size must be the embedder's. */
  apply(frame: Frame): void {
    if (frame.width !== this.width || frame.height !== this.height)
      throw new LikenessError(
        'media.bad-frame',
        `A frame of ${frame.width}x${frame.height} was given to a watermark of ${this.width}x${this.height}.`,
      );
    const { pixels } = frame;
    if (frame.format === 'i420') {
      const limited = frame.color.range === 'limited';
      this.#measure(pixels, 1, 0);
      this.#weigh(limited ? 219 / 255 : 1, limited ? 16 : 0);
      this.#markPlane(pixels);
    } else {
      // Green stands in for brightness where the mask is measured.
      this.#measure(pixels, 4, 1);
      this.#weigh(1, 0);
      this.#markRgba(pixels);
    }
  }

  /** Mean and standard deviation of every block, from a quarter of its pixels. */
  #measure(data: Uint8Array, step: number, offset: number): void {
    const b = this.#block;
    const { width, height } = this;
    for (let row = 0, at = 0; row < this.#rows; row++)
      for (let column = 0; column < this.#columns; column++, at++) {
        const right = Math.min(width, (column + 1) * b);
        const bottom = Math.min(height, (row + 1) * b);
        let sum = 0;
        let square = 0;
        let count = 0;
        for (let y = row * b; y < bottom; y += 2) {
          const line = y * width;
          // Every other line is looked at half a step to the side.
          for (let x = column * b + ((y >> 1) & 1); x < right; x += 2) {
            const v = data[(line + x) * step + offset] as number;
            sum += v;
            square += v * v;
            count++;
          }
        }
        const mean = count === 0 ? 128 : sum / count;
        this.#light[at] = mean;
        this.#activity[at] = count === 0 ? 0 : Math.sqrt(Math.max(0, square / count - mean * mean));
      }
  }

  /** The amount of every block in 65536ths of a level per step of the field. */
  #weigh(scale: number, black: number): void {
    const columns = this.#columns;
    const rows = this.#rows;
    const activity = this.#activity;
    const unit = (this.#strength * scale * 65536) / FIELD_STEPS;
    for (let row = 0; row < rows; row++) {
      const above = Math.max(0, row - 1) * columns;
      const here = row * columns;
      const below = Math.min(rows - 1, row + 1) * columns;
      for (let column = 0; column < columns; column++) {
        const left = Math.max(0, column - 1);
        const right = Math.min(columns - 1, column + 1);
        const own = activity[here + column] as number;
        const around =
          ((activity[above + column] as number) +
            (activity[below + column] as number) +
            (activity[here + left] as number) +
            (activity[here + right] as number)) /
          4;
        // An edge beside a smooth place hides nothing there: the smaller of the two counts more.
        const busy = (0.7 * Math.min(own, around) + 0.3 * around) / scale;
        const light = ((this.#light[here + column] as number) - black) / scale;
        const masked = Math.min(MASK.most, MASK.floor + busy * MASK.slope);
        const seen = Math.min(1.1, 0.7 + (light / 255) * 0.6);
        this.#amount[here + column] = unit * masked * seen;
      }
    }
  }

  #markPlane(data: Uint8Array): void {
    const { width, height } = this;
    const field = this.#field;
    const b = this.#block;
    const columns = this.#columns;
    // Whole blocks of a row go through the kernel; what is left over, and blocks of another size, one by one.
    const blocks = b % AT_ONCE === 0 ? Math.floor(width / b) : 0;
    const whole = blocks * b;
    const size = kernels.aligned(width * height);
    const { bytes, ints, start: plane } = kernels.reserve(2 * size + 4 * this.#amount.length);
    const fieldAt = plane + size;
    const amounts = fieldAt + size;
    if (blocks > 0) {
      bytes.set(data.subarray(0, width * height), plane);
      bytes.set(new Uint8Array(field.buffer, field.byteOffset, field.length), fieldAt);
      ints.set(this.#amount, amounts >> 2);
      for (let y = 0; y < height; y++) {
        const at = y * width;
        embedKernel.mark(plane + at, fieldAt + at, amounts + 4 * Math.floor(y / b) * columns, b, blocks);
      }
      data.set(bytes.subarray(plane, plane + width * height));
    }
    const rest = new Uint8ClampedArray(data.buffer, data.byteOffset, width * height);
    for (let y = 0; y < height && whole < width; y++) {
      let block = Math.floor(y / b) * columns + blocks;
      for (let x = whole, at = y * width + whole; x < width; block++) {
        const end = Math.min(width, x + b);
        const a = this.#amount[block] as number;
        for (; x < end; x++, at++) rest[at] = (rest[at] as number) + (((field[at] as number) * a + 32768) >> 16);
      }
    }
  }

  #markRgba(data: Uint8Array): void {
    const { width, height } = this;
    const b = this.#block;
    const rgba = new Uint8ClampedArray(data.buffer, data.byteOffset, width * height * 4);
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(y / b) * this.#columns;
      for (let x = 0; x < width; x++, at++) {
        const change = ((this.#field[at] as number) * (this.#amount[row + Math.floor(x / b)] as number) + 32768) >> 16;
        const p = at * 4;
        rgba[p] = (rgba[p] as number) + change;
        rgba[p + 1] = (rgba[p + 1] as number) + change;
        rgba[p + 2] = (rgba[p + 2] as number) + change;
      }
    }
  }
}

/**
 * Marks one picture in place.
 *
 * @throws LikenessError `label.watermark.payload`
 */
export function embedWatermark(frame: Frame, payload: Uint8Array): void {
  new WatermarkEmbedder(frame.width, frame.height, payload).apply(frame);
}
