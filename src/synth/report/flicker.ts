/**
 * Restlessness that was not there before. Flicker: what is left between neighbouring frames of the aligned face after
 * block motion is taken out, so that speech and turning count little and pumping light or jumping texture counts fully.
 * Jitter: how much landmarks change direction from frame to frame. Both only mean something beside the original's.
 */
import type { Plane } from './planes.js';

const BLOCK = 8;
const REACH = 3;

/** Offsets in order of length, so that no motion wins among equals. */
const OFFSETS: readonly (readonly [number, number])[] = (() => {
  const list: [number, number][] = [];
  for (let dy = -REACH; dy <= REACH; dy++) for (let dx = -REACH; dx <= REACH; dx++) list.push([dx, dy]);
  return list.sort((a, b) => a[0] ** 2 + a[1] ** 2 - (b[0] ** 2 + b[1] ** 2));
})();

/** True for blocks in the oval that a face fills in an aligned crop. */
function inOval(x: number, y: number, size: number): boolean {
  const u = (x + BLOCK / 2 - size / 2) / (0.32 * size);
  const v = (y + BLOCK / 2 - size * 0.54) / (0.4 * size);
  return u * u + v * v < 1;
}

/**
 * Mean absolute brightness difference (0..255) between two aligned crops after each 8x8 block of `now` was moved, by up
 * to 3 pixels, to where it fits `before` best. 0 for equal crops and for whole-pixel shifts within reach.
 */
export function motionResidual(before: Plane, now: Plane): number {
  const size = now.width;
  let total = 0;
  let blocks = 0;
  for (let y = REACH; y + BLOCK + REACH <= size; y += BLOCK)
    for (let x = REACH; x + BLOCK + REACH <= size; x += BLOCK) {
      if (!inOval(x, y, size)) continue;
      let best = Number.POSITIVE_INFINITY;
      for (const [dx, dy] of OFFSETS) {
        let sum = 0;
        for (let j = 0; j < BLOCK && sum < best; j++) {
          const a = (y + j) * size + x;
          const b = (y + j + dy) * size + x + dx;
          for (let i = 0; i < BLOCK; i++) sum += Math.abs((now.data[a + i] as number) - (before.data[b + i] as number));
        }
        if (sum < best) best = sum;
        if (best === 0) break;
      }
      total += best;
      blocks++;
    }
  return blocks === 0 ? 0 : total / (blocks * BLOCK * BLOCK);
}

/**
 * Mean second difference of landmarks over three neighbouring frames, in distances between the outer eye corners.
 * 0 for a face at rest or in even motion.
 *
 * @param a landmarks (x y z each) of frames t-1, `b` t and `c` t+1
 */
export function landmarkJitter(a: Float32Array, b: Float32Array, c: Float32Array): number {
  const at = (i: number): [number, number] => [b[i * 3] as number, b[i * 3 + 1] as number];
  const [lx, ly] = at(33);
  const [rx, ry] = at(263);
  const unit = Math.max(1e-6, Math.hypot(lx - rx, ly - ry));
  const n = Math.min(468, Math.floor(b.length / 3));
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const x = (a[i * 3] as number) - 2 * (b[i * 3] as number) + (c[i * 3] as number);
    const y = (a[i * 3 + 1] as number) - 2 * (b[i * 3 + 1] as number) + (c[i * 3 + 1] as number);
    sum += Math.hypot(x, y);
  }
  return sum / n / unit;
}
