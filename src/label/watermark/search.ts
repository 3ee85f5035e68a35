/**
 * Where a tile could be: scales and angles at which the strength of the picture's spectrum fits the lattice of waves that a
 * repeated tile must have. Strength does not depend on where the tile begins, nor on what it says.
 */
import { fft2 } from './fft.js';
import { DATA, FASTEST, SYNC, TILE } from './pattern.js';
import { blur, type Plane } from './whiten.js';

/** A guess: pixels per dot of the tile, and the angle it is turned by (radians, clockwise on the screen). */
export interface Guess {
  readonly scale: number;
  readonly angle: number;
  /** How far the lattice stands out, in standard deviations of pure noise. */
  readonly score: number;
}

/** What {@link guesses} looks through. */
export interface SearchRange {
  readonly scales: readonly [number, number];
  /** Largest angle to either side, radians. */
  readonly angle: number;
  /** How many to return at most. */
  readonly count: number;
}

/** A side larger than this is cut to its middle: the transform stays fast, and the tile is there many times over. */
const LARGEST = 1024;
const WAVES = [...SYNC, ...DATA];

/** Power of the spectrum over that of its neighbourhood, cut off at a few times the mean; `n` by `n`. */
function flatSpectrum(plane: Plane): { n: number; power: Float32Array } {
  let n = 64;
  while (n < Math.min(LARGEST, Math.max(plane.width, plane.height))) n *= 2;
  const w = Math.min(n, plane.width);
  const h = Math.min(n, plane.height);
  const left = (plane.width - w) >> 1;
  const top = (plane.height - h) >> 1;
  const re = new Float32Array(n * n);
  const im = new Float32Array(n * n);
  const taper = (i: number, length: number): number => {
    const edge = Math.min(i + 0.5, length - i - 0.5) / (length * 0.08);
    return edge >= 1 ? 1 : Math.sin((edge * Math.PI) / 2) ** 2;
  };
  const across = Float32Array.from({ length: w }, (_, i) => taper(i, w));
  for (let y = 0; y < h; y++) {
    const t = taper(y, h);
    for (let x = 0; x < w; x++)
      re[y * n + x] = (plane.data[(y + top) * plane.width + x + left] as number) * t * (across[x] as number);
  }
  fft2(re, im, n);
  const half = n / 2;
  const shifted = new Float32Array(n * n);
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      const i = y * n + x;
      const to = ((y + half) & (n - 1)) * n + ((x + half) & (n - 1));
      shifted[to] = (re[i] as number) ** 2 + (im[i] as number) ** 2;
    }
  const around = blur({ width: n, height: n, data: shifted }, Math.max(6, n >> 6));
  let sum = 0;
  for (let i = 0; i < shifted.length; i++) {
    const v = Math.min(5, (shifted[i] as number) / ((around[i] as number) + 1e-9));
    shifted[i] = v;
    sum += v;
  }
  const mean = sum / shifted.length;
  return { n, power: shifted.map((v) => v / mean - 1) };
}

/** The best guesses, best first, no two of them close together. */
export function guesses(plane: Plane, range: SearchRange): Guess[] {
  const { n, power } = flatSpectrum(plane);
  const half = n / 2;
  const limit = half * 0.96;
  const found: { scale: number; angle: number; score: number }[] = [];
  const us = Float32Array.from(WAVES, (w) => w.u);
  const vs = Float32Array.from(WAVES, (w) => w.v);
  const angleMost = range.angle;
  for (let scale = range.scales[0]; scale <= range.scales[1]; ) {
    const f = n / (TILE * scale);
    // Less than a line of the spectrum at the fastest wave.
    const step = 0.8 / Math.min(limit, FASTEST * f);
    const turns = Math.floor(angleMost / step);
    for (let t = -turns; t <= turns; t++) {
      const angle = t * step;
      const c = Math.cos(angle) * f;
      const s = Math.sin(angle) * f;
      let sum = 0;
      let count = 0;
      for (let i = 0; i < us.length; i++) {
        const u = us[i] as number;
        const v = vs[i] as number;
        const x = u * c - v * s;
        const y = u * s + v * c;
        if (x > limit || x < -limit || y > limit || y < -limit) continue;
        sum += power[((y + half + 0.5) | 0) * n + ((x + half + 0.5) | 0)] as number;
        count++;
      }
      if (count < 60) continue;
      const score = sum / Math.sqrt(count);
      if (score > 2.5) found.push({ scale, angle, score });
    }
    scale *= 1 + step;
  }
  found.sort((a, b) => b.score - a.score);
  const chosen: Guess[] = [];
  for (const g of found) {
    const near = (2.5 * TILE * g.scale) / (FASTEST * n);
    if (chosen.some((o) => Math.abs(Math.log(o.scale / g.scale)) < near && Math.abs(o.angle - g.angle) < near))
      continue;
    chosen.push(g);
    if (chosen.length >= range.count) break;
  }
  return chosen;
}
