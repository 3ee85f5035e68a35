/** From fused cues to one of three verdicts, with its reasons. Knows nothing of files. */
import type { Hypothesis, Medium, Person } from '../detect/index.js';
import type { Calibration } from './calibration.js';
import { type Fused, fuseVisual, fuseVoice, type WeighedCue } from './fuse.js';
import { CLOSED } from './thresholds.js';
import type { VerdictLabel } from './types.js';

/** Faces narrower than this many pixels are too small for any of the picture cues. */
export const SMALLEST_FACE = 96;

/** A cue and its opposite at this strength are a disagreement. */
const DISAGREE = 1.6;

/** A mouth that does not follow the sound this clearly keeps a film from being called authentic. */
const DUBBED = 1.6;

/** A voice that leans this far to synthetic keeps a film from being called authentic: 2 to 1, from where a cue is told of. */
const SUSPECT = Math.log(2);

/** What there is to judge. */
export interface Question {
  readonly medium: Medium;
  readonly people: readonly Pick<Person, 'id' | 'width'>[];
  readonly cues: readonly WeighedCue[];
  /** Why the input is unlike what the detectors were measured on; empty where it is not. */
  readonly strange: readonly string[];
}

/** Why a verdict is not given. */
export type Obstacle = 'nothing' | 'unweighed' | 'small' | 'strange' | 'disagree' | 'between' | 'dub' | 'unseen';

/** A verdict before words. */
export interface Judgement {
  readonly label: VerdictLabel;
  readonly kind: Hypothesis | null;
  /** The strongest ratio behind it; 0 where there is none. */
  readonly llr: number;
  /** The person it rests on, where it does. */
  readonly person: number | null;
  readonly obstacles: readonly Obstacle[];
  /** For each person, what was seen of them. */
  readonly people: ReadonlyMap<number, Fused>;
  readonly voice: Fused | null;
  /** What was seen of a file in which nobody was. */
  readonly whole: Fused | null;
}

/**
 * The copies, by place in the list, on which a verdict does not hold: any that says the opposite, and the mildest where it
 * says nothing, for such a copy every platform makes.
 *
 * @param copies labels of ever stronger re-encodings
 */
export function turnedOn(label: VerdictLabel, copies: readonly VerdictLabel[]): number[] {
  if (label === 'inconclusive') return [];
  return copies.flatMap((copy, i) => (copy !== label && (copy !== 'inconclusive' || i === 0) ? [i] : []));
}

/** The fused ratio that a verdict rests on: that of the most synthetic part; `null` where nothing could be weighed. */
export function fusedRatio({ people, whole, voice }: Pick<Judgement, 'people' | 'whole' | 'voice'>): number | null {
  const all = [...people.values(), whole, voice].flatMap((f) => (f === null ? [] : [f.llr]));
  return all.length === 0 ? null : Math.max(...all);
}

const cuesOf = (cues: readonly WeighedCue[], person: number | null): WeighedCue[] =>
  cues.filter((c) => c.person === null || c.person === person);

/** Whether two cues of the same hypothesis contradict each other strongly. */
function disagree(cues: readonly WeighedCue[]): boolean {
  return cues.some((a) => a.llr >= DISAGREE && cues.some((b) => b.hypothesis === a.hypothesis && b.llr <= -DISAGREE));
}

interface Part {
  readonly fused: Fused;
  readonly person: number | null;
  readonly label: VerdictLabel;
  readonly obstacles: readonly Obstacle[];
}

function visualPart(
  fused: Fused,
  person: number | null,
  cues: readonly WeighedCue[],
  limits: Calibration['visual'],
): Part {
  if (disagree(cues)) return { fused, person, label: 'inconclusive', obstacles: ['disagree'] };
  if (fused.llr >= limits.synthetic) return { fused, person, label: 'synthetic', obstacles: [] };
  // To clear somebody, both ways of making a face must have been looked at.
  if (fused.llr <= limits.authentic)
    return fused.looked.length === 2 || person === null
      ? { fused, person, label: 'authentic', obstacles: [] }
      : { fused, person, label: 'inconclusive', obstacles: ['unseen'] };
  return { fused, person, label: 'inconclusive', obstacles: ['between'] };
}

/** The verdict of a file, by what was seen of each person and what was heard. */
export function judge(question: Question, calibration: Calibration): Judgement {
  const { medium, cues, strange } = question;
  const { weights } = calibration;
  const large = question.people.filter((p) => p.width >= SMALLEST_FACE);
  const people = new Map<number, Fused>();
  const parts: Part[] = [];
  for (const { id } of large) {
    const own = cuesOf(cues, id);
    const fused = fuseVisual(own, weights);
    if (fused === null) continue;
    people.set(id, fused);
    parts.push(visualPart(fused, id, own, calibration.visual));
  }
  const whole = question.people.length === 0 ? fuseVisual(cuesOf(cues, null), weights) : null;
  if (whole !== null) parts.push(visualPart(whole, null, cuesOf(cues, null), calibration.visual));
  const voice = fuseVoice(cues, weights);
  if (voice !== null) {
    const { synthetic, authentic } = calibration.voice;
    const label = voice.llr >= synthetic ? 'synthetic' : voice.llr <= authentic ? 'authentic' : 'inconclusive';
    // Where no voice can be cleared, one that nothing speaks against leaves a film to its pictures.
    const mute = medium === 'video' && authentic <= -CLOSED && voice.llr < SUSPECT;
    if (!mute)
      parts.push({ fused: voice, person: null, label, obstacles: label === 'inconclusive' ? ['between'] : [] });
  }
  const base = { people, voice, whole };
  const strongest = [...parts].sort((a, b) => b.fused.llr - a.fused.llr)[0];
  const obstacles = new Set<Obstacle>();
  if (strange.length > 0) obstacles.add('strange');
  // A crowd behind somebody does not keep a verdict from them.
  if (question.people.length > 0 && large.length === 0) obstacles.add('small');
  if (medium !== 'sound' && people.size === 0 && whole === null && !obstacles.has('small')) obstacles.add('nothing');
  if (medium === 'sound' && voice === null) obstacles.add(cues.length > 0 ? 'unweighed' : 'nothing');
  for (const part of parts) for (const o of part.obstacles) obstacles.add(o);
  const dub = cues.some((c) => c.hypothesis === 'dub' && c.llr >= DUBBED);
  if (dub) obstacles.add('dub');
  const accused = parts.filter((p) => p.label === 'synthetic').sort((a, b) => b.fused.llr - a.fused.llr)[0];
  if (accused !== undefined && strange.length === 0)
    return {
      ...base,
      label: 'synthetic',
      kind: accused.fused.kind,
      llr: accused.fused.llr,
      person: accused.person,
      obstacles: [],
    };
  const cleared = parts.length > 0 && obstacles.size === 0;
  return {
    ...base,
    label: cleared ? 'authentic' : 'inconclusive',
    kind: null,
    llr: strongest?.fused.llr ?? 0,
    person: strongest?.person ?? null,
    obstacles: [...obstacles],
  };
}
