/**
 * Opening files by what they hold, never by what they are called. Everything that cannot be a video, a picture or a
 * sound is refused here with one clear sentence.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  ADTS,
  BufferSource,
  FilePathSource,
  FLAC,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  UnsupportedInputFormatError,
  WAVE,
  WEBM,
} from 'mediabunny';
import { fileError, LikenessError, messageOf } from '../base/index.js';
import { heifKind, strangePicture } from './undecodable.js';

// Standard output and error belong to the program that uses this room.
Logging.level = LogLevel.Silent;

/** What the first bytes of a file say. */
export interface Sniffed {
  readonly kind: 'media' | 'picture' | 'foreign' | 'unknown';
  /** `jpeg`, `mp4`, `mpeg`, `avi`, ... or `unknown`. */
  readonly name: string;
  readonly bytes: number;
}

const ascii = (head: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...head.subarray(at, at + length));

function sniffHead(head: Uint8Array): { kind: Sniffed['kind']; name: string } {
  const starts = (...bytes: number[]): boolean => bytes.every((b, i) => head[i] === b);
  if (starts(0xff, 0xd8, 0xff)) return { kind: 'picture', name: 'jpeg' };
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return { kind: 'picture', name: 'png' };
  if (ascii(head, 0, 4) === 'RIFF') {
    const form = ascii(head, 8, 4);
    if (form === 'WEBP') return { kind: 'picture', name: 'webp' };
    if (form === 'AVI ') return { kind: 'foreign', name: 'avi' };
    if (form === 'WAVE') return { kind: 'media', name: 'wav' };
  }
  const strange = strangePicture(head);
  if (strange !== null) return { kind: 'picture', name: strange };
  if (ascii(head, 0, 4) === 'GIF8') return { kind: 'picture', name: 'gif' };
  if (starts(0x49, 0x49, 0x2a, 0x00) || starts(0x4d, 0x4d, 0x00, 0x2a)) return { kind: 'picture', name: 'tiff' };
  if (ascii(head, 4, 4) === 'ftyp') {
    const brand = ascii(head, 8, 4);
    const picture = heifKind(head);
    if (picture !== null) return { kind: 'picture', name: picture };
    return { kind: 'media', name: brand === 'qt  ' ? 'mov' : 'mp4' };
  }
  if (['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'].includes(ascii(head, 4, 4)))
    return { kind: 'media', name: 'mov' };
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return { kind: 'media', name: 'mkv' };
  if (starts(0x00, 0x00, 0x01, 0xba)) return { kind: 'foreign', name: 'mpeg' };
  if (starts(0x00, 0x00, 0x01, 0xb3)) return { kind: 'foreign', name: 'mpeg-es' };
  if (ascii(head, 0, 3) === 'FLV') return { kind: 'foreign', name: 'flv' };
  if (starts(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11)) return { kind: 'foreign', name: 'asf' };
  if (head[0] === 0x47 && head[188] === 0x47) return { kind: 'foreign', name: 'mpegts' };
  if (ascii(head, 0, 4) === 'OggS') return { kind: 'media', name: 'ogg' };
  if (ascii(head, 0, 4) === 'fLaC') return { kind: 'media', name: 'flac' };
  if (ascii(head, 0, 3) === 'ID3') return { kind: 'media', name: 'mp3' };
  if (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0) return { kind: 'media', name: 'mp3' };
  return { kind: 'unknown', name: 'unknown' };
}

/**
 * Looks at the first bytes of a file.
 *
 * @throws LikenessError `file.*` for a missing, unreadable or folder path, `media.empty` for a file without bytes
 */
