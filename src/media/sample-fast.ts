/**
 * Sampling of I420 frames through the kernel of `sample-kernel.ts`: the part of the frame that a view looks at is copied
 * into the kernel's memory (made smaller on the way, where the view is), then the view is computed row by row.
 */
import { wasm } from '../base/index.js';
import { yuvConstants } from './color.js';
import { type SampleKernel, SLOTS, sampleKernel } from './sample-kernel.js';
import { type Affine, type Blocks, blocksSeen, insideFrame, intoPlane, planesOf, type View } from './sample-view.js';
import type { Plane } from './shrink.js';
import type { Frame } from './types.js';

/** Planes must lie below this address: the kernel computes addresses in single precision. */
const MOST_PLANES = 2 ** 23;
/** Results above are left to the plain way, so that the kernel's memory, which never shrinks, stays small. */
const MOST_RESULT = 2 ** 23;
/** Bytes of source rows that are taken in at once where they are made smaller. */
const BAND = 2 ** 16;
/** Vectors may be read and written this far beyond what counts. */
const SLACK = 64;

/** Pages at first, and at most. */
const PAGES = [32, Math.ceil((MOST_PLANES + MOST_RESULT) / wasm.PAGE) + 16] as const;

/** The kernel, its memory and a view of all of it; made when first needed. */
let machine: { readonly memory: wasm.Memory; readonly kernel: SampleKernel } | undefined;
let bytes = new Uint8Array(0);

const aligned = (n: number): number => (n + 15) & ~15;

/** A plane in the kernel's memory: its first sample is block `x0`, `y0` of the whole plane. */
interface Loaded extends Blocks {
  readonly at: number;
  readonly stride: number;
}

/** Where things shall lie. */
interface Layout {
  readonly kernel: SampleKernel;
  readonly planes: readonly [Loaded, Loaded, Loaded];
  /** Memory for source rows and sums of columns. */
  readonly scratch: number;
  readonly result: number;
  /** Bytes of one plane of the result, or of all of it. */
  readonly resultPlane: number;
}

/** Lays a view out in memory and makes room. @returns null where it is too large for the kernel */
function layOut(planes: readonly [Plane, Plane, Plane], view: View): Layout | null {
  let at: number = SLOTS.end;
  const loaded = planes.map((plane, i) => {
    const seen = blocksSeen(plane, view.k, intoPlane(view.map, i > 0, 1), view.width, view.height);
    // Whole rows go over in one piece, which beats many small ones.
    const whole = view.k === 1 && 2 * (seen.x1 - seen.x0) >= plane.width;
    const { x0, x1 } = whole ? { x0: 0, x1: plane.width } : seen;
    const stride = view.k === 1 ? x1 - x0 : aligned(x1 - x0);
    const place = { ...seen, x0, x1, at, stride };
    at = aligned(at + stride * (seen.y1 - seen.y0) + SLACK);
    return place;
  }) as [Loaded, Loaded, Loaded];
  const scratch = at;
  const widest = (planes[0] as Plane).width + SLACK;
  if (view.k > 1) at = aligned(scratch + Math.max(BAND, view.k * widest) + 2 * widest + 2 * SLACK);
  // The kernel writes rows in steps of four pixels.
  const resultPlane = aligned(4 * (view.width * view.height * (view.planar ? 1 : 3)) + SLACK);
  const total = at + resultPlane * (view.planar ? 3 : 1) + SLACK;
  if (at > MOST_PLANES || total - at > MOST_RESULT) return null;
  if (machine === undefined) {
    const memory = wasm.memoryOf(...PAGES);
    machine = { memory, kernel: sampleKernel(memory) };
  }
  const { memory, kernel } = machine;
  const missing = total - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / wasm.PAGE));
  // Growing gives the memory a new buffer.
  if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer);
  return { kernel, planes: loaded, scratch, result: at, resultPlane };
}

