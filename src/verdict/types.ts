/** What a check says of a file. Types only; this is also the shape of its JSON. */

import type { CopyLevel, Curve, Hypothesis, Medium, Span } from '../detect/index.js';
import type { Box } from '../faces/index.js';

/** The three verdicts. `inconclusive` is an answer: it comes with what stands in the way. */
export type VerdictLabel = 'synthetic' | 'authentic' | 'inconclusive';

/** How strong a piece of evidence is, in words that stand for ranges of the likelihood ratio. */
export type Strength = 'none' | 'weak' | 'moderate' | 'strong' | 'very strong' | 'certain';

/** How often evidence as strong as this is wrong, measured on files of sources that the detector never saw. */
export interface ErrorRate {
  /** Wrong cases among `of`: genuine files that looked so synthetic, or synthetic ones that looked so genuine. */
  readonly wrong: number;
  readonly of: number;
  /** Share of wrong cases with its 95 % interval (Wilson). */
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  /** The same as a sentence. */
  readonly words: string;
}

/** A heat map as bytes, 0 to 255, row by row. */
export interface HeatBytes {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
  /** Part of the upright picture that it covers, in pixels. */
  readonly box: Box;
}

/** One piece of evidence. */
export interface Evidence {
  readonly detector: string;
  readonly title: string;
  readonly role: 'weighed' | 'certain' | 'context';
  readonly hypothesis: Hypothesis | null;
  /** Id among {@link CheckReport.people}, or `null` for the file as a whole. */
  readonly person: number | null;
  readonly claim: string;
  /** Natural logarithm; above 0 speaks for synthetic. `null` where nothing is weighed. */
  readonly logLikelihoodRatio: number | null;
  readonly speaksFor: 'synthetic' | 'authentic' | 'neither';
  readonly strength: Strength;
  readonly errorRate: ErrorRate | null;
  /** Seconds of the file at which `box` and `heat` were taken; 0 for pictures. */
  readonly time: number;
  readonly box: Box | null;
  readonly heat: HeatBytes | null;
  readonly spans: readonly Span[];
  readonly curve: Curve | null;
  readonly limits: readonly string[];
  readonly facts: Readonly<Record<string, string | number>>;
}

/** A person as the report shows them. */
export interface ReportedPerson {
  readonly id: number;
  /** Median width of the face in pixels. */
  readonly width: number;
  /** Where they are in the still that shows them first. */
  readonly box: Box | null;
  /** Seconds of that still. */
  readonly time: number;
  /** Fused over all cues about this person; above 0 speaks for synthetic. */
  readonly logLikelihoodRatio: number;
}

/** The judgement of a file. */
export interface Verdict {
  readonly label: VerdictLabel;
  /** What kind of synthesis the evidence speaks for, where it is synthetic. */
  readonly kind: Hypothesis | null;
  /** One sentence. */
  readonly headline: string;
  /** Why, most important first. */
  readonly reasons: readonly string[];
  /** What would change the answer. */
  readonly wouldChange: readonly string[];
}

/** Everything that a check found about one file. */
export interface CheckReport {
  readonly version: 1;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly medium: Medium;
  readonly container: string;
  /** Upright size in pixels; `null` for sound. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** Seconds; 0 for pictures. */
  readonly duration: number;
  readonly verdict: Verdict;
  readonly people: readonly ReportedPerson[];
  /** Strongest first; context last. */
  readonly evidence: readonly Evidence[];
  /** Detectors that could say nothing, and why. */
  readonly silent: readonly { readonly detector: string; readonly title: string; readonly why: string }[];
  /** The verdict on re-encoded copies of the file; empty where there was none on the file itself, or nothing was weighed. */
  readonly copies: readonly { readonly level: CopyLevel; readonly label: VerdictLabel }[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** How long it took, after start. */
  readonly seconds: number;
}
