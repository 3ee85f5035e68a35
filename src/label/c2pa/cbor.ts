/** As much CBOR (RFC 8949) as a COSE signature and a hash assertion need, and no more. */
import { LikenessError } from '../../base/index.js';

function head(major: number, n: number): Buffer {
  const first = major << 5;
  if (n < 24) return Buffer.from([first | n]);
  if (n < 0x100) return Buffer.from([first | 24, n]);
  if (n < 0x10000) {
    const out = Buffer.alloc(3);
    out[0] = first | 25;
    out.writeUInt16BE(n, 1);
    return out;
  }
  const out = Buffer.alloc(5);
  out[0] = first | 26;
  out.writeUInt32BE(n, 1);
  return out;
}

/** A whole number. */
export const cborInt = (n: number): Buffer => (n >= 0 ? head(0, n) : head(1, -1 - n));
/** A byte string. */
export const cborBytes = (data: Uint8Array): Buffer => Buffer.concat([head(2, data.length), data]);
/** A text string. */
export const cborText = (text: string): Buffer => {
  const data = Buffer.from(text, 'utf8');
  return Buffer.concat([head(3, data.length), data]);
};
/** An array of encoded items. */
export const cborArray = (items: readonly Buffer[]): Buffer => Buffer.concat([head(4, items.length), ...items]);
/** A map of encoded keys and values. */
export const cborMap = (pairs: readonly (readonly [Buffer, Buffer])[]): Buffer =>
  Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
/** A tagged item. */
export const cborTag = (tag: number, item: Buffer): Buffer => Buffer.concat([head(6, tag), item]);
/** null */
export const CBOR_NULL: Buffer = Buffer.from([0xf6]);

/** A value with a CBOR form here. */
export type CborValue = number | string | Uint8Array | readonly CborValue[] | { readonly [key: string]: CborValue };

/** Any such value, maps in the order of their keys. */
export function cborOf(value: CborValue): Buffer {
  if (typeof value === 'number') return cborInt(value);
  if (typeof value === 'string') return cborText(value);
  if (value instanceof Uint8Array) return cborBytes(value);
  if (Array.isArray(value)) return cborArray((value as readonly CborValue[]).map(cborOf));
  return cborMap(Object.entries(value).map(([key, item]) => [cborText(key), cborOf(item)] as const));
}

/**
 * Reads one item: whole numbers, byte and text strings, arrays, maps with text keys, false, true and null.
 *
 * @param options.numericKeys take whole numbers as keys of maps too, written out in decimals
 * @throws LikenessError `label.manifest` for anything else, or bytes left over
 */
export function readCbor(data: Uint8Array, options: { readonly numericKeys?: boolean } = {}): unknown {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const broken = (): LikenessError =>
    new LikenessError('label.manifest', 'A part of the manifest is not CBOR as expected.');
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw broken();
    at += length;
    return bytes.subarray(at - length, at);
  };
  const item = (depth: number): unknown => {
    const first = take(1)[0] ?? 0;
    const major = first >> 5;
    const low = first & 31;
    if (depth > 16 || low > 27) throw broken();
    const n =
      low < 24
        ? low
        : low === 27
          ? Number(take(8).readBigUInt64BE())
          : take(1 << (low - 24)).readUIntBE(0, 1 << (low - 24));
    if (major === 0) return n;
    if (major === 1) return -1 - n;
    if (major === 2) return Uint8Array.from(take(n));
    if (major === 3) return take(n).toString('utf8');
    if (major === 4) return Array.from({ length: Math.min(n, bytes.length) }, () => item(depth + 1));
    if (major === 5) {
      const map: Record<string, unknown> = {};
      for (let i = 0; i < n; i++) {
        const key = item(depth + 1);
        if (typeof key !== 'string' && !(options.numericKeys === true && typeof key === 'number')) throw broken();
        map[key] = item(depth + 1);
      }
      return map;
    }
    const simple = new Map<number, unknown>([
      [20, false],
      [21, true],
      [22, null],
    ]);
    if (major !== 7 || !simple.has(low)) throw broken();
    return simple.get(low);
  };
  const value = item(0);
  if (at !== bytes.length) throw broken();
  return value;
}
