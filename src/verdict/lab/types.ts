/** What the lab measures on. Types only. */
import type { CopyLevel, Hypothesis, Person } from '../../detect/index.js';
import type { WeighedCue } from '../fuse.js';
import type { VerdictLabel } from '../types.js';

/** One labelled file. */
export interface LabFile {
  readonly path: string;
  /** As shown: relative to the folder or as the CSV has it. */
  readonly name: string;
  readonly fake: boolean;
  /** Camera, collection or corpus that genuine pictures are from; of a synthetic file the set it belongs to. */
  readonly source: string;
  /** What made a synthetic file; `null` for genuine ones. */
  readonly generator: string | null;
  /** Files of one identity, video or sentence; they are drawn together. */
  readonly group: string;
}

/** Files of a set that nothing was done with, because no folder above them says what they are. */
export interface LeftOut {
  /** Below the folder of the set; `.` for itself. */
  readonly folder: string;
  readonly files: number;
}

/** A labelled set as it was read. */
export interface LabSet {
  readonly files: readonly LabFile[];
  readonly leftOut: readonly LeftOut[];
}

/** What a detector said of a file at one level; the most synthetic person counts. */
export interface DetectorScore {
  readonly score: number;
  /** Calibrated, `null` where the detector has no calibration. */
  readonly llr: number | null;
}

/** A file at one level of compression. */
export interface LevelScore {
  readonly level: CopyLevel;
  readonly label: VerdictLabel;
  readonly kind: Hypothesis | null;
  /** Fused log-likelihood ratio; `null` where nothing could be weighed. */
  readonly llr: number | null;
  readonly detectors: Readonly<Record<string, DetectorScore>>;
  /** Who was seen, and every calibrated cue: the ratio can be made again from some of them. */
  readonly people: readonly Pick<Person, 'id' | 'width'>[];
  readonly cues: readonly WeighedCue[];
}

/** All scores of one file, or why there are none. */
export interface ScoredLabFile extends LabFile {
  readonly levels: readonly LevelScore[];
  readonly error: string | null;
}
