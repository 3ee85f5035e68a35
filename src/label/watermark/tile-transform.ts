/**
 * Fourier transforms between a tile and the few slow waves that the mark is made of, none faster than `FASTEST`. Rows and
 * columns that are zero, or that nobody asks for, are left out, and two real things go through one complex transform.
 */
import { fft } from '../../base/index.js';
import { FASTEST, TILE } from './pattern.js';

const MASK = TILE - 1;
/** Lines of the spectrum from -FASTEST to FASTEST. */
const LINES = 2 * FASTEST + 1;
const HALF = FASTEST + 1;

/** Scratch; holds nothing between calls. */
const columns = { re: new Float32Array(HALF * TILE), im: new Float32Array(HALF * TILE) };
const rows = { re: new Float32Array(LINES * TILE), im: new Float32Array(LINES * TILE) };
const line = { re: new Float32Array(TILE), im: new Float32Array(TILE) };

/**
 * Strengths of the waves up to `FASTEST` cycles a tile to the right and down, without scaling, on the grid of the whole
 * transform (`TILE * TILE`, wave (u, v) at `(v mod TILE) * TILE + (u mod TILE)`). The rest of `re` and `im` keeps its values.
 *
 * @param tile a real picture, `TILE * TILE`
 */
export function slowWaves(tile: Float32Array, re: Float32Array, im: Float32Array): void {
  for (let y = 0; y < TILE; y += 2) {
    // Two real rows as real and imaginary part of one.
    line.re.set(tile.subarray(y * TILE, (y + 1) * TILE));
    line.im.set(tile.subarray((y + 1) * TILE, (y + 2) * TILE));
    fft(line.re, line.im, TILE);
    for (let u = 0; u < HALF; u++) {
      const a = line.re[u] as number;
      const b = line.im[u] as number;
      const c = line.re[-u & MASK] as number;
      const d = line.im[-u & MASK] as number;
      const at = u * TILE + y;
      columns.re[at] = (a + c) / 2;
      columns.im[at] = (b - d) / 2;
      columns.re[at + 1] = (b + d) / 2;
      columns.im[at + 1] = (c - a) / 2;
    }
  }
  for (let u = 0; u < HALF; u++) {
    fft(columns.re, columns.im, TILE, u * TILE);
    for (let v = -FASTEST; v <= FASTEST; v++) {
      const a = columns.re[u * TILE + (v & MASK)] as number;
      const b = columns.im[u * TILE + (v & MASK)] as number;
      const here = (v & MASK) * TILE + u;
      const there = (-v & MASK) * TILE + (-u & MASK);
      re[here] = a;
      im[here] = b;
      // The picture is real: the opposite wave is the conjugate.
      re[there] = a;
      im[there] = -b;
    }
  }
}

/** Waves of one half of the spectrum with their strengths, as lists of equal length. */
export interface Waves {
  readonly u: Int32Array;
  readonly v: Int32Array;
  readonly re: Float32Array;
  readonly im: Float32Array;
}

/** Where the picture that some waves add up to is brightest: its value there, and the place in the tile. */
export interface Top {
  readonly value: number;
  readonly x: number;
  readonly y: number;
}

function add(waves: Waves, imaginary: boolean): void {
  for (let i = 0; i < waves.u.length; i++) {
    const u = waves.u[i] as number;
    const v = waves.v[i] as number;
    // Half to the wave and half, conjugated, to its opposite: the sum is real.
    const a = (waves.re[i] as number) / 2;
    const b = (waves.im[i] as number) / 2;
    const here = (v + FASTEST) * TILE + (u & MASK);
    const there = (-v + FASTEST) * TILE + (-u & MASK);
    rows.re[here] = (rows.re[here] as number) + (imaginary ? -b : a);
    rows.im[here] = (rows.im[here] as number) + (imaginary ? a : b);
    rows.re[there] = (rows.re[there] as number) + (imaginary ? b : a);
    rows.im[there] = (rows.im[there] as number) + (imaginary ? a : -b);
  }
}

/** The brightest places of two pictures, each given as waves (inverse transform without scaling, real part). */
export function tops(first: Waves, second: Waves | null): [Top, Top] {
  rows.re.fill(0);
  rows.im.fill(0);
  add(first, false);
  if (second !== null) add(second, true);
  // The inverse is the transform with both parts exchanged.
  for (let v = 0; v < LINES; v++) fft(rows.im, rows.re, TILE, v * TILE);
  let a = Number.NEGATIVE_INFINITY;
  let b = Number.NEGATIVE_INFINITY;
  let atA = 0;
  let atB = 0;
  for (let x = 0; x < TILE; x++) {
    line.re.fill(0);
    line.im.fill(0);
    for (let v = 0; v < LINES; v++) {
      const y = (v - FASTEST) & MASK;
      line.re[y] = rows.re[v * TILE + x] as number;
      line.im[y] = rows.im[v * TILE + x] as number;
    }
    fft(line.im, line.re, TILE);
    for (let y = 0; y < TILE; y++) {
      const p = line.re[y] as number;
      const q = line.im[y] as number;
      if (p > a) {
        a = p;
        atA = (y << 7) | x;
      }
      if (q > b) {
        b = q;
        atB = (y << 7) | x;
      }
    }
  }
  return [
    { value: a, x: atA & MASK, y: atA >> 7 },
    { value: b, x: atB & MASK, y: atB >> 7 },
  ];
}
