/**
 * Whether the mouth belongs to the sound: how well its opening follows the loudness of speech, at which delay, and whether
 * the same mouth fits other places of the same sound as well. See docs/detect-sound.md.
 */
import { ACTIVITY_STEP, mouthLoudness, SPEECH, SPEECH_RATE, speechActivity } from '../../speech/index.js';
import { defineDetector, found, silentBecause } from '../detector.js';
import type { Examination, Finding, Material, Person } from '../types.js';
import { type Following, follow, MOST_DELAY, quickPart, STEP } from './mouth-sound/follow.js';
import { type MouthCurve, mouthCurve } from './mouth-sound/mouth-curve.js';

/** Narrower faces, in pixels, are not judged: their lips are drawn by the net rather than seen. */
const LEAST_WIDTH = 60;
/** Seconds of speech while the face is seen that are needed. */
const LEAST_SPEECH = 1;
/** A mouth that moves less, in distances between the eyes, is taken for a listener's. */
const LEAST_MOVEMENT = 0.012;
/** Delays up to this many seconds are taken as none: a frame or two. */
const NO_DELAY = 0.08;
/** A mouth follows where chance comes to its correlation at most this often. */
const FOLLOWS = 0.05;
/** What a mouth that belongs reaches at least, mostly; where chance may reach it too, not following says nothing. */
const EXPECTED = 0.45;
/** Standard deviations of chance that {@link EXPECTED} must lie above to be missed. */
const MISSED = 3;
/** More than this counts as no surer: speech and faces change. */
const MOST_SURE = 8;

/** A person whose mouth was compared. */
interface Compared {
  readonly person: Person;
  readonly mouth: MouthCurve;
  readonly speech: number;
  readonly result: Following;
}

/** Seconds of speech under the stretches of a mouth. */
function speechUnder(mouth: MouthCurve, activity: Float32Array): number {
  let seconds = 0;
  for (const { from, values } of mouth.stretches)
    for (let i = 0; i < values.length; i++)
      if ((activity[Math.floor(((from + i) * STEP) / ACTIVITY_STEP)] ?? 0) >= SPEECH) seconds += STEP;
  return seconds;
}

const inMs = (seconds: number): number => Math.round(seconds * 100) * 10;

/** Minus the correlation in standard deviations of other places: near -1 to -2 for strangers, below for mouths that belong. */
const scoreOf = ({ result: { correlation, elsewhere } }: Compared): number =>
  -Math.min(MOST_SURE, (correlation - elsewhere.mean) / elsewhere.deviation);

const oftenness = (chance: number): string =>
  chance < 0.001
    ? 'less than 1 time in 1000'
    : `about ${chance < 0.15 ? `1 time in ${Math.round(1 / chance)}` : `${Math.round(chance * 10)} times in 10`}`;

/** Whether a mouth that does follow would not stand out from chance either: then there is nothing to weigh. */
const isOpen = ({ result: { chance, elsewhere } }: Compared): boolean =>
  chance > FOLLOWS && EXPECTED < elsewhere.mean + MISSED * elsewhere.deviation;

function claimOf(one: Compared, who: string): string {
  const { correlation, chance, delay } = one.result;
  const fit = `r ${correlation.toFixed(2)}, which chance reaches ${oftenness(chance)}`;
  if (isOpen(one)) return `Whether ${who} follows the sound cannot be told in so short a stretch (${fit}).`;
  if (chance > FOLLOWS) return `${who} does not follow the sound (${fit}).`;
  if (Math.abs(delay) <= NO_DELAY + 1e-9) return `${who} follows the sound, in step with it (${fit}).`;
  const ms = inMs(delay);
  return `${who} follows the sound, which comes ${ms > 0 ? `${ms} ms late` : `${-ms} ms early`} (${fit}).`;
}

function findingOf(one: Compared, speaker: boolean, alone: boolean): Finding {
  const { person, result, mouth, speech } = one;
  const claim = claimOf(one, alone ? 'the mouth' : `the mouth of person ${person.id}`).replace(/^t/, 'T');
  const reach = (result.curve.length - 1) / 2;
  return {
    claim: speaker ? claim : `${claim} Somebody else is seen speaking, so this one may be listening.`,
    score: speaker && !isOpen(one) ? scoreOf(one) : null,
    person: person.id,
    spans: mouth.stretches.map(({ from, values }) => [from * STEP, (from + values.length) * STEP] as const),
    curve: {
      times: Array.from(result.curve, (_, i) => Math.round((i - reach) * STEP * 1000) / 1000),
      values: [...result.curve],
      means: 'Correlation of mouth and sound',
      axis: 'the seconds by which the sound is moved',
    },
    limits: [
      ...(speech < 4 ? [`Only ${speech.toFixed(1)} s of speech while the face is seen.`] : []),
      ...(person.width < 96 ? [`The face is only ${Math.round(person.width)} pixels wide.`] : []),
    ],
    facts: {
      'delay of the sound': `${inMs(result.delay)} ms`,
      correlation: result.correlation.toFixed(2),
      'chance reaches it': oftenness(result.chance),
      'speech while the face is seen': `${speech.toFixed(1)} s`,
    },
  };
}

async function examine(material: Material, signal?: AbortSignal): Promise<Examination> {
  if (material.motion.length === 0 || material.people.length === 0)
    return silentBecause('Cannot tell: no face was followed.');
  const sound = await material.sound();
  if (sound === null) return silentBecause('Cannot tell: the file has no sound.');
  const activity = await speechActivity(await material.net('voice-activity'), sound);
  if (!activity.some((v) => v >= SPEECH)) return silentBecause('Cannot tell: nobody is heard speaking.');
  const large = material.people.filter((p) => p.width >= LEAST_WIDTH);
  if (large.length === 0) return silentBecause(`Cannot tell: no face is ${LEAST_WIDTH} pixels wide.`);
  const loudness = quickPart(mouthLoudness(sound));
  const compared: Compared[] = [];
  let why = 'the face is seen for less than a second at a time';
  for (const person of large) {
    signal?.throwIfAborted();
    const mouth = mouthCurve(material.motion, person.id, sound.length / SPEECH_RATE - MOST_DELAY / 2);
    if (mouth.seconds === 0) continue;
    const speech = speechUnder(mouth, activity);
    if (speech < LEAST_SPEECH) why = `too short: ${speech.toFixed(1)} s of speech while a face is seen`;
    else if (mouth.movement < LEAST_MOVEMENT) why = 'the mouth hardly moves, so somebody else may be speaking';
    else compared.push({ person, mouth, speech, result: follow(mouth.stretches, loudness) });
  }
  if (compared.length === 0) return silentBecause(`Cannot tell: ${why}.`);
  const speaker = compared.reduce((a, b) => (scoreOf(b) < scoreOf(a) ? b : a));
  return found(...compared.map((one) => findingOf(one, one === speaker, compared.length === 1)));
}

/** Detector 5 of the room. */
export const mouthSound = defineDetector({
  id: 'mouth-sound',
  title: 'Mouth and sound',
  asks: 'Does the mouth move with the speech that is heard, and at the same time?',
  media: ['video'],
  role: 'weighed',
  speaksFor: 'dub',
  models: ['voice-activity'],
  limits: [
    'A speaker who is not in the picture looks like a dub; only faces whose mouth moves are judged.',
    'Hands, beards and turned heads hide the mouth; music and several voices at once hide the speech.',
    'A dub that moves the mouth well passes.',
    'A delay alone is often a fault of recording or cutting.',
  ],
  copies: true,
  examine,
});
