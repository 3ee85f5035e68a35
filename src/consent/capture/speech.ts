/** Whether somebody speaks, by the net `voice-activity` (Silero). Says nothing about what is said, or by whom. */
import { openModel } from '../../models/index.js';

/** Samples a second that the net was made for. */
export const SPEECH_RATE = 16_000;
const WINDOW = 512;
const BEFORE = 64;
/** A window is speech at or above this. */
const SPEECH = 0.5;

/**
 * Seconds of speech in a sound.
 *
 * @param samples mono, -1..1, {@link SPEECH_RATE} a second
 */
export async function speechSeconds(samples: Float32Array): Promise<number> {
  const net = await openModel('voice-activity');
  try {
    let state = new Float32Array(2 * 128);
    let spoken = 0;
    for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
      const data = new Float32Array(BEFORE + WINDOW);
      data.set(samples.subarray(Math.max(0, at - BEFORE), at), Math.max(0, BEFORE - at));
      data.set(samples.subarray(at, at + WINDOW), BEFORE);
      const result = await net.run({
        input: { dtype: 'float32', dims: [1, BEFORE + WINDOW], data },
        state: { dtype: 'float32', dims: [2, 1, 128], data: state },
        sr: { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(SPEECH_RATE)) },
      });
      if (Number(result['output']?.data[0]) >= SPEECH) spoken += WINDOW / SPEECH_RATE;
      state = Float32Array.from(result['stateN']?.data as Float32Array);
    }
    return spoken;
  } finally {
    await net.close();
  }
}
