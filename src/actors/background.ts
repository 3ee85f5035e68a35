/** What stands behind the heads: plain pictures, made once for each size and kept. */
import { Random } from '../base/index.js';
import { fractal2, hash, smoothstep } from './noise.js';
import type { Background, PictureSize, Rgb } from './types.js';

/** A painted background. */
export interface Backdrop {
  /** Red, green, blue, sRGB, 8 bits, row by row. */
  readonly pixels: Uint8Array;
  /** Mean colour, linear light. */
  readonly mean: Rgb;
}

const PALETTES: readonly (readonly [Rgb, Rgb, Rgb])[] = [
  [
    [0.16, 0.2, 0.26],
    [0.05, 0.065, 0.09],
    [0.75, 0.52, 0.28],
  ],
  [
    [0.42, 0.36, 0.29],
    [0.19, 0.15, 0.11],
    [0.9, 0.7, 0.4],
  ],
  [
    [0.18, 0.24, 0.19],
    [0.05, 0.08, 0.06],
    [0.65, 0.75, 0.35],
  ],
  [
    [0.34, 0.29, 0.34],
    [0.12, 0.09, 0.14],
    [0.8, 0.45, 0.5],
  ],
  [
    [0.5, 0.51, 0.52],
    [0.26, 0.27, 0.29],
    [0.85, 0.8, 0.7],
  ],
  [
    [0.2, 0.29, 0.38],
    [0.07, 0.12, 0.18],
    [0.6, 0.75, 0.9],
  ],
];

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** sRGB, 0..255, by linear light in steps of 1/4095. */
const SRGB = Uint8Array.from({ length: 4096 }, (_, i) => {
  const c = i / 4095;
  return Math.round(255 * (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055));
});

type Paint = (x: number, y: number, out: Float32Array) => void;

function gradient(palette: readonly [Rgb, Rgb, Rgb], random: Random): Paint {
  const [light, dark] = palette;
  const cx = random.range(0.25, 0.75);
  const cy = random.range(0.2, 0.6);
  const s = random.range(0, 60);
  return (x, y, out) => {
    const t = smoothstep(0, 1.05, Math.hypot(x - cx * 1.6, (y - cy) * 1.1)) + 0.1 * (fractal2(x * 3 + s, y * 3) - 0.5);
    for (let k = 0; k < 3; k++) out[k] = mix(light[k] as number, dark[k] as number, t);
  };
}

function bokeh(palette: readonly [Rgb, Rgb, Rgb], random: Random): Paint {
  const base = gradient(palette, random);
  const spots = Array.from({ length: 16 }, () => ({
    x: random.range(-0.1, 1.9),
    y: random.range(-0.1, 0.9),
    r: random.range(0.03, 0.14),
    a: random.range(0.1, 0.5),
    c: random.float() < 0.6 ? palette[2] : palette[0],
  }));
  return (x, y, out) => {
    base(x, y, out);
    for (const { x: sx, y: sy, r, a, c } of spots) {
      const d = Math.hypot(x - sx, y - sy) / r;
      if (d > 1.15) continue;
      const t = a * smoothstep(1.12, 0.9, d) * (0.75 + 0.25 * smoothstep(0.4, 0.95, d));
      for (let k = 0; k < 3; k++) out[k] = mix(out[k] as number, c[k] as number, t);
    }
  };
}

function room(palette: readonly [Rgb, Rgb, Rgb], random: Random): Paint {
  const [light, dark, accent] = palette;
  const window = {
    x: random.range(0, 0.35) + (random.float() < 0.5 ? 1.05 : 0),
    y: random.range(0.02, 0.15),
    w: random.range(0.35, 0.5),
    h: random.range(0.4, 0.6),
  };
  const shelf = {
    x: window.x > 0.8 ? random.range(0, 0.3) : random.range(1, 1.3),
    y: random.range(0.3, 0.5),
    w: random.range(0.4, 0.6),
  };
  const books = Array.from({ length: 12 }, () => ({
    w: random.range(0.5, 1),
    h: random.range(0.09, 0.18),
    c: [random.range(0.04, 0.4), random.range(0.04, 0.3), random.range(0.04, 0.3)] as const,
  }));
  const wide = books.reduce((sum, b) => sum + b.w, 0);
  const floor = random.range(0.8, 0.95);
  const soft = 0.014;
  const box = (v: number, from: number, to: number): number =>
    smoothstep(from - soft, from + soft, v) * smoothstep(to + soft, to - soft, v);
  return (x, y, out) => {
    const fall = 0.75 + 0.35 * Math.exp(-((x - window.x - window.w / 2) ** 2 + (y - 0.4) ** 2) * 2);
    for (let k = 0; k < 3; k++) out[k] = mix(light[k] as number, dark[k] as number, y * 0.6) * fall;
    const below = smoothstep(floor - soft, floor + soft, y);
    for (let k = 0; k < 3; k++) out[k] = mix(out[k] as number, (dark[k] as number) * 0.7, below);
    const pane = box(x, window.x, window.x + window.w) * box(y, window.y, window.y + window.h);
    const bar = 1 - box(x, window.x + window.w / 2 - 0.008, window.x + window.w / 2 + 0.008);
    for (let k = 0; k < 3; k++)
      out[k] = mix(out[k] as number, [0.75, 0.82, 0.9][k] as number, pane * (0.35 + 0.55 * bar));
    if (x > shelf.x - 0.02 && x < shelf.x + shelf.w + 0.02) {
      const inside = box(x, shelf.x, shelf.x + shelf.w);
      const board = inside * box(y, shelf.y, shelf.y + 0.022);
      for (let k = 0; k < 3; k++) out[k] = mix(out[k] as number, (accent[k] as number) * 0.3, board);
      let at = shelf.x;
      for (const { w, h, c } of books) {
        const next = at + (w / wide) * shelf.w * 0.9;
        const book = box(x, at, next) * box(y, shelf.y - h, shelf.y);
        for (let k = 0; k < 3; k++) out[k] = mix(out[k] as number, c[k] as number, book * 0.85);
        at = next;
      }
    }
  };
}

function paint(background: Background, size: PictureSize): Backdrop {
  const random = new Random(Math.floor(hash(background.seed, 31) * 2 ** 31));
  const palette = PALETTES[random.int(PALETTES.length)] as readonly [Rgb, Rgb, Rgb];
  const make = { gradient, bokeh, room }[background.kind];
  const at = make(palette, random);
  const pixels = new Uint8Array(size.width * size.height * 3);
  const out = new Float32Array(3);
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      at(x / size.height, y / size.height, out);
      const i = (y * size.width + x) * 3;
      for (let k = 0; k < 3; k++) {
        pixels[i + k] = SRGB[Math.max(0, Math.min(4095, Math.round((out[k] as number) * 4095)))] as number;
        sum[k] = (sum[k] as number) + (out[k] as number);
      }
    }
  const n = size.width * size.height;
  return { pixels, mean: [sum[0] / n, sum[1] / n, sum[2] / n] };
}

const kept = new Map<string, Backdrop>();

/** The background of a size, painted when first asked for; the last few are kept. */
export function backdrop(background: Background, size: PictureSize): Backdrop {
  const key = `${background.kind} ${background.seed} ${size.width} ${size.height}`;
  const known = kept.get(key);
  if (known) return known;
  if (kept.size >= 4) kept.delete(kept.keys().next().value as string);
  const made = paint(background, size);
  kept.set(key, made);
  return made;
}
