/** IEEE 754 half-precision floats, as bits in 16-bit integers. */

/** Rounds to half precision, nearest, ties to even. What is too large becomes infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i] as number;
    const sign = (x >>> 16) & 0x8000;
    const exponent = (x >>> 23) & 0xff;
    const mantissa = x & 0x7fffff;
    if (exponent === 255) out[i] = sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
    else {
      const e = exponent - 112;
      if (e >= 31) out[i] = sign | 0x7c00;
      else {
        // Below the normal range the leading one is shifted in explicitly.
        const full = e > 0 ? mantissa | (e << 23) : mantissa | 0x800000;
        const shift = e > 0 ? 13 : Math.min(14 - e, 25);
        const kept = full >>> shift;
        const rest = full & ((1 << shift) - 1);
        const tie = 1 << (shift - 1);
        out[i] = sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
      }
    }
  }
  return out;
}

/** Widens half-precision bits to float32. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const h = bits[i] as number;
    const sign = (h & 0x8000) !== 0 ? -1 : 1;
    const exponent = (h >>> 10) & 31;
    const mantissa = h & 0x3ff;
    if (exponent === 0) out[i] = sign * mantissa * 2 ** -24;
    else if (exponent === 31) out[i] = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else out[i] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  }
  return out;
}