export async function sniff(path: string): Promise<Sniffed> {
  let bytes = 0;
  const head = new Uint8Array(512);
  let read = 0;
  try {
    const handle = await open(path, 'r');
    try {
      const facts = await handle.stat();
      if (facts.isDirectory())
        throw new LikenessError('file.directory', `${path} is a folder, a file was expected.`, {
          hint: 'Name a file.',
        });
      bytes = facts.size;
      read = (await handle.read(head, 0, head.length, 0)).bytesRead;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileError(path, 'opening it', cause);
  }
  if (read === 0)
    throw new LikenessError('media.empty', `${path} holds no bytes.`, { hint: 'Copy or export the file again.' });
  return { ...sniffHead(head.subarray(0, read)), bytes };
}

/** The error for a file whose contents do not hold together. */
export function damaged(path: string, cause: unknown): LikenessError {
  if (cause instanceof LikenessError) return cause;
  return new LikenessError('media.damaged', `${path} is damaged or incomplete: ${messageOf(cause)}`, {
    hint: 'Copy or export the file again.',
    cause,
  });
}

/** What people take for media and is none, by its first bytes, with what to do about it. */
const OTHERS: readonly (readonly [starts: (head: string) => boolean, what: string, hint: string])[] = [
  [
    (head) =>
      ['PK\u0003\u0004', 'PK\u0005\u0006', 'Rar!', '7z\u00bc\u00af', '\u001f\u008b', 'BZh', '\u00fd7zXZ'].some((m) =>
        head.startsWith(m),
      ),
    'an archive',
    'Unpack it first, with its password where it has one.',
  ],
  [(head) => head.startsWith('%PDF-'), 'a PDF document', 'Export the picture out of it.'],
  [(head) => /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg\b/s.test(head), 'an SVG drawing', 'Export it as PNG.'],
  [
    (head) => /^\s*<(?:!doctype html|html)\b/i.test(head),
    'a web page',
    'Save the picture or video itself, not the page round it.',
  ],
  [(head) => head.startsWith('8BPS'), 'a Photoshop document', 'Export it as PNG or JPEG.'],
];

function firstBytes(path: string): string {
  const head = Buffer.alloc(512);
  try {
    const file = openSync(path, 'r');
    try {
      return head.toString('latin1', 0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    // Whoever could open it before says better what is wrong with it than this remark could.
    return '';
  }
}

/** The error for a file that is nothing this program knows. */
export function unknownFormat(path: string, cause?: unknown): LikenessError {
  const head = firstBytes(path);
  const [, what, hint] = OTHERS.find(([starts]) => starts(head)) ?? [];
  return new LikenessError(
    'media.unknown-format',
    what === undefined
      ? `${path} is neither a video, a picture nor a sound that can be read.`
      : `${path} is ${what}, not a video, a picture or a sound.`,
    {
      hint:
        hint ?? 'MP4, MOV, WebM, MKV, JPEG, PNG and WebP are read; whatever the file is called, its contents decide.',
      cause,
    },
  );
}

/**
 * Opens a media file for reading. Playlists are not among the formats: they would make a file reach for others.
 * The caller disposes the result.
 *
 * @param bytes the file where it lies in memory; `path` is then only its name
 * @throws LikenessError `media.unknown-format`, `media.damaged`
 */
export async function openInput(path: string, bytes?: Uint8Array): Promise<Input> {
  const input = new Input({
    source: bytes ? new BufferSource(bytes) : new FilePathSource(path),
    formats: [MP4, QTFF, MATROSKA, WEBM, WAVE, OGG, FLAC, MP3, ADTS],
  });
  try {
    await input.getFormat();
    await input.getTracks();
    return input;
  } catch (cause) {
    input.dispose();
    throw cause instanceof UnsupportedInputFormatError ? unknownFormat(path, cause) : damaged(path, cause);
  }
}

/** Short name of an opened container: `mp4`, `mov`, `mkv`, `webm`, `wav`, ... */
export async function containerName(input: Input): Promise<string> {
  const name = (await input.getFormat()).name.toLowerCase();
  if (name.includes('quicktime')) return 'mov';
  if (name.includes('matroska')) return 'mkv';
  return name === 'wave' ? 'wav' : name;
}
