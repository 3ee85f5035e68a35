/** How loud the part of sound is that a mouth shapes. */
import { powerSpectra } from './spectrum.js';
import { SPEECH_RATE } from './voice-activity.js';

/** Seconds from one value of {@link mouthLoudness} to the next. */
export const LOUDNESS_STEP = 0.02;

/** Edges of the bands in Hz: first and second formant and what lies between; no hum, no hiss. */
const EDGES = [300, 600, 900, 1300, 2000, 3000];
const SIZE = 512;
/** A band counts no lower than this share of its loudest moment. */
const FLOOR = 1e-6;

/**
 * Mean log power of the bands that open and close with the mouth, every {@link LOUDNESS_STEP} seconds; value `i` belongs to
 * the time `i * LOUDNESS_STEP`.
 *
 * @param samples one channel, {@link SPEECH_RATE} a second
 */
export function mouthLoudness(samples: Float32Array): Float32Array {
  const padded = new Float32Array(samples.length + SIZE);
  padded.set(samples, SIZE >> 1);
  const { frames, bins, power } = powerSpectra(padded, { window: SIZE, size: SIZE, hop: LOUDNESS_STEP * SPEECH_RATE });
  const out = new Float32Array(frames);
  for (let band = 0; band + 1 < EDGES.length; band++) {
    const from = Math.ceil(((EDGES[band] as number) * SIZE) / SPEECH_RATE);
    const to = Math.ceil(((EDGES[band + 1] as number) * SIZE) / SPEECH_RATE);
    const sums = new Float32Array(frames);
    let most = 1e-12;
    for (let f = 0; f < frames; f++) {
      let sum = 0;
      for (let k = from; k < to; k++) sum += power[f * bins + k] as number;
      sums[f] = sum;
      most = Math.max(most, sum);
    }
    for (let f = 0; f < frames; f++)
      out[f] = (out[f] as number) + Math.log((sums[f] as number) + FLOOR * most) / (EDGES.length - 1);
  }
  return out;
}
