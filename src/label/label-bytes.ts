/**
 * Takes the manifest store out of a file, byte for byte, and looks at what lies around it: lengths, check sums, numbering.
 * C2PA leaves these out of every hash, because they are where the label itself lies.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileError, LikenessError } from '../base/index.js';
import { C2PA_UUID, readAt, topBoxes } from './c2pa/boxes.js';
import type { LabelFormat } from './formats.js';

/** A label's bytes, and what is odd around them. */
export interface LabelBytes {
  readonly store: Uint8Array;
  readonly odd: boolean;
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

function fromWebp(file: Buffer): LabelBytes | null {
  const whole = file.readUInt32LE(4) === file.length - 8;
  for (let at = 12; at + 8 <= file.length; ) {
    const length = file.readUInt32LE(at + 4);
    const end = at + 8 + length;
    if (end > file.length) return null;
    const padded = length % 2 === 1;
    if (file.toString('latin1', at, at + 4) === 'C2PA')
      return { store: file.subarray(at + 8, end), odd: !whole || (padded && file[end] !== 0) };
    at = end + (padded ? 1 : 0);
  }
  return null;
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

/**
 * The label inside a film, PNG, WebP or JPEG, `null` where none is found, `undefined` for formats that are not read here.
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
    const readers: Record<string, (file: Buffer) => LabelBytes | null> = {
      png: fromPng,
      webp: fromWebp,
      jpeg: fromJpeg,
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
