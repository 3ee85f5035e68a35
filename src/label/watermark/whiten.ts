/**
 * A picture as the search for a watermark wants it: brightness at a workable size, without its slow parts, and with busy
 * places turned down so that no edge outshouts the pattern.
 */
import { type Frame, lumaOf } from '../../media/index.js';
import { REFERENCE } from './pattern.js';

/** One brightness plane in floating point. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Memory of what is halfway done, kept from call to call: a picture's planes are megabytes. */
const halfway: Float32Array<ArrayBuffer>[] = [];
/** Which is for what: both halves of a blur; brightness, its slow parts, and squares of the rest. */
const [ACROSS, BETWEEN, LUMA, SLOWS, SQUARES] = [0, 1, 2, 3, 4] as const;

function scratch(which: number, length: number): Float32Array<ArrayBuffer> {
  let memory = halfway[which];
  if (memory === undefined || memory.length < length) {
    memory = new Float32Array(length);
    halfway[which] = memory;
  }
  return memory.subarray(0, length);
}

/**
 * Mean over boxes of `2 radius + 1` pixels, clipped at the borders; two passes make it nearly Gaussian.
 *
 * @param out as long as the plane, and another one
 */
export function blur(
  { width, height, data }: Plane,
  radius: number,
  passes = 2,
  out: Float32Array = new Float32Array(width * height),
): Float32Array {
  let from = data;
  const [across, between] = [scratch(ACROSS, width * height), scratch(BETWEEN, width * height)];
  const sums = new Float64Array(Math.max(width, height) + 1);
  for (let pass = 0; pass < passes; pass++) {
    // Behind so many pixels the box is whole.
    const whole = Math.min(width, radius);
    const [size, ends] = [2 * radius + 1, Math.max(whole, width - radius)];
    for (let y = 0; y < height; y++) {
      const row = y * width;
      let sum = 0;
      for (let x = 0; x < width; x++) {
        sum += from[row + x] as number;
        sums[x + 1] = sum;
      }
      const clipped = (x: number): void => {
        const [a, b] = [Math.max(0, x - radius), Math.min(width, x + radius + 1)];
        across[row + x] = ((sums[b] as number) - (sums[a] as number)) / (b - a);
      };
      for (let x = 0; x < whole; x++) clipped(x);
      for (let x = whole; x < ends; x++)
        across[row + x] = ((sums[x + radius + 1] as number) - (sums[x - radius] as number)) / size;
      for (let x = ends; x < width; x++) clipped(x);
    }
    // Down the columns with a running sum per column: rows are read in order.
    // Read no more when the next pass writes to it: what goes down the columns comes from `across`.
    const down = pass === passes - 1 ? out : between;
    const running = new Float64Array(width);
    let count = 0;
    for (let y = -radius; y < height; y++) {
      const enter = (y + radius) * width;
      const leave = (y - radius - 1) * width;
      const enters = y + radius < height;
      if (enters) count++;
      if (leave >= 0) count--;
      if (y >= 1 && enters && leave >= 0) {
        for (let x = 0, at = y * width; x < width; x++, at++) {
          const now = (running[x] as number) + (across[enter + x] as number) - (across[leave + x] as number);
          running[x] = now;
          down[at] = now / count;
        }
        continue;
      }
      if (enters) for (let x = 0; x < width; x++) running[x] = (running[x] as number) + (across[enter + x] as number);
      if (leave >= 0)
        for (let x = 0; x < width; x++) running[x] = (running[x] as number) - (across[leave + x] as number);
      if (y >= 0) for (let x = 0; x < width; x++) down[y * width + x] = (running[x] as number) / count;
    }
    from = down;
  }
  return from;
}

/** Smaller by a factor of at least 1, every pixel the mean of the area it covers. */
export function shrink(plane: Plane, factor: number): Plane {
  if (factor <= 1) return plane;
  const axis = (length: number): { size: number; from: Int32Array; share: Float32Array; reach: number } => {
    const size = Math.max(1, Math.round(length / factor));
    const step = length / size;
    const reach = Math.ceil(step) + 1;
    const from = new Int32Array(size);
    const share = new Float32Array(size * reach);
    for (let i = 0; i < size; i++) {
      from[i] = Math.floor(i * step);
      for (let k = 0; k < reach; k++) {
        const a = Math.max((from[i] as number) + k, i * step);
        const b = Math.min((from[i] as number) + k + 1, (i + 1) * step, length);
        share[i * reach + k] = Math.max(0, b - a) / step;
      }
    }
    return { size, from, share, reach };
  };
  const [h, v] = [axis(plane.width), axis(plane.height)];
  const narrow = new Float32Array(h.size * plane.height);
  for (let y = 0; y < plane.height; y++)
    for (let x = 0; x < h.size; x++) {
      let sum = 0;
      for (let k = 0, at = y * plane.width + (h.from[x] as number); k < h.reach; k++) {
        const w = h.share[x * h.reach + k] as number;
        if (w > 0) sum += w * (plane.data[at + k] as number);
      }
      narrow[y * h.size + x] = sum;
    }
  const data = new Float32Array(h.size * v.size);
  for (let y = 0; y < v.size; y++)
    for (let k = 0; k < v.reach; k++) {
      const w = v.share[y * v.reach + k] as number;
      if (w <= 0) continue;
      const line = ((v.from[y] as number) + k) * h.size;
      for (let x = 0; x < h.size; x++)
        data[y * h.size + x] = (data[y * h.size + x] as number) + w * (narrow[line + x] as number);
    }
  return { width: h.size, height: v.size, data };
}

/** Radius of the blur that takes the slow parts away, at the reference size. */
const SLOW = 6;
/**
 * Levels of deviation that a place has at least, so that the noise of flat ones is not blown up. The mark is about as strong
 * everywhere, so a place counts by one over its power, as a matched filter has it, not over its deviation.
 */
const CALM = 2;
const LIMIT = 2.5;

/** Pixels up to which the memory of a frame's brightness is kept; the other planes are of a workable size. */
const KEPT = 2 ** 22;

/** How much smaller than the frame the working plane is; at least 1. */
export function workFactor(width: number, height: number): number {
  return Math.max(1, Math.min(width, height) / REFERENCE);
}

/** The frame, ready for the search. */
export function whiten(frame: Frame): Plane {
  const size = frame.width * frame.height;
  const whole = size > KEPT ? new Float32Array(size) : scratch(LUMA, size);
  whole.set(lumaOf(frame));
  const luma: Plane = { width: frame.width, height: frame.height, data: whole };
  const work = shrink(luma, workFactor(frame.width, frame.height));
  const { width, height } = work;
  const radius = Math.max(2, Math.round((SLOW * Math.min(width, height)) / REFERENCE));
  const slow = blur(work, radius, 2, scratch(SLOWS, width * height));
  const data = new Float32Array(width * height);
  const squares = scratch(SQUARES, width * height);
  for (let i = 0; i < data.length; i++) {
    const v = Math.fround((work.data[i] as number) - (slow[i] as number));
    data[i] = v;
    squares[i] = v * v;
  }
  // The slow parts are taken off by now, so that their memory is free.
  const power = blur({ width, height, data: squares }, radius + 2, 2, slow);
  for (let i = 0; i < data.length; i++) {
    const v = (CALM * CALM * (data[i] as number)) / (Math.max(0, power[i] as number) + CALM * CALM);
    data[i] = Math.max(-LIMIT, Math.min(LIMIT, v));
  }
  return { width, height, data };
}
