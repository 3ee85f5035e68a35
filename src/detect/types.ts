/** What detectors are given and what they say. Types only. */
import type { Analysis, Box, Face } from '../faces/index.js';
import type { Frame, MediaInfo } from '../media/index.js';
import type { ModelSession } from '../models/index.js';

/** What kind of thing is looked at. */
export type Medium = 'picture' | 'video' | 'sound';

/**
 * What a cue speaks of. Cues of one kind strengthen each other; a file is synthetic when any kind is likely enough.
 *
 * - `swap`: another face was put into a real picture, or a real face was changed in it
 * - `generated`: the picture was made as a whole by a net
 * - `voice`: the speech was made by a net
 * - `dub`: the mouth does not belong to the sound
 */
export type Hypothesis = 'swap' | 'generated' | 'voice' | 'dub';

/** A map over a part of a frame: which places led to the score. */
export interface HeatMap {
  /** Cells across and down; `values` has `width * height` of them, row by row, 0 (nothing) to 1 (strongest). */
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  /** The part of the frame it covers, in pixels of the upright frame. */
  readonly box: Box;
  /** Index into {@link Material.stills}. */
  readonly still: number;
}

/** A stretch of time, in seconds of the file. */
export type Span = readonly [from: number, to: number];

/** A value over time; both lists are equally long. */
export interface Curve {
  /** Seconds of the file, or what `axis` says. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** What runs to the right where that is not the time of the file: `delay of the sound, seconds`. */
  readonly axis?: string;
  /** What the values are, with their unit. */
  readonly means: string;
}

/** One thing that a detector found. */
export interface Finding {
  /** One plain sentence: what was seen, where. No verdict, no percentage. */
  readonly claim: string;
  /**
   * Before calibration: larger speaks more for synthetic; any monotone number, a logit where it comes from a net. `null`
   * for context that must not move the verdict.
   */
  readonly score: number | null;
  /** {@link Person.id}, or `null` where it concerns the whole file. */
  readonly person: number | null;
  /** Face or region in the still that shows it best, in pixels of that still. */
  readonly box?: Box;
  readonly heat?: HeatMap;
  readonly spans?: readonly Span[];
  readonly curve?: Curve;
  /** What makes this finding weaker here: small face, strong compression, ... */
  readonly limits: readonly string[];
  /** Further facts for the report, short: `{ 'face width': '142 px' }`. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Set where nothing is weighed because it is known: a label that holds, a watermark that was confirmed. */
  readonly certain?: 'synthetic' | 'authentic';
}

/** What a detector has to say about one file. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** Where it can say nothing: why, as one sentence. `null` otherwise. */
  readonly silent: string | null;
}

/** One person of the file, joined over time. */
export interface Person {
  /** 1, 2, ... largest and longest seen first. */
  readonly id: number;
  /** Median width of the face in pixels. */
  readonly width: number;
  /** Indices of the stills that show them. */
  readonly stills: readonly number[];
}

/** A face in a still. */
export interface SeenFace {
  readonly person: number;
  readonly face: Face;
}

/** A frame that is kept in memory: of a picture the only one, of a video some spread over it. */
export interface Still {
  readonly frame: Frame;
  /** Seconds of the file; 0 for pictures. */
  readonly time: number;
  readonly faces: readonly SeenFace[];
}

/** A stretch of a video that was followed frame by frame. */
export interface MotionWindow {
  readonly span: Span;
  /** Its frames are numbered from 0 within the window; timestamps are those of the file. */
  readonly analysis: Analysis;
  /** For each of `analysis.tracks` the {@link Person.id}. */
  readonly people: readonly number[];
}

/** A file, opened once for all detectors. They only read it. */
export interface Material {
  readonly path: string;
  readonly medium: Medium;
  readonly info: MediaInfo;
  readonly stills: readonly Still[];
  readonly people: readonly Person[];
  /** Empty for pictures and sound. */
  readonly motion: readonly MotionWindow[];
  /** The first minute of the first sound track, one channel, 16 kHz, -1 to 1; `null` without sound. */
  sound(): Promise<Float32Array | null>;
  /** The net with this card, opened once and shared; never close it. */
  net(id: string): Promise<ModelSession>;
  /** What the stills and the sound were put through: `original`, or one of the re-encodings that test a verdict. */
  readonly copy: CopyLevel;
}

/**
 * Re-encodings that a verdict has to survive: `web` is what a platform does (JPEG quality 60), `hard` is half size and
 * quality 40. For sound: Opus at 24 kbit/s, and at 12.
 */
export type CopyLevel = 'original' | 'web' | 'hard';

/** One detector: the one export of a file in `detectors/`. */
export interface Detector {
  /** Kebab case; also names its calibration. */
  readonly id: string;
  readonly title: string;
  /** What it looks for, in one plain sentence. */
  readonly asks: string;
  readonly media: readonly Medium[];
  /** `weighed`: has calibrated scores; `certain`: knows or is silent; `context`: shown, never weighed. */
  readonly role: 'weighed' | 'certain' | 'context';
  /** What a high score speaks for; `null` unless weighed. */
  readonly speaksFor: Hypothesis | null;
  /** Ids of the nets it uses. */
  readonly models: readonly string[];
  /** What it cannot see, and when it errs; shown with every report. */
  readonly limits: readonly string[];
  /** Whether it is asked again about re-encoded copies. */
  readonly copies: boolean;
  /**
   * Looks at a file. Foreseen trouble (no face, too short) is `silent`, not an error.
   *
   * @param signal stops it
   */
  examine(material: Material, signal?: AbortSignal): Promise<Examination>;
}
