/** Bends the pixels of a frame through a {@link ShapeField}, in place and only where something moves. */
import type { Box } from '../../../faces/index.js';
import type { Frame } from '../../../media/index.js';
import { type ShapeField, STILL } from './field.js';

/** Phases of the cubic kernel, and the sum of its weights: whole numbers, which run faster here. */
const PHASES = 64;
const UNIT = 128;
/** Catmull-Rom weights (Keys 1981, a = -1/2): sharper than linear, so that bent hair and cloth do not turn soft. */
const CUBIC: Int32Array = (() => {
  const out = new Int32Array(PHASES * 4);
  for (let p = 0; p < PHASES; p++) {
    const t = p / PHASES;
    const outer = Math.round(UNIT * ((2 - t) * t - 1) * t * 0.5);
    const near = Math.round(UNIT * ((4 - 3 * t) * t + 1) * t * 0.5);
    const last = Math.round(UNIT * (t - 1) * t * t * 0.5);
    out.set([outer, UNIT - outer - near - last, near, last], p * 4);
  }
  return out;
})();

/** One plane of a frame, or one channel of an interleaved one. */
interface PlaneView {
  readonly data: Uint8Array;
  /** Where the plane starts, bytes between neighbours and between rows. */
  readonly start: number;
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
      start,
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
    { data: pixels, start: 0, step: 1, stride: width, width, height, scale: 1 },
    ...[luma, luma + w * h].map((start) => ({
      data: pixels,
      start,
      step: 1,
      stride: w,
      width: w,
      height: h,
      scale: 2,
    })),
  ];
}

/** Keeps the copy of what is bent. */
export class PlateBender {
  #copy = new Uint8Array(0);
  readonly #row = { x: new Float32Array(0), y: new Float32Array(0) };

  /**
   * Bends a frame in place. Pixels that move by less than a 20th of a pixel keep their bits.
   *
   * @returns the rectangle outside which nothing changed
   */
  bend(frame: Frame, field: ShapeField): Box {
    for (const plane of planesOf(frame)) this.#bendPlane(plane, field);
    return movingBox(frame, field);
  }

