/** What an analysis of a file is made of. Types only. */
import type { MediaInfo } from '../../media/index.js';
import type { Box, Identity, Track } from '../types.js';
import type { Look } from './appearance.js';
import type { MeshList } from './mesh-list.js';

/** Where a person is in the neighbourhood of the face, coarse: 48 x 48 values. */
export interface TrackMask {
  /** 0-based index of the frame. */
  readonly frame: number;
  /** The part of the frame that the mask covers. */
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  /** `width * height` values, 0 (not a person) .. 255 (a person). */
  readonly data: Uint8Array;
}

/** A {@link Track} with what an analysis adds. */
export interface AnalyzedTrack extends Track {
  /** About five a second, in order of `frame`. */
  readonly masks: readonly TrackMask[];
  /** First and last frame of each unbroken run, inclusive, in order. */
  readonly runs: readonly (readonly [number, number])[];
}

/** Who is in a file, where, and how they move. */
export interface Analysis {
  /** Version of this shape: 1. */
  readonly version: 1;
  readonly media: MediaInfo;
  /** Frames that were looked at; the mean rate in frames per second. */
  readonly frames: number;
  /** Indices of the frames that start a new shot; never 0. */
  readonly cuts: readonly number[];
  readonly tracks: readonly AnalyzedTrack[];
  /** Every sixteenth frame of a video; empty for a picture, and where the analysis comes from a document. */
  readonly waypoints: readonly Waypoint[];
  /** Plain sentences on what the numbers cannot say: no face found, faces too small, ... */
  readonly remarks: readonly string[];
}

/** A frame from which a clip can be decoded on, as it was seen when all of it was decoded in order. */
export interface Waypoint {
  readonly frame: number;
  /** Microseconds. */
  readonly timestamp: number;
  /** SHA-256 of its pixels: after a jump, the frame that is decoded there must have the same. */
  readonly sha256: string;
}

/** One identity measurement of a tracklet. */
export interface Print {
  readonly frame: number;
  /** 0..1: how sharp, frontal, large and sure the face was. */
  readonly quality: number;
  readonly identity: Identity;
}

/** An unbroken run of one face inside one shot, before it is joined with others. */
export interface Tracklet {
  /** Frames in order, without holes once bridged. */
  readonly frames: number[];
  readonly timestamps: number[];
  /** One per frame. */
  readonly meshes: MeshList;
  readonly confidence: number[];
  /** NaN where not measured. */
  readonly occlusion: number[];
  readonly interpolated: boolean[];
  readonly prints: Print[];
  readonly masks: TrackMask[];
  /** About ten a second. */
  readonly looks: Look[];
}
