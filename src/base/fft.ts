/** Fast Fourier transform of a row whose length is a power of two (radix 2, in place, single precision). */

interface Plan {
  readonly reversed: Uint32Array;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

const plans = new Map<number, Plan>();

function planFor(n: number): Plan {
  const known = plans.get(n);
  if (known) return known;
  const bits = Math.log2(n);
  const reversed = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    let r = 0;
    for (let b = 0; b < bits; b++) r |= ((i >> b) & 1) << (bits - 1 - b);
    reversed[i] = r;
  }
  const cos = Float32Array.from({ length: n / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sin = Float32Array.from({ length: n / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / n));
  const plan = { reversed, cos, sin };
  plans.set(n, plan);
  return plan;
}

/**
 * Transforms `n` complex numbers in place, forward and without scaling.
 *
 * @param re real parts, `im` imaginary parts; the row begins at `from` in both
 * @param n a power of two
 */
export function fft(re: Float32Array, im: Float32Array, n: number, from = 0): void {
  const { reversed, cos, sin } = planFor(n);
  for (let i = 0; i < n; i++) {
    const j = reversed[i] as number;
    if (j <= i) continue;
    const a = from + i;
    const b = from + j;
    const r = re[a] as number;
    re[a] = re[b] as number;
    re[b] = r;
    const s = im[a] as number;
    im[a] = im[b] as number;
    im[b] = s;
  }
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half);
    for (let k = 0; k < half; k++) {
      const c = cos[k * stride] as number;
      const s = sin[k * stride] as number;
      for (let a = from + k; a < from + n; a += 2 * half) {
        const b = a + half;
        const x = re[b] as number;
        const y = im[b] as number;
        const tr = x * c - y * s;
        const ti = x * s + y * c;
        const ur = re[a] as number;
        const ui = im[a] as number;
        re[b] = ur - tr;
        im[b] = ui - ti;
        re[a] = ur + tr;
        im[a] = ui + ti;
      }
    }
  }
}
