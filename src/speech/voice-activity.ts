/** Whether somebody speaks, by the net `voice-activity` (Silero). Says nothing about what is said, or by whom. */
import type { ModelSession } from '../models/index.js';

/** Samples a second that the speech nets were made for. */
export const SPEECH_RATE = 16_000;
/** Seconds that one value of {@link speechActivity} stands for. */
export const ACTIVITY_STEP = 512 / SPEECH_RATE;
/** A window is speech at or above this. */
export const SPEECH = 0.5;

const WINDOW = 512;
const BEFORE = 64;
/** Windows that a part hears of the part before it, so that the net's memory has settled. */
const SETTLE = 24;
/** Parts are at least this many windows, lest most of the work be settling. */
const LEAST = 96;
const MOST_PARTS = 8;

/**
 * How likely somebody speaks, 0 to 1, for every {@link ACTIVITY_STEP} seconds.
 *
 * The net goes through the sound step by step, so a longer sound is cut into parts that go through it side by side; each
 * begins .8 seconds early and forgets that time.
 *
 * @param net the session of `voice-activity`
 * @param samples mono, -1..1, {@link SPEECH_RATE} a second
 */
export async function speechActivity(net: ModelSession, samples: Float32Array): Promise<Float32Array> {
  const count = Math.floor(samples.length / WINDOW);
  const parts = Math.max(1, Math.min(MOST_PARTS, Math.floor(count / LEAST)));
  const length = Math.ceil(count / parts);
  const activity = new Float32Array(count);
  const settle = parts > 1 ? SETTLE : 0;
  let state = new Float32Array(2 * parts * 128);
  const size = BEFORE + WINDOW;
  for (let step = -settle; step < length; step++) {
    const data = new Float32Array(parts * size);
    for (let p = 0; p < parts; p++) {
      const from = (p * length + step) * WINDOW - BEFORE;
      const piece = samples.subarray(Math.max(0, from), Math.max(0, Math.min(samples.length, from + size)));
      data.set(piece, p * size + (from < 0 ? size - piece.length : 0));
    }
    const result = await net.run({
      input: { dtype: 'float32', dims: [parts, size], data },
      state: { dtype: 'float32', dims: [2, parts, 128], data: state },
      sr: { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(SPEECH_RATE)) },
    });
    state = Float32Array.from(result['stateN']?.data as Float32Array);
    for (let p = 0; step >= 0 && p < parts; p++) {
      const at = p * length + step;
      if (at < Math.min(count, (p + 1) * length)) activity[at] = Number(result['output']?.data[p]);
    }
  }
  return activity;
}

/** Seconds of speech in what {@link speechActivity} gave. */
export const spokenSeconds = (activity: Float32Array): number =>
  activity.reduce((sum, v) => sum + (v >= SPEECH ? ACTIVITY_STEP : 0), 0);
