/** As much CBOR (RFC 8949) as a COSE signature needs, and no more. */

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
