/**
 * The error-correcting code of the watermark: BCH(127, 64), which mends up to ten wrong bits of 127. Systematic, over
 * GF(2^7) with the polynomial x^7 + x^3 + 1; decoded by Berlekamp and Massey with a search for the roots.
 */

/** Bits of a code word, of its message, and how many wrong ones can be mended. */
export const CODE_BITS = 127;
export const MESSAGE_BITS = 64;
export const MENDABLE = 10;

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

function syndromes(code: Uint8Array): Uint8Array {
  const s = new Uint8Array(2 * MENDABLE);
  for (let i = 0; i < CODE_BITS; i++)
    if (code[i]) for (let j = 0; j < s.length; j++) s[j] = (s[j] as number) ^ (exp[(i * (j + 1)) % 127] as number);
  return s;
}

/** The polynomial whose roots name the wrong bits, or null where there are too many. */
function locator(s: Uint8Array): Uint8Array | null {
  const c = new Uint8Array(2 * MENDABLE + 1);
  let b = c.slice();
  c[0] = 1;
  b[0] = 1;
  let length = 0;
  let gap = 1;
  let before = 1;
  for (let n = 0; n < s.length; n++) {
    let d = s[n] as number;
    for (let i = 1; i <= length; i++) d ^= times(c[i] as number, s[n - i] as number);
    if (d === 0) {
      gap++;
      continue;
    }
    const old = c.slice();
    const factor = times(d, exp[(127 - (log[before] as number)) % 127] as number);
    for (let i = 0; i + gap < c.length; i++) c[i + gap] = (c[i + gap] as number) ^ times(factor, b[i] as number);
    if (2 * length <= n) {
      length = n + 1 - length;
      b = old;
      before = d;
      gap = 1;
    } else gap++;
  }
  return length <= MENDABLE ? c.subarray(0, length + 1) : null;
}

/** 8 bytes and the number of bits that were mended, or null where the word is no code word and none is near. */
export function decodeBits(received: Uint8Array): { payload: Uint8Array; errors: number } | null {
  const code = received.slice();
  const s = syndromes(code);
  let errors = 0;
  if (s.some((v) => v !== 0)) {
    const c = locator(s);
    if (c === null) return null;
    for (let i = 0; i < CODE_BITS; i++) {
      let value = 0;
      for (let k = 0; k < c.length; k++) value ^= times(c[k] as number, exp[(k * (127 - i)) % 127] as number);
      if (value !== 0) continue;
      code[i] = (code[i] as number) ^ 1;
      errors++;
    }
    if (errors !== c.length - 1) return null;
  }
  const payload = new Uint8Array(MESSAGE_BITS / 8);
  for (let i = 0; i < MESSAGE_BITS; i++)
    payload[i >> 3] = (payload[i >> 3] as number) | ((code[CHECK + i] as number) << (7 - (i & 7)));
  return { payload, errors };
}
