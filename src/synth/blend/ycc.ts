/**
 * Frames as three planes of 8-bit code values. The compositor adds differences to code values, so that a pixel that it
 * does not touch keeps its bits; I420 is used as it lies in the frame, RGBA goes through BT.709 and only the difference
 * comes back.
 */
import { LikenessError } from '../../base/index.js';
import type { ColorInfo, ColorMatrix, Frame } from '../../media/index.js';
import type { Planes, Region } from './types.js';

/** Weights of red and blue in luma (ITU-T H.273). `rgb` pictures are worked on in BT.709. */
const WEIGHTS: Record<ColorMatrix, readonly [number, number]> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
  rgb: [0.2126, 0.0722],
};

/** Three 8-bit planes of a frame. */
export interface Plate {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** 1 where colour has half the resolution of luma in both directions. */
  readonly chromaShift: 0 | 1;
  readonly chromaWidth: number;
  readonly chromaHeight: number;
  readonly color: ColorInfo;
}

/** Coefficients from RGB to code values. */
export interface Coefficients {
  readonly kr: number;
  readonly kb: number;
  /** Code values a unit of RGB 0..1. */
  readonly lumaScale: number;
  readonly lumaOffset: number;
  readonly chromaScale: number;
}

/** The coefficients of a frame's colour. */
export function coefficients(color: ColorInfo): Coefficients {
  const [kr, kb] = WEIGHTS[color.matrix];
  const full = color.range === 'full' || color.matrix === 'rgb';
  return { kr, kb, lumaScale: full ? 255 : 219, lumaOffset: full ? 0 : 16, chromaScale: full ? 255 : 224 };
}

/** Views the planes of an I420 frame; nothing is copied. */
export function plateOf(frame: Frame): Plate {
  const { width, height } = frame;
  const chromaWidth = (width + 1) >> 1;
  const chromaHeight = (height + 1) >> 1;
  const luma = width * height;
  const chroma = chromaWidth * chromaHeight;
  if (frame.pixels.length < luma + 2 * chroma)
    throw new LikenessError(
      'blend.frame',
      `A ${width}x${height} I420 frame has ${frame.pixels.length} bytes, too few.`,
    );
  return {
    width,
    height,
    y: frame.pixels.subarray(0, luma),
    u: frame.pixels.subarray(luma, luma + chroma),
    v: frame.pixels.subarray(luma + chroma, luma + 2 * chroma),
    chromaShift: 1,
    chromaWidth,
    chromaHeight,
    color: frame.color,
  };
}

/** Planes of an RGBA frame, and the way back. The buffers are kept for the next frame of the same size. */
export class RgbaPlate {
  #plate: Plate | null = null;
  #before = new Uint8Array(0);

