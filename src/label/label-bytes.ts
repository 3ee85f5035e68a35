/**
 * Takes the manifest store out of a file, byte for byte, and looks at what lies around it: lengths, check sums, numbering.
 * C2PA leaves these out of every hash, because they are where the label itself lies.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileError, LikenessError } from '../base/index.js';
import { C2PA_UUID, readAt, topBoxes } from './c2pa/boxes.js';
import { riffChunks } from './c2pa/riff.js';
import type { LabelFormat } from './formats.js';

/** A label's bytes, and what is odd around them. */
export interface LabelBytes {
  readonly store: Uint8Array;
  readonly odd: boolean;
  /** Where the chunk that holds it lies in a WAVE or WebP file, with its head. */
  readonly chunk?: { readonly start: number; readonly length: number };
}

/** Type, flags and purpose of the label's box in a film, then where further label boxes are: nowhere. */
const FILM_HEAD = Buffer.concat([C2PA_UUID, Buffer.alloc(4), Buffer.from('manifest\0', 'latin1'), Buffer.alloc(8)]);

function fromFilm(handle: number): LabelBytes | null {
  const boxes = topBoxes(handle, fstatSync(handle).size).filter(
    (b) => b.type === 'uuid' && b.size > b.header + FILM_HEAD.length,
  );
  const labels = boxes.filter((b) => readAt(handle, b.start + b.header, 16).equals(C2PA_UUID));
  const [box] = labels;
  if (box === undefined) return null;
  const content = readAt(handle, box.start + box.header, box.size - box.header);
  return {
    store: content.subarray(FILM_HEAD.length),
    odd: labels.length !== 1 || !content.subarray(0, FILM_HEAD.length).equals(FILM_HEAD),
  };
}

function fromPng(file: Buffer): LabelBytes | null {
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > file.length) return null;
    if (file.toString('latin1', at + 4, at + 8) === 'caBX')
      return { store: file.subarray(at + 8, end), odd: crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end) };
    at = end + 4;
  }
  return null;
}

/** A chunk of WebP or WAVE, both RIFF files. Only the label is read: sound can be long. */
function fromRiff(handle: number): LabelBytes | null {
  const { size } = fstatSync(handle);
  const label = riffChunks(handle, size)?.find(({ type }) => type === 'C2PA');
  if (label === undefined) return null;
  const whole = readAt(handle, 4, 4).readUInt32LE(0) === size - 8;
  const end = label.start + label.size;
  const padded = label.size % 2 === 1;
  return {
    store: readAt(handle, label.start, label.size),
    chunk: { start: label.start - 8, length: label.size + 8 },
    odd: !whole || (padded && (end >= size || readAt(handle, end, 1)[0] !== 0)),
  };
}

/** APP11 segments (ISO 19566-5, D.2): `JP`, box instance, packet number, then length and type of the box in every packet. */
function fromJpeg(file: Buffer): LabelBytes | null {
  const parts: Buffer[] = [];
  let odd = false;
  let head: Buffer | null = null;
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1];
    if (marker === 0xda || marker === 0xd9) break;
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length) return null;
    if (marker === 0xeb && end - at > 20 && file.toString('latin1', at + 4, at + 6) === 'JP') {
      const box = file.subarray(at + 12, at + 20);
      odd ||= file.readUInt16BE(at + 6) !== 0x0211 || file.readUInt32BE(at + 8) !== parts.length + 1;
      odd ||= head !== null && !head.equals(box);
      parts.push(file.subarray(head === null ? at + 12 : at + 20, end));
      head ??= box;
    }
    at = end;
  }
  return parts.length === 0 ? null : { store: Buffer.concat(parts), odd };
}

/** An application extension of a GIF: the label in sub-blocks of up to 255 bytes. */
function fromGif(file: Buffer): LabelBytes | null {
  const head = Buffer.from('\x21\xff\x0bC2PA_GIF\x01\x00\x00', 'latin1');
  const start = file.indexOf(head);
  if (start < 0) return null;
  const parts: Buffer[] = [];
  let at = start + head.length;
  let odd = false;
  for (let length = file.readUInt8(at); length > 0; length = file.readUInt8(at)) {
    // All blocks but the last are full: there is no other way to cut the same bytes.
    odd ||= parts.length > 0 && parts.at(-1)?.length !== 255;
    parts.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { store: Buffer.concat(parts), odd };
}

const syncSafe = (file: Buffer, at: number): number => {
  const bytes = [...file.subarray(at, at + 4)];
  // The highest bit of each byte is always 0.
  if (bytes.length < 4 || bytes.some((byte) => byte > 0x7f)) throw new RangeError('not a sync-safe number');
  return bytes.reduce((sum, byte) => sum * 128 + byte, 0);
};

/** An object frame in an ID3 tag (ID3v2.4, 4.15), at the start of MP3 and of FLAC as the library writes it. */
function fromId3(file: Buffer): LabelBytes | null {
  if (file.toString('latin1', 0, 3) !== 'ID3') return null;
  const end = 10 + syncSafe(file, 6);
  const plain = file.readUInt16BE(3) === 0x0400 && file[5] === 0;
  const head = Buffer.from('\x03application/c2pa\0c2pa\0c2pa manifest store\0', 'latin1');
  for (let at = 10; at + 10 < end; ) {
    const type = file.toString('latin1', at, at + 4);
    const next = at + 10 + syncSafe(file, at + 4);
    if (next > end) return null;
    if (type === 'GEOB' && file.toString('latin1', at, next).includes('jumb')) {
      const content = file.subarray(at + 10, next);
      const framed = file.readUInt16BE(at + 8) === 0 && content.subarray(0, head.length).equals(head);
      return { store: content.subarray(head.length), odd: !plain || !framed || next !== end };
    }
    at = next;
  }
  return null;
}

/**
 * The label inside a file, `null` where none is found, `undefined` for formats that carry none inside.
 *
 * @throws LikenessError `label.boxes` for a film with broken boxes
 */
export function labelBytes(path: string, format: LabelFormat): LabelBytes | null | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw fileError(path, 'reading its label', cause);
  }
  try {
    if (format.boxes) return fromFilm(handle);
    if (format.container === 'wav' || format.container === 'webp') return fromRiff(handle);
    const readers: Record<string, (file: Buffer) => LabelBytes | null> = {
      png: fromPng,
      jpeg: fromJpeg,
      gif: fromGif,
      mp3: fromId3,
      flac: fromId3,
    };
    const read = readers[format.container];
    return read?.(readFileSync(handle));
  } catch (cause) {
    if (cause instanceof RangeError) throw new LikenessError('label.boxes', `${path} is cut off.`, { cause });
    throw cause;
  } finally {
    closeSync(handle);
  }
}
