/** Bends the pixels of a frame through a {@link ShapeField}, in place and only where something moves. */
import { kernels } from '../../../base/index.js';
import type { Box } from '../../../faces/index.js';
import type { Frame } from '../../../media/index.js';
import { type ShapeField, STILL } from './field.js';
import { ONE, plateKernel } from './plate-kernel.js';

/** A plane of a frame, a channel of an interleaved one, or both colour planes, which bend alike. */
interface PlaneView {
  readonly data: Uint8Array;
  /** Where the planes start, bytes between neighbours and between rows. */
  readonly starts: readonly number[];
  readonly step: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
  /** Pixels of the frame per pixel of the plane. */
  readonly scale: number;
}

function planesOf(frame: Frame): PlaneView[] {
  const { width, height, pixels } = frame;
  if (frame.format === 'rgba')
    return [0, 1, 2, 3].map((start) => ({
      data: pixels,
      starts: [start],
      step: 4,
      stride: width * 4,
      width,
      height,
      scale: 1,
    }));
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const luma = width * height;
  return [
    { data: pixels, starts: [0], step: 1, stride: width, width, height, scale: 1 },
    { data: pixels, starts: [luma, luma + w * h], step: 1, stride: w, width: w, height: h, scale: 2 },
  ];
}

/** Pixels round what moves that the kernels may look at beyond the largest shift. */
const RIM = 3;

/** Bends frames in place. Pixels that move by less than a 20th of a pixel keep their bits. */
export class PlateBender {
  /** @returns the rectangle outside which nothing changed */
  bend(frame: Frame, field: ShapeField): Box {
    const moving = movingNodes(field);
    if (moving === null) return { x: 0, y: 0, width: 0, height: 0 };
    for (const plane of planesOf(frame)) this.#bendPlane(plane, field, moving);
    return boxOf(frame, field, moving);
  }

  #bendPlane(plane: PlaneView, field: ShapeField, moving: Nodes): void {
    const { data, starts, step, stride, scale } = plane;
    const { nodes, cell } = field;
    // Centres: pixel p of a plane at half the size lies at 2 p + 0.5 of the frame.
    const shift = (scale - 1) / 2;
    const first = (origin: number, node: number): number =>
      Math.max(0, Math.ceil((origin + Math.max(0, node - 1) * cell - shift) / scale));
    const last = (origin: number, node: number, size: number): number =>
      Math.min(size - 1, Math.floor((origin + Math.min(nodes - 1, node + 1) * cell - shift) / scale));
    const x0 = first(field.x0, moving.u0);
    const y0 = first(field.y0, moving.v0);
    const x1 = last(field.x0, moving.u1, plane.width);
    const y1 = last(field.y0, moving.v1, plane.height);
    if (x1 < x0 || y1 < y0) return;
    const reach = Math.ceil(moving.largest / scale) + RIM;
    const [left, top] = [x0 - reach, y0 - reach];
    const wide = x1 - x0 + 1 + 2 * reach;
    const high = y1 - y0 + 1 + 2 * reach;
    const size = kernels.aligned(wide * high + 16);
    const { bytes, floats, ints, start: copy } = kernels.reserve(2 * starts.length * size + 16 * (nodes + 1));
    const out = copy + starts.length * size;
    const shifts = out + starts.length * size;
    const firsts = shifts + 8 * nodes;
    const toFractions = 4 * (nodes + 1);
    for (const [i, start] of starts.entries())
      copyWithRim(plane, start, { left, top, wide, high }, bytes, copy + i * size);
    bytes.copyWithin(out, copy, out);
    for (let u = 0; u < nodes; u++) {
      const x = Math.max(x0, Math.min(x1 + 1, Math.ceil((field.x0 + u * cell - shift) / scale)));
      ints[(firsts >> 2) + u] = u === nodes - 1 ? x1 + 1 : x;
      floats[((firsts + toFractions) >> 2) + u] = (x * scale + shift - field.x0) / cell - u;
    }
    for (let y = y0; y <= y1; y++) {
      const v = (y * scale + shift - field.y0) / cell;
      const iv = Math.min(nodes - 2, Math.max(0, Math.floor(v)));
      const fv = v - iv;
      let from = nodes;
      let to = -1;
      for (let u = 0, node = iv * nodes, o = shifts >> 2; u < nodes; u++, node++, o++) {
        const dx = ((1 - fv) * (field.dx[node] as number) + fv * (field.dx[node + nodes] as number)) / scale;
        const dy = ((1 - fv) * (field.dy[node] as number) + fv * (field.dy[node + nodes] as number)) / scale;
        floats[o] = dx;
        floats[o + nodes] = dy;
        if (Math.abs(dx) < STILL && Math.abs(dy) < STILL) continue;
        if (from === nodes) from = Math.max(0, u - 1);
        to = Math.min(nodes - 1, u + 1);
      }
      if (to < 0) continue;
      const at = (y - top) * wide - left;
      const row = [out + at, copy, wide, shifts, 4 * nodes, firsts, toFractions, from, to] as const;
      const where = [(scale * ONE) / cell, -left * ONE, (y - top) * ONE] as const;
      if (starts.length === 1) plateKernel.cubic(...row, ...where);
      else plateKernel.linear(...row, ...where, size);
      const xs = ints[(firsts >> 2) + from] as number;
      const xe = ints[(firsts >> 2) + to] as number;
      for (const [i, start] of starts.entries()) {
        const result = out + i * size + at;
        const line = start + y * stride;
        if (step === 1) data.set(bytes.subarray(result + xs, result + xe), line + xs);
        else for (let x = xs; x < xe; x++) data[line + x * step] = bytes[result + x] as number;
      }
    }
  }
}

