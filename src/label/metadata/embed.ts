/** Putting an XMP packet where each kind of file has its place for it, before the file is sealed. */
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileError, type Veil, writeAtomic } from '../../base/index.js';
import { readAt } from '../c2pa/boxes.js';
import { labelFormat } from '../formats.js';

/** Type of the box that carries XMP in MP4 and MOV (XMP specification, part 3). */
export const XMP_UUID: Buffer = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');

/** Behind the picture's first segments, in front of its tables: an APP1 segment of its own. */
function intoJpeg(file: Buffer, packet: Buffer): Buffer | null {
  const name = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
  if (packet.length + name.length + 2 > 0xffff) return null;
  let at = 2;
  // JFIF and Exif stay in front, as their standards ask.
  while (at + 4 <= file.length && file[at] === 0xff && (file[at + 1] === 0xe0 || file[at + 1] === 0xe1))
    at += 2 + file.readUInt16BE(at + 2);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + name.length + packet.length, 2);
  return Buffer.concat([file.subarray(0, at), head, name, packet, file.subarray(at)]);
}

/** Behind the header: an `iTXt` chunk, not compressed. */
function intoPng(file: Buffer, packet: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('iTXtXML:com.adobe.xmp\0\0\0\0\0', 'latin1'), packet]);
  const chunk = Buffer.alloc(content.length + 8);
  chunk.writeUInt32BE(content.length - 4, 0);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content) >>> 0, chunk.length - 4);
  const at = 8 + 12 + file.readUInt32BE(8);
  return Buffer.concat([file.subarray(0, at), chunk, file.subarray(at)]);
}

/** The `VP8X` chunk that a WebP without one needs before it may carry metadata. */
function extendedHeader(file: Buffer): Buffer | null {
  const type = file.toString('latin1', 12, 16);
  let [width, height, alpha] = [0, 0, false];
  if (type === 'VP8 ') {
    width = file.readUInt16LE(26) & 0x3fff;
    height = file.readUInt16LE(28) & 0x3fff;
  } else if (type === 'VP8L') {
    const bits = file.readUInt32LE(21);
    width = (bits & 0x3fff) + 1;
    height = ((bits >>> 14) & 0x3fff) + 1;
    alpha = ((bits >>> 28) & 1) === 1;
  } else return null;
  const chunk = Buffer.alloc(18);
  chunk.write('VP8X', 0, 'latin1');
  chunk.writeUInt32LE(10, 4);
  chunk[8] = alpha ? 0x10 : 0;
  chunk.writeUIntLE(width - 1, 12, 3);
  chunk.writeUIntLE(height - 1, 15, 3);
  return chunk;
}

/** Behind all chunks: an `XMP ` chunk, and a flag in the header that says so. */
function intoWebp(file: Buffer, packet: Buffer): Buffer | null {
  const extended = file.toString('latin1', 12, 16) === 'VP8X';
  const header = extended ? Buffer.from(file.subarray(12, 30)) : extendedHeader(file);
  if (header === null) return null;
  header[8] = (header[8] as number) | 0x04;
  const head = Buffer.alloc(8);
  head.write('XMP ', 0, 'latin1');
  head.writeUInt32LE(packet.length, 4);
  const body = [header, file.subarray(extended ? 30 : 12), head, packet, Buffer.alloc(packet.length & 1)];
  const out = Buffer.concat([file.subarray(0, 12), ...body]);
  out.writeUInt32LE(out.length - 8, 4);
  return out;
}

/** A box at the end of a film. False where the last box has no length of its own, and would swallow it. */
function ontoFilm(path: string, packet: Buffer, veil: Veil | undefined): boolean {
  const handle = openSync(path, 'r+');
  try {
    const { size } = fstatSync(handle);
    for (let at = 0; at < size; ) {
      const head = readAt(handle, at, Math.min(16, size - at), veil);
      const short = head.readUInt32BE(0);
      const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
      if (length < 8) return false;
      at += length;
    }
    const box = Buffer.concat([Buffer.alloc(8), XMP_UUID, packet]);
    box.writeUInt32BE(box.length, 0);
    box.write('uuid', 4, 'latin1');
    writeSync(handle, veil ? veil.apply(box, size) : box, 0, box.length, size);
    return true;
  } finally {
    closeSync(handle);
  }
}

/** A PNG with an XMP packet in it. */
export const pngWithXmp = (file: Uint8Array, xmp: string): Uint8Array =>
  intoPng(Buffer.from(file), Buffer.from(xmp, 'utf8'));

/**
 * Puts an XMP packet into a file that is not sealed yet: JPEG, PNG, WebP, MP4 and MOV.
 *
 * @param veil what the file was encrypted with, if it was; it stays so
 * @returns false, and the file as it was, for kinds that have no place for it
 * @throws LikenessError `file.*`
 */
export async function embedXmp(path: string, xmp: string, veil?: Veil): Promise<boolean> {
  const { container } = labelFormat(path, veil);
  const packet = Buffer.from(xmp, 'utf8');
  try {
    if (container === 'mp4' || container === 'mov') return ontoFilm(path, packet, veil);
    if (container !== 'jpeg' && container !== 'png' && container !== 'webp') return false;
    const into = { jpeg: intoJpeg, png: intoPng, webp: intoWebp }[container];
    const file = readFileSync(path);
    const out = into(veil ? Buffer.from(veil.apply(file, 0)) : file, packet);
    if (out === null) return false;
    await writeAtomic(path, veil ? veil.apply(out, 0) : out);
    return true;
  } catch (cause) {
    throw fileError(path, 'writing its metadata', cause);
  }
}
