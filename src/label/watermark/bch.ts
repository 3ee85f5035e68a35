/**
 * The error-correcting code of the watermark: BCH(127, 64), whose words differ in 21 bits or more. Systematic, over GF(2^7)
 * with the polynomial x^7 + x^3 + 1. `soft.ts` reads it.
 */

/** Bits of a code word and of its message. */
export const CODE_BITS = 127;
export const MESSAGE_BITS = 64;
/** Wrong bits that are mended whichever they are. */
const MENDABLE = 10;

const CHECK = CODE_BITS - MESSAGE_BITS;
const exp = new Uint8Array(254);
const log = new Uint8Array(128);
for (let i = 0, x = 1; i < 127; i++) {
  exp[i] = x;
  exp[i + 127] = x;
  log[x] = i;
  x <<= 1;
  if (x & 128) x ^= 0b10001001;
}

function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (exp[(log[a] as number) + (log[b] as number)] as number);
}

/** Product of polynomials, lowest power first. */
function product(a: readonly number[], b: readonly number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      out[i + j] = (out[i + j] as number) ^ times(x, y);
    });
  });
  return out;
}

/** The generator: the smallest polynomial with the roots a^1 .. a^20. */
const GENERATOR: readonly number[] = (() => {
  let g = [1];
  const seen = new Set<number>();
  for (let i = 1; i < 2 * MENDABLE; i += 2) {
    if (seen.has(i)) continue;
    for (let c = i; !seen.has(c); c = (c * 2) % 127) {
      seen.add(c);
      g = product(g, [exp[c] as number, 1]);
    }
  }
  return g;
})();

/** The 127 bits (0 or 1) for 8 bytes; the message stands in the last 64, most significant bit of each byte first. */
export function encodeBits(payload: Uint8Array): Uint8Array {
  const code = new Uint8Array(CODE_BITS);
  for (let i = 0; i < MESSAGE_BITS; i++) code[CHECK + i] = ((payload[i >> 3] as number) >> (7 - (i & 7))) & 1;
  const rest = code.slice();
  for (let i = CODE_BITS - 1; i >= CHECK; i--)
    if (rest[i])
      for (let j = 0; j <= CHECK; j++) rest[i - CHECK + j] = (rest[i - CHECK + j] as number) ^ (GENERATOR[j] as number);
  code.set(rest.subarray(0, CHECK));
  return code;
}
