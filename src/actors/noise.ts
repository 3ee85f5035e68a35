/** Reproducible noise: a hash of whole numbers, and smooth fields made from it. */

/** A number in 0..1 from up to three whole numbers. */
export function hash(a: number, b = 0, c = 0): number {
  let h = (Math.imul(a | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca77) ^ Math.imul(c | 0, 0xc2b2ae3d)) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

const SIZE = 128;
const TILE = (() => {
  const tile = new Float32Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) tile[y * SIZE + x] = hash(x, y, 77);
  return tile;
})();

/** Smooth noise over a plane, 0..1, one bump a unit, repeating every 128 units. */
export function noise2(x: number, y: number): number {
  const fx = Math.floor(x);
  const fy = Math.floor(y);
  let tx = x - fx;
  let ty = y - fy;
  tx = tx * tx * (3 - 2 * tx);
  ty = ty * ty * (3 - 2 * ty);
  const x0 = fx & (SIZE - 1);
  const x1 = (fx + 1) & (SIZE - 1);
  const y0 = (fy & (SIZE - 1)) * SIZE;
  const y1 = ((fy + 1) & (SIZE - 1)) * SIZE;
  const a = TILE[y0 + x0] as number;
  const b = TILE[y0 + x1] as number;
  const c = TILE[y1 + x0] as number;
  const d = TILE[y1 + x1] as number;
  return (a + (b - a) * tx) * (1 - ty) + (c + (d - c) * tx) * ty;
}

/** Three octaves of {@link noise2}, 0..1. */
export function fractal2(x: number, y: number): number {
  return noise2(x, y) * 0.55 + noise2(x * 2.03 + 17, y * 2.03 + 5) * 0.29 + noise2(x * 4.1 + 3, y * 4.1 + 41) * 0.16;
}

/** A smooth wander over time, -1..1: about one swing a second at `speed` 1. */
export function wander(seed: number, time: number, speed = 1): number {
  return (fractal2(time * speed + hash(seed, 1) * 64, hash(seed, 2) * 64) - 0.5) * 2.4;
}

/** 0 below `a`, 1 above `b`, smooth between; `a` may be the larger. */
export function smoothstep(a: number, b: number, v: number): number {
  const t = Math.max(0, Math.min(1, (v - a) / (b - a)));
  return t * t * (3 - 2 * t);
}
