/**
 * The square round a face that the face detectors look at, in training and in use: upright, of the frame's own pixels,
 * so that no turning or enlarging wipes out or invents the traces that are looked for.
 */
import type { FaceEngine } from '../../faces/index.js';
import { type Frame, sampleAffine } from '../../media/index.js';

/** Side of the square over the longer side of the mesh's box. */
export const CROP_MARGIN = 1.55;

/** A square of more pixels than this a side is made smaller to it; none is ever made larger. */
export const CROP_LIMIT = 320;

/** A part of the frame in whole pixels. */
export interface FaceSquare {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** A face cut out of a frame. */
export interface FaceCrop {
  /** Where it lies in the frame. */
  readonly square: FaceSquare;
  /** Side in pixels of the crop, at most {@link CROP_LIMIT}. */
  readonly side: number;
  /** `3 * side * side` bytes, RGB interleaved. */
  readonly rgb: Uint8Array;
  /** 478 x y pairs in pixels of the crop. */
  readonly points: Float32Array;
}

/**
 * The square round a face mesh. It is pushed into the frame where it sticks out, and made smaller where the frame is:
 * padding would be a trace of its own.
 *
 * @param points 478 landmarks, x y z in pixels of the frame
 */
export function faceSquare(points: Float32Array, width: number, height: number, margin = CROP_MARGIN): FaceSquare {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 2 < points.length; i += 3) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const side = Math.max(1, Math.min(width, height, Math.round(Math.max(right - left, bottom - top) * margin)));
  const inside = (middle: number, size: number): number =>
    Math.max(0, Math.min(size - side, Math.round(middle - side / 2)));
  return { x: inside((left + right) / 2, width), y: inside((top + bottom) / 2, height), side };
}

/** Weights of the old pixels `first`, `first + 1`, ... in each new one, along one side. */
function shares(side: number, to: number): { readonly first: number; readonly weights: readonly number[] }[] {
  const step = side / to;
  return Array.from({ length: to }, (_, i) => {
    if (step <= 1) {
      const at = Math.max(0, Math.min(side - 1, (i + 0.5) * step - 0.5));
      const first = Math.min(Math.floor(at), Math.max(0, side - 2));
      return { first, weights: side === 1 ? [1] : [1 - (at - first), at - first] };
    }
    const [from, end] = [i * step, Math.min(side, (i + 1) * step)];
    const first = Math.floor(from);
    const weights: number[] = [];
    for (let p = first; p < end - 1e-9; p++) weights.push((Math.min(p + 1, end) - Math.max(p, from)) / step);
    return { first, weights };
  });
}

/**
 * A square picture at another size: every new pixel is the mean of the area it covers, or lies between four where the
 * picture is made larger. The same as the training's (OpenCV's INTER_AREA and INTER_LINEAR).
 *
 * @param rgb `3 * side * side` numbers, interleaved
 * @returns `3 * to * to` numbers, interleaved, in the same range, not rounded
 */
export function resizeSquare(rgb: Uint8Array, side: number, to: number): Float32Array {
  const axis = shares(side, to);
  const wide = side * 3;
  const row = new Float32Array(wide);
  const out = new Float32Array(to * to * 3);
  let at = 0;
  for (const down of axis) {
    row.fill(0);
    for (let k = 0, from = down.first * wide; k < down.weights.length; k++, from += wide) {
      const weight = down.weights[k] as number;
      for (let x = 0; x < wide; x++) row[x] = (row[x] as number) + weight * (rgb[from + x] as number);
    }
    for (const { first, weights } of axis) {
      let [r, g, b] = [0, 0, 0];
      for (let k = 0, p = first * 3; k < weights.length; k++, p += 3) {
        const weight = weights[k] as number;
        r += weight * (row[p] as number);
        g += weight * (row[p + 1] as number);
        b += weight * (row[p + 2] as number);
      }
      out[at++] = r;
      out[at++] = g;
      out[at++] = b;
    }
  }
  return out;
}

/** Rounded to bytes; a loop, since `from()` takes twenty times as long. */
function rounded(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = (values[i] as number) + 0.5;
  return bytes;
}

/** Cuts the square round a face out of a frame: the very pixels where it is no larger than {@link CROP_LIMIT}. */
export function cropFace(frame: Frame, points: Float32Array): FaceCrop {
  const square = faceSquare(points, frame.width, frame.height);
  const whole = new Uint8Array(square.side * square.side * 3);
  sampleAffine(frame, [1, 0, square.x, 0, 1, square.y], square.side, square.side, whole, { layout: 'interleaved' });
  const side = Math.min(square.side, CROP_LIMIT);
  const rgb = side === square.side ? whole : rounded(resizeSquare(whole, square.side, side));
  const step = square.side / side;
  const shift = step / 2 - 0.5;
  const count = Math.floor(points.length / 3);
  const inCrop = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    inCrop[i * 2] = ((points[i * 3] as number) - square.x - shift) / step;
    inCrop[i * 2 + 1] = ((points[i * 3 + 1] as number) - square.y - shift) / step;
  }
  return { square, side, rgb, points: inCrop };
}

/** The largest face of a frame, or null where the mesh net does not take any for a face. */
export async function largestFace(engine: FaceEngine, frame: Frame): Promise<Float32Array | null> {
  const found = await engine.detect(frame, { small: false });
  const [face] = [...found].sort((a, b) => b.box.width - a.box.width);
  if (!face) return null;
  const { points, confidence } = await engine.landmarks(frame, face);
  return confidence >= 0.5 ? points : null;
}
