/** What the net `voice` looks at: two log spectra of two seconds with the channel taken away. `training/detect/voice/net.py` is its twin. */
import { type FrameOptions, powerSpectra } from './spectrum.js';

/** Samples of a window, at 16 kHz: two seconds. */
export const VOICE_WINDOW = 32_000;
/** Rows of a {@link voiceSpectrum}, 10 ms each. */
export const VOICE_FRAMES = 197;
/** Columns of a {@link voiceSpectrum}: 31.25 Hz each, from 31.25 Hz to 8 kHz. */
export const VOICE_BINS = 256;
/** Rows of {@link voicePulses}, 2.5 ms each. */
export const PULSE_FRAMES = 797;
/** Columns of {@link voicePulses}: 125 Hz each, from 125 Hz to 8 kHz. */
export const PULSE_BINS = 64;

/** Nothing counts that lies further below the loudest cell, in natural logarithms of power: 70 dB. */
const FLOOR = 16.1;
/** Bins over which the mean spectrum is smoothed before it is taken away. */
const SMOOTH = 25;
/** The level that the training gave its pieces; it only matters for the constant under the logarithm. */
const LEVEL = 0.07;

/** Log power of all bins but the lowest, no lower than {@link FLOOR} below the loudest, and the mean of each bin over time. */
function logPower(samples: Float32Array, options: FrameOptions): { rows: Float32Array; mean: Float64Array } {
  const average = samples.reduce((a, b) => a + b, 0) / samples.length;
  const deviation = Math.sqrt(samples.reduce((a, b) => a + (b - average) ** 2, 0) / samples.length);
  const gain = LEVEL / (deviation + 1e-5);
  const { frames, bins, power } = powerSpectra(
    samples.map((v) => v * gain),
    options,
  );
  const width = bins - 1;
  const rows = new Float32Array(frames * width);
  let most = Number.NEGATIVE_INFINITY;
  for (let f = 0; f < frames; f++)
    for (let k = 0; k < width; k++) {
      const v = Math.log((power[f * bins + k + 1] as number) + 1e-9);
      rows[f * width + k] = v;
      if (v > most) most = v;
    }
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) {
    const v = Math.max(rows[i] as number, most - FLOOR);
    rows[i] = v;
    mean[i % width] = (mean[i % width] as number) + v / frames;
  }
  return { rows, mean };
}

/** Less a spectrum, in the units of the net; in place. */
function less(rows: Float32Array, colour: Float64Array): Float32Array {
  for (let i = 0; i < rows.length; i++) rows[i] = ((rows[i] as number) - (colour[i % colour.length] as number)) / 3;
  return rows;
}

/**
 * The log spectrum of a window, less its smoothed mean over time: what is left does not know microphone, room colour and
 * loudness, and still shows lines finer than {@link SMOOTH} bins.
 *
 * @param samples {@link VOICE_WINDOW} of them, one channel, 16 kHz
 * @returns {@link VOICE_FRAMES} rows of {@link VOICE_BINS}
 */
export function voiceSpectrum(samples: Float32Array): Float32Array {
  const { rows, mean } = logPower(samples, { window: 400, size: 512, hop: 160 });
  const colour = Float64Array.from(mean, (_, k) => {
    let total = 0;
    for (let d = -(SMOOTH >> 1); d <= SMOOTH >> 1; d++)
      total += mean[Math.max(0, Math.min(VOICE_BINS - 1, k + d))] as number;
    return total / SMOOTH;
  });
  return less(rows, colour);
}

/**
 * The same window in frames of 8 ms, less their mean over time: too short to show the lines of a voice, short enough to
 * show each of its pulses, which need the right phases.
 *
 * @param samples {@link VOICE_WINDOW} of them, one channel, 16 kHz
 * @returns {@link PULSE_FRAMES} rows of {@link PULSE_BINS}
 */
export function voicePulses(samples: Float32Array): Float32Array {
  const { rows, mean } = logPower(samples, { window: 128, size: 128, hop: 40 });
  return less(rows, mean);
}
