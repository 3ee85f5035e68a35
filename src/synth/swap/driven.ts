/**
 * Driven pictures: each picture of one person with the other's face put on by the mesh engine. A pair that is trained on
 * reconstruction alone never sees what it is for, a face with another person's movements; half of each batch shows it.
 * The mesh engine's flaws (seams of its triangles, painted mouths) average out over many pictures, its likeness and its
 * expression stay.
 */
import type { LongWork } from '../../base/index.js';
import { meshSession } from './engines/mesh.js';
import type { FaceSet } from './face-set.js';

/**
 * The pictures of `own` with the face of `source`.
 *
 * @returns interleaved RGB bytes in the layout of `own.rgb`
 */
export async function drivenPictures(own: FaceSet, source: FaceSet, work: LongWork): Promise<Uint8Array> {
  const session = meshSession(source);
  const { size } = session;
  const S = own.size;
  const margin = Math.round((S - size) / 2);
  // A copy in any case: slice() of a Buffer would be a view.
  const out = new Uint8Array(own.rgb);
  const neutral = Float32Array.from(own.index.neutral);
  for (let i = 0; i < own.count; i++) {
    work.signal?.throwIfAborted();
    const at = i * S * S;
    const image = new Float32Array(3 * size * size);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < 3; c++)
          image[c * size * size + y * size + x] =
            (own.rgb[(at + (y + margin) * S + x + margin) * 3 + c] as number) / 255;
    const entry = own.index.faces[i];
    const drive = own.drives[i];
    if (!entry || !drive) continue;
    const [yaw, pitch, roll] = entry.pose;
    const points = Float32Array.from(own.points.subarray(i * 956, (i + 1) * 956), (v) => v - margin);
    const crop = {
      size,
      image,
      points,
      pose: { yaw, pitch, roll },
      expression: Float32Array.from(entry.expression),
      drive,
      neutral,
    };
    const [face] = await session.render([crop]);
    if (!face) continue;
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const m = face.mask[y * size + x] as number;
        const to = (at + (y + margin) * S + x + margin) * 3;
        for (let c = 0; c < 3; c++) {
          const v = (face.image[c * size * size + y * size + x] as number) * 255;
          out[to + c] = Math.max(0, Math.min(255, Math.round((out[to + c] as number) * (1 - m) + v * m)));
        }
      }
    if (i % 16 === 0) work.onProgress?.({ stage: 'driving faces', done: i, total: own.count, unit: 'faces' });
  }
  return out;
}
