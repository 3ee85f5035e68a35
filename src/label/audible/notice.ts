/**
 * An audible notice for sound: two tones in the rhythm short-long, short-short, which is "AI" in Morse code and the rhythm
 * that GB 45438-2025 (5.3) names for sound. It needs no voice and no language. The sound is turned down while it plays.
 */
import { LikenessError } from '../../base/index.js';

/** Tone of each letter in hertz: a fifth apart, so that it is heard as a signal and not as an alarm. */
const TONES = [880, 587.33] as const;
/** Seconds of a short sign; a long one lasts three times as long, pauses one and (between letters) three times. */
const UNIT = 0.1;
const LETTERS = [
  [1, 3],
  [1, 1],
] as const;
/** Seconds in which a tone swells and dies away, so that it does not click. */
const SWELL = 0.012;

/** Loudness of the tones against full scale, and what is left of the sound beneath them. */
const LEVEL = 0.22;
const BENEATH = 0.3;

interface Sign {
  readonly start: number;
  readonly length: number;
  readonly tone: number;
}

const SIGNS: readonly Sign[] = (() => {
  const signs: Sign[] = [];
  let at = 0;
  LETTERS.forEach((letter, i) => {
    for (const units of letter) {
      signs.push({ start: at, length: units * UNIT, tone: TONES[i] as number });
      at += (units + 1) * UNIT;
    }
    at += 2 * UNIT;
  });
  return signs;
})();

/** Seconds that the notice lasts. */
export const NOTICE_SECONDS = Math.max(...SIGNS.map((s) => s.start + s.length));

function checkRate(sampleRate: number): void {
  if (!(sampleRate >= 4000 && sampleRate <= 768000))
    throw new LikenessError('label.notice.rate', `A notice cannot be made at ${sampleRate} samples a second.`, {
      hint: 'Give the sound at 4,000 samples a second or more.',
    });
}

/**
 * The notice alone, full scale being 1.
 *
 * @param sampleRate samples a second, 4000 or more
 * @throws LikenessError `label.notice.rate`
 */
export function audibleNotice(sampleRate: number): Float32Array {
  checkRate(sampleRate);
  const out = new Float32Array(Math.ceil(NOTICE_SECONDS * sampleRate));
  for (const { start, length, tone } of SIGNS) {
    const from = Math.round(start * sampleRate);
    const count = Math.round(length * sampleRate);
    for (let i = 0; i < count && from + i < out.length; i++) {
      const t = i / sampleRate;
      const swell = Math.min(1, t / SWELL, (length - t) / SWELL);
      // A little of the octave makes it audible on small loudspeakers.
      const wave = Math.sin(2 * Math.PI * tone * t) + 0.25 * Math.sin(4 * Math.PI * tone * t);
      out[from + i] = LEVEL * Math.sin((Math.max(0, swell) * Math.PI) / 2) * wave;
    }
  }
  return out;
}

/** Where notices go. */
export interface NoticePlan {
  /** Seconds between the beginnings of two notices; one at the beginning only where left out. */
  readonly every?: number;
}

/**
 * Mixes the notice into sound in place. Sound that is shorter than a notice gets as much of it as fits; no sample leaves
 * -1 to 1.
 *
 * @param channels samples of each channel, all of one length, full scale being 1
 * @returns seconds at which notices begin
 * @throws LikenessError `label.notice.rate`, `label.notice.sound`
 */
export function addAudibleNotice(
  channels: readonly Float32Array[],
  sampleRate: number,
  plan: NoticePlan = {},
): number[] {
  const notice = audibleNotice(sampleRate);
  const length = channels[0]?.length ?? 0;
  if (length === 0 || channels.some((c) => c.length !== length))
    throw new LikenessError(
      'label.notice.sound',
      'There is no sound to put a notice in, or its channels differ in length.',
    );
  const every = plan.every === undefined ? Number.POSITIVE_INFINITY : Math.max(2 * NOTICE_SECONDS, plan.every);
  const starts = [0];
  for (let at = every; at + NOTICE_SECONDS <= length / sampleRate; at += every) starts.push(at);
  const ramp = Math.round(0.05 * sampleRate);
  for (const start of starts) {
    const from = Math.round(start * sampleRate);
    for (const samples of channels)
      for (let i = 0; i < notice.length && from + i < length; i++) {
        const edge = Math.min(1, i / ramp, (notice.length - i) / ramp);
        const kept = 1 - (1 - BENEATH) * edge;
        const mixed = (samples[from + i] as number) * kept + (notice[i] as number);
        samples[from + i] = Math.max(-1, Math.min(1, mixed));
      }
  }
  return starts;
}

/** Strength of one frequency in a stretch of samples, 0 to 1 of full scale (Goertzel's recursion). */
function strengthOf(samples: Float32Array, from: number, count: number, frequency: number, sampleRate: number): number {
  const k = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let [a, b] = [0, 0];
  for (let i = from; i < from + count; i++) {
    const c = (samples[i] as number) + k * a - b;
    b = a;
    a = c;
  }
  return (2 / count) * Math.sqrt(Math.max(0, a * a + b * b - k * a * b));
}

/**
 * Whether a notice plays from `start` on: every sign has its own tone, clearly above the other, and every pause is without
 * either.
 *
 * @param start in seconds
 */
export function hearsNotice(samples: Float32Array, sampleRate: number, start = 0): boolean {
  const from = Math.round(start * sampleRate);
  if (from < 0 || from + Math.floor(NOTICE_SECONDS * sampleRate) > samples.length) return false;
  const at = (seconds: number, length: number, tone: number): number =>
    strengthOf(samples, from + Math.round(seconds * sampleRate), Math.floor(length * sampleRate), tone, sampleRate);
  const loud = SIGNS.map((s) => at(s.start + 0.02, s.length - 0.04, s.tone));
  const least = Math.min(...loud);
  if (least < LEVEL / 3) return false;
  const wrong = SIGNS.map((s) => at(s.start + 0.02, s.length - 0.04, TONES.find((t) => t !== s.tone) ?? 0));
  const pauses = SIGNS.slice(1).flatMap((s) => TONES.map((tone) => at(s.start - UNIT + 0.02, UNIT - 0.04, tone)));
  return Math.max(...wrong, ...pauses) < least / 2;
}