/** Copies rows `top .. bottom-1`, columns `left .. right-1`, with `pad` bytes of room after each. @returns bytes from row to row */
function copyRows(
  plane: Plane,
  left: number,
  right: number,
  top: number,
  bottom: number,
  to: number,
  pad: number,
): number {
  const { data, at, width } = plane;
  if (pad === 0 && 2 * (right - left) >= width) {
    // In one piece, with what lies between the end of a row and the start of the next.
    bytes.set(data.subarray(at + top * width + left, at + (bottom - 1) * width + right), to);
    return width;
  }
  const stride = right - left + pad;
  for (let y = top, o = to; y < bottom; y++, o += stride)
    bytes.set(data.subarray(at + y * width + left, at + y * width + right), o);
  return stride;
}

/** Loads one plane `k` times smaller, as `shrink` does. */
function loadShrunk(run: SampleKernel, plane: Plane, k: number, target: Loaded, scratch: number): void {
  const { x0, x1, y0, y1 } = target;
  const left = x0 * k;
  const right = Math.min(x1 * k, plane.width);
  const whole = Math.min(x1, Math.floor(plane.width / k)) - x0;
  const rest = right - (x0 + whole) * k;
  // Two by two: a column that has no neighbour is its own.
  const pad = k === 2 && rest > 0 ? 1 : 0;
  const rowsAtOnce = k * Math.max(1, Math.floor(BAND / (k * (plane.width + 1))));
  const sums = aligned(scratch + rowsAtOnce * (plane.width + 1) + SLACK);
  for (let top = y0 * k; top < Math.min(y1 * k, plane.height); top += rowsAtOnce) {
    const bottom = Math.min(top + rowsAtOnce, y1 * k, plane.height);
    const stride = copyRows(plane, left, right, top, bottom, scratch, pad);
    if (pad > 0)
      for (let o = scratch + right - left; o < scratch + (bottom - top) * stride; o += stride)
        bytes[o] = bytes[o - 1] as number;
    for (let y = top; y < bottom; y += k) {
      const from = scratch + (y - top) * stride;
      const to = target.at + (y / k - y0) * target.stride;
      const rows = Math.min(k, bottom - y);
      if (k === 2) {
        run.halve(from, rows > 1 ? from + stride : from, to, to + x1 - x0);
        continue;
      }
      run.columns(from, stride, rows, (right - left + 7) & ~7, sums);
      if (whole > 0) run.blocks(sums, k, 1 / (k * rows), to, to + whole);
      if (rest > 0) run.blocks(sums + 2 * whole * k, rest, 1 / (rest * rows), to + whole, to + whole + 1);
    }
  }
}

/** Writes the numbers of a view to the start of the memory. */
function writeSlots(frame: Frame, view: View, layout: Layout, luma: Affine, chroma: Affine): void {
  const floats = new Float32Array(bytes.buffer, 0, SLOTS.end / 4);
  const ints = new Int32Array(bytes.buffer, 0, SLOTS.end / 4);
  const all = (slot: number, ...values: readonly number[]): void => {
    for (const [i, value] of values.entries()) floats.fill(value, 4 * (slot + i), 4 * (slot + i + 1));
  };
  const [y, u, v] = layout.planes;
  const placed = (plane: Loaded, m: Affine): number[] => [
    m[0],
    m[3],
    plane.x1 - plane.x0 - 1,
    plane.y1 - plane.y0 - 1,
    plane.at,
    plane.stride,
  ];
  floats.set([0, 1, 2, 3], 4 * SLOTS.lanes);
  all(SLOTS.luma, ...placed(y, luma));
  all(SLOTS.chroma, ...placed(u, chroma));
  const c = yuvConstants(frame.color);
  all(SLOTS.yBase, c.yBase, c.ySlope);
  const rgb = [
    [0, c.rv],
    [-c.gu, -c.gv],
    [c.bu, 0],
  ].map((factors, i) => [...factors, view.scale[i] as number, view.offset[i] as number]);
  all(SLOTS.channels, ...(view.bgr ? rgb.reverse() : rgb).flat());
  all(SLOTS.zero, 0, 128, 255, 2 ** 23, 2 ** 23);
  ints.fill(255, 4 * SLOTS.byte, 4 * SLOTS.byte + 4);
  const wholes = [view.width, y.stride, u.stride, v.at - u.at, layout.resultPlane];
  for (const [i, value] of wholes.entries()) ints[4 * (SLOTS.width + i)] = value;
}

