/** Chunks of a PNG file (ISO/IEC 15948): texts, Exif and XMP. Picture data is skipped. */
import { inflated, type OpenFile, shown, textOf } from './bytes.js';
import type { FileNotes, Note } from './types.js';

const MOST_CHUNKS = 4096;
const MOST_BYTES = 4 * 1024 * 1024;

/** Key and text of a `tEXt`, `zTXt` or `iTXt` chunk; `null` where it is broken or unfolds to too much. */
function textChunk(type: string, body: Buffer): { key: string; text: string } | null {
  const end = body.indexOf(0);
  if (end < 1 || end > 79) return null;
  const key = body.toString('latin1', 0, end);
  if (type === 'tEXt') return { key, text: textOf(body.subarray(end + 1)) };
  if (type === 'zTXt') {
    const text = inflated(body.subarray(end + 2));
    return text === null ? null : { key, text: textOf(text) };
  }
  const packed = body[end + 1] === 1;
  const language = body.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  if (translated < 0) return null;
  const rest = body.subarray(translated + 1);
  const text = packed ? inflated(rest) : rest;
  return text === null ? null : { key, text: textOf(text) };
}

/** Reads the chunks of a PNG file. */
export function readPng(file: OpenFile): FileNotes {
  const notes: Note[] = [];
  const xmp: string[] = [];
  let exif: Buffer | null = null;
  let at = 8;
  for (let i = 0; i < MOST_CHUNKS && at + 12 <= file.size; i++) {
    const head = file.read(at, 8);
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4, 8);
    if (type === 'IEND') break;
    if (/^(tEXt|zTXt|iTXt|eXIf)$/.test(type) && length <= MOST_BYTES) {
      const body = file.read(at + 8, length);
      if (type === 'eXIf') exif = body;
      else {
        const chunk = textChunk(type, body);
        if (chunk?.key === 'XML:com.adobe.xmp') xmp.push(chunk.text);
        else if (chunk) notes.push({ where: `PNG text chunk "${shown(chunk.key, 79)}"`, text: chunk.text });
      }
    }
    at += 12 + length;
  }
  return { traces: [], notes, exif, xmp };
}