  #bendPlane(plane: PlaneView, field: ShapeField): void {
    const { data, start, step, stride, scale } = plane;
    const { nodes, cell } = field;
    // Centres: pixel p of a plane at half the size lies at 2 p + 0.5 of the frame.
    const shift = (scale - 1) / 2;
    const side = cell * (nodes - 1);
    const first = (origin: number): number => Math.max(0, Math.ceil((origin - shift) / scale));
    const last = (origin: number, size: number): number =>
      Math.min(size - 1, Math.floor((origin + side - shift) / scale));
    const x0 = first(field.x0);
    const y0 = first(field.y0);
    const x1 = last(field.x0, plane.width);
    const y1 = last(field.y0, plane.height);
    if (x1 < x0 || y1 < y0) return;
    const reach = Math.ceil(this.#largest(field) / scale) + 3;
    const top = Math.max(0, y0 - reach);
    const bottom = Math.min(plane.height - 1, y1 + reach);
    const left = Math.max(0, x0 - reach);
    const right = Math.min(plane.width - 1, x1 + reach);
    const wide = right - left + 1;
    const high = bottom - top + 1;
    if (this.#copy.length < wide * high) this.#copy = new Uint8Array(wide * high);
    const copy = this.#copy;
    for (let y = 0; y < high; y++) {
      const from = start + (top + y) * stride + left * step;
      if (step === 1) copy.set(data.subarray(from, from + wide), y * wide);
      else for (let x = 0; x < wide; x++) copy[y * wide + x] = data[from + x * step] as number;
    }
    if (this.#row.x.length < nodes) {
      this.#row.x = new Float32Array(nodes);
      this.#row.y = new Float32Array(nodes);
    }
    const { x: rowX, y: rowY } = this.#row;
    for (let y = y0; y <= y1; y++) {
      const v = (y * scale + shift - field.y0) / cell;
      const iv = Math.min(nodes - 2, Math.max(0, Math.floor(v)));
      const fv = v - iv;
      let moves = false;
      for (let u = 0, node = iv * nodes; u < nodes; u++, node++) {
        const dx = ((1 - fv) * (field.dx[node] as number) + fv * (field.dx[node + nodes] as number)) / scale;
        const dy = ((1 - fv) * (field.dy[node] as number) + fv * (field.dy[node + nodes] as number)) / scale;
        rowX[u] = dx;
        rowY[u] = dy;
        if (Math.abs(dx) >= STILL || Math.abs(dy) >= STILL) moves = true;
      }
      if (!moves) continue;
      const out = start + y * stride;
      const du = scale / cell;
      let u = (x0 * scale + shift - field.x0) / cell;
      for (let x = x0; x <= x1; x++, u += du) {
        const iu = Math.min(nodes - 2, Math.max(0, u | 0));
        const fu = u - iu;
        const dx = (rowX[iu] as number) + fu * ((rowX[iu + 1] as number) - (rowX[iu] as number));
        const dy = (rowY[iu] as number) + fu * ((rowY[iu + 1] as number) - (rowY[iu] as number));
        if (dx < STILL && dx > -STILL && dy < STILL && dy > -STILL) continue;
        const sx = x + dx - left;
        const sy = y + dy - top;
        const ix = sx | 0;
        const iy = sy | 0;
        if (scale !== 1 || ix < 1 || iy < 1 || ix > wide - 3 || iy > high - 3) {
          data[out + x * step] = linear(copy, wide, high, sx, sy);
          continue;
        }
        const a = (((sx - ix) * PHASES) | 0) << 2;
        const b = (((sy - iy) * PHASES) | 0) << 2;
        const w0 = CUBIC[a] as number;
        const w1 = CUBIC[a + 1] as number;
        const w2 = CUBIC[a + 2] as number;
        const w3 = CUBIC[a + 3] as number;
        let p = (iy - 1) * wide + ix - 1;
        const r0 =
          w0 * (copy[p] as number) +
          w1 * (copy[p + 1] as number) +
          w2 * (copy[p + 2] as number) +
          w3 * (copy[p + 3] as number);
        p += wide;
        const r1 =
          w0 * (copy[p] as number) +
          w1 * (copy[p + 1] as number) +
          w2 * (copy[p + 2] as number) +
          w3 * (copy[p + 3] as number);
        p += wide;
        const r2 =
          w0 * (copy[p] as number) +
          w1 * (copy[p + 1] as number) +
          w2 * (copy[p + 2] as number) +
          w3 * (copy[p + 3] as number);
        p += wide;
        const r3 =
          w0 * (copy[p] as number) +
          w1 * (copy[p + 1] as number) +
          w2 * (copy[p + 2] as number) +
          w3 * (copy[p + 3] as number);
        const sum =
          ((CUBIC[b] as number) * r0 +
            (CUBIC[b + 1] as number) * r1 +
            (CUBIC[b + 2] as number) * r2 +
            (CUBIC[b + 3] as number) * r3 +
            (UNIT * UNIT) / 2) >>
          14;
        data[out + x * step] = sum < 0 ? 0 : sum > 255 ? 255 : sum;
      }
    }
  }

  #largest(field: ShapeField): number {
    let largest = 0;
    for (let i = 0; i < field.dx.length; i++)
      largest = Math.max(largest, Math.abs(field.dx[i] as number), Math.abs(field.dy[i] as number));
    return largest;
  }
}

/** The rectangle round all cells of which a corner moves. */
function movingBox(frame: Frame, field: ShapeField): Box {
  const { nodes, cell, dx, dy } = field;
  let [u0, v0, u1, v1] = [nodes, nodes, -1, -1];
  for (let v = 0; v < nodes; v++)
    for (let u = 0; u < nodes; u++) {
      const node = v * nodes + u;
      if (Math.abs(dx[node] as number) < STILL && Math.abs(dy[node] as number) < STILL) continue;
      u0 = Math.min(u0, u);
      u1 = Math.max(u1, u);
      v0 = Math.min(v0, v);
      v1 = Math.max(v1, v);
    }
  if (u1 < 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.max(0, Math.floor(field.x0 + (u0 - 1) * cell));
  const y = Math.max(0, Math.floor(field.y0 + (v0 - 1) * cell));
  return {
    x,
    y,
    width: Math.max(0, Math.min(frame.width, Math.ceil(field.x0 + (u1 + 1) * cell) + 1) - x),
    height: Math.max(0, Math.min(frame.height, Math.ceil(field.y0 + (v1 + 1) * cell) + 1) - y),
  };
}

/** Linear between pixels, the rim repeated. */
function linear(copy: Uint8Array, wide: number, high: number, sx: number, sy: number): number {
  const x = sx < 0 ? 0 : sx > wide - 1 ? wide - 1 : sx;
  const y = sy < 0 ? 0 : sy > high - 1 ? high - 1 : sy;
  const ix = x | 0;
  const iy = y | 0;
  const right = ix + 1 < wide ? 1 : 0;
  const down = iy + 1 < high ? wide : 0;
  const fx = x - ix;
  const fy = y - iy;
  const p = iy * wide + ix;
  return (
    ((1 - fy) * ((1 - fx) * (copy[p] as number) + fx * (copy[p + right] as number)) +
      fy * ((1 - fx) * (copy[p + down] as number) + fx * (copy[p + down + right] as number)) +
      0.5) |
    0
  );
}
