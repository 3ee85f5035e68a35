/** What the net `voice` looks at: log spectra of two seconds with the channel taken away. `training/detect/voice/net.py` is its twin. */
import { powerSpectra } from './spectrum.js';

/** Samples of a window, at 16 kHz: two seconds. */
export const VOICE_WINDOW = 32_000;
/** Rows of a {@link voiceSpectrum}, 10 ms each. */
export const VOICE_FRAMES = 197;
/** Columns of a {@link voiceSpectrum}: 31.25 Hz each, from 31.25 Hz to 8 kHz. */
export const VOICE_BINS = 256;

/** Nothing counts that lies further below the loudest cell, in natural logarithms of power: 70 dB. */
const FLOOR = 16.1;
/** Bins over which the mean spectrum is smoothed before it is taken away. */
const SMOOTH = 25;
/** The level that the training gave its pieces; it only matters for the constant under the logarithm. */
const LEVEL = 0.07;

/**
 * The log spectrum of a window, less its smoothed mean over time: what is left does not know microphone, room colour and
 * loudness, and still shows lines finer than {@link SMOOTH} bins.
 *
 * @param samples {@link VOICE_WINDOW} of them, one channel, 16 kHz
 * @returns {@link VOICE_FRAMES} rows of {@link VOICE_BINS}
 */
export function voiceSpectrum(samples: Float32Array): Float32Array {
  const mean = samples.reduce((a, b) => a + b, 0) / samples.length;
  const deviation = Math.sqrt(samples.reduce((a, b) => a + (b - mean) ** 2, 0) / samples.length);
  const gain = LEVEL / (deviation + 1e-5);
  const { frames, bins, power } = powerSpectra(
    samples.map((v) => v * gain),
    { window: 400, size: 512, hop: 160 },
  );
  const out = new Float32Array(frames * VOICE_BINS);
  let most = Number.NEGATIVE_INFINITY;
  for (let f = 0; f < frames; f++)
    for (let k = 0; k < VOICE_BINS; k++) {
      const v = Math.log((power[f * bins + k + 1] as number) + 1e-9);
      out[f * VOICE_BINS + k] = v;
      if (v > most) most = v;
    }
  const sum = new Float64Array(VOICE_BINS);
  for (let i = 0; i < out.length; i++) {
    const v = Math.max(out[i] as number, most - FLOOR);
    out[i] = v;
    sum[i % VOICE_BINS] = (sum[i % VOICE_BINS] as number) + v / frames;
  }
  const colour = Float64Array.from(sum, (_, k) => {
    let total = 0;
    for (let d = -(SMOOTH >> 1); d <= SMOOTH >> 1; d++)
      total += sum[Math.max(0, Math.min(VOICE_BINS - 1, k + d))] as number;
    return total / SMOOTH;
  });
  for (let i = 0; i < out.length; i++) out[i] = ((out[i] as number) - (colour[i % VOICE_BINS] as number)) / 3;
  return out;
}
