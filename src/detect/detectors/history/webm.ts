/** Elements of WebM and Matroska files (RFC 8794, RFC 9559): the programs that name themselves. */
import { type OpenFile, shown, textOf } from './bytes.js';
import { encoderMessage } from './mp4.js';
import type { FileNotes, Note, Trace } from './types.js';

const HEAD = 1024 * 1024;
const MOST_ELEMENTS = 5000;
/** Elements whose content is elements: Segment, Info, Tags, Tag, SimpleTag, and the EBML header. */
const HOLDERS = new Set([0x18538067, 0x1549a966, 0x1254c367, 0x7373, 0x67c8, 0x1a45dfa3]);
const NAMES: Readonly<Record<number, string>> = {
  19840: 'muxing program',
  22337: 'writing program',
  17026: 'document type',
  31657: 'title',
};
const TAG_NAME = 0x45a3;
const TAG_TEXT = 0x4487;

/** A number of one to eight bytes whose first bits say how many; with the marker bit for ids, without it for sizes. */
function vint(data: Buffer, at: number, keep: boolean): { value: number; bytes: number } | null {
  const first = data[at];
  if (first === undefined || first === 0) return null;
  const bytes = Math.clz32(first) - 23;
  if (at + bytes > data.length || bytes > (keep ? 4 : 8)) return null;
  let value = keep ? first : first & ((1 << (8 - bytes)) - 1);
  let unknown = value === (1 << (8 - bytes)) - 1;
  for (let i = 1; i < bytes; i++) {
    const next = data[at + i] as number;
    value = value * 256 + next;
    unknown &&= next === 0xff;
  }
  return { value: !keep && unknown ? Number.POSITIVE_INFINITY : value, bytes };
}

/** Reads the elements of a WebM or Matroska file, as far as its first megabyte goes. */
export function readWebm(file: OpenFile): FileNotes {
  const data = file.read(0, HEAD);
  const notes: Note[] = [];
  const facts: Record<string, string> = {};
  let left = MOST_ELEMENTS;
  let tag = '';
  const inside = (from: number, to: number, depth: number): void => {
    for (let at = from; at < to && left-- > 0; ) {
      const id = vint(data, at, true);
      if (!id) return;
      const size = vint(data, at + id.bytes, false);
      if (!size) return;
      const body = at + id.bytes + size.bytes;
      const end = Math.min(to, body + size.value);
      const name = NAMES[id.value];
      if (HOLDERS.has(id.value) && depth < 6) inside(body, end, depth + 1);
      else if (name) facts[name] = shown(textOf(data.subarray(body, end)));
      else if (id.value === TAG_NAME) tag = shown(textOf(data.subarray(body, end)), 60);
      else if (id.value === TAG_TEXT)
        notes.push({ where: `Matroska tag "${tag}"`, text: textOf(data.subarray(body, end)) });
      at = end;
    }
  };
  inside(0, data.length, 0);
  const message = encoderMessage(data);
  const kind = facts['document type'] ?? 'Matroska';
  const by = facts['muxing program'];
  const claim = by ? `A file of the kind ${kind}, put together by "${by}".` : `A file of the kind ${kind}.`;
  const traces: Trace[] = [{ claim, facts }];
  if (message)
    traces.push({
      claim: `The picture data carries the settings of its encoder: "${shown(message, 60)}".`,
      facts: { 'encoder settings': shown(message, 400) },
    });
  return { traces, notes, exif: null, xmp: [] };
}
