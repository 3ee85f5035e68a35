/**
 * Whether a picture was taken of a screen: the pixels of a screen are a grid, which a camera sees as waves that have one
 * direction and one length all over the picture. Edges and cloth have such waves, too, but not everywhere.
 */
import { fft } from '../base/index.js';
import { type Frame, lumaOf } from '../media/index.js';

/** Side of a window in pixels. */
const SIDE = 128;

/** Windows that are looked at, at most, across and down. */
const ACROSS = 3;

/** Bins nearer to no wave at all than this hold shading and outlines. */
const LOW = 10;

/** Bins of the ring that a peak is compared with: from, to. */
const RING = [4, 8] as const;

/** Power that noise of one grey level has: what stands out of less than that is rounding, as in bars of one colour. */
const FLOOR = (0.375 * SIDE) ** 2;

const HANN = Float32Array.from({ length: SIDE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SIDE));

/** Half of all waves are enough: the others are their mirror images. */
const HALF = SIDE / 2 + 1;

/** Natural logarithm of the power of a window's waves: row by row, `HALF` across, no wave at the top left. */
function powerOf(luma: Uint8Array, width: number, left: number, top: number): Float32Array {
  const [re, im] = [new Float32Array(SIDE * SIDE), new Float32Array(SIDE * SIDE)];
  let mean = 0;
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) mean += luma[(top + y) * width + left + x] as number;
  mean /= SIDE * SIDE;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const value = (luma[(top + y) * width + left + x] as number) - mean;
      re[y * SIDE + x] = value * (HANN[x] as number) * (HANN[y] as number);
    }
    fft(re, im, SIDE, y * SIDE);
  }
  const [columnRe, columnIm] = [new Float32Array(SIDE), new Float32Array(SIDE)];
  const power = new Float32Array(HALF * SIDE);
  for (let x = 0; x < HALF; x++) {
    for (let y = 0; y < SIDE; y++) {
      columnRe[y] = re[y * SIDE + x] as number;
      columnIm[y] = im[y * SIDE + x] as number;
    }
    fft(columnRe, columnIm, SIDE);
    for (let y = 0; y < SIDE; y++)
      power[y * HALF + x] = Math.log((columnRe[y] as number) ** 2 + (columnIm[y] as number) ** 2 + FLOOR);
  }
  return power;
}

/** Blocks of eight pixels, as JPEG and films leave them, make waves of their own. */
const ofBlocks = (i: number): boolean => Math.abs(((i + 8) % 16) - 8) <= 1;

const [INNER, OUTER] = RING;
const ROOM_WIDE = HALF + 2 * OUTER;
const ROOM_HIGH = SIDE + 2 * OUTER;
const CELLS = (2 * OUTER + 1) ** 2 - (2 * INNER - 1) ** 2;

/** Sums over everything above and to the left, of waves with {@link OUTER} more on every side as they go on there. */
function sumsOf(power: Float32Array): Float64Array {
  const sums = new Float64Array((ROOM_WIDE + 1) * (ROOM_HIGH + 1));
  for (let y = 0; y < ROOM_HIGH; y++) {
    let row = 0;
    for (let x = 0; x < ROOM_WIDE; x++) {
      // Beyond an end lie the mirror images of what is before it.
      const [u, v] = [x - OUTER, (y - OUTER + SIDE) % SIDE];
      const mirrored = u < 0 || u >= HALF;
      row += power[(mirrored ? (SIDE - v) % SIDE : v) * HALF + (u < 0 ? -u : mirrored ? SIDE - u : u)] as number;
      sums[(y + 1) * (ROOM_WIDE + 1) + x + 1] = (sums[y * (ROOM_WIDE + 1) + x + 1] as number) + row;
    }
  }
  return sums;
}

/** How far the strongest wave of a window stands out of the waves like it. */
function peakOf(power: Float32Array): number {
  const sums = sumsOf(power);
  const stride = ROOM_WIDE + 1;
  const box = (u: number, v: number, r: number): number => {
    const [left, above] = [u + OUTER - r, (v + OUTER - r) * stride];
    const [right, below] = [left + 2 * r + 1, above + (2 * r + 1) * stride];
    return (
      (sums[below + right] as number) -
      (sums[below + left] as number) -
      (sums[above + right] as number) +
      (sums[above + left] as number)
    );
  };
  let best = 0;
  for (let v = 0; v < SIDE; v++) {
    const down = v > SIDE / 2 ? v - SIDE : v;
    for (let u = 0; u < HALF; u++) {
      if (u * u + down * down < LOW * LOW || (ofBlocks(u) && ofBlocks(v))) continue;
      const around = (box(u, v, OUTER) - box(u, v, INNER - 1)) / CELLS;
      best = Math.max(best, (power[v * HALF + u] as number) - around);
    }
  }
  return best;
}

/**
 * How far a regular wave stands out in a picture at its own resolution, as a natural logarithm of power: about 3 to 4 in
 * photographs. The lower quartile of up to nine windows, so that a striped shirt or a bar with letters does
 * not count; 0 for pictures below one window.
 */
export function screenGrid(frame: Frame): number {
  const { width, height } = frame;
  if (width < SIDE || height < SIDE) return 0;
  const luma = lumaOf(frame);
  const places = (length: number): number[] => {
    const count = Math.min(ACROSS, Math.max(1, Math.floor(length / (SIDE / 2)) - 1));
    return Array.from({ length: count }, (_, i) => Math.round(((i + 0.5) / count) * length - SIDE / 2)).map((p) =>
      Math.min(length - SIDE, Math.max(0, p)),
    );
  };
  const peaks = places(height).flatMap((y) => places(width).map((x) => peakOf(powerOf(luma, width, x, y))));
  return peaks.sort((a, b) => a - b)[Math.floor(peaks.length / 4)] ?? 0;
}
