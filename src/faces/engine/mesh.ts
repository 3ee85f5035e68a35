/** The face mesh: 468 points and two irises out of a turned crop round the face. */
import { type Frame, sampleAffine } from '../../media/index.js';
import { type ModelSession, openModel, takeInput } from '../../models/index.js';
import {
  type Affine,
  applyAffine,
  EYE_LEFT,
  EYE_RIGHT,
  LANDMARK_COUNT,
  MESH_COUNT,
  type Point,
  pointAt,
} from '../geometry/index.js';
import { REGIONS } from './attention.js';
import type { Detection } from './detect.js';

/** A mesh in pixels of the frame. */
export interface Mesh {
  /** 478 points, x y z each, as in `Face.landmarks`. */
  readonly points: Float32Array;
  /** 0..1: how sure the net is that it saw a face. */
  readonly confidence: number;
}

const SIZE = 192;
/** Side of the crop over the longer side of what it is centred on, as the net was trained. */
const MARGIN = 1.5;

/** From a pixel of the crop to one of the frame. */
function cropOf(centre: Point, side: number, angle: number): Affine {
  const c = (Math.cos(angle) * side) / SIZE;
  const s = (Math.sin(angle) * side) / SIZE;
  const half = (SIZE - 1) / 2;
  return [c, -s, centre[0] - (c - s) * half, s, c, centre[1] - (s + c) * half];
}

function cropOfDetection({ box, keypoints }: Detection): Affine {
  const [left, right] = keypoints as [Point, Point];
  const angle = Math.atan2(right[1] - left[1], right[0] - left[0]);
  return cropOf([box.x + box.width / 2, box.y + box.height / 2], Math.max(box.width, box.height) * MARGIN, angle);
}

/** The crop round known points: upright by the eyes, centred on the box that the mesh fills when turned upright. */
function cropOfPoints(points: Float32Array): Affine {
  const [left, right] = [pointAt(points, 33), pointAt(points, 263)];
  const angle = Math.atan2(right[1] - left[1], right[0] - left[0]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < MESH_COUNT; i++) {
    const [px, py] = pointAt(points, i);
    const x = c * px + s * py;
    const y = c * py - s * px;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return cropOf([c * x - s * y, s * x + c * y], Math.max(x1 - x0, y1 - y0) * MARGIN, angle);
}

const meanZ = (points: Float32Array, indices: readonly number[]): number =>
  indices.reduce((sum, i) => sum + (points[3 * i + 2] as number), 0) / indices.length;

async function lookAt(session: ModelSession, frame: Frame, crop: Affine): Promise<Mesh> {
  const data = takeInput(SIZE * SIZE * 3);
  sampleAffine(frame, crop, SIZE, SIZE, data, { layout: 'interleaved', scale: 1 / 255 });
  const out = await session.run({ image: { dtype: 'float32', dims: [1, SIZE, SIZE, 3], data } });
  const read = (name: string): Float32Array => out[name]?.data as Float32Array;
  const points = new Float32Array(3 * LANDMARK_COUNT);
  const mesh = read('points');
  const pixel = Math.hypot(crop[0], crop[3]);
  // The net counts from the corner of the crop, not from the centre of its first pixel.
  const put = (index: number, x: number, y: number): void => {
    [points[3 * index], points[3 * index + 1]] = applyAffine(crop, x - 0.5, y - 0.5);
  };
  for (let i = 0; i < MESH_COUNT; i++) {
    put(i, mesh[3 * i] as number, mesh[3 * i + 1] as number);
    points[3 * i + 2] = (mesh[3 * i + 2] as number) * pixel;
  }
  // Lips, eyes and brows are seen a second time, enlarged; those points are better.
  for (const [name, indices] of REGIONS) {
    const region = read(name);
    for (const [i, index] of indices.entries()) put(index, region[2 * i] as number, region[2 * i + 1] as number);
  }
  for (const [name, first, eye] of [
    ['irisLeft', MESH_COUNT, EYE_LEFT],
    ['irisRight', MESH_COUNT + 5, EYE_RIGHT],
  ] as const) {
    const iris = read(name);
    const z = meanZ(points, eye);
    for (let i = 0; i < 5; i++) {
      put(first + i, iris[2 * i] as number, iris[2 * i + 1] as number);
      points[3 * (first + i) + 2] = z;
    }
  }
  return { points, confidence: read('confidence')[0] as number };
}

/** The mesh net, open. */
export interface MeshFinder {
  /** Points from a detection (two passes, the second on a better crop) or from the points of the frame before (one pass). */
  landmarks(frame: Frame, start: Detection | Float32Array): Promise<Mesh>;
  /** One pass from a detection: rough points, but enough to tell whether there is a face. */
  glance(frame: Frame, start: Detection): Promise<Mesh>;
  /** Frees the net. */
  close(): Promise<void>;
}

/** Opens the mesh net. */
export async function openMesh(instances: number): Promise<MeshFinder> {
  const session = await openModel('facemesh', { instances });
  return {
    glance: (frame, start) => lookAt(session, frame, cropOfDetection(start)),
    async landmarks(frame, start) {
      if (start instanceof Float32Array) return lookAt(session, frame, cropOfPoints(start));
      const rough = await lookAt(session, frame, cropOfDetection(start));
      return lookAt(session, frame, cropOfPoints(rough.points));
    },
    close: () => session.close(),
  };
}