/** Takes the result out of the kernel's memory. */
function deliver(view: View, layout: Layout, out: Float32Array | Uint8Array | Uint8ClampedArray): void {
  const size = view.width * view.height;
  const [planes, length] = view.planar ? [3, size] : [1, 3 * size];
  for (let i = 0; i < planes; i++) {
    const from = new Float32Array(bytes.buffer, layout.result + i * layout.resultPlane, length);
    if (out instanceof Float32Array) out.set(from, i * length);
    else
      for (let j = 0, to = i * length; j < length; j++, to++) {
        const value = (from[j] as number) + 0.5;
        out[to] = value < 0 ? 0 : Math.min(value, 255) | 0;
      }
  }
}

/** Blackens what lies outside of the frame: from the left up to, and from the right back to, the stretch of each row that is inside. */
function blacken(
  view: View,
  inside: readonly (readonly [number, number])[],
  out: Float32Array | Uint8Array | Uint8ClampedArray,
): void {
  const size = view.width * view.height;
  const black = view.offset.map((o) => (out instanceof Float32Array ? o : Math.max(0, Math.min(255, o + 0.5) | 0)));
  if (view.bgr) black.reverse();
  const [step, next] = view.planar ? [1, size] : [3, 1];
  const fill = (y: number, from: number, to: number): void => {
    for (const [channel, value] of black.entries())
      for (let x = from; x < to; x++) out[(y * view.width + x) * step + channel * next] = value;
  };
  for (const [y, [from, to]] of inside.entries()) {
    fill(y, 0, from);
    fill(y, to, view.width);
  }
}

/**
 * Samples a view of an I420 frame.
 *
 * @param out `3 * width * height` numbers; bytes are rounded and held to 0 .. 255
 * @returns false where it is not for the kernel, and nothing was done: an RGBA frame, or a view of many megapixels
 */
export function sampleFast(frame: Frame, view: View, out: Float32Array | Uint8Array | Uint8ClampedArray): boolean {
  if (frame.format !== 'i420' || view.width < 1 || view.height < 1) return false;
  const planes = planesOf(frame);
  const layout = layOut(planes, view);
  if (layout === null) return false;
  const { kernel } = layout;
  for (const [i, plane] of planes.entries()) {
    const target = layout.planes[i] as Loaded;
    if (view.k > 1) loadShrunk(kernel, plane, view.k, target, layout.scratch);
    else copyRows(plane, target.x0, target.x1, target.y0, target.y1, target.at, 0);
  }
  const luma = intoPlane(view.map, false, view.k);
  const chroma = intoPlane(view.map, true, view.k);
  writeSlots(frame, view, layout, luma, chroma);
  const [y0, u0] = layout.planes;
  const run = view.planar ? kernel.planar : kernel.interleaved;
  const rowBytes = 4 * view.width * (view.planar ? 1 : 3);
  const inside: (readonly [number, number])[] = [];
  for (let y = 0; y < view.height; y++) {
    if (view.zero) {
      const stretch = insideFrame(view, y, frame.width, frame.height);
      inside.push(stretch);
      if (stretch[0] === stretch[1]) continue;
    }
    run(
      layout.result + y * rowBytes,
      luma[1] * y + luma[2] - y0.x0,
      luma[4] * y + luma[5] - y0.y0,
      chroma[1] * y + chroma[2] - u0.x0,
      chroma[4] * y + chroma[5] - u0.y0,
    );
  }
  deliver(view, layout, out);
  if (view.zero) blacken(view, inside, out);
  return true;
}
