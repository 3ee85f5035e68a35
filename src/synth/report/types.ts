/** The shape of a quality report. `report.json` is this without the pictures; numbers that cannot be had are null. */
import type { IdentityScore } from './identity.js';

/** A quantity over the frames of the clip. Lists are equally long; null where a frame has no value. */
export interface Series {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** 0-based frame of each value. */
  readonly frames: readonly number[];
  readonly output: readonly (number | null)[];
  /** The target's own value beside it, where that says something. */
  readonly target?: readonly (number | null)[];
}

/** How one signal of the face came across: correlation and amplitude ratio, null where the target's never changes. */
export interface SignalScore {
  readonly correlation: number | null;
  readonly amplitude: number | null;
}

/** A frame worth looking at, and why. */
export interface WorstFrame {
  readonly frame: number;
  /** Seconds. */
  readonly time: number;
  /** One sentence with the figure in it. */
  readonly reason: string;
}

/** A picture of the report; the JPEG shows the original on the left and the output on the right. */
export interface ReportPicture {
  readonly frame: number;
  readonly time: number;
  readonly caption: string;
  readonly jpeg: Uint8Array;
}

/** A consent record that the render went by. */
export interface ReportConsent {
  readonly id: string;
  /** `source`: lends the face; `target`: is replaced. */
  readonly role: 'source' | 'target';
  readonly name: string;
}

/** One step of the render and what it cost. */
export interface ReportStep {
  readonly name: string;
  readonly seconds: number;
  /** How many frames went through it; 0 where that means nothing. */
  readonly frames: number;
}

/** What the caller knows about the render; printed as it is. */
export interface RenderFacts {
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly steps: readonly ReportStep[];
  readonly consents: readonly ReportConsent[];
  /** What the label of the output says, one sentence each; empty where the output carries none. */
  readonly label: readonly string[];
}

/** Everything that was measured about one swapped person of one render. */
export interface QualityReport {
  readonly version: 1;
  /** ISO 8601. */
  readonly made: string;
  readonly original: string;
  readonly output: string;
  readonly media: {
    readonly kind: 'video' | 'picture';
    readonly width: number;
    readonly height: number;
    /** 0 for a picture. */
    readonly frameRate: number;
    readonly frames: number;
  };
  /** Which track of the original was replaced. */
  readonly track: number;
  /** Frames in which the target's face was seen, and in how many of these the output's was found again. */
  readonly coverage: { readonly target: number; readonly found: number };
  /** Null where the source's face is not known. */
  readonly identity: (IdentityScore & { readonly samples: number }) | null;
  /**
   * Of a picture, which has no course over time: opening of mouth (heights of the face) and eyes (widths of the eye), the
   * output's less the target's. Null for a video, and where no face is found again.
   */
  readonly still: { readonly mouth: number; readonly eyes: number } | null;
  /** Angle between the target's head and the output's, degrees. */
  readonly pose: { readonly mean: number | null; readonly p95: number | null };
  readonly expression: { readonly mouth: SignalScore; readonly eyes: SignalScore };
  /** Brightness levels left after block motion, output and original, and their ratio. */
  readonly flicker: { readonly ratio: number | null; readonly output: number | null; readonly original: number | null };
  /** Landmarks' second difference in eye distances, output and original, and their ratio. */
  readonly jitter: { readonly ratio: number | null; readonly output: number | null; readonly original: number | null };
  /**
   * Outside of the touched boxes and the visible label, against the original: the output and a re-encode with the same
   * settings, with the same watermark where the output has one.
   */
  readonly untouched: {
    readonly ssim: number | null;
    readonly plainSsim: number | null;
    /** plainSsim - ssim: what the swap cost beyond the encoder; null without the plain re-encode. */
    readonly loss: number | null;
    readonly psnr: number | null;
    readonly plainPsnr: number | null;
  };
  /** The invisible watermark found in the output (hex), and the SSIM that it costs all pixels before encoding. */
  readonly watermark: { readonly payload: string | null; readonly loss: number | null };
  /** Gradient inside the face, output over original, and the same for details of about 2, 4 and 8 pixels. */
  readonly sharpness: { readonly ratio: number | null; readonly bands: readonly (number | null)[] };
  readonly series: readonly Series[];
  readonly worst: readonly WorstFrame[];
  readonly facts: RenderFacts;
  readonly pictures: { readonly strip: readonly ReportPicture[]; readonly worst: readonly ReportPicture[] };
}
