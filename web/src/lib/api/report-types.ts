/** Shapes of reports: what a check says of a file, and where a file comes from. */

/** The three verdicts. */
export type VerdictLabel = 'synthetic' | 'authentic' | 'inconclusive';

/** How strong a piece of evidence is. */
export type Strength = 'none' | 'weak' | 'moderate' | 'strong' | 'very strong' | 'certain';

/** A part of a picture, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A heat map, 0 to 255, row by row. */
export interface Heat {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
  readonly box: Box;
}

/** One piece of evidence. */
export interface Evidence {
  readonly detector: string;
  readonly title: string;
  readonly role: 'weighed' | 'certain' | 'context';
  readonly hypothesis: 'swap' | 'generated' | 'voice' | 'dub' | null;
  readonly person: number | null;
  readonly claim: string;
  readonly speaksFor: 'synthetic' | 'authentic' | 'neither';
  readonly strength: Strength;
  readonly errorRate: { readonly words: string } | null;
  /** Seconds at which `box` and `heat` were taken. */
  readonly time: number;
  readonly box: Box | null;
  readonly heat: Heat | null;
  readonly spans: readonly (readonly [number, number])[];
  readonly curve: {
    readonly times: readonly number[];
    readonly values: readonly number[];
    readonly means: string;
    /** What runs to the right where that is not the time of the file. */
    readonly axis?: string;
  } | null;
  readonly limits: readonly string[];
  readonly facts: Readonly<Record<string, string | number>>;
}

/** What a check found about one file. */
export interface CheckReport {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly medium: 'picture' | 'video' | 'sound';
  readonly container: string;
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly duration: number;
  readonly verdict: {
    readonly label: VerdictLabel;
    readonly kind: 'swap' | 'generated' | 'voice' | 'dub' | null;
    readonly headline: string;
    readonly reasons: readonly string[];
    readonly wouldChange: readonly string[];
  };
  readonly people: readonly {
    readonly id: number;
    readonly width: number;
    readonly box: Box | null;
    readonly time: number;
  }[];
  readonly evidence: readonly Evidence[];
  readonly silent: readonly { readonly detector: string; readonly title: string; readonly why: string }[];
  readonly copies: readonly { readonly level: 'original' | 'web' | 'hard'; readonly label: VerdictLabel }[];
  readonly checkedAt: string;
  readonly seconds: number;
}

/** What a job of kind `check` results in. */
export interface CheckResult {
  readonly report: CheckReport;
}

/** One file in the tree of where a file comes from. */
export interface ProvenanceNode {
  readonly title: string;
  readonly relationship: string;
  readonly format: string | null;
  readonly labelled: boolean;
  readonly madeBy: string | null;
  readonly signedBy: string | null;
  readonly when: string | null;
  readonly actions: readonly {
    readonly action: string;
    readonly sourceType: string | null;
    readonly description: string | null;
  }[];
  readonly failures: readonly string[];
  readonly parents: readonly ProvenanceNode[];
}

/** What a label or watermark says of a file. */
export interface VerifyReport {
  readonly verdict: 'intact' | 'broken' | 'known' | 'marked' | 'none';
  readonly withdrawn: boolean;
  readonly provenance: ProvenanceNode | null;
  readonly store: { readonly provenance: ProvenanceNode | null } | null;
  readonly sentences: readonly string[];
}
