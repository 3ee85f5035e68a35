/** A quick fingerprint of a picture for finding copies in large sets: signs of 256 horizontal steps (dHash, Krawetz 2013). */
import { type Frame, sampleAffine } from '../../media/index.js';

const SIDE = 16;

/** 256 bits as 8 words. Copies in another size or compression differ in a few bits, other pictures in about 100. */
export function differenceHash(frame: Frame): Uint32Array {
  const [width, height] = [SIDE + 1, SIDE];
  const [sx, sy] = [frame.width / width, frame.height / height];
  const n = width * height;
  const view = [sx, 0, sx / 2 - 0.5, 0, sy, sy / 2 - 0.5] as const;
  const rgb = sampleAffine(frame, view, width, height, new Float32Array(3 * n));
  const grey = (x: number, y: number): number => {
    const i = y * width + x;
    return 0.299 * (rgb[i] as number) + 0.587 * (rgb[n + i] as number) + 0.114 * (rgb[2 * n + i] as number);
  };
  const bits = new Uint32Array(8);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const at = y * SIDE + x;
      if (grey(x + 1, y) > grey(x, y)) bits[at >> 5] = ((bits[at >> 5] as number) | (1 << (at & 31))) >>> 0;
    }
  return bits;
}

/** How many bits differ. */
export function hammingDistance(a: Uint32Array, b: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    let v = ((a[i] as number) ^ (b[i] as number)) >>> 0;
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    sum += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}
