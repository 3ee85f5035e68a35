/** Laying a picture over a frame in place, touching nothing but what is covered. */
import { LikenessError } from '../base/index.js';
import { type YuvConstants, yuvConstants } from './color.js';
import type { Frame } from './types.js';

/** Colours in 0 to 255. */
export type RgbValues = Float32Array | Uint8Array | Uint8ClampedArray;

/** How {@link writeRgbRegion} reads its input. */
export interface RegionOptions {
  /** `interleaved` (default): three numbers for each pixel. `planar`: all red, all green, all blue. */
  readonly layout?: 'planar' | 'interleaved';
}

/**
 * Blends an RGB picture into a frame, in the frame's own format, matrix and range.
 *
 * A pixel with alpha 0 keeps its luma to the bit; a chroma sample keeps its value to the bit where all of its (up to)
 * four pixels have alpha 0, else it is blended with their mean alpha and their alpha-weighted mean colour. What lies
 * outside of the frame is left out. The alpha of an RGBA frame is not changed.
 *
 * @param x left edge in the frame, a whole number, may be negative
 * @param rgb `3 * width * height` colours, 0 to 255
 * @param alpha `width * height` weights: floats in 0 to 1, or bytes in 0 to 255
 */
export function writeRgbRegion(
  frame: Frame,
  x: number,
  y: number,
  width: number,
  height: number,
  rgb: RgbValues,
  alpha: Float32Array | Uint8Array,
  options: RegionOptions = {},
): void {
  const size = width * height;
  if (![x, y, width, height].every(Number.isInteger) || rgb.length < 3 * size || alpha.length < size)
    throw new LikenessError(
      'media.bad-argument',
      `A region of ${width}x${height} at ${x},${y} needs ${3 * size} colours and ${size} weights.`,
    );
  const planar = options.layout === 'planar';
  const place: Placement = {
    left: Math.max(0, x),
    top: Math.max(0, y),
    right: Math.min(frame.width, x + width),
    bottom: Math.min(frame.height, y + height),
    x,
    y,
    width,
    step: planar ? 1 : 3,
    next: planar ? size : 1,
    weight: alpha instanceof Float32Array ? 1 : 1 / 255,
  };
  if (place.left >= place.right || place.top >= place.bottom) return;
  if (frame.format === 'rgba') blendRgba(frame.pixels, frame.width, place, rgb, alpha);
  else blendI420(frame.pixels, frame.width, frame.height, yuvConstants(frame.color), place, rgb, alpha);
}

/** Where the region lies and how its numbers are laid out. */
interface Placement {
  /** The part inside the frame, in frame pixels. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Corner and row length of the whole region. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Distance between neighbouring pixels and between the channels of one pixel. */
  readonly step: number;
  readonly next: number;
  /** Makes weights of alpha values. */
  readonly weight: number;
}

function blendRgba(
  pixels: Uint8Array,
  frameWidth: number,
  place: Placement,
  rgb: RgbValues,
  alpha: Float32Array | Uint8Array,
): void {
  const { left, right, step, next, weight } = place;
  for (let y = place.top; y < place.bottom; y++) {
    let at = (y - place.y) * place.width + left - place.x;
    let p = (y * frameWidth + left) * 4;
    for (let x = left; x < right; x++, at++, p += 4) {
      const a = (alpha[at] as number) * weight;
      if (!(a > 0)) continue;
      for (let c = 0; c < 3; c++) {
        const old = pixels[p + c] as number;
        const value = old + a * ((rgb[at * step + c * next] as number) - old) + 0.5;
        pixels[p + c] = value < 0 ? 0 : Math.min(value, 255);
      }
    }
  }
}

function blendI420(
  planes: Uint8Array,
  frameWidth: number,
  frameHeight: number,
  k: YuvConstants,
  place: Placement,
  rgb: RgbValues,
  alpha: Float32Array | Uint8Array,
): void {
  const { left, right, top, bottom, step, next, weight } = place;
  const { yBase, yr, yg, yb, ub, vr, kr, kg, kb } = k;
  const half = (frameWidth + 1) >> 1;
  const uAt = frameWidth * frameHeight;
  const vAt = uAt + half * ((frameHeight + 1) >> 1);
  for (let cy = top >> 1; cy <= (bottom - 1) >> 1; cy++) {
    const y0 = Math.max(cy * 2, top);
    const y1 = Math.min(cy * 2 + 2, bottom);
    const rowsInFrame = Math.min(2, frameHeight - cy * 2);
    for (let cx = left >> 1; cx <= (right - 1) >> 1; cx++) {
      const x0 = Math.max(cx * 2, left);
      const x1 = Math.min(cx * 2 + 2, right);
      let sum = 0;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let y = y0; y < y1; y++) {
        let at = (y - place.y) * place.width + x0 - place.x;
        for (let x = x0; x < x1; x++, at++) {
          const a = (alpha[at] as number) * weight;
          if (!(a > 0)) continue;
          const from = at * step;
          const red = rgb[from] as number;
          const green = rgb[from + next] as number;
          const blue = rgb[from + 2 * next] as number;
          const p = y * frameWidth + x;
          const old = planes[p] as number;
          const value = old + a * (yBase + yr * red + yg * green + yb * blue - old) + 0.5;
          planes[p] = value < 0 ? 0 : Math.min(value, 255);
          sum += a;
          r += a * red;
          g += a * green;
          b += a * blue;
        }
      }
      if (sum <= 0) continue;
      const columnsInFrame = frameWidth - cx * 2 < 2 ? 1 : 2;
      const mean = sum / (rowsInFrame * columnsInFrame);
      r /= sum;
      g /= sum;
      b /= sum;
      const luma = kr * r + kg * g + kb * b;
      const c = cy * half + cx;
      const oldU = planes[uAt + c] as number;
      const oldV = planes[vAt + c] as number;
      const u = oldU + mean * (128 + ub * (b - luma) - oldU) + 0.5;
      const v = oldV + mean * (128 + vr * (r - luma) - oldV) + 0.5;
      planes[uAt + c] = u < 0 ? 0 : Math.min(u, 255);
      planes[vAt + c] = v < 0 ? 0 : Math.min(v, 255);
    }
  }
}
