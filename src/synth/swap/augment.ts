/**
 * Training batches from stored face crops: random placement, flips, smooth warps of the input, colour transfer and
 * jitter. Everything is drawn from one seeded {@link Random}, so a run can be repeated and resumed.
 *
 * The random warp (the input is bent, the answer is not) is what makes an encoder shared by two people ignore small
 * shape differences; it was made popular by the first face-swap autoencoders.
 */
import type { Random } from '../../base/index.js';

/** Square RGB crops of one person, bytes, with a mask plane each. */
export interface CropStore {
  /** Side of the stored crops in pixels; they reach `margin` times as far as the training crop. */
  readonly size: number;
  readonly margin: number;
  readonly count: number;
  /** Interleaved RGB, `count * size * size * 3`. */
  readonly rgb: Uint8Array;
  /** Loss weights and mask, see `face-set.ts`: two planes (face mask, detail weight), `count * size * size * 2`. */
  readonly masks: Uint8Array;
}

/** How strongly a batch is varied. All ranges are symmetric unless said otherwise. */
export interface Augmentation {
  /** Degrees. */
  readonly rotate: number;
  /** Relative. */
  readonly zoom: number;
  /** Relative to the side of the crop. */
  readonly shift: number;
  /** Probability. */
  readonly flip: number;
  /** Standard deviation of the input's control points, relative to the side. */
  readonly warp: number;
  /** Standard deviation of gain per channel and of common gain. */
  readonly gain: number;
  /** Probability that the colours of a picture of the other person are taken on. */
  readonly transfer: number;
}

/** Views into a batch's buffers for one picture. */
export interface SampleTarget {
  /** Planar RGB input of the net, bent. */
  readonly input: Float32Array;
  /** Planar RGB answer. */
  readonly answer: Float32Array;
  /** Face mask, 0..1. */
  readonly mask: Float32Array;
  /** Loss weight per pixel, about 0.15..3. */
  readonly weight: Float32Array;
}

/** Mean and standard deviation per channel inside the face mask, 0..255. */
export type ColorStats = readonly [number, number, number, number, number, number];

/** Colour statistics of one stored crop inside its face mask. */
export function colorStats(store: CropStore, index: number): ColorStats {
  const n = store.size * store.size;
  const rgb = store.rgb.subarray(index * n * 3, (index + 1) * n * 3);
  const masks = store.masks.subarray(index * n * 2, (index + 1) * n * 2);
  const sum = [0, 0, 0];
  const square = [0, 0, 0];
  let count = 1e-6;
  for (let i = 0; i < n; i += 3) {
    if ((masks[i * 2] as number) < 128) continue;
    count++;
    for (let c = 0; c < 3; c++) {
      const v = rgb[i * 3 + c] as number;
      sum[c] = (sum[c] as number) + v;
      square[c] = (square[c] as number) + v * v;
    }
  }
  const mean = sum.map((s) => s / count);
  const deviation = square.map((s, c) => Math.sqrt(Math.max(1, s / count - (mean[c] as number) ** 2)));
  return [...mean, ...deviation] as unknown as ColorStats;
}

const GRID = 5;

