/** Fast Fourier transform of square pictures whose side is a power of two. */
import { fft } from '../../base/index.js';

function transpose(data: Float32Array, n: number): void {
  for (let y = 0; y < n; y++)
    for (let x = y + 1; x < n; x++) {
      const a = y * n + x;
      const b = x * n + y;
      const t = data[a] as number;
      data[a] = data[b] as number;
      data[b] = t;
    }
}

/**
 * Transforms an `n` by `n` picture in place, forward and without scaling. Real part in `re`, imaginary part in `im`,
 * row by row. The inverse is the forward transform with both arrays exchanged, divided by `n * n`.
 */
export function fft2(re: Float32Array, im: Float32Array, n: number): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let y = 0; y < n; y++) fft(re, im, n, y * n);
    transpose(re, n);
    transpose(im, n);
  }
}
