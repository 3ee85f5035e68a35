/** Programs that name themselves in MP3, Ogg and FLAC files. */
import { type OpenFile, textOf } from './bytes.js';
import type { FileNotes, Note } from './types.js';

const HEAD = 256 * 1024;
/** ID3v2 frames that tell a history. */
const FRAMES: Readonly<Record<string, string>> = {
  TSSE: 'encoder settings',
  TENC: 'encoded by',
  TXXX: 'text',
  COMM: 'comment',
};

function id3(data: Buffer): Note[] {
  const notes: Note[] = [];
  if (data.toString('latin1', 0, 3) !== 'ID3') return notes;
  const packed = (at: number): number => [0, 1, 2, 3].reduce((v, i) => v * 128 + ((data[at + i] ?? 0) & 127), 0);
  const modern = (data[3] ?? 0) >= 4;
  const end = Math.min(data.length, 10 + packed(6));
  for (let at = 10; at + 10 <= end; ) {
    const type = data.toString('latin1', at, at + 4);
    const size = modern ? packed(at + 4) : data.readUInt32BE(at + 4);
    if (!/^[A-Z0-9]{4}$/.test(type) || size === 0) break;
    const body = data.subarray(at + 10, Math.min(end, at + 10 + size));
    const wide = body[0] === 1 || body[0] === 2;
    const text = wide
      ? body
          .subarray(1)
          .toString('utf16le')
          .replace(/^\ufeff/, '')
          .replace(/\0.*$/s, '')
      : textOf(body.subarray(1));
    if (FRAMES[type]) notes.push({ where: `ID3 ${type} (${FRAMES[type]})`, text });
    at += 10 + size;
  }
  return notes;
}

/** Vendor and comments of a Vorbis comment block. */
function vorbis(data: Buffer, at: number): Note[] {
  const notes: Note[] = [];
  const take = (): Buffer | null => {
    if (at + 4 > data.length) return null;
    const size = data.readUInt32LE(at);
    if (at + 4 + size > data.length) return null;
    const body = data.subarray(at + 4, at + 4 + size);
    at += 4 + size;
    return body;
  };
  const vendor = take();
  if (!vendor) return notes;
  notes.push({ where: 'Vorbis comment, vendor', text: textOf(vendor) });
  const count = at + 4 <= data.length ? Math.min(100, data.readUInt32LE(at)) : 0;
  at += 4;
  for (let i = 0; i < count; i++) {
    const line = take();
    if (!line) break;
    const [key = '', ...rest] = textOf(line).split('=');
    if (/^(encoder|encoder_options|comment|description|software)$/i.test(key))
      notes.push({ where: `Vorbis comment ${key.toUpperCase()}`, text: rest.join('=') });
  }
  return notes;
}

/** Reads the tags of an MP3, Ogg or FLAC file. */
export function readSoundTags(file: OpenFile): FileNotes {
  const data = file.read(0, HEAD);
  const notes = id3(data);
  const lame = /LAME\d\.\d[\w.]{0,5}/.exec(data.toString('latin1', 0, 8192))?.[0];
  if (lame) notes.push({ where: 'MP3 info frame', text: lame });
  const opus = data.indexOf('OpusTags', 0, 'latin1');
  const ogg = data.indexOf('\x03vorbis', 0, 'latin1');
  if (opus >= 0) notes.push(...vorbis(data, opus + 8));
  else if (ogg >= 0) notes.push(...vorbis(data, ogg + 7));
  else if (data.toString('latin1', 0, 4) === 'fLaC')
    for (let at = 4, i = 0; i < 64 && at + 4 <= data.length; i++) {
      const type = data[at] as number;
      const size = data.readUIntBE(at + 1, 3);
      if ((type & 127) === 4) notes.push(...vorbis(data.subarray(0, at + 4 + size), at + 4));
      if (type & 128) break;
      at += 4 + size;
    }
  return { traces: [], notes, exif: null, xmp: [] };
}
