/**
 * Driven pictures: pictures of one person as a render will show them to the net, and the answers. The picture is bent to
 * the other person's outline (`outline/`), and the answer has the other's face put on by the mesh engine. A pair that is
 * trained on reconstruction alone never sees what it is for, a face with another person's movements; half of each batch
 * shows it. The mesh engine's flaws (seams of its triangles, painted mouths) average out over many pictures, its likeness
 * and its expression stay.
 */
import type { LongWork } from '../../base/index.js';
import { placeCrop, pointsInCrop } from './alignment.js';
import type { CropStore } from './augment.js';
import { meshSession } from './engines/mesh.js';
import { FACE_SET_MARGIN, type FaceSet } from './face-set.js';
import { faceMasks } from './masks.js';
import { ShapeField } from './outline/field.js';
import { movePoints } from './outline/move.js';

/** At most so many pictures: they are held in memory beside the face set. */
const LIMIT = 1200;

/** Pictures of one person in the other's shape. */
export interface DrivenSet extends CropStore {
  /** With the other person's face, in the layout of `rgb`. */
  readonly answers: Uint8Array;
  /** For every picture of the person's face set the one here that stands for it: itself, or its neighbour in time. */
  readonly of: Int32Array;
}

/** Bilinear read of interleaved RGB. */
function read(rgb: Uint8Array, at: number, size: number, x: number, y: number, out: Uint8Array, to: number): void {
  const sx = Math.max(0, Math.min(size - 1.001, x));
  const sy = Math.max(0, Math.min(size - 1.001, y));
  const ix = sx | 0;
  const iy = sy | 0;
  const fx = sx - ix;
  const fy = sy - iy;
  const p = (at + iy * size + ix) * 3;
  const q = p + size * 3;
  for (let c = 0; c < 3; c++)
    out[to + c] =
      (1 - fy) * ((1 - fx) * (rgb[p + c] as number) + fx * (rgb[p + 3 + c] as number)) +
      fy * ((1 - fx) * (rgb[q + c] as number) + fx * (rgb[q + 3 + c] as number)) +
      0.5;
}

/**
 * The pictures of `own`, bent to the outline of `source`, without and with the source's face.
 *
 * @throws the signal's reason when stopped
 */
export async function drivenPictures(own: FaceSet, source: FaceSet, work: LongWork): Promise<DrivenSet> {
  const session = meshSession(source);
  const { size } = session;
  const S = own.size;
  const plane = S * S;
  const margin = Math.round((S - size) / 2);
  const count = Math.min(LIMIT, own.count);
  const chosen = Array.from({ length: count }, (_, k) => Math.floor((k * own.count) / count));
  const of = new Int32Array(own.count);
  for (let i = 0, k = 0; i < own.count; i++) {
    while (k + 1 < count && (chosen[k + 1] as number) <= i) k++;
    of[i] = k;
  }
  const rgb = new Uint8Array(count * plane * 3);
  const answers = new Uint8Array(count * plane * 3);
  const masks = new Uint8Array(count * plane * 2);
  const shape = Float32Array.from(source.index.neutral);
  const before = Float32Array.from(own.index.neutral);
  const field = new ShapeField();
  const spatial = new Float32Array(478 * 3);
  for (const [k, i] of chosen.entries()) {
    work.signal?.throwIfAborted();
    const entry = own.index.faces[i];
    const drive = own.drives[i];
    if (!entry || !drive) continue;
    const points = own.points.subarray(i * 956, (i + 1) * 956);
    const moved = movePoints(shape, before, points, 1);
    field.build(points, moved);
    for (let p = 0; p < 478; p++) {
      spatial[p * 3] = moved[p * 2] as number;
      spatial[p * 3 + 1] = moved[p * 2 + 1] as number;
    }
    const [a, b, c, d, e, f] = placeCrop(spatial, S, FACE_SET_MARGIN);
    for (let y = 0; y < S; y++)
      for (let x = 0; x < S; x++) {
        const px = a * x + b * y + c;
        const py = d * x + e * y + f;
        const [dx, dy] = field.at(px, py);
        read(own.rgb, i * plane, S, px + dx, py + dy, rgb, (k * plane + y * S + x) * 3);
      }
    const placed = pointsInCrop(spatial, [a, b, c, d, e, f]);
    faceMasks(placed, S, masks.subarray(k * plane * 2, (k + 1) * plane * 2));
    answers.set(rgb.subarray(k * plane * 3, (k + 1) * plane * 3), k * plane * 3);
    const image = new Float32Array(3 * size * size);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let ch = 0; ch < 3; ch++)
          image[ch * size * size + y * size + x] =
            (rgb[(k * plane + (y + margin) * S + x + margin) * 3 + ch] as number) / 255;
    const [yaw, pitch, roll] = entry.pose;
    const [face] = await session.render([
      {
        size,
        image,
        points: placed.map((v) => v - margin),
        pose: { yaw, pitch, roll },
        expression: Float32Array.from(entry.expression),
        drive,
        neutral: shape,
      },
    ]);
    if (!face) continue;
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const m = face.mask[y * size + x] as number;
        const to = (k * plane + (y + margin) * S + x + margin) * 3;
        for (let ch = 0; ch < 3; ch++) {
          const v = (face.image[ch * size * size + y * size + x] as number) * 255;
          answers[to + ch] = Math.max(0, Math.min(255, Math.round((answers[to + ch] as number) * (1 - m) + v * m)));
        }
      }
    if (k % 16 === 0) work.onProgress?.({ stage: 'driving faces', done: k, total: count, unit: 'faces' });
  }
  return { size: S, margin: own.margin, count, rgb, masks, answers, of };
}
