/**
 * From many cues to one ratio. Cues that speak for the same hypothesis add up, weighed; a person is synthetic if either
 * their face was put in or the whole picture was made, so these two are joined as alternatives at even odds. A file is as
 * synthetic as its most synthetic person.
 */
import type { Hypothesis } from '../detect/index.js';
import type { Calibration } from './calibration.js';

/** A calibrated cue. */
export interface WeighedCue {
  readonly detector: string;
  readonly hypothesis: Hypothesis;
  /** `null`: about the whole file, counts for every person. */
  readonly person: number | null;
  readonly llr: number;
}

/** A ratio and what it is made of. */
export interface Fused {
  /** Natural logarithm of the likelihood ratio, synthetic to genuine. */
  readonly llr: number;
  /** The hypothesis that contributes most. */
  readonly kind: Hypothesis;
  /** Hypotheses that some cue looked at. */
  readonly looked: readonly Hypothesis[];
}

/** Sum of the weighed ratios for one hypothesis; `null` where nothing looked that has any weight. */
export function hypothesisRatio(
  cues: readonly WeighedCue[],
  hypothesis: Hypothesis,
  weights: Calibration['weights'],
): number | null {
  const own = cues.filter((c) => c.hypothesis === hypothesis && (weights[c.detector] ?? 1) > 0);
  if (own.length === 0) return null;
  return own.reduce((sum, c) => sum + (weights[c.detector] ?? 1) * c.llr, 0);
}

/**
 * What is seen of one person, or of a picture without people. A hypothesis that nothing looked at stays at even odds: it
 * can neither accuse nor clear.
 *
 * @returns `null` where nothing looked at all
 */
export function fuseVisual(cues: readonly WeighedCue[], weights: Calibration['weights']): Fused | null {
  const swap = hypothesisRatio(cues, 'swap', weights);
  const generated = hypothesisRatio(cues, 'generated', weights);
  if (swap === null && generated === null) return null;
  const [s, g] = [swap ?? 0, generated ?? 0];
  const top = Math.max(s, g);
  const llr = top + Math.log((Math.exp(s - top) + Math.exp(g - top)) / 2);
  const looked: Hypothesis[] = [];
  if (swap !== null) looked.push('swap');
  if (generated !== null) looked.push('generated');
  return { llr, kind: s >= g ? 'swap' : 'generated', looked };
}

/** What is heard; `null` where nothing listened. */
export function fuseVoice(cues: readonly WeighedCue[], weights: Calibration['weights']): Fused | null {
  const llr = hypothesisRatio(cues, 'voice', weights);
  return llr === null ? null : { llr, kind: 'voice', looked: ['voice'] };
}