/** Copies a rectangle of a plane that may reach over its rim, which is repeated. */
function copyWithRim(
  plane: PlaneView,
  start: number,
  rectangle: { readonly left: number; readonly top: number; readonly wide: number; readonly high: number },
  to: Uint8Array,
  at: number,
): void {
  const { data, step, stride, width, height } = plane;
  const { left, top, wide, high } = rectangle;
  const x0 = Math.max(0, left);
  const x1 = Math.min(width, left + wide);
  for (let y = 0, o = at; y < high; y++, o += wide) {
    const from = start + Math.min(height - 1, Math.max(0, top + y)) * stride;
    if (step === 1) to.set(data.subarray(from + x0, from + x1), o + x0 - left);
    else for (let x = x0; x < x1; x++) to[o + x - left] = data[from + x * step] as number;
    if (x0 > left) to.fill(to[o + x0 - left] as number, o, o + x0 - left);
    if (x1 < left + wide) to.fill(to[o + x1 - 1 - left] as number, o + x1 - left, o + wide);
  }
}

/** The nodes that move, first and last in both directions, and the largest shift. */
interface Nodes {
  readonly u0: number;
  readonly v0: number;
  readonly u1: number;
  readonly v1: number;
  readonly largest: number;
}

function movingNodes({ nodes, dx, dy }: ShapeField): Nodes | null {
  let [u0, v0, u1, v1] = [nodes, nodes, -1, -1];
  let largest = 0;
  for (let v = 0; v < nodes; v++)
    for (let u = 0; u < nodes; u++) {
      const node = v * nodes + u;
      const shift = Math.max(Math.abs(dx[node] as number), Math.abs(dy[node] as number));
      if (shift < STILL) continue;
      largest = Math.max(largest, shift);
      u0 = Math.min(u0, u);
      u1 = Math.max(u1, u);
      v0 = Math.min(v0, v);
      v1 = Math.max(v1, v);
    }
  return u1 < 0 ? null : { u0, v0, u1, v1, largest };
}

/** The rectangle round all cells of which a corner moves. */
function boxOf(frame: Frame, field: ShapeField, { u0, v0, u1, v1 }: Nodes): Box {
  const { cell } = field;
  const x = Math.max(0, Math.floor(field.x0 + (u0 - 1) * cell));
  const y = Math.max(0, Math.floor(field.y0 + (v0 - 1) * cell));
  return {
    x,
    y,
    width: Math.max(0, Math.min(frame.width, Math.ceil(field.x0 + (u1 + 1) * cell) + 1) - x),
    height: Math.max(0, Math.min(frame.height, Math.ceil(field.y0 + (v1 + 1) * cell) + 1) - y),
  };
}
