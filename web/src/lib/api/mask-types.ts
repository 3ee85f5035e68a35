/** Shapes of masks and of what is painted on them. */
import type { Box } from './report-types.js';

/** How far a stroke reaches: this frame, from it to the next cut, or from cut to cut. */
export type Reach = 'frame' | 'forward' | 'shot';

/** One stroke of the mask brush, on the flattened face. */
export interface MaskStroke {
  /** Frame of the target on which it was painted. */
  readonly frame: number;
  readonly reach: Reach;
  readonly mode: 'add' | 'remove';
  /** Centimetres of the canonical face. */
  readonly radius: number;
  readonly points: readonly (readonly [number, number])[];
}

/** One person of a frame. */
export interface PersonMask {
  readonly person: number;
  /** What the mask covers, pixels of the frame. */
  readonly box: Box;
  readonly columns: number;
  readonly rows: number;
  /** One byte a place, in base64: how much of it is the new face. */
  readonly alpha: string;
  /** The mesh of the face in the frame: x y pairs, pixels. */
  readonly points: readonly number[];
}

/** The masks of one frame of a render. */
export interface FrameMasks {
  readonly frame: number;
  readonly seconds: number;
  /** First frame of the shot, and of the next one. */
  readonly shot: readonly [number, number | null];
  readonly people: readonly PersonMask[];
}

/** The flattened face: triangles, and places in centimetres. */
export interface FaceMesh {
  readonly triangles: readonly number[];
  readonly points: readonly number[];
}
