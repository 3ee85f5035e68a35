/** What an upload holds, by its first bytes: whatever could be run or shown as a page by a browser stays outside. */
import { open } from 'node:fs/promises';
import { fileError } from '../../base/index.js';
import { HttpProblem } from '../problem.js';

const HEAD = 4096;

/** Signatures of what may come in, at the place where they stand. */
const WELCOME: readonly { readonly at: number; readonly bytes: string }[] = [
  { at: 4, bytes: 'ftyp' },
  { at: 4, bytes: 'moov' },
  { at: 4, bytes: 'mdat' },
  { at: 4, bytes: 'wide' },
  { at: 4, bytes: 'free' },
  { at: 0, bytes: '\x1a\x45\xdf\xa3' },
  { at: 8, bytes: 'WAVE' },
  { at: 8, bytes: 'WEBP' },
  { at: 8, bytes: 'AVI ' },
  { at: 0, bytes: '\xff\xd8\xff' },
  { at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { at: 0, bytes: 'OggS' },
  { at: 0, bytes: 'fLaC' },
  { at: 0, bytes: 'ID3' },
  { at: 0, bytes: 'GIF8' },
  { at: 0, bytes: 'II*\0' },
  { at: 0, bytes: 'MM\0*' },
  { at: 0, bytes: 'FLV' },
  { at: 0, bytes: '\x00\x00\x01\xba' },
];

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg/i, 'an SVG drawing'],
  [/^\s*(<!--|<!doctype|<html|<head|<script|<body)/i, 'a web page'],
];

/** The same by the very first bytes. */
const STARTS: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a ZIP archive'],
  ['\x1f\x8b', 'a compressed file'],
  ['%PDF', 'a PDF'],
  ['MZ', 'a program'],
  ['\x7fELF', 'a program'],
  ['#!', 'a program'],
];

/** What a head looks like, for the message; null where nothing is known. */
function nameOf(head: string): string | null {
  if (head === '') return 'an empty file';
  const starts = STARTS.find(([bytes]) => head.startsWith(bytes))?.[1];
  return starts ?? NAMES.find(([pattern]) => pattern.test(head))?.[1] ?? null;
}

/**
 * Refuses a file whose first bytes are not those of a video, a picture or a sound. Its name and what the sender calls it
 * count for nothing.
 *
 * @param name what people call it, for the message
 * @throws HttpProblem `media.foreign`
 */
export async function refuseForeignContent(path: string, name: string): Promise<void> {
  let head: string;
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(HEAD);
      const { bytesRead } = await handle.read(buffer, 0, HEAD, 0);
      head = buffer.subarray(0, bytesRead).toString('latin1');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileError(name, 'reading its first bytes', cause);
  }
  const mp3 = head.charCodeAt(0) === 0xff && (head.charCodeAt(1) & 0xe0) === 0xe0;
  if (mp3 || WELCOME.some(({ at, bytes }) => head.startsWith(bytes, at))) return;
  const what = nameOf(head);
  const said =
    what === null
      ? `${name} is neither a video, a picture nor a sound.`
      : `${name} is no video, picture or sound, but ${what}.`;
  throw new HttpProblem(415, 'media.foreign', said, {
    hint: 'MP4, MOV, WebM, MKV, JPEG, PNG, WebP, WAV, MP3 and FLAC are read; the contents decide, not the name.',
    errors: [{ field: 'file', message: 'is not a kind of file that is read' }],
  });
}
