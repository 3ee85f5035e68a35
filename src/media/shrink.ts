/** Box averages of picture planes: what keeps fine detail from turning into shimmer when a picture is made small. */

/** One 8-bit channel of a picture. */
export interface Plane {
  readonly data: Uint8Array;
  /** Index of the first sample in `data`. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
  /** Bytes between neighbours in a row; rows follow each other without a gap. */
  readonly step: number;
}

let columns = new Uint16Array(0);
let even = new Uint32Array(0);
let odd = new Uint32Array(0);

/** Memory for the sums of one row of blocks, kept from call to call. */
function reserve(width: number): void {
  if (columns.length >= width) return;
  columns = new Uint16Array(width + 4);
  even = new Uint32Array((width >> 2) + 1);
  odd = new Uint32Array((width >> 2) + 1);
}

/**
 * Sums of columns `x0 .. x1-1` over rows `y0 .. y1-1` into `columns`, four bytes at a time: two 16-bit sums share a
 * 32-bit word, which holds for up to 257 rows. Needs rows that begin on a word, and `x0` a multiple of four.
 */
function sumWords(
  words: Uint32Array,
  at: number,
  perRow: number,
  x0: number,
  x1: number,
  y0: number,
  y1: number,
): void {
  const first = x0 >> 2;
  const end = Math.min(perRow, (x1 + 3) >> 2);
  const [evens, odds, sums] = [even, odd, columns];
  evens.fill(0, first, end);
  odds.fill(0, first, end);
  for (let y = y0; y < y1; y++) {
    const row = at + y * perRow;
    for (let i = first; i < end; i++) {
      const word = words[row + i] as number;
      evens[i] = (evens[i] as number) + (word & 0xff00ff);
      odds[i] = (odds[i] as number) + ((word >>> 8) & 0xff00ff);
    }
  }
  for (let i = first, x = first * 4; i < end; i++, x += 4) {
    const e = evens[i] as number;
    const o = odds[i] as number;
    sums[x] = e & 0xffff;
    sums[x + 1] = o & 0xffff;
    sums[x + 2] = e >>> 16;
    sums[x + 3] = o >>> 16;
  }
}

function sumBytes(plane: Plane, x0: number, x1: number, y0: number, y1: number): void {
  const { data, at, width, step } = plane;
  // A local name: what the module may exchange has to be looked up for every pixel.
  const sums = columns;
  sums.fill(0, x0, x1);
  for (let y = y0; y < y1; y++)
    for (let x = x0, p = at + (y * width + x0) * step; x < x1; x++, p += step)
      sums[x] = (sums[x] as number) + (data[p] as number);
}

/**
 * Averages `k` by `k` blocks of a plane into a plane `ceil(size / k)` large, of which only the blocks
 * `x0 .. x1-1`, `y0 .. y1-1` are filled. Blocks lie on multiples of `k` of the whole plane, so that the same spot gives
 * the same number whatever else is asked for. The last block of a row or column averages what there is.
 *
 * @param k 2 to 256
 */
export function shrink(plane: Plane, k: number, x0: number, y0: number, x1: number, y1: number): Plane {
  const width = Math.ceil(plane.width / k);
  const height = Math.ceil(plane.height / k);
  const data = new Uint8Array(width * height);
  reserve(plane.width);
  const sums = columns;
  const start = plane.data.byteOffset + plane.at;
  const words =
    plane.step === 1 && start % 4 === 0 && plane.width % 4 === 0
      ? new Uint32Array(plane.data.buffer, start, (plane.width * plane.height) >> 2)
      : null;
  // Words are summed whole: begin at the word that holds the first wanted column.
  const left = (x0 * k) & ~3;
  const right = Math.min(x1 * k, plane.width);
  for (let by = y0; by < y1; by++) {
    const top = by * k;
    const bottom = Math.min(top + k, plane.height);
    if (words) sumWords(words, 0, plane.width >> 2, left, right, top, bottom);
    else sumBytes(plane, left, right, top, bottom);
    const rows = bottom - top;
    const scale = 1 / (k * rows);
    const whole = Math.min(x1, Math.floor(plane.width / k));
    let x = x0 * k;
    for (let bx = x0; bx < whole; bx++) {
      let sum = 0;
      for (const end = x + k; x < end; x++) sum += sums[x] as number;
      data[by * width + bx] = sum * scale + 0.5;
    }
    if (whole < x1) {
      let sum = 0;
      for (x = whole * k; x < plane.width; x++) sum += sums[x] as number;
      data[by * width + whole] = sum * (1 / (rows * (plane.width - whole * k))) + 0.5;
    }
  }
  return { data, at: 0, width, height, step: 1 };
}
