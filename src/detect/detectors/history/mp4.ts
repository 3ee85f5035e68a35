/** Boxes of MP4 and MOV files (ISO/IEC 14496-12): brands, order, programs that name themselves, encoder settings. */
import { type OpenFile, shown, textOf } from './bytes.js';
import type { FileNotes, Note, Trace } from './types.js';

const MOST_BOXES = 4000;
const MOST_DEPTH = 12;
const MOVIE = 16 * 1024 * 1024;
/** How much of the picture data is searched for an encoder's message. */
const STREAM = 512 * 1024;
/** Seconds from 1904 to 1970. */
const EPOCH = 2_082_844_800;
const HOLDERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'udta', 'ilst', 'edts']);
const XMP_UUID = 'be7acfcb97a942e89c71999491e3afac';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

function topBoxes(file: OpenFile): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= file.size && boxes.length < 1000; ) {
    const head = file.read(at, 16);
    if (head.length < 8) break;
    const short = head.readUInt32BE(0);
    const wide = short === 1 && head.length === 16;
    const size = wide ? Number(head.readBigUInt64BE(8)) : short === 0 ? file.size - at : short;
    const header = wide ? 16 : 8;
    if (size < header) break;
    boxes.push({
      type: head.toString('latin1', 4, 8),
      start: at,
      body: at + header,
      end: Math.min(file.size, at + size),
    });
    at += size;
  }
  return boxes;
}

/** Walks the boxes inside a movie header; depth and number are bounded. */
function walk(movie: Buffer, visit: (type: string, body: Buffer, path: string) => void): void {
  let left = MOST_BOXES;
  const inside = (from: number, to: number, path: string, depth: number): void => {
    for (let at = from; at + 8 <= to && left-- > 0; ) {
      const size = movie.readUInt32BE(at);
      if (size < 8 || at + size > to) return;
      const type = movie.toString('latin1', at + 4, at + 8);
      const body = movie.subarray(at + 8, at + size);
      visit(type, body, path);
      const own = `${path}/${type}`;
      if (depth < MOST_DEPTH) {
        if (HOLDERS.has(type) || path.endsWith('/ilst')) inside(at + 8, at + size, own, depth + 1);
        // In MP4 this box begins with four bytes of version; in MOV it does not.
        else if (type === 'meta')
          inside(
            at + (movie.readUInt32BE(Math.min(at + 8, movie.length - 4)) === 0 ? 12 : 8),
            at + size,
            own,
            depth + 1,
          );
      }
      at += size;
    }
  };
  inside(0, movie.length, '', 0);
}

/** Messages that encoders leave in the picture data: x264 and x265 write all their settings. */
export function encoderMessage(stream: Buffer): string | null {
  const text = stream.toString('latin1');
  return /x26[45] (?:- core|\(build) [\x20-\x7e]{3,900}/.exec(text)?.[0] ?? null;
}

function dateOf(body: Buffer): string {
  const wide = body[0] === 1;
  if (body.length < (wide ? 12 : 8)) return '';
  const seconds = (wide ? Number(body.readBigUInt64BE(4)) : body.readUInt32BE(4)) - EPOCH;
  return seconds > 0 && seconds < 8e9 ? new Date(seconds * 1000).toISOString().slice(0, 19) : '';
}

/** Reads the boxes of an MP4 or MOV file. */
export function readMp4(file: OpenFile): FileNotes {
  const boxes = topBoxes(file);
  const notes: Note[] = [];
  const xmp: string[] = [];
  const box = (type: string): Box | undefined => boxes.find((b) => b.type === type);
  const ftyp = box('ftyp');
  const brands = ftyp ? file.read(ftyp.body, Math.min(64, ftyp.end - ftyp.body)) : Buffer.alloc(0);
  const brand = brands.length >= 4 ? shown(brands.toString('latin1', 0, 4)) : 'none';
  for (const b of boxes)
    if (b.type === 'uuid' && file.read(b.body, 16).toString('hex') === XMP_UUID)
      xmp.push(textOf(file.read(b.body + 16, Math.min(MOVIE, b.end - b.body - 16))));
  const moov = box('moov');
  let created = '';
  const handlers = new Set<string>();
  if (moov)
    walk(file.read(moov.body, Math.min(MOVIE, moov.end - moov.body)), (type, body, path) => {
      if (type === 'mvhd') created = dateOf(body);
      else if (type === 'hdlr' && path.endsWith('/mdia')) {
        // MOV counts the letters in a first byte.
        const name = textOf(body.subarray((body[24] ?? 0) < 32 ? 25 : 24));
        if (name.trim() !== '') handlers.add(shown(name, 60));
      } else if (type === 'data' && path.includes('/ilst/'))
        notes.push({ where: `MP4 tag "${shown(path.slice(-4))}"`, text: textOf(body.subarray(8)) });
      else if (type.charCodeAt(0) === 0xa9 && path.endsWith('/udta'))
        notes.push({ where: `MP4 tag "${shown(type)}"`, text: textOf(body.subarray(4)) });
    });
  const mdat = box('mdat');
  const message = mdat ? encoderMessage(file.read(mdat.body, Math.min(STREAM, mdat.end - mdat.body))) : null;
  const first = boxes.findIndex((b) => b.type === 'moov') < boxes.findIndex((b) => b.type === 'mdat');
  const order =
    moov === undefined ? 'without a header' : first ? 'header in front of the data' : 'header behind the data';
  const traces: Trace[] = [
    {
      claim: `An MP4 or MOV file of brand "${brand}", ${order}${created ? `; its clock says ${created}` : ''}.`,
      facts: {
        brand,
        'top boxes': shown([...new Set(boxes.map((b) => b.type))].join(' ')),
        'track handlers': [...handlers].join(', ') || 'unnamed',
        created: created || 'not set',
      },
    },
  ];
  if (message)
    traces.push({
      claim: `The picture data carries the settings of its encoder: "${shown(message, 60)}".`,
      facts: { 'encoder settings': shown(message, 400) },
    });
  return { traces, notes, exif: null, xmp };
}