  /** Converts a rectangle (clipped to the frame) of the frame; the rest of the planes is undefined. */
  read(frame: Frame, x0: number, y0: number, x1: number, y1: number): Plate {
    const { width, height } = frame;
    const n = width * height;
    if (frame.pixels.length < n * 4)
      throw new LikenessError(
        'blend.frame',
        `A ${width}x${height} RGBA frame has ${frame.pixels.length} bytes, too few.`,
      );
    const color: ColorInfo = { ...frame.color, matrix: 'rgb', range: 'full' };
    if (this.#plate === null || this.#plate.width !== width || this.#plate.height !== height) {
      this.#plate = {
        width,
        height,
        y: new Uint8Array(n),
        u: new Uint8Array(n),
        v: new Uint8Array(n),
        chromaShift: 0,
        chromaWidth: width,
        chromaHeight: height,
        color,
      };
      this.#before = new Uint8Array(n * 3);
    }
    const p = this.#plate;
    const { kr, kb } = coefficients(color);
    const px = frame.pixels;
    for (let y = y0; y < y1; y++) {
      for (let x = x0, i = y * width + x0; x < x1; x++, i++) {
        const r = px[i * 4] as number;
        const g = px[i * 4 + 1] as number;
        const b = px[i * 4 + 2] as number;
        const l = kr * r + (1 - kr - kb) * g + kb * b;
        p.y[i] = l + 0.5;
        p.u[i] = Math.min(255, 128.5 + (b - l) / (2 * (1 - kb)));
        p.v[i] = Math.min(255, 128.5 + (r - l) / (2 * (1 - kr)));
      }
      this.#before.set(p.y.subarray(y * width + x0, y * width + x1), y * width + x0);
      this.#before.set(p.u.subarray(y * width + x0, y * width + x1), n + y * width + x0);
      this.#before.set(p.v.subarray(y * width + x0, y * width + x1), 2 * n + y * width + x0);
    }
    return p;
  }

  /** Adds to the frame what changed in the planes since {@link read}. Pixels whose planes did not change keep their bits. */
  write(frame: Frame, x0: number, y0: number, x1: number, y1: number): void {
    const p = this.#plate;
    if (p === null) return;
    const n = p.width * p.height;
    const { kr, kb } = coefficients(p.color);
    const px = frame.pixels;
    const put = (at: number, value: number): void => {
      px[at] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
    };
    for (let y = y0; y < y1; y++) {
      for (let x = x0, i = y * p.width + x0; x < x1; x++, i++) {
        const dy = (p.y[i] as number) - (this.#before[i] as number);
        const du = (p.u[i] as number) - (this.#before[n + i] as number);
        const dv = (p.v[i] as number) - (this.#before[2 * n + i] as number);
        if (dy === 0 && du === 0 && dv === 0) continue;
        const dr = dy + 2 * (1 - kr) * dv;
        const db = dy + 2 * (1 - kb) * du;
        put(i * 4, (px[i * 4] as number) + dr);
        put(i * 4 + 2, (px[i * 4 + 2] as number) + db);
        put(i * 4 + 1, (px[i * 4 + 1] as number) + (dy - kr * dr - kb * db) / (1 - kr - kb));
      }
    }
  }
}

/**
 * Planar RGB 0..1 (an engine's answer) to code values over a region of the work grid: luma in full, colour at `size`
 * or, with `level` 1, at half of it.
 *
 * @param image 3 * size * size
 */
export function imageToPlanes(
  image: Float32Array,
  size: number,
  level: 0 | 1,
  region: Region,
  c: Coefficients,
  out: Planes,
): void {
  const n = size * size;
  const kg = 1 - c.kr - c.kb;
  const cu = c.chromaScale / (2 * (1 - c.kb));
  const cv = c.chromaScale / (2 * (1 - c.kr));
  const half = size >> level;
  for (let y = region.y0; y < region.y1; y++) {
    for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
      const r = image[i] as number;
      const b = image[2 * n + i] as number;
      const l = c.kr * r + kg * (image[n + i] as number) + c.kb * b;
      out.y[i] = c.lumaOffset + c.lumaScale * l;
      if (level === 0) {
        out.u[i] = 128 + cu * (b - l);
        out.v[i] = 128 + cv * (r - l);
      }
    }
  }
  if (level === 0) return;
  for (let y = region.y0 >> 1; y < region.y1 >> 1; y++) {
    let i = 2 * y * size + region.x0;
    for (let o = y * half + (region.x0 >> 1), end = y * half + (region.x1 >> 1); o < end; o++, i += 2) {
      const j = i + size;
      const r = (image[i] as number) + (image[i + 1] as number) + (image[j] as number) + (image[j + 1] as number);
      const k = i + 2 * n;
      const m = j + 2 * n;
      const b = (image[k] as number) + (image[k + 1] as number) + (image[m] as number) + (image[m + 1] as number);
      const l4 =
        ((out.y[i] as number) + (out.y[i + 1] as number) + (out.y[j] as number) + (out.y[j + 1] as number)) * 0.25;
      const l = (l4 - c.lumaOffset) / c.lumaScale;
      out.u[o] = 128 + cu * (b * 0.25 - l);
      out.v[o] = 128 + cv * (r * 0.25 - l);
    }
  }
}
