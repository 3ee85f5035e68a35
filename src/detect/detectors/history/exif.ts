/** Exif (TIFF 6.0, CIPA DC-008): camera, program, time and thumbnail. Loops and offsets out of the file end the walk. */
import { textOf } from './bytes.js';

/** What is read from Exif. */
export interface Exif {
  readonly make: string;
  readonly model: string;
  readonly software: string;
  readonly taken: string;
  readonly changed: string;
  readonly description: string;
  readonly comment: string;
  readonly exposure: boolean;
  readonly orientation: number;
  /** The JPEG of the small picture, `null` where there is none. */
  readonly thumbnail: Buffer | null;
}

const MOST_ENTRIES = 512;
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

interface Entry {
  readonly tag: number;
  readonly number: number;
  readonly bytes: Buffer;
}

/** Comments begin with eight bytes that name their alphabet. */
function commentOf(bytes: Buffer, little: boolean): string {
  const kind = bytes.toString('latin1', 0, 7);
  const body = bytes.subarray(8);
  if (!kind.startsWith('UNICODE')) return textOf(body);
  const even = Buffer.from(body.subarray(0, body.length & ~1));
  // Programs disagree on the byte order; a Latin text has its zeros on one side.
  const big = even.length > 1 && even[0] === 0 ? true : even.length > 1 && even[1] === 0 ? false : !little;
  return (big ? even.swap16() : even).toString('utf16le').replace(/\0.*$/s, '');
}

/**
 * Reads an Exif block.
 *
 * @param tiff from the byte order mark on
 * @returns `null` where it is no TIFF
 */
export function readExif(tiff: Buffer): Exif | null {
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return null;
  const little = order === 'II';
  const u16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const seen = new Set<number>();
  const directory = (at: number): { entries: Entry[]; next: number } => {
    const entries: Entry[] = [];
    if (at < 8 || at + 2 > tiff.length || seen.has(at)) return { entries, next: 0 };
    seen.add(at);
    const count = Math.min(u16(at), MOST_ENTRIES);
    let from = at + 2;
    for (let i = 0; i < count && from + 12 <= tiff.length; i++, from += 12) {
      const type = u16(from + 2);
      const length = (SIZES[type] ?? 0) * u32(from + 4);
      const start = length <= 4 ? from + 8 : u32(from + 8);
      if (length === 0 || start + length > tiff.length) continue;
      const number = type === 3 ? u16(start) : type === 4 ? u32(start) : (tiff[start] as number);
      entries.push({ tag: u16(from), number, bytes: tiff.subarray(start, start + length) });
    }
    return { entries, next: from + 4 <= tiff.length ? u32(from) : 0 };
  };
  const first = directory(u32(4));
  const entry = (entries: readonly Entry[], tag: number): Entry | undefined => entries.find((e) => e.tag === tag);
  const text = (entries: readonly Entry[], tag: number): string =>
    textOf(entry(entries, tag)?.bytes ?? Buffer.alloc(0)).trim();
  const more = directory(entry(first.entries, 0x8769)?.number ?? 0).entries;
  const small = directory(first.next).entries;
  const from = entry(small, 0x0201)?.number ?? 0;
  const length = entry(small, 0x0202)?.number ?? 0;
  const comment = entry(more, 0x9286)?.bytes;
  return {
    make: text(first.entries, 0x010f),
    model: text(first.entries, 0x0110),
    software: text(first.entries, 0x0131),
    changed: text(first.entries, 0x0132),
    description: text(first.entries, 0x010e),
    taken: text(more, 0x9003),
    comment: comment ? commentOf(comment, little) : '',
    exposure: [0x829a, 0x829d, 0x8827].some((tag) => entry(more, tag) !== undefined),
    orientation: entry(first.entries, 0x0112)?.number ?? 1,
    thumbnail: length > 0 && from + length <= tiff.length ? tiff.subarray(from, from + length) : null,
  };
}
