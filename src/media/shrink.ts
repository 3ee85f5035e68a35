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

/** Red, green and blue of a frame whose pixels lie side by side, four bytes each. */
export type Pixels = readonly [red: Plane, green: Plane, blue: Plane];

let columns = new Uint16Array(0);
let even = new Uint32Array(0);
let odd = new Uint32Array(0);

/** Memory for the sums of one row of blocks, kept from call to call. */
function reserve(sums: number, words: number): void {
  if (columns.length < sums) columns = new Uint16Array(sums + 4);
  if (even.length >= words) return;
  even = new Uint32Array(words + 1);
  odd = new Uint32Array(words + 1);
}

/**
 * Sums of the words `first .. end-1` of rows `y0 .. y1-1`, byte by byte: two 16-bit sums share a 32-bit word, which holds
 * for up to 257 rows. Bytes 0 and 2 go into `even`, 1 and 3 into `odd`.
 */
function sumRows(words: Uint32Array, perRow: number, first: number, end: number, y0: number, y1: number): void {
  const [evens, odds] = [even, odd];
  evens.fill(0, first, end);
  odds.fill(0, first, end);
  for (let y = y0; y < y1; y++) {
    const row = y * perRow;
    for (let i = first; i < end; i++) {
      const word = words[row + i] as number;
      evens[i] = (evens[i] as number) + (word & 0xff00ff);
      odds[i] = (odds[i] as number) + ((word >>> 8) & 0xff00ff);
    }
  }
}

/** Sums of columns `x0 .. x1-1` over rows `y0 .. y1-1` into `columns`. Needs rows that begin on a word, and `x0` a multiple of four. */
function sumWords(words: Uint32Array, perRow: number, x0: number, x1: number, y0: number, y1: number): void {
  const first = x0 >> 2;
  const end = Math.min(perRow, (x1 + 3) >> 2);
  sumRows(words, perRow, first, end, y0, y1);
  const [evens, odds, sums] = [even, odd, columns];
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
  reserve(plane.width, plane.width >> 2);
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
    if (words) sumWords(words, plane.width >> 2, left, right, top, bottom);
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

/**
 * {@link shrink} of red, green and blue at once, to the same numbers, where they lie side by side in words.
 *
 * @returns null where they do not
 */
export function shrinkPixels(
  [red, green, blue]: Pixels,
  k: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): Pixels | null {
  const start = red.data.byteOffset + red.at;
  const together =
    red.data === green.data && red.data === blue.data && green.at === red.at + 1 && blue.at === red.at + 2;
  if (red.step !== 4 || !together || start % 4 !== 0) return null;
  const words = new Uint32Array(red.data.buffer, start, red.width * red.height);
  const width = Math.ceil(red.width / k);
  const height = Math.ceil(red.height / k);
  const out = [0, 1, 2].map(() => new Uint8Array(width * height)) as [Uint8Array, Uint8Array, Uint8Array];
  const [reds, greens, blues] = out;
  reserve(0, red.width);
  for (let by = y0; by < y1; by++) {
    const top = by * k;
    const bottom = Math.min(top + k, red.height);
    sumRows(words, red.width, x0 * k, Math.min(x1 * k, red.width), top, bottom);
    const [evens, odds] = [even, odd];
    for (let bx = x0; bx < x1; bx++) {
      let [r, g, b] = [0, 0, 0];
      const end = Math.min((bx + 1) * k, red.width);
      for (let x = bx * k; x < end; x++) {
        const e = evens[x] as number;
        r += e & 0xffff;
        b += e >>> 16;
        g += (odds[x] as number) & 0xffff;
      }
      const scale = 1 / ((bottom - top) * (end - bx * k));
      const at = by * width + bx;
      reds[at] = r * scale + 0.5;
      greens[at] = g * scale + 0.5;
      blues[at] = b * scale + 0.5;
    }
  }
  return out.map((data) => ({ data, at: 0, width, height, step: 1 })) as [Plane, Plane, Plane];
}
