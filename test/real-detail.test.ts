/** Real detail under a trained face: the finest band is exchanged, what is coarser stays, and the mouth is left alone. */
import { describe, expect, it } from 'vitest';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { placeCrop, pointsInCrop } from '../src/synth/swap/alignment.js';
import { RealDetail } from '../src/synth/swap/real-detail.js';
import type { FaceCrop } from '../src/synth/swap/types.js';

const SIZE = 64;
const N = SIZE * SIZE;
const { landmarks, pose } = renderActor(createActor(3), restState({ scale: 0.5 }), { width: 200, height: 160 });
const crop: FaceCrop = {
  size: SIZE,
  image: new Float32Array(3 * N),
  points: pointsInCrop(landmarks, placeCrop(landmarks, SIZE)),
  pose,
  expression: new Float32Array(52),
  drive: new Float32Array(24),
  neutral: new Float32Array(468 * 3),
};
const picture = (of: (x: number, y: number) => number): Float32Array =>
  Float32Array.from({ length: 3 * N }, (_, i) => of(i % SIZE, Math.floor((i % N) / SIZE)));
/** A slow wave, and one that changes sign at every pixel. */
const slow = (x: number): number => 0.5 + 0.2 * Math.sin(x / 12);
const fine = (x: number, y: number): number => 0.1 * ((x + y) % 2 === 0 ? 1 : -1);
const put = (image: Float32Array, real: Float32Array, mask = 1): Float32Array => {
  const face = { size: SIZE, image, mask: new Float32Array(N).fill(1) };
  new RealDetail(SIZE).put(face, { size: SIZE, image: real, mask: new Float32Array(N).fill(mask) }, crop);
  return face.image;
};

describe('real detail', () => {
  it('takes the fine band of the pictures and keeps the slow one of the net', () => {
    const out = put(
      picture((x) => slow(x)),
      picture((x, y) => 0.2 + fine(x, y)),
    );
    // On a cheek: the checkerboard is there, about the net's own level.
    for (const [x, y] of [
      [16, 34],
      [47, 34],
      [32, 12],
    ] as const) {
      const here = out[y * SIZE + x] as number;
      const next = out[y * SIZE + x + 1] as number;
      expect(Math.abs(here - next)).toBeGreaterThan(0.12);
      expect((here + next) / 2).toBeCloseTo((slow(x) + slow(x + 1)) / 2, 1);
    }
  });

  it('stays out of where the pictures do not reach', () => {
    const image = picture((x, y) => slow(x) + fine(x, y) / 2);
    expect(
      put(
        image.slice(),
        picture(() => 0.9),
        0,
      ),
    ).toEqual(image);
  });

  it('changes nothing where both agree, and stays within 0..1', () => {
    const image = picture((x, y) => slow(x) + fine(x, y));
    const same = put(image.slice(), image);
    for (let i = 0; i < image.length; i++) expect(same[i]).toBeCloseTo(image[i] as number, 5);
    const bright = put(
      picture(() => 0.98),
      picture((x, y) => 0.5 + 5 * fine(x, y)),
    );
    expect(Math.max(...bright)).toBeLessThanOrEqual(1);
    expect(Math.min(...bright)).toBeGreaterThanOrEqual(0);
  });

  it('leaves the inside of an open mouth to the net', () => {
    const open = renderActor(createActor(3), restState({ scale: 0.5, expression: expressionOf({ jawOpen: 1 }) }), {
      width: 200,
      height: 160,
    });
    const points = pointsInCrop(open.landmarks, placeCrop(open.landmarks, SIZE));
    const x = Math.round(((points[13 * 2] as number) + (points[14 * 2] as number)) / 2);
    const y = Math.round(((points[13 * 2 + 1] as number) + (points[14 * 2 + 1] as number)) / 2);
    const face = { size: SIZE, image: picture(() => 0.4), mask: new Float32Array(N).fill(1) };
    const real = { size: SIZE, image: picture((u, v) => 0.4 + fine(u, v)), mask: new Float32Array(N).fill(1) };
    new RealDetail(SIZE).put(face, real, { ...crop, points });
    expect(Math.abs((face.image[y * SIZE + x] as number) - 0.4)).toBeLessThan(0.02);
    expect(Math.abs((face.image[8 * SIZE + 32] as number) - 0.4)).toBeGreaterThan(0.05);
  });
});