/** Cubic B-spline weights at fraction t: smooth, and never beyond the control points. */
function bspline(t: number, out: Float32Array): void {
  const u = 1 - t;
  out[0] = (u * u * u) / 6;
  out[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  out[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
  out[3] = (t * t * t) / 6;
}

/** A smooth random displacement field, in pixels, `2 * size * size` (x plane, y plane). */
export function warpField(random: Random, size: number, sigma: number, out: Float32Array): void {
  const side = GRID + 3;
  const control = new Float32Array(2 * side * side);
  for (let i = 0; i < control.length; i++) control[i] = random.normal() * sigma * size * 1.5;
  const w = new Float32Array(4);
  const weights = new Float32Array(size * 4);
  const cell = new Int32Array(size);
  for (let x = 0; x < size; x++) {
    const p = (x / (size - 1)) * (GRID - 1e-4);
    cell[x] = Math.floor(p);
    bspline(p - Math.floor(p), w);
    weights.set(w, x * 4);
  }
  const row = new Float32Array(2 * side);
  for (let y = 0; y < size; y++) {
    const cy = cell[y] as number;
    row.fill(0);
    for (let k = 0; k < 4; k++) {
      const wy = weights[y * 4 + k] as number;
      for (let i = 0; i < side; i++) {
        row[i] = (row[i] as number) + wy * (control[(cy + k) * side + i] as number);
        row[side + i] = (row[side + i] as number) + wy * (control[side * side + (cy + k) * side + i] as number);
      }
    }
    for (let x = 0; x < size; x++) {
      const cx = cell[x] as number;
      let dx = 0;
      let dy = 0;
      for (let k = 0; k < 4; k++) {
        const wx = weights[x * 4 + k] as number;
        dx += wx * (row[cx + k] as number);
        dy += wx * (row[side + cx + k] as number);
      }
      out[y * size + x] = dx;
      out[size * size + y * size + x] = dy;
    }
  }
}

/** What was drawn for one picture: the drive vector has to be mirrored with the picture. */
export interface SampleDraw {
  readonly flipped: boolean;
  /** Degrees added to the roll. */
  readonly roll: number;
}

/**
 * Draws one training sample.
 *
 * @param size side of the training crop
 * @param other colour statistics of a random picture of the other person, for colour transfer
 * @param answers pictures in the layout of `store.rgb` that are the answers, where they are not the inputs themselves
 */
export function drawSample(
  random: Random,
  store: CropStore,
  index: number,
  size: number,
  options: Augmentation,
  other: ColorStats | null,
  target: SampleTarget,
  answers: Uint8Array = store.rgb,
): SampleDraw {
  const S = store.size;
  const n = S * S;
  const inputs = store.rgb.subarray(index * n * 3, (index + 1) * n * 3);
  const wanted = answers.subarray(index * n * 3, (index + 1) * n * 3);
  const masks = store.masks.subarray(index * n * 2, (index + 1) * n * 2);
  const angle = (random.range(-options.rotate, options.rotate) * Math.PI) / 180;
  const zoom = 1 + random.range(-options.zoom, options.zoom);
  const shiftX = random.range(-options.shift, options.shift) * S;
  const shiftY = random.range(-options.shift, options.shift) * S;
  const flipped = random.float() < options.flip;
  const step = ((S / store.margin) * zoom) / size;
  const ca = Math.cos(angle) * step;
  const sa = Math.sin(angle) * step;
  const fx = flipped ? -1 : 1;
  const common = 1 + random.normal() * options.gain;
  const gain = [0, 0, 0];
  const bias = [0, 0, 0];
  for (let c = 0; c < 3; c++) gain[c] = Math.max(0.3, common * (1 + random.normal() * options.gain * 0.5));
  if (other !== null && random.float() < options.transfer) {
    const own = colorStats(store, index);
    // Part of the way only: a full transfer of contrast breaks on pictures with hard light.
    const part = random.range(0.4, 1);
    for (let c = 0; c < 3; c++) {
      const k = Math.min(1.6, Math.max(0.6, (other[3 + c] as number) / (own[3 + c] as number)));
      const kk = 1 + (k - 1) * part;
      const target = (own[c] as number) + ((other[c] as number) - (own[c] as number)) * part;
      bias[c] = (target - (own[c] as number) * kk) / 255;
      gain[c] = (gain[c] as number) * kk;
    }
  }
  const plane = size * size;
  const field = warpScratch(size);
  warpField(random, size, options.warp, field);
  const half = (size - 1) / 2;
  const centre = (S - 1) / 2;
  const limit = S - 1.001;
  const [g0, g1, g2] = gain as [number, number, number];
  const [b0, b1, b2] = bias as [number, number, number];
  const { input, answer, mask, weight } = target;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      for (let pass = 0; pass < 2; pass++) {
        const rgb = pass === 1 ? inputs : wanted;
        const dx = (x - half + (pass === 1 ? (field[at] as number) : 0)) * fx;
        const dy = y - half + (pass === 1 ? (field[plane + at] as number) : 0);
        let sx = centre + shiftX + ca * dx - sa * dy;
        let sy = centre + shiftY + sa * dx + ca * dy;
        sx = Math.max(0, Math.min(limit, sx));
        sy = Math.max(0, Math.min(limit, sy));
        const x0 = sx | 0;
        const y0 = sy | 0;
        const u = sx - x0;
        const v = sy - y0;
        const w00 = (1 - u) * (1 - v);
        const w10 = u * (1 - v);
        const w01 = (1 - u) * v;
        const w11 = u * v;
        const p = y0 * S + x0;
        const q = p * 3;
        const r = q + S * 3;
        const red =
          w00 * (rgb[q] as number) +
          w10 * (rgb[q + 3] as number) +
          w01 * (rgb[r] as number) +
          w11 * (rgb[r + 3] as number);
        const green =
          w00 * (rgb[q + 1] as number) +
          w10 * (rgb[q + 4] as number) +
          w01 * (rgb[r + 1] as number) +
          w11 * (rgb[r + 4] as number);
        const blue =
          w00 * (rgb[q + 2] as number) +
          w10 * (rgb[q + 5] as number) +
          w01 * (rgb[r + 2] as number) +
          w11 * (rgb[r + 5] as number);
        const out = pass === 1 ? input : answer;
        out[at] = clamp01((red / 255) * g0 + b0);
        out[plane + at] = clamp01((green / 255) * g1 + b1);
        out[2 * plane + at] = clamp01((blue / 255) * g2 + b2);
        if (pass === 0) {
          const m = p * 2;
          const k = m + S * 2;
          mask[at] =
            (w00 * (masks[m] as number) +
              w10 * (masks[m + 2] as number) +
              w01 * (masks[k] as number) +
              w11 * (masks[k + 2] as number)) /
            255;
          weight[at] =
            0.15 +
            ((w00 * (masks[m + 1] as number) +
              w10 * (masks[m + 3] as number) +
              w01 * (masks[k + 1] as number) +
              w11 * (masks[k + 3] as number)) /
              255) *
              3;
        }
      }
    }
  }
  // The crop is turned by `angle` in the store's frame, so the face in it turns the other way (and mirrors with it).
  return { flipped, roll: ((flipped ? 1 : -1) * angle * 180) / Math.PI };
}

const clamp01 = (v: number): number => Math.max(0, Math.min(1, v));

let scratch = new Float32Array(0);
/** One field is enough: sampling is synchronous. */
function warpScratch(size: number): Float32Array {
  if (scratch.length !== 2 * size * size) scratch = new Float32Array(2 * size * size);
  return scratch;
}
