/**
 * Whether the picture of a JPEG file was a JPEG before, on the same grid: a second quantisation leaves gaps and peaks in
 * the histograms of the DCT coefficients (Lukas and Fridrich 2003). The histogram of one compression is guessed from the
 * same picture moved by half a block, where its grid is broken; then each earlier quality is tried.
 */
import type { Frame } from '../../../media/index.js';
import { standardTable } from './jpeg-tables.js';

/** At most this many pixels across and down, from the middle. */
const MOST = 1024;
/** Row and column of the coefficients that are looked at: low frequencies have enough values that are not zero. */
const PLACES: readonly (readonly [row: number, column: number])[] = [
  [0, 1],
  [1, 0],
  [1, 1],
  [0, 2],
  [2, 0],
  [1, 2],
  [2, 1],
];
const REACH = 24;
/** Share of values that no model explains. */
const STRAY = 0.04;
const FINEST = 98;
const COARSEST = 30;
/** Gain in log likelihood, per value, that an earlier quality must bring. */
const GAIN = 0.03;
const LEAST_BLOCKS = 400;

/** What was found. */
export interface EarlierJpeg {
  readonly quality: number;
  /** Mean gain in log likelihood of one coefficient, in nats, against no earlier compression. */
  readonly gain: number;
}

const COSINES = Array.from({ length: 64 }, (_, i) => {
  const [k, n] = [i >> 3, i & 7];
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * n + 1) * k * Math.PI) / 16);
});

/** Luminance, -128 to 127, of the middle of a frame, its corner on a block corner. */
function middle(frame: Frame): { y: Float32Array; width: number; height: number } {
  const width = Math.min(MOST, frame.width) & ~7;
  const height = Math.min(MOST, frame.height) & ~7;
  const left = ((frame.width - width) >> 1) & ~7;
  const top = ((frame.height - height) >> 1) & ~7;
  const y = new Float32Array(width * height);
  const p = frame.pixels;
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const at = 4 * ((r + top) * frame.width + c + left);
      y[r * width + c] =
        0.299 * (p[at] as number) + 0.587 * (p[at + 1] as number) + 0.114 * (p[at + 2] as number) - 128;
    }
  return { y, width, height };
}

/** The coefficients at {@link PLACES}, for all blocks of a grid that begins `off` pixels in. */
function coefficients({ y, width, height }: ReturnType<typeof middle>, off: number): Float32Array[] {
  const across = (width - off) >> 3;
  const down = (height - off) >> 3;
  const out = PLACES.map(() => new Float32Array(across * down));
  const rows = new Float32Array(24);
  for (let b = 0; b < across * down; b++) {
    const from = (off + 8 * Math.floor(b / across)) * width + off + 8 * (b % across);
    // Only the first three columns of frequencies are needed.
    for (let r = 0; r < 8; r++)
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (let n = 0; n < 8; n++) sum += (COSINES[8 * k + n] as number) * (y[from + r * width + n] as number);
        rows[3 * r + k] = sum;
      }
    PLACES.forEach(([row, column], i) => {
      let sum = 0;
      for (let r = 0; r < 8; r++) sum += (COSINES[8 * row + r] as number) * (rows[3 * r + column] as number);
      (out[i] as Float32Array)[b] = sum;
    });
  }
  return out;
}

const bin = (v: number): number => Math.max(-REACH, Math.min(REACH, Math.round(v))) + REACH;

/** Bins of the fine histogram in a step of a coefficient. */
const FINE = 8;
/** No coefficient of an 8-bit picture is larger. */
const LARGEST = 1040;

/** Values that occur, to an eighth of a step, each between two ends that rounding could fall on, and their shares. */
interface Fine {
  readonly values: Float32Array;
  readonly shares: Float64Array;
}

/** Counted once, so that each of many tables is tried on what occurs instead of on every block. */
function fineHistogram(values: Float32Array): Fine {
  const counts = new Uint32Array(2 * LARGEST * FINE);
  for (const v of values) {
    const at = Math.max(0, Math.min(counts.length - 1, Math.floor((v + LARGEST) * FINE)));
    counts[at] = (counts[at] as number) + 1;
  }
  const filled: number[] = [];
  counts.forEach((count, at) => {
    if (count > 0) filled.push(at);
  });
  return {
    values: Float32Array.from(filled, (at) => (at + 0.5) / FINE - LARGEST),
    shares: Float64Array.from(filled, (at) => (counts[at] as number) / values.length),
  };
}

function histogram({ values, shares }: Fine, map: (v: number) => number): Float64Array {
  const h = new Float64Array(2 * REACH + 1);
  for (let i = 0; i < values.length; i++) {
    const at = bin(map(values[i] as number));
    h[at] = (h[at] as number) + (shares[i] as number);
  }
  return h;
}

/**
 * Looks for an earlier compression with standard tables.
 *
 * @param frame the decoded picture, RGBA, not turned
 * @param luma the file's own luminance table, row by row
 * @returns `null` where none stands out, or the picture is too small to tell
 */
export function earlierJpeg(frame: Frame, luma: readonly number[]): EarlierJpeg | null {
  const picture = middle(frame);
  if ((picture.width >> 3) * (picture.height >> 3) < LEAST_BLOCKS) return null;
  const now = coefficients(picture, 0).map(fineHistogram);
  const moved = coefficients(picture, 4).map(fineHistogram);
  const seen = PLACES.map(([r, c], i) => histogram(now[i] as Fine, (v) => v / (luma[8 * r + c] as number)));
  const explained = (table: readonly number[] | null): number => {
    let sum = 0;
    PLACES.forEach(([r, c], i) => {
      const second = luma[8 * r + c] as number;
      const first = table?.[8 * r + c];
      const model = histogram(moved[i] as Fine, (v) =>
        first === undefined ? v / second : (Math.round(v / first) * first) / second,
      );
      (seen[i] as Float64Array).forEach((share, k) => {
        sum += share * Math.log((1 - STRAY) * (model[k] as number) + STRAY / model.length);
      });
    });
    return sum / PLACES.length;
  };
  const alone = explained(null);
  let best: EarlierJpeg | null = null;
  for (let quality = COARSEST; quality <= FINEST; quality++) {
    const table = standardTable(quality);
    // The same steps, or steps that divide these, leave no trace.
    if (PLACES.every(([r, c]) => (luma[8 * r + c] as number) % (table[8 * r + c] as number) === 0)) continue;
    const gain = explained(table) - alone;
    if (gain > GAIN && (best === null || gain > best.gain)) best = { quality, gain };
  }
  return best;
}
