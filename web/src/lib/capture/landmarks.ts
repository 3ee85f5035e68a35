/**
 * Landmarks of a face in the browser: the two nets of the house (BlazeFace and the face mesh), run by ONNX Runtime in
 * WebAssembly. Everything here is fetched from the studio itself, and only when a camera was switched on. Nothing leaves
 * the device.
 */

import wasmFile from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { InferenceSession } from 'onnxruntime-web/wasm';
import detectorFile from '../../../../models/blazeface.onnx?url';
import meshFile from '../../../../models/facemesh.onnx?url';
// Tables and plain arithmetic of the room of faces; nothing of Node is behind these files.
import { REGIONS } from '../../../../src/faces/engine/attention.js';
import { MESH_COUNT } from '../../../../src/faces/geometry/indices.js';

/** Sides of what the nets take. */
const LOOK = 256;
const CROP = 192;
/** Side of the crop over the longer side of what it is centred on, as the mesh was trained. */
const MARGIN = 1.5;
/** Below, there is no face where one was. */
const SURE = 0.5;

/** A square of the picture, turned: centre, side and angle. */
interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly angle: number;
}

/** Finds the points of a face in a video, frame by frame. */
export interface LandmarkFinder {
  /** 468 points, x y z in pixels of the video; null where no face is seen. */
  look(video: HTMLVideoElement): Promise<Float32Array | null>;
  /** Frees the nets. */
  close(): Promise<void>;
}

function sheet(side: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser has no canvas.');
  return context;
}

/** Red, green and blue of a square as numbers: `value * scale + offset`. */
function pixelsOf(context: CanvasRenderingContext2D, side: number, scale: number, offset: number): Float32Array {
  const { data } = context.getImageData(0, 0, side, side);
  const out = new Float32Array(side * side * 3);
  for (let i = 0, o = 0; i < data.length; i += 4)
    for (let c = 0; c < 3; c++) out[o++] = (data[i + c] ?? 0) * scale + offset;
  return out;
}

/** The face that a detector is surest of, from its raw answers, in pixels of the picture. */
function strongest(scores: Float32Array, boxes: Float32Array, width: number, height: number): Square | null {
  let best = -1;
  scores.forEach((score, i) => {
    if (score > (scores[best] ?? 0)) best = i;
  });
  if (best < 0) return null;
  // Two boxes for each of 16 x 16 places, then six for each of 8 x 8.
  const [cells, place] = best < 512 ? [16, Math.floor(best / 2)] : [8, Math.floor((best - 512) / 6)];
  const anchor = [((place % cells) + 0.5) / cells, (Math.floor(place / cells) + 0.5) / cells] as const;
  const long = Math.max(width, height);
  const at = (k: number): readonly [number, number] => [
    (width - long) / 2 + ((boxes[16 * best + k] ?? 0) / LOOK + anchor[0]) * long,
    (height - long) / 2 + ((boxes[16 * best + k + 1] ?? 0) / LOOK + anchor[1]) * long,
  ];
  const [x, y] = at(0);
  const [left, right] = [at(4), at(6)];
  const size = Math.max(boxes[16 * best + 2] ?? 0, boxes[16 * best + 3] ?? 0) * (long / LOOK);
  return { x, y, side: size * MARGIN, angle: Math.atan2(right[1] - left[1], right[0] - left[0]) };
}

/** The square round known points: upright by the eyes. */
function around(points: Float32Array): Square {
  const at = (i: number): readonly [number, number] => [points[3 * i] ?? 0, points[3 * i + 1] ?? 0];
  const [left, right] = [at(33), at(263)];
  const angle = Math.atan2(right[1] - left[1], right[0] - left[0]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turned = Array.from({ length: MESH_COUNT }, (_, i) => {
    const [x, y] = at(i);
    return [c * x + s * y, c * y - s * x] as const;
  });
  const [xs, ys] = [turned.map(([x]) => x), turned.map(([, y]) => y)];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return { x: c * x - s * y, y: s * x + c * y, side: Math.max(x1 - x0, y1 - y0) * MARGIN, angle };
}

/**
 * Opens the nets.
 *
 * @throws where WebAssembly cannot run, or a file cannot be fetched
 */
export async function openLandmarks(): Promise<LandmarkFinder> {
  const { env, InferenceSession: Session, Tensor } = await import('onnxruntime-web/wasm');
  env.wasm.wasmPaths = { wasm: wasmFile };
  // Threads would need the page to be isolated from all others.
  env.wasm.numThreads = 1;
  const open = (file: string): Promise<InferenceSession> => Session.create(file, { executionProviders: ['wasm'] });
  const detector = await open(detectorFile);
  const mesh = await open(meshFile);
  const far = sheet(LOOK);
  const near = sheet(CROP);
  let last: Float32Array | null = null;

  async function run(net: InferenceSession, side: number, data: Float32Array): Promise<(name: string) => Float32Array> {
    const answers = await net.run({ image: new Tensor('float32', data, [1, side, side, 3]) });
    return (name) => {
      const values = answers[name]?.data;
      return values instanceof Float32Array ? values : new Float32Array(0);
    };
  }

  async function find(video: HTMLVideoElement): Promise<Square | null> {
    const { videoWidth: width, videoHeight: height } = video;
    const k = LOOK / Math.max(width, height);
    far.clearRect(0, 0, LOOK, LOOK);
    far.drawImage(video, (LOOK - width * k) / 2, (LOOK - height * k) / 2, width * k, height * k);
    const read = await run(detector, LOOK, pixelsOf(far, LOOK, 1 / 127.5, -1));
    return strongest(read('scores'), read('boxes'), width, height);
  }

  async function meshIn(video: HTMLVideoElement, { x, y, side, angle }: Square): Promise<Float32Array | null> {
    const k = CROP / side;
    const [c, s] = [k * Math.cos(angle), k * Math.sin(angle)];
    near.setTransform(1, 0, 0, 1, 0, 0);
    near.clearRect(0, 0, CROP, CROP);
    near.setTransform(c, -s, s, c, CROP / 2 - c * x - s * y, CROP / 2 + s * x - c * y);
    near.drawImage(video, 0, 0);
    const read = await run(mesh, CROP, pixelsOf(near, CROP, 1 / 255, 0));
    if ((read('confidence')[0] ?? 0) < SURE) return null;
    const raw = read('points');
    const points = new Float32Array(3 * MESH_COUNT);
    const put = (index: number, u: number, v: number): void => {
      const [dx, dy] = [(u - CROP / 2) / (k * k), (v - CROP / 2) / (k * k)];
      points[3 * index] = x + c * dx - s * dy;
      points[3 * index + 1] = y + s * dx + c * dy;
    };
    for (let i = 0; i < MESH_COUNT; i++) {
      put(i, raw[3 * i] ?? 0, raw[3 * i + 1] ?? 0);
      points[3 * i + 2] = (raw[3 * i + 2] ?? 0) / k;
    }
    // Lips and eyes are seen a second time, enlarged; those points are better.
    for (const [name, indices] of REGIONS) {
      const region = read(name);
      indices.forEach((index, i) => {
        put(index, region[2 * i] ?? 0, region[2 * i + 1] ?? 0);
      });
    }
    return points;
  }

  return {
    async look(video) {
      if (video.videoWidth === 0) return null;
      if (last !== null) last = await meshIn(video, around(last));
      if (last === null) {
        const found = await find(video);
        const rough = found === null ? null : await meshIn(video, found);
        last = rough === null ? null : await meshIn(video, around(rough));
      }
      return last;
    },
    async close() {
      await Promise.all([detector.release(), mesh.release()]);
    },
  };
}
