/** The trainer's score by sign, and the choice of the next pictures. Kept in this browser. */
import { store, stored } from '../state/stored';
import { CUES, type Cue, PICTURES, type Picture } from './cues';

/** How often something was seen, and how often judged rightly. `real` stands for untouched pictures. */
export type Score = Record<Cue | 'real', { seen: number; right: number }>;

const NAMES = [...CUES, 'real'] as const;

/** A score of nothing. */
export const emptyScore = (): Score => Object.fromEntries(NAMES.map((name) => [name, { seen: 0, right: 0 }])) as Score;

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** The score of this browser; what cannot be read counts as nothing. */
export function readScore(): Score {
  const score = emptyScore();
  try {
    const found: unknown = JSON.parse(stored('trainer') ?? '{}');
    if (typeof found !== 'object' || found === null) return score;
    for (const name of NAMES) {
      const entry: unknown = (found as Record<string, unknown>)[name];
      if (typeof entry !== 'object' || entry === null) continue;
      const { seen, right } = entry as Record<string, unknown>;
      if (isCount(seen) && isCount(right) && right <= seen) score[name] = { seen, right };
    }
  } catch {
    // Not written by this page.
  }
  return score;
}

/** Remembers a score, or forgets it. */
export function writeScore(score: Score | null): void {
  store('trainer', score === null ? null : JSON.stringify(score));
}

/** `score` with one more answer. */
export function counted(score: Score, picture: Picture, right: boolean): Score {
  const name = picture.cue ?? 'real';
  const { seen, right: before } = score[name];
  return { ...score, [name]: { seen: seen + 1, right: before + (right ? 1 : 0) } };
}

/**
 * Ten pictures in a random order: six tampered with, of signs found least so far first, and four untouched.
 *
 * @param random 0..1
 */
export function chooseRounds(score: Score, random: () => number = Math.random): Picture[] {
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((value) => ({ value, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ value }) => value);
  const share = (cue: Cue): number => (score[cue].right + 1) / (score[cue].seen + 2);
  const weak = shuffled(CUES).sort((a, b) => share(a) - share(b));
  const fakes = weak.slice(0, 6).flatMap((cue) => shuffled(PICTURES.filter((each) => each.cue === cue)).slice(0, 1));
  const real = shuffled(PICTURES.filter((each) => each.cue === null)).slice(0, 4);
  return shuffled([...fakes, ...real]);
}
