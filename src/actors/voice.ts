/** A made-up voice that fits a mouth: a buzz through formants that follow jaw and lips. It says nothing in any language. */
import { expressionIndex } from '../base/index.js';
import { hash, smoothstep, wander } from './noise.js';
import type { ActorState } from './types.js';

/** Samples a second. */
export const VOICE_RATE = 24000;

const JAW = expressionIndex('jawOpen');
const PUCKER = expressionIndex('mouthPucker');
const FUNNEL = expressionIndex('mouthFunnel');
const STRETCH = expressionIndex('mouthStretchLeft');

/**
 * Speaks along with a performance.
 *
 * @param states one a frame
 * @param fps frames per second
 * @param seed chooses pitch and size of the voice
 * @returns mono samples, -1..1, {@link VOICE_RATE} a second
 */
export function speakAlong(states: readonly ActorState[], fps: number, seed: number): Float32Array {
  const out = new Float32Array(Math.round((states.length / fps) * VOICE_RATE));
  const pitch = 95 + 120 * hash(seed, 71);
  const size = 0.92 + 0.2 * hash(seed, 72);
  const memory = new Float64Array(6);
  let phase = 0;
  let loud = 0;
  const weight = (t: number, index: number): number => {
    const f = t * fps;
    const a = states[Math.min(states.length - 1, Math.floor(f))] as ActorState;
    const b = states[Math.min(states.length - 1, Math.floor(f) + 1)] as ActorState;
    const s = f - Math.floor(f);
    return (a.expression[index] as number) * (1 - s) + (b.expression[index] as number) * s;
  };
  let jaw = 0;
  let round = 0;
  let wide = 0;
  for (let i = 0; i < out.length; i++) {
    const t = i / VOICE_RATE;
    if (i % 48 === 0) {
      jaw = weight(t, JAW);
      round = weight(t, PUCKER) + weight(t, FUNNEL);
      wide = weight(t, STRETCH);
    }
    loud += (smoothstep(0.03, 0.3, jaw + 0.3 * round) - loud) * 0.004;
    phase += (pitch * (1 + 0.12 * wander(seed, t, 1.2) + 0.08 * jaw)) / VOICE_RATE;
    if (phase >= 1) phase -= 1;
    // A rounded sawtooth, and breath.
    let v = (2 * phase - 1) * (1 - smoothstep(0.9, 1, phase)) + 0.06 * (hash(i, seed) - 0.5);
    const formants = [(320 + 620 * jaw) * size, (1450 + 900 * wide - 750 * Math.min(1, round)) * size, 2650 * size];
    for (let k = 0; k < 3; k++) {
      const w = (2 * Math.PI * (formants[k] as number)) / VOICE_RATE;
      const r = 1 - ((60 + 45 * k) / VOICE_RATE) * Math.PI;
      const y =
        v * (1 - r) * 2.2 + 2 * r * Math.cos(w) * (memory[k * 2] as number) - r * r * (memory[k * 2 + 1] as number);
      memory[k * 2 + 1] = memory[k * 2] as number;
      memory[k * 2] = y;
      v = 0.35 * v + y * (k === 0 ? 1 : 0.7);
    }
    out[i] = Math.max(-0.95, Math.min(0.95, v * loud * 0.5));
  }
  return out;
}

/** Packs mono samples as a 16-bit WAV file. */
export function wavOf(samples: Float32Array, rate: number): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [i, v] of samples.entries()) bytes.writeInt16LE(Math.round(v * 32767), 44 + i * 2);
  return bytes;
}
