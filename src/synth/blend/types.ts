/** What the compositor takes and gives. Types only. */
import type { Box } from '../../faces/index.js';
import type { Frame } from '../../media/index.js';
import type { EditPlanes } from '../mask/index.js';
import type { SwappedFace } from '../swap/types.js';

/** Strengths of the compositing steps; what is left out has the value that the pictures in `docs/compositing.md` show. */
export interface CompositorOptions {
  /** How far the mask reaches over the landmark hull, in sides of the crop. Default .06. */
  readonly reach?: number;
  /** Width of the inward feather, in sides of the crop. Default .09. */
  readonly feather?: number;
  /** 0..1: how much of the plate's slow light and colour the face takes on. Default .85. */
  readonly light?: number;
  /** 0..1: how much of the plate's finest skin texture stays under the face. Default .9. */
  readonly texture?: number;
  /** 0..1: how much of a blurred face is sharpened to the plate. Default 1. */
  readonly sharpen?: number;
  /** 0..1: strength of the temporal smoothing. Default .7. */
  readonly steady?: number;
  /** Whether something in front of the face is looked for. Default true. */
  readonly occlusion?: boolean;
}

/** One face to be put into one frame. */
export interface CompositeInput {
  /** Changed in place. */
  readonly frame: Frame;
  /** The crop's map to the frame: `fx = m0 x + m1 y + m2`, `fy = m3 x + m4 y + m5`, pixel centres on whole numbers. */
  readonly placement: ArrayLike<number>;
  /** Side of the crop that `placement` speaks of, in pixels. */
  readonly size: number;
  /** The face to put in; its size must be a multiple of 16, and may differ from `size`. */
  readonly swapped: SwappedFace;
  /** Landmarks of the person in the frame, pixels of the frame, x y z each, 478 * 3. */
  readonly points: Float32Array;
  /** 0..1 over the crop (any square size): where the person is. Optional. */
  readonly personMask?: { readonly size: number; readonly data: Float32Array } | undefined;
  /** 0..1 over the crop (any square size): what is known to be in front of the face. Joined with what is found. */
  readonly occlusionMask?: { readonly size: number; readonly data: Float32Array } | undefined;
  /** What somebody painted on the mask; it goes over everything that was found. */
  readonly edit?: EditPlanes | undefined;
  /** True on the first frame of a shot or segment: nothing is carried over from the frame before. */
  readonly cut: boolean;
}

/** What was done to a frame. */
export interface CompositeResult {
  /** The rectangle outside which no pixel changed; width and height 0 where nothing was done. */
  readonly box: Box;
  /** How much of each pixel of the box is the new face, 0..255, row by row. Valid until the next call. */
  readonly alpha: Uint8Array;
  readonly stats: CompositeStats;
}

/** Numbers for the quality report. */
export interface CompositeStats {
  /** 0..1: share of the face that something else covers. */
  readonly occlusion: number;
  /** Mean luma gradient inside the mask, after over before. */
  readonly sharpness: number;
  /** Noise of the plate's skin, in code values of luma (0..255). */
  readonly grain: number;
  /** Mean luma of the swapped skin less that of the plate's before colour matching, in code values. */
  readonly lightOffset: number;
}

/** A plane of numbers over the square work grid, row by row. */
export type Plane = Float32Array;

/**
 * Luma over the work grid and both colour differences over the analysis grid, in code values of the frame. The analysis
 * grid is the work grid up to 160 px and half of it above: masks, colour and occlusion hold nothing finer.
 */
export interface Planes {
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** A rectangle of the work grid, x1 and y1 exclusive; edges on multiples of 16. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}
