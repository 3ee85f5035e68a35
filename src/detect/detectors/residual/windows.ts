/**
 * The square round a face and the windows on it that the residual net looks at. The twin of
 * `training/detect/residual/windows.py`: resampling leaves traces of its own, so both average and round alike.
 */
import { faceBox } from '../../../faces/index.js';
import { cropFrame, type Frame, toRgba } from '../../../media/index.js';

/** Side of the square over the longer side of the mesh's box. */
const CORE = 1.1;
/** Larger squares are made smaller to this side. */
export const CORE_LIMIT = 200;
/** Side of a window in the net's pixels. */
export const WINDOW_SIZE = 112;
/** x, y and side in shares of the square: its four quarters, which overlap. */
export const WINDOWS: readonly (readonly [x: number, y: number, share: number])[] = [
  [0, 0, 0.64],
  [0.36, 0, 0.64],
  [0, 0.36, 0.64],
  [0.36, 0.36, 0.64],
];

/** A square picture. */
export interface Square {
  /** Where it was cut out, in whole pixels of the frame. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Side of `rgb` in pixels, at most {@link CORE_LIMIT}. */
  readonly side: number;
  /** `3 * side * side` bytes, interleaved. */
  readonly rgb: Uint8Array;
}

/** For each place of the smaller row: the first place of the larger one that it covers, and its share of that and the next. */
interface Cover {
  readonly first: Int32Array;
  /** `reach` shares for each place; those behind the last covered one are 0. */
  readonly shares: Float32Array;
  readonly reach: number;
}

function coverOf(from: number, to: number): Cover {
  const step = from / to;
  const reach = Math.ceil(step) + 1;
  const first = new Int32Array(to);
  const shares = new Float32Array(to * reach);
  for (let i = 0; i < to; i++) {
    const [low, high] = [i * step, Math.min((i + 1) * step, from)];
    // What is covered by less than rounding is not covered.
    const start = Math.min(Math.floor(low + 1e-9), from - 1);
    first[i] = start;
    for (let p = start; p < high - 1e-9; p++)
      shares[i * reach + p - start] = (Math.min(p + 1, high) - Math.max(p, low)) / (high - low);
  }
  return { first, shares, reach };
}

/** Lines of groups of `width` numbers, a group every `groupStep`: as many groups as `cover` has are averaged out of each. */
function shrinkLines(
  source: Uint8Array | Float32Array,
  target: Float32Array,
  lines: number,
  lineStep: readonly [from: number, to: number],
  groupStep: number,
  width: number,
  cover: Cover,
): void {
  const { first, shares, reach } = cover;
  const to = first.length;
  const end = source.length;
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < to; i++) {
      const from = line * lineStep[0] + (first[i] as number) * groupStep;
      const out = line * lineStep[1] + i * groupStep;
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = 0, at = from + c; k < reach && at < end; k++, at += groupStep)
          sum += (shares[i * reach + k] as number) * (source[at] as number);
        target[out + c] = sum;
      }
    }
}

/** Area average of a square, as OpenCV's INTER_AREA. */
function shrink(rgb: Uint8Array, side: number, to: number): Uint8Array {
  const cover = coverOf(side, to);
  const narrow = new Float32Array(to * side * 3);
  shrinkLines(rgb, narrow, side, [side * 3, to * 3], 3, 3, cover);
  const small = new Float32Array(to * to * 3);
  shrinkLines(narrow, small, 1, [0, 0], to * 3, to * 3, cover);
  const bytes = new Uint8Array(small.length);
  for (let i = 0; i < small.length; i++) bytes[i] = Math.round(small[i] as number);
  return bytes;
}

/** Bilinear enlargement of a square, pixel centres aligned, edges repeated. */
function enlarge(rgb: Uint8Array, side: number, to: number): Uint8Array {
  const places = Array.from({ length: to }, (_, i) => {
    const p = Math.max(0, Math.min(side - 1, ((i + 0.5) * side) / to - 0.5));
    const low = Math.floor(p);
    return { low, high: Math.min(side - 1, low + 1), share: p - low };
  });
  const out = new Uint8Array(to * to * 3);
  for (const [j, v] of places.entries())
    for (const [i, h] of places.entries())
      for (let c = 0; c < 3; c++) {
        const at = (y: number, x: number): number => rgb[(y * side + x) * 3 + c] as number;
        const above = at(v.low, h.low) * (1 - h.share) + at(v.low, h.high) * h.share;
        const below = at(v.high, h.low) * (1 - h.share) + at(v.high, h.high) * h.share;
        out[(j * to + i) * 3 + c] = Math.round(above * (1 - v.share) + below * v.share);
      }
  return out;
}

/** Half to the even neighbour, as the training scripts round. */
function roundEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

/**
 * Cuts the square round a face out of a frame; pushed into it where it sticks out.
 *
 * @param landmarks x y z of 478 points in pixels of the frame
 */
export function faceCore(frame: Frame, landmarks: Float32Array): Square {
  const box = faceBox(landmarks);
  const wanted = roundEven(Math.max(box.width, box.height) * CORE);
  const size = Math.max(8, Math.min(wanted, frame.width, frame.height));
  const place = (middle: number, full: number): number =>
    Math.max(0, Math.min(full - size, roundEven(middle - size / 2)));
  const x = place(box.x + box.width / 2, frame.width);
  const y = place(box.y + box.height / 2, frame.height);
  // Chroma is stored for pairs of pixels: the cut begins at an even one.
  const [left, top] = [x & ~1, y & ~1];
  const part = toRgba(cropFrame(frame, left, top, x + size - left, y + size - top));
  const rgb = new Uint8Array(size * size * 3);
  for (let row = 0, o = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const p = ((row + y - top) * part.width + column + x - left) * 4;
      for (let c = 0; c < 3; c++) rgb[o++] = part.pixels[p + c] as number;
    }
  if (size <= CORE_LIMIT) return { x, y, size, side: size, rgb };
  return { x, y, size, side: CORE_LIMIT, rgb: shrink(rgb, size, CORE_LIMIT) };
}

/** All windows of a square as the net takes them: N x 3 x 112 x 112, 0..1, planar. */
export function faceWindows(core: Square): Float32Array {
  const plane = WINDOW_SIZE * WINDOW_SIZE;
  const out = new Float32Array(WINDOWS.length * 3 * plane);
  for (const [n, [shareX, shareY, share]] of WINDOWS.entries()) {
    const side = Math.max(8, roundEven(share * core.side));
    const x = Math.min(roundEven(shareX * core.side), core.side - side);
    const y = Math.min(roundEven(shareY * core.side), core.side - side);
    const part = new Uint8Array(side * side * 3);
    for (let row = 0; row < side; row++) {
      const from = ((y + row) * core.side + x) * 3;
      part.set(core.rgb.subarray(from, from + side * 3), row * side * 3);
    }
    const fitted = side > WINDOW_SIZE ? shrink(part, side, WINDOW_SIZE) : enlarge(part, side, WINDOW_SIZE);
    for (let p = 0; p < plane; p++)
      for (let c = 0; c < 3; c++) out[(n * 3 + c) * plane + p] = (fitted[p * 3 + c] as number) / 255;
  }
  return out;
}
