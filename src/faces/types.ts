/** Who is where, and how they move. Types only. */

/** A rectangle in pixels of the upright frame; x and y are its left top corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Head rotation in degrees: yaw > 0 turns to the picture's right, pitch > 0 looks up, roll > 0 tilts clockwise as seen. */
export interface Pose {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** Two embeddings of the same face, each of unit length. `a` may drive generation; `b` only ever scores it. */
export interface Identity {
  /** faceres, 1024 numbers. */
  readonly a: Float32Array;
  /** MobileFaceNet, 192 numbers. */
  readonly b: Float32Array;
}

/** One face in one frame. */
export interface Face {
  readonly box: Box;
  /**
   * 478 points, x y z each: 468 of the MediaPipe mesh, then 5 of the iris on the picture's left (468..472) and 5 of the
   * one on its right (473..477), centre first. x and y in pixels of the frame, z in the same unit, smaller is nearer.
   */
  readonly landmarks: Float32Array;
  readonly pose: Pose;
  /** 52 weights, 0..1, in the order of `EXPRESSION_NAMES`. */
  readonly expression: Float32Array;
  /** Only on frames where it was computed. */
  readonly identity: Identity | null;
  /** 0..1: how sure the mesh is that this is a face. */
  readonly confidence: number;
  /** 0..1: share of the face's hull that something else covers, by the person mask and the local texture. */
  readonly occlusion: number;
}

/** A {@link Face} at a frame of a clip. */
export interface TrackedFace extends Face {
  /** 0-based index of the frame in presentation order. */
  readonly frame: number;
  /** Microseconds. */
  readonly timestamp: number;
  /** True where the face was lost and this is filled in from its neighbours. */
  readonly interpolated: boolean;
}

/** One person through one clip, joined across cuts. */
export interface Track {
  /** 1, 2, ... in order of first appearance. */
  readonly id: number;
  /** In order of `frame`; a frame without the person has no entry. */
  readonly faces: readonly TrackedFace[];
  /** First and last frame, inclusive. */
  readonly span: readonly [number, number];
  /** Mean identity of the sharpest, most frontal frames, unit length. */
  readonly identity: Identity;
}
