/** The verdict in words. Strength stands for ranges of the likelihood ratio, never for a percentage. */
import type { CopyLevel, Hypothesis, Medium } from '../detect/index.js';
import type { Judgement, Obstacle } from './judge.js';
import type { Strength, VerdictLabel } from './types.js';

/** Ratios from which a word is used: even odds move to 2, 5, 10 and 100 to 1. */
const STEPS: readonly (readonly [from: number, word: Strength])[] = [
  [Math.log(100), 'very strong'],
  [Math.log(10), 'strong'],
  [Math.log(5), 'moderate'],
  [Math.log(2), 'weak'],
];

/** The word for a log-likelihood ratio, whichever way it points. */
export const strengthOf = (llr: number): Strength => STEPS.find(([from]) => Math.abs(llr) >= from)?.[1] ?? 'none';

/** The direction of a log-likelihood ratio; `neither` where it says next to nothing. */
export function directionOf(llr: number): 'synthetic' | 'authentic' | 'neither' {
  if (strengthOf(llr) === 'none') return 'neither';
  return llr > 0 ? 'synthetic' : 'authentic';
}

const KINDS: Readonly<Record<Hypothesis, string>> = {
  swap: 'a face was put in or changed',
  generated: 'the picture was made by a generator',
  voice: 'the speech was made by a machine',
  dub: 'the mouth does not belong to the sound',
};

const COPIES: Readonly<Record<CopyLevel, string>> = {
  original: 'the file itself',
  web: 'a copy as platforms make it',
  hard: 'a small, strongly compressed copy',
};

const whom = (person: number | null): string => (person === null ? '' : ` on person ${person}`);

/** The verdict as one sentence. */
export function headlineOf(label: VerdictLabel, judgement: Judgement): string {
  if (label === 'synthetic' && judgement.kind !== null)
    return `Synthetic: ${strengthOf(judgement.llr)} evidence${whom(judgement.person)} that ${KINDS[judgement.kind]}.`;
  if (label === 'authentic')
    return 'Authentic, as far as this can be told: every cue that could look found what genuine recordings show.';
  return 'Inconclusive: this cannot be told from the file.';
}

/** The verdict as one sentence where nothing had to be weighed. */
export const certainHeadline = (label: 'synthetic' | 'authentic'): string =>
  label === 'synthetic'
    ? 'Synthetic: it carries the mark of the program that made it.'
    : 'Authentic: it carries the label of a camera, the label holds, and nothing was changed since.';

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  nothing: 'There is nothing in it that the detectors can judge: no face large enough, no speech.',
  unweighed: 'What was found cannot be weighed: on sources it had not seen, the detector for it erred too often.',
  small: 'A face is narrower than 96 pixels, too small for the picture cues.',
  strange: 'It is unlike the recordings on which the detectors were measured.',
  disagree: 'Cues that should agree contradict each other.',
  between: 'The evidence lies between what genuine and what synthetic files show.',
  dub: 'The mouth does not follow the sound. That is so in every dubbed film, so it accuses nobody, but clears nobody.',
  unseen: 'Not everything that would be needed to clear it could be looked at.',
};

const REMEDIES: Readonly<Record<Obstacle, string>> = {
  nothing: 'A version that shows the face closer, or has speech in it.',
  unweighed: 'A label (C2PA) from whoever recorded it, or the recording that it was made from.',
  small: 'A version in higher resolution, or one that is not cropped.',
  strange: 'The file as the camera or the first uploader had it.',
  disagree: 'The original file before it was sent around, and where it was first seen.',
  between: 'The original file, a longer piece of it, or a label (C2PA) from whoever made it.',
  dub: 'The same scene from another source, with the original sound.',
  unseen: 'A version in which the face is larger, sharper and seen from the front.',
};

/** Why the verdict is what it is, beyond the evidence itself. */
export function reasonsOf(judgement: Judgement, strange: readonly string[], flips: readonly CopyLevel[]): string[] {
  const reasons = judgement.obstacles.flatMap((o) => (o === 'strange' ? strange : [OBSTACLES[o]]));
  if (judgement.label === 'authentic' && judgement.voice !== null)
    reasons.push('This is about its pictures: nothing was found against the voice, but no voice is cleared by that.');
  for (const level of flips) reasons.push(`The verdict changes on ${COPIES[level]}, so it does not hold.`);
  return reasons;
}

/** What would change the answer. */
export function wouldChange(
  label: VerdictLabel,
  judgement: Judgement,
  flips: readonly CopyLevel[],
  medium: Medium,
): string[] {
  if (label === 'synthetic')
    return [
      'A label (C2PA) of a camera that holds, or the original recording, would speak against it.',
      ...(medium === 'picture' ? ['Beauty filters and heavy retouching can look like this; ask who edited it.'] : []),
    ];
  if (label === 'authentic')
    return [
      'A generator that leaves none of the traces looked for would pass: this says what was not found, not what is true.',
      'A real recording can still be shown out of its context; look for where it first appeared.',
    ];
  const remedies = judgement.obstacles.map((o) => REMEDIES[o]);
  if (flips.length > 0) remedies.push('A copy nearer to the original; each re-encoding takes traces away.');
  return [...new Set(remedies)];
}
