/** Cuts what a net wants to see out of a frame: any turned, scaled square, in RGB. */
import type { Frame } from '../../media/types.js';
import type { Affine } from '../geometry/index.js';

/** How samples become numbers. */
export interface SampleOptions {
  /** The number is `value * scale + offset[channel]`, where value is 0..255; scale 1 unless told. */
  readonly scale?: number;
  /** Per channel, in the order of the output; 0 unless told. */
  readonly offset?: readonly [number, number, number];
  /** True: blue, green, red. */
  readonly bgr?: boolean;
}

/** Red, green and blue from Y, Cb and Cr: luma gain and zero, then the four chroma gains. */
function yuvGains(frame: Frame): readonly [number, number, number, number, number, number] {
  const [kr, kb] =
    frame.color.matrix === 'bt601'
      ? [0.299, 0.114]
      : frame.color.matrix === 'bt2020'
        ? [0.2627, 0.0593]
        : [0.2126, 0.0722];
  const kg = 1 - kr - kb;
  const [luma, zero, chroma] = frame.color.range === 'limited' ? [255 / 219, 16, 255 / 224] : [1, 0, 1];
  const [rv, bu] = [2 * (1 - kr) * chroma, 2 * (1 - kb) * chroma];
  return [luma, zero, rv, (-bu * kb) / kg, (-rv * kr) / kg, bu];
}

/**
 * Fills `out` (`width * height * 3`, interleaved) with what `m` shows: `m` maps a pixel of the output to one of the frame,
 * centres at whole numbers. Outside the frame is black. Where the output is much smaller than its part of the frame,
 * several samples are averaged, so that nothing flickers.
 */
export function sampleAffine(
  frame: Frame,
  m: Affine,
  width: number,
  height: number,
  out: Float32Array,
  options: SampleOptions = {},
): void {
  const scale = options.scale ?? 1;
  const [o0, o1, o2] = options.offset ?? [0, 0, 0];
  const [first, third] = options.bgr ? [2, 0] : [0, 2];
  const rgb = new Float32Array(3);
  const taps = Math.max(1, Math.min(6, Math.round(Math.sqrt(Math.abs(m[0] * m[4] - m[1] * m[3])) / 1.4)));
  const share = scale / (taps * taps);
  const read = frame.format === 'rgba' ? rgbaReader(frame, rgb) : i420Reader(frame, rgb);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb[0] = 0;
      rgb[1] = 0;
      rgb[2] = 0;
      for (let v = 0; v < taps; v++) {
        const dy = y + (v + 0.5) / taps - 0.5;
        for (let u = 0; u < taps; u++) {
          const dx = x + (u + 0.5) / taps - 0.5;
          read(m[0] * dx + m[1] * dy + m[2], m[3] * dx + m[4] * dy + m[5]);
        }
      }
      out[at] = (rgb[first] as number) * share + o0;
      out[at + 1] = (rgb[1] as number) * share + o1;
      out[at + 2] = (rgb[third] as number) * share + o2;
      at += 3;
    }
  }
}

type Reader = (x: number, y: number) => void;

/** Adds one bilinear sample to `rgb`. */
function rgbaReader(frame: Frame, rgb: Float32Array): Reader {
  const { width, height, pixels } = frame;
  return (sx, sy) => {
    if (!(sx > -0.5 && sy > -0.5 && sx < width - 0.5 && sy < height - 0.5)) return;
    const x = Math.max(0, sx);
    const y = Math.max(0, sy);
    const x0 = x | 0;
    const y0 = y | 0;
    const fx = x - x0;
    const fy = y - y0;
    const a = (y0 * width + x0) * 4;
    const right = x0 + 1 < width ? 4 : 0;
    const below = y0 + 1 < height ? 4 * width : 0;
    const w11 = fx * fy;
    const w01 = fx - w11;
    const w10 = fy - w11;
    const w00 = 1 - fx - w10;
    for (let k = 0; k < 3; k++) {
      const i = a + k;
      rgb[k] =
        (rgb[k] as number) +
        w00 * (pixels[i] as number) +
        w01 * (pixels[i + right] as number) +
        w10 * (pixels[i + below] as number) +
        w11 * (pixels[i + below + right] as number);
    }
  };
}

/** Adds one sample to `rgb`: luma bilinear, chroma from the nearest pair. */
function i420Reader(frame: Frame, rgb: Float32Array): Reader {
  const { width, height, pixels } = frame;
  const chromaWidth = (width + 1) >> 1;
  const uAt = width * height;
  const vAt = uAt + chromaWidth * ((height + 1) >> 1);
  const [gain, zero, rv, gu, gv, bu] = yuvGains(frame);
  return (sx, sy) => {
    if (!(sx > -0.5 && sy > -0.5 && sx < width - 0.5 && sy < height - 0.5)) return;
    const x = Math.max(0, sx);
    const y = Math.max(0, sy);
    const x0 = x | 0;
    const y0 = y | 0;
    const fx = x - x0;
    const fy = y - y0;
    const i = y0 * width + x0;
    const right = x0 + 1 < width ? 1 : 0;
    const below = y0 + 1 < height ? width : 0;
    const top = (pixels[i] as number) * (1 - fx) + (pixels[i + right] as number) * fx;
    const bottom = (pixels[i + below] as number) * (1 - fx) + (pixels[i + below + right] as number) * fx;
    const luma = (top + (bottom - top) * fy - zero) * gain;
    const c = (((y + 0.5) | 0) >> 1) * chromaWidth + (((x + 0.5) | 0) >> 1);
    const u = (pixels[uAt + c] as number) - 128;
    const v = (pixels[vAt + c] as number) - 128;
    rgb[0] = (rgb[0] as number) + Math.min(255, Math.max(0, luma + rv * v));
    rgb[1] = (rgb[1] as number) + Math.min(255, Math.max(0, luma + gu * u + gv * v));
    rgb[2] = (rgb[2] as number) + Math.min(255, Math.max(0, luma + bu * u));
  };
}
