/** Everything that looks at one frame, behind one object. */
import type { Frame } from '../../media/index.js';
import { faceBox } from '../geometry/index.js';
import type { Box, Identity } from '../types.js';
import { type Detection, type DetectOptions, openDetector } from './detect.js';
import { openIdentifier } from './identity.js';
import { occlusionOf, openSegmenter, type PersonMask } from './mask.js';
import { type Mesh, openMesh } from './mesh.js';

/** How an engine is opened. */
export interface FaceEngineOptions {
  /** Copies of each net in different worker threads; 2 unless told, so that two frames can be looked at at once. */
  readonly instances?: number;
}

/**
 * Finds and measures faces in single frames. Calls may overlap; each resolves on its own. Frames are only read.
 *
 * @example
 * const engine = await createFaceEngine();
 * for (const found of await engine.detect(frame)) {
 *   const { points, confidence } = await engine.landmarks(frame, found);
 *   if (confidence > 0.5) console.log(headPose(points), await engine.embed(frame, points));
 * }
 * await engine.close();
 */
export interface FaceEngine {
  /** All faces of a frame from about 24 pixels on, best first. */
  detect(frame: Frame, options?: DetectOptions): Promise<Detection[]>;
  /** 478 points from a detection (two passes), or from the points of the frame before (one pass). */
  landmarks(frame: Frame, start: Detection | Float32Array): Promise<Mesh>;
  /** Both embeddings of the face with these points. */
  embed(frame: Frame, points: Float32Array): Promise<Identity>;
  /** The embedding that may drive generation. */
  embedA(frame: Frame, points: Float32Array): Promise<Float32Array>;
  /** The embedding that only scores. Calls in the same turn of the event loop run as one batch. */
  embedB(frame: Frame, points: Float32Array): Promise<Float32Array>;
  /** What belongs to the person round a face box. */
  personMask(frame: Frame, face: Box): Promise<PersonMask>;
  /** 0..1: share of the face behind something else; takes the mask where it is at hand, else computes it. */
  occlusion(frame: Frame, points: Float32Array, mask?: PersonMask): Promise<number>;
  /** Frees all nets. */
  close(): Promise<void>;
}

/** A detection with this score is taken without a second opinion. */
const SURE = 0.9;

/**
 * Opens all nets of the faces room.
 *
 * @throws LikenessError of the models room where a file is missing or changed
 */
export async function createFaceEngine(options: FaceEngineOptions = {}): Promise<FaceEngine> {
  const instances = options.instances ?? 2;
  const [detector, mesh, identifier, segmenter] = await Promise.all([
    openDetector(instances),
    openMesh(instances),
    openIdentifier(instances),
    openSegmenter(instances),
  ]);
  /** Looks at doubtful finds again with the mesh net, which is not fooled by the same things. */
  const confirmed = async (frame: Frame, found: readonly Detection[]): Promise<Detection[]> => {
    const sure = await Promise.all(
      found.map(async (one) => one.score >= SURE || (await mesh.glance(frame, one)).confidence >= 0.5),
    );
    return found.filter((_, i) => sure[i]);
  };
  return {
    async detect(frame, options) {
      return confirmed(frame, await detector.detect(frame, options));
    },
    landmarks: mesh.landmarks,
    embed: identifier.embed,
    embedA: identifier.embedA,
    embedB: identifier.embedB,
    personMask: segmenter.personMask,
    async occlusion(frame, points, mask) {
      return occlusionOf(points, mask ?? (await segmenter.personMask(frame, faceBox(points))));
    },
    async close() {
      await Promise.all([detector.close(), mesh.close(), identifier.close(), segmenter.close()]);
    },
  };
}
