/**
 * An audible notice for sound: two tones in the rhythm short-long, short-short, which is "AI" in Morse code and the rhythm
 * that GB 45438-2025 (5.3) names for sound. Where a language has other letters for artificial intelligence (KI, IA), those
 * are played: the letters that the visible label shows. It needs no voice. The sound is turned down while it plays.
 */
import { LikenessError } from '../../base/index.js';
import type { SoundChange } from '../../media/index.js';
import { LABEL_WORDS, type LabelLanguage } from '../visible/index.js';

/** Tone of each letter in hertz: a fifth apart, so that it is heard as a signal and not as an alarm. */
const TONES = [880, 587.33] as const;
/** Seconds of a short sign; a long one lasts three times as long, pauses one and (between letters) three times. */
const UNIT = 0.1;
/** The letters that stand in the signs of visible labels, in Morse code: units of each sign. */
const MORSE: Readonly<Record<string, readonly number[]>> = { A: [1, 3], I: [1, 1], K: [3, 1, 3] };
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

/** The tones of the letters that a language has for artificial intelligence. */
function signsOf(language: LabelLanguage): Sign[] {
  const signs: Sign[] = [];
  let at = 0;
  [...LABEL_WORDS[language].sign].forEach((letter, i) => {
    for (const units of MORSE[letter] ?? []) {
      signs.push({ start: at, length: units * UNIT, tone: TONES[i] ?? TONES[0] });
      at += (units + 1) * UNIT;
    }
    at += 2 * UNIT;
  });
  return signs;
}

/** Seconds that the notice of a language lasts. */
export function noticeSeconds(language: LabelLanguage): number {
  return Math.max(...signsOf(language).map((s) => s.start + s.length));
}

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
export function audibleNotice(sampleRate: number, language: LabelLanguage = 'en'): Float32Array {
  checkRate(sampleRate);
  const out = new Float32Array(Math.ceil(noticeSeconds(language) * sampleRate));
  for (const { start, length, tone } of signsOf(language)) {
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

/** When a notice plays: never, at the beginning, or at the beginning and every minute after. */
export const NOTICE_TIMES = ['off', 'start', 'minute'] as const;
/** One of {@link NOTICE_TIMES}. */
export type NoticeTime = (typeof NOTICE_TIMES)[number];

/** What {@link noticeIn} shall put into sound. */
export interface NoticePlan {
  readonly when: Exclude<NoticeTime, 'off'>;
  readonly language: LabelLanguage;
  /** Seconds of the whole sound: no notice begins that would be cut off. The first is there however short the sound is. */
  readonly seconds: number;
}

/** Seconds between the beginnings of two notices. */
const MINUTE = 60;

/**
 * Puts notices into sound that comes in stretches, in place. The sound keeps its length and its time; it is softer while a
 * notice plays. No sample leaves -1 to 1.
 */
export function noticeIn({ when, language, seconds }: NoticePlan): SoundChange {
  let made: { rate: number; notice: Float32Array } | null = null;
  return (channels, sampleRate, at) => {
    if (made?.rate !== sampleRate) made = { rate: sampleRate, notice: audibleNotice(sampleRate, language) };
    const { notice } = made;
    const every = when === 'start' ? Number.POSITIVE_INFINITY : MINUTE * sampleRate;
    const ramp = Math.round(0.05 * sampleRate);
    for (const samples of channels)
      for (let i = 0; i < samples.length; i++) {
        const place = at + i;
        const begun = every === Number.POSITIVE_INFINITY ? 0 : Math.floor(place / every) * every;
        const into = place - begun;
        if (into >= notice.length || (begun > 0 && begun + notice.length > seconds * sampleRate)) continue;
        const edge = Math.min(1, into / ramp, (notice.length - into) / ramp);
        const mixed = (samples[i] ?? 0) * (1 - (1 - BENEATH) * edge) + (notice[into] ?? 0);
        samples[i] = Math.max(-1, Math.min(1, mixed));
      }
  };
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
 * Whether the notice of a language plays from `start` on: every sign has its own tone, clearly above the other, and every
 * pause is without either.
 *
 * @param start in seconds
 */
export function hearsNotice(
  samples: Float32Array,
  sampleRate: number,
  start = 0,
  language: LabelLanguage = 'en',
): boolean {
  const from = Math.round(start * sampleRate);
  if (from < 0 || from + Math.floor(noticeSeconds(language) * sampleRate) > samples.length) return false;
  const signs = signsOf(language);
  const at = (seconds: number, length: number, tone: number): number =>
    strengthOf(samples, from + Math.round(seconds * sampleRate), Math.floor(length * sampleRate), tone, sampleRate);
  const loud = signs.map((s) => at(s.start + 0.02, s.length - 0.04, s.tone));
  const least = Math.min(...loud);
  if (least < LEVEL / 3) return false;
  const wrong = signs.map((s) => at(s.start + 0.02, s.length - 0.04, TONES.find((t) => t !== s.tone) ?? 0));
  const pauses = signs.slice(1).flatMap((s) => TONES.map((tone) => at(s.start - UNIT + 0.02, UNIT - 0.04, tone)));
  return Math.max(...wrong, ...pauses) < least / 2;
}
