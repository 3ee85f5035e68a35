/**
 * Whether speech came out of a vocoder: a small net on statistics of the fine structure of two seconds, trained on real speech
 * against copies of the same words, averaged over all speech of the file. See docs/detect-sound.md.
 */
import { ACTIVITY_STEP, powerSpectra, SPEECH, SPEECH_RATE, speechActivity, spokenSeconds } from '../../speech/index.js';
import { defineDetector, found, silentBecause } from '../detector.js';
import type { Examination, Material, Span } from '../types.js';

/** Samples that the net takes: two seconds. It measures inside, so that training and product cannot differ. */
export const VOICE_WINDOW = 2 * SPEECH_RATE;
/** With less speech than this nothing is said. */
const LEAST_SPEECH = 1;
/** With less than this the finding is weak. */
const SHORT_SPEECH = 3;
/** A window needs this share of speech. */
const SPOKEN_SHARE = 0.4;
const AT_ONCE = 16;
/** A telephone lets through nothing above; what lies there must be this much weaker than below, as a power ratio. */
const TELEPHONE_HZ = 3600;
const TELEPHONE_DROP = 1e-6;

/** A stretch of two seconds: where it begins (samples), and its own samples. */
interface Window {
  readonly from: number;
  readonly samples: Float32Array;
}

/** Below this peak a sound is silence, and is left as it is. */
const SILENCE = 0.003;

/** The sound as loud as recordings usually are: the net that hears speech must not judge soft recordings differently. */
function levelled(sound: Float32Array): Float32Array {
  const peak = sound.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return peak < SILENCE ? sound : sound.map((v) => (v * 0.7) / peak);
}

/** Windows a second apart that hold enough speech; the spoken part of a short sound is repeated until it fills one. */
function spokenWindows(sound: Float32Array, activity: Float32Array): Window[] {
  const step = ACTIVITY_STEP * SPEECH_RATE;
  const first = activity.findIndex((v) => v >= SPEECH) * step;
  const last = (activity.findLastIndex((v) => v >= SPEECH) + 1) * step;
  if (last - first < VOICE_WINDOW) {
    const samples = Float32Array.from(
      { length: VOICE_WINDOW },
      (_, i) => sound[first + (i % (last - first))] as number,
    );
    return [{ from: first, samples }];
  }
  const windows: Window[] = [];
  for (let from = first; from + VOICE_WINDOW <= last; from += VOICE_WINDOW / 2) {
    const inside = activity.subarray(Math.floor(from / step), Math.floor((from + VOICE_WINDOW) / step));
    if (inside.filter((v) => v >= SPEECH).length >= SPOKEN_SHARE * inside.length)
      windows.push({ from, samples: sound.subarray(from, from + VOICE_WINDOW) });
  }
  return windows;
}

async function scores(material: Material, windows: readonly Window[], signal?: AbortSignal): Promise<number[]> {
  const net = await material.net('voice');
  const all: number[] = [];
  for (let at = 0; at < windows.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    const some = windows.slice(at, at + AT_ONCE);
    const data = new Float32Array(some.length * VOICE_WINDOW);
    some.forEach((w, i) => {
      data.set(w.samples, i * VOICE_WINDOW);
    });
    const { score } = await net.run({ samples: { dtype: 'float32', dims: [some.length, VOICE_WINDOW], data } });
    all.push(...Array.from(score?.data ?? [], Number));
  }
  return all;
}

/** Whether nothing lies above the band of a telephone, measured on the raw spectrum of the windows. */
function isNarrow(windows: readonly Window[]): boolean {
  let [low, high] = [0, 0];
  for (const { samples } of windows.slice(0, AT_ONCE)) {
    const { bins, frames, power } = powerSpectra(samples, { window: 512, size: 512, hop: 512 });
    for (let i = 0; i < frames * bins; i++) {
      const hz = ((i % bins) * SPEECH_RATE) / 512;
      if (hz < TELEPHONE_HZ) low += power[i] as number;
      else if (hz > TELEPHONE_HZ + 400) high += power[i] as number;
    }
  }
  return high < TELEPHONE_DROP * low;
}

const round = (v: number): number => Math.round(v * 10) / 10;

async function examine(material: Material, signal?: AbortSignal): Promise<Examination> {
  const heard = await material.sound();
  if (heard === null) return silentBecause('The file has no sound.');
  const sound = levelled(heard);
  const activity = await speechActivity(await material.net('voice-activity'), sound);
  const spoken = spokenSeconds(activity);
  if (spoken === 0)
    return silentBecause(
      'Nobody is heard speaking: the sound is silence, music or noise, which this net does not know.',
    );
  if (spoken < LEAST_SPEECH)
    return silentBecause(`Only ${spoken.toFixed(1)} s of speech are heard; ${LEAST_SPEECH} s are needed.`);
  const windows = spokenWindows(sound, activity);
  if (windows.length === 0)
    return silentBecause('Speech comes only in single words far apart; no stretch of two seconds is long enough.');
  const logits = await scores(material, windows, signal);
  const score = logits.reduce((a, b) => a + b, 0) / logits.length;
  const limits = [
    ...(spoken < SHORT_SPEECH ? [`Only ${spoken.toFixed(1)} s of speech.`] : []),
    ...(isNarrow(windows)
      ? ['Nothing lies above 3.6 kHz, as on a telephone: most of what the net looks for is not there.']
      : []),
  ];
  const times = windows.map((w) => round(w.from / SPEECH_RATE + 1));
  const spans = windows.map((w): Span => [round(w.from / SPEECH_RATE), round(w.from / SPEECH_RATE + 2)]);
  return found({
    // No word on which side it falls: the raw score has no line that holds for every microphone.
    claim: `The fine structure of the speech was compared with that of vocoders (${windows.length} ${windows.length === 1 ? 'stretch' : 'stretches'} of two seconds).`,
    score,
    person: null,
    spans,
    curve: {
      times,
      values: logits,
      means: 'likeness to a vocoder, per two seconds; its level also depends on the microphone',
    },
    limits,
    facts: { 'speech heard': `${spoken.toFixed(1)} s`, 'stretches judged': windows.length },
  });
}

/** Detector 6 of the room. */
export const voice = defineDetector({
  id: 'voice',
  title: 'Voice',
  asks: 'Was the speech made by a vocoder, as text-to-speech and voice cloning do?',
  media: ['sound', 'video'],
  role: 'weighed',
  speaksFor: 'voice',
  models: ['voice', 'voice-activity'],
  limits: [
    'Of a copy by a vocoder that it has not heard and a recording it ranks about three in four pairs rightly: docs/detect-sound.md.',
    'That it finds nothing clears nobody: copies by several vocoders score like recordings.',
    'Only speech is judged, of the first minute; singing and music are not.',
    'Trained on few recordings: other microphones, languages and vocoders shift its scores.',
    'Telephone sound and codecs below 16 kbit/s take away most of what it looks for.',
    'Speech cut together from real recordings has no vocoder in it and is not seen.',
  ],
  copies: true,
  examine,
});
