/** Power spectra of sound, frame by frame. */
import { fft } from '../base/index.js';

/** How sound is cut into frames. */
export interface FrameOptions {
  /** Samples under the window (Hann). */
  readonly window: number;
  /** Length of the transform, a power of two, at least `window`; the window lies in its middle. */
  readonly size: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
}

/** Power spectra, row by row: `frames` rows of `size / 2 + 1` bins. */
export interface Spectra {
  readonly frames: number;
  readonly bins: number;
  readonly power: Float32Array;
}

/**
 * Squared magnitudes of the short-time Fourier transform. Nothing is added at the ends: frame `i` holds the `size` samples
 * from `i * hop`, and a sound shorter than `size` has no frame.
 *
 * @param samples one channel
 */
export function powerSpectra(samples: Float32Array, { window, size, hop }: FrameOptions): Spectra {
  const frames = Math.max(0, Math.floor((samples.length - size) / hop) + 1);
  const bins = size / 2 + 1;
  const power = new Float32Array(frames * bins);
  const before = (size - window) >> 1;
  const weights = Float32Array.from({ length: window }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window));
  const re = new Float32Array(size);
  const im = new Float32Array(size);
  // Two real frames are one complex transform.
  for (let f = 0; f < frames; f += 2) {
    re.fill(0);
    im.fill(0);
    const a = f * hop + before;
    for (let i = 0; i < window; i++) re[before + i] = (samples[a + i] as number) * (weights[i] as number);
    if (f + 1 < frames)
      for (let i = 0; i < window; i++) im[before + i] = (samples[a + hop + i] as number) * (weights[i] as number);
    fft(re, im, size);
    for (let k = 0; k < bins; k++) {
      const m = k === 0 ? 0 : size - k;
      const [x, y, u, v] = [re[k] as number, im[k] as number, re[m] as number, im[m] as number];
      power[f * bins + k] = ((x + u) ** 2 + (y - v) ** 2) / 4;
      if (f + 1 < frames) power[(f + 1) * bins + k] = ((y + v) ** 2 + (u - x) ** 2) / 4;
    }
  }
  return { frames, bins, power };
}
