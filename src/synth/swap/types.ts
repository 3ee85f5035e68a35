/** The seam between a swap engine and the render pipeline. Types only. */
import type { LongWork } from '../../base/index.js';
import type { Pose } from '../../faces/index.js';

/** One aligned face as an engine sees it. */
export interface FaceCrop {
  /** Side of the square crop in pixels. */
  readonly size: number;
  /** RGB, planar (3 * size * size), 0..1. */
  readonly image: Float32Array;
  /** 478 points, x y pairs in pixels of the crop. */
  readonly points: Float32Array;
  readonly pose: Pose;
  /** 52 weights in the order of `EXPRESSION_NAMES`. */
  readonly expression: Float32Array;
  /** Pose and expression relative to the person in the picture, as `drive.ts` measures them. */
  readonly drive: Float32Array;
  /** Shape of the person at rest (`neutral.ts`): 468 x y z in centimetres of the canonical face. */
  readonly neutral: Float32Array;
}

/** What an engine gives back for a {@link FaceCrop}: the other person, in the same place. */
export interface SwappedFace {
  /** Side of `image` and `mask`; may be a multiple of the crop's. */
  readonly size: number;
  /** RGB, planar, 0..1. */
  readonly image: Float32Array;
  /** 0..1: where the face is the engine's own. */
  readonly mask: Float32Array;
}

/** An engine that is ready to swap one person onto another. */
export interface SwapSession {
  /** Side of the crops that it wants. */
  readonly size: number;
  /** How it wants them framed, where not as `placeCrop` does: landmarks and side to the map from crop to frame. */
  readonly place?: (points: Float32Array, size: number) => readonly [number, number, number, number, number, number];
  /**
   * Shape at rest of the person who comes out, as in {@link FaceCrop.neutral}. Where it is known the plate is bent to
   * their outline before it is cropped; left out, the outline stays.
   */
  readonly shape?: Float32Array;
  /** Swaps faces; the answers are in the order of the crops. Pure: the same crops give the same faces. */
  render(crops: readonly FaceCrop[]): Promise<SwappedFace[]>;
  close(): Promise<void>;
}

/** Reads a file whole. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

/** What an engine is given to get ready. */
export interface SwapPreparation extends LongWork {
  /** Folder with the source person's face set (see `face-set.ts`). */
  readonly sourceFaces: string;
  /** File of the trained pair, for engines that need one. */
  readonly model: string | null;
  /** How both are read, where they do not lie on this disk in the clear; left out, as any file. */
  readonly read?: ReadFile | undefined;
}

/** One way of putting a face on another. Each file of `engines/` exports one, made by `defineSwapEngine`. */
export interface SwapEngine {
  /** `gan`, `mesh`. */
  readonly id: string;
  readonly title: string;
  /** Whether `likeness train` has to run first. */
  readonly needsTraining: boolean;
  prepare(preparation: SwapPreparation): Promise<SwapSession>;
}
