/** The boxes of an MP4 or MOV file (ISO 14496-12): as much as is needed to put a label in without reading the film. */
import { readSync } from 'node:fs';
import { LikenessError, type Veil } from '../../base/index.js';

/** A box at the top of a file. */
export interface FileBox {
  readonly type: string;
  readonly start: number;
  readonly size: number;
  /** Bytes before the content: 8, or 16 for large boxes. */
  readonly header: number;
}

/** The type of the box that carries a C2PA manifest (C2PA 2.2, A.5.1). */
export const C2PA_UUID: Buffer = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');

/**
 * Reads from an open file; throws where it ends early.
 *
 * @param veil what the file was encrypted with, if it was
 */
export function readAt(handle: number, at: number, length: number, veil?: Veil): Buffer {
  const out = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const got = readSync(handle, out, done, length - done, at + done);
    if (got === 0) throw new LikenessError('label.boxes', 'The file ends in the middle of a box.');
    done += got;
  }
  return veil ? Buffer.from(veil.apply(out, at)) : out;
}

/** The top boxes of a file. */
export function topBoxes(handle: number, size: number, veil?: Veil): FileBox[] {
  const boxes: FileBox[] = [];
  for (let at = 0; at < size; ) {
    if (at + 8 > size) throw new LikenessError('label.boxes', 'The file ends in the middle of a box.');
    const head = readAt(handle, at, Math.min(16, size - at), veil);
    const short = head.readUInt32BE(0);
    const header = short === 1 ? 16 : 8;
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? size - at : short;
    if (length < header || at + length > size) throw new LikenessError('label.boxes', 'A box is longer than its file.');
    boxes.push({ type: head.toString('latin1', 4, 8), start: at, size: length, header });
    at += length;
    if (boxes.length > 10_000) throw new LikenessError('label.boxes', 'The file has too many boxes.');
  }
  return boxes;
}

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/**
 * Moves the chunk offsets of a `moov` box in place.
 *
 * @param moov the whole box
 * @param move new position of an old one
 */
export function moveOffsets(moov: Buffer, move: (offset: number) => number): void {
  const walk = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to; ) {
      const short = moov.readUInt32BE(at);
      const header = short === 1 ? 16 : 8;
      const length = short === 1 ? Number(moov.readBigUInt64BE(at + 8)) : short === 0 ? to - at : short;
      if (length < header || at + length > to)
        throw new LikenessError('label.boxes', 'The index of the film is damaged.');
      const type = moov.toString('latin1', at + 4, at + 8);
      if (CONTAINERS.has(type)) walk(at + header, at + length);
      else if (type === 'stco' || type === 'co64') {
        const wide = type === 'co64' ? 8 : 4;
        const count = moov.readUInt32BE(at + header + 4);
        const first = at + header + 8;
        if (first + count * wide > at + length)
          throw new LikenessError('label.boxes', 'The index of the film is damaged.');
        for (let i = 0, p = first; i < count; i++, p += wide) {
          const moved = move(wide === 8 ? Number(moov.readBigUInt64BE(p)) : moov.readUInt32BE(p));
          if (wide === 8) moov.writeBigUInt64BE(BigInt(moved), p);
          else if (moved < 2 ** 32) moov.writeUInt32BE(moved, p);
          else
            throw new LikenessError(
              'label.boxes',
              'With its label the file would pass 4 GB, and its index has 32 bits.',
              {
                hint: 'Write the film with 64-bit chunk offsets (co64).',
              },
            );
        }
      }
      at += length;
    }
  };
  walk(0, moov.length);
}
