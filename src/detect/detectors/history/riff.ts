/** Chunks of RIFF files: Exif and XMP of WebP, and the program that WAV and AVI name. */
import { type OpenFile, textOf } from './bytes.js';
import type { FileNotes, Note } from './types.js';

const MOST_CHUNKS = 2000;
const MOST_BYTES = 4 * 1024 * 1024;
/** Chunks of a LIST INFO that tell a history. */
const INFO: Readonly<Record<string, string>> = { ISFT: 'program', ICMT: 'comment', ICRD: 'date', IENG: 'engineer' };

/** Reads the chunks of a WebP, WAV or AVI file. */
export function readRiff(file: OpenFile): FileNotes {
  const notes: Note[] = [];
  const xmp: string[] = [];
  let exif: Buffer | null = null;
  const form = file.read(8, 4).toString('latin1');
  let coding = '';
  const list = (body: Buffer): void => {
    for (let at = 4; at + 8 <= body.length; ) {
      const type = body.toString('latin1', at, at + 4);
      const size = body.readUInt32LE(at + 4);
      const name = INFO[type];
      if (name) notes.push({ where: `RIFF ${type} (${name})`, text: textOf(body.subarray(at + 8, at + 8 + size)) });
      at += 8 + size + (size & 1);
    }
  };
  for (let at = 12, i = 0; i < MOST_CHUNKS && at + 8 <= file.size; i++) {
    const head = file.read(at, 8);
    const type = head.toString('latin1', 0, 4);
    const size = head.readUInt32LE(4);
    if (type === 'VP8 ') coding = 'lossy';
    if (type === 'VP8L') coding = 'lossless';
    if (size <= MOST_BYTES) {
      const body = (): Buffer => file.read(at + 8, size);
      if (type === 'EXIF') {
        const raw = body();
        exif = raw.toString('latin1', 0, 6) === 'Exif\0\0' ? raw.subarray(6) : raw;
      } else if (type === 'XMP ') xmp.push(textOf(body()));
      else if (type === 'LIST') {
        const raw = body();
        if (raw.toString('latin1', 0, 4) === 'INFO') list(raw);
      }
    }
    at += 8 + size + (size & 1);
  }
  const traces =
    form === 'WEBP'
      ? [{ claim: `A WebP picture, ${coding || 'animated'}.`, facts: { 'WebP coding': coding || 'animated' } }]
      : [];
  return { traces, notes, exif, xmp };
}
