/** What `likeness verify` finds: types only. */
import type { ConsentFinding, LabelReport } from '../report.js';
import type { ProvenanceNode } from './provenance.js';

/**
 * The verdict of one file.
 *
 * - `intact`: its label holds, and nothing was changed since
 * - `broken`: there is a label, and it does not hold
 * - `known`: no label, but the store of this machine knows the file, by its bytes or by a watermark that was confirmed
 * - `marked`: no label; a watermark of Likeness was found that nothing here confirms
 * - `none`: neither; that says nothing about how the file was made
 */
export type VerifyVerdict = 'intact' | 'broken' | 'known' | 'marked' | 'none';

/** One status code of the validation. */
export interface StatusFinding {
  readonly code: string;
  readonly kind: 'success' | 'informational' | 'failure' | 'parent';
  readonly words: string;
  /** What the reader says beside the code. */
  readonly explanation: string | null;
}

/** A watermark that was found. */
export interface MarkFinding {
  /** Hex: a key to look up, no proof. */
  readonly payload: string;
  /** 1 minus the probability of such a find in an unmarked picture. */
  readonly confidence: number;
  /** log10 of that probability. */
  readonly chance: number;
  readonly mirrored: boolean;
  /** Degrees clockwise. */
  readonly rotation: number;
  /** Size against an uncropped copy. */
  readonly scale: number;
}

/** What the store of this machine knows of a file. */
export interface StoreFinding {
  /** How it was found: the bytes as published, the bytes before the label was put in, or the watermark. */
  readonly by: 'file' | 'content' | 'watermark';
  /** False where the watermark leads to an entry whose pictures do not match: it may have been copied from elsewhere. */
  readonly confirmed: boolean;
  /** Of the perceptual hashes, -1 to 1; `null` where they were not needed or there are none. */
  readonly similarity: number | null;
  readonly title: string;
  readonly sealedAt: string;
  /** SHA-256 of the labelled file. */
  readonly sha256: string;
  /** Consent as it is now. */
  readonly consent: readonly ConsentFinding[];
  /** The label as it was kept, `null` where it was not. */
  readonly label: LabelReport | null;
  readonly provenance: ProvenanceNode | null;
}

/** Everything that is found out about one file. */
export interface VerifyReport {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly container: string;
  readonly verdict: VerifyVerdict;
  /** True where consent that it rests on is known here not to stand any more. */
  readonly withdrawn: boolean;
  readonly label: LabelReport;
  readonly provenance: ProvenanceNode | null;
  readonly statuses: readonly StatusFinding[];
  readonly watermark: MarkFinding | null;
  readonly store: StoreFinding | null;
  /** What could not be looked at, and why. */
  readonly remarks: readonly string[];
  /** The report in plain sentences, most important first. */
  readonly sentences: readonly string[];
  /** ISO 8601. */
  readonly verifiedAt: string;
}

/** A report with a small picture of the file, JPEG, where one can be made. */
export interface VerifiedFile {
  readonly report: VerifyReport;
  readonly thumbnail: Uint8Array | null;
}
