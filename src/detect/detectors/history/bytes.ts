/** Reading hostile files: only so much of them, and never past their end. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { fileError } from '../../../base/index.js';

/** Most that is read of a file's beginning. */
export const HEAD = 32 * 1024 * 1024;
/** Longest text that is shown. */
const SHOWN = 160;
/** Longest text that is looked into. */
export const MOST_TEXT = 256 * 1024;

/** A file that is open for reading here and there. */
export interface OpenFile {
  readonly size: number;
  /** Bytes from `at`; fewer where the file ends, none outside of it. */
  read(at: number, length: number): Buffer;
  close(): void;
}

/** Opens a file; no part of it is read yet. */
export function openFile(path: string): OpenFile {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw fileError(path, 'reading it', cause);
  }
  const { size } = fstatSync(handle);
  return {
    size,
    read: (at, length) => {
      if (!(at >= 0) || at >= size || length <= 0) return Buffer.alloc(0);
      const out = Buffer.alloc(Math.min(length, size - at, HEAD));
      let done = 0;
      while (done < out.length) {
        const got = readSync(handle, out, done, out.length - done, at + done);
        if (got === 0) break;
        done += got;
      }
      return out.subarray(0, done);
    },
    close: () => closeSync(handle),
  };
}

/** Text from a file as it may be shown: one line, no control characters, not too long. */
export function shown(text: string, most = SHOWN): string {
  const line = text
    .slice(0, MOST_TEXT)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
}

/** Text from bytes: UTF-8 where it is valid, else Latin-1; up to the first zero byte. */
export function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const part = bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, MOST_TEXT));
  const utf8 = part.toString('utf8');
  return utf8.includes('\ufffd') ? part.toString('latin1') : utf8;
}

/** Inflates zlib data of at most {@link MOST_TEXT} bytes; `null` where it is broken or larger. */
export function inflated(bytes: Buffer): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_TEXT });
  } catch {
    return null;
  }
}
