/** A tile laid over a whole picture, as whole numbers. */
import { LAYOUTS, type Layout, TILE } from './pattern.js';

/** Steps of a stored field in one standard deviation of the tile. */
export const FIELD_STEPS = 28;

/** Catmull and Rom's weights for the four neighbours of a point `t` behind the second. */
function cubic(t: number): [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [(2 * t2 - t3 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (4 * t2 - 3 * t3 + t) / 2, (t3 - t2) / 2];
}

/** Pixels of a picture that one dot of the tile takes up. */
export function dotSize(width: number, height: number, layout: Layout): number {
  return Math.min(width, height) / LAYOUTS[layout];
}

interface Taps {
  readonly at: Int32Array;
  readonly weights: Float32Array;
}

function taps(length: number, dot: number): Taps {
  const at = new Int32Array(length * 4);
  const weights = new Float32Array(length * 4);
  for (let i = 0; i < length; i++) {
    const x = (i + 0.5) / dot - 0.5;
    const base = Math.floor(x);
    cubic(x - base).forEach((w, k) => {
      at[i * 4 + k] = (((base + k - 1) % TILE) + TILE) % TILE;
      weights[i * 4 + k] = w;
    });
  }
  return { at, weights };
}

/** The tile over `width` x `height` pixels, in {@link FIELD_STEPS} of a standard deviation. Its corner is the picture's. */
export function fieldOf(tile: Float32Array, width: number, height: number, layout: Layout): Int8Array {
  const dot = dotSize(width, height, layout);
  const columns = taps(width, dot);
  const rows = taps(height, dot);
  // Every line of the tile drawn out to the picture's width, once.
  const wide = new Float32Array(TILE * width);
  for (let y = 0; y < TILE; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = x * 4; k < x * 4 + 4; k++)
        sum += (columns.weights[k] as number) * (tile[y * TILE + (columns.at[k] as number)] as number);
      wide[y * width + x] = sum * FIELD_STEPS;
    }
  const out = new Int8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => (rows.at[y * 4 + k] as number) * width) as [
      number,
      number,
      number,
      number,
    ];
    const [wa, wb, wc, wd] = rows.weights.subarray(y * 4, y * 4 + 4) as unknown as [number, number, number, number];
    for (let x = 0; x < width; x++) {
      const v =
        wa * (wide[a + x] as number) +
        wb * (wide[b + x] as number) +
        wc * (wide[c + x] as number) +
        wd * (wide[d + x] as number);
      out[y * width + x] = Math.max(-127, Math.min(127, Math.round(v)));
    }
  }
  return out;
}
