/** Files that a command is to write beside its answer: nothing that is there is lost by it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { fileError, hasErrno, LikenessError } from '../base/index.js';

/** Bytes at the beginning of a page in which its maker is named. */
const HEAD = 2000;

/** The beginning of a file; null where there is none. */
function headOf(path: string): string | null {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(HEAD);
      return bytes.subarray(0, readSync(file, bytes, 0, HEAD, 0)).toString('utf8');
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return null;
    throw fileError(path, 'writing it', cause);
  }
}

/**
 * Refuses to write over a file that exists.
 *
 * @throws LikenessError `file.exists`, `file.*`
 */
export function refuseExisting(path: string): void {
  if (headOf(path) !== null)
    throw new LikenessError('file.exists', `${path} exists already.`, { hint: 'Name another file.' });
}

/**
 * Refuses a place for a page that is none, or where something else lies than an earlier page of Likeness.
 *
 * @throws LikenessError `usage.html`, `file.exists`, `file.*`
 */
export function refusePage(path: string): void {
  if (!/\.html?$/i.test(path))
    throw new LikenessError('usage.html', `${path} does not end in .html.`, {
      hint: 'Name a page to write, such as report.html.',
    });
  const head = headOf(path);
  if (head !== null && !head.includes('<meta name="generator" content="Likeness">'))
    throw new LikenessError('file.exists', `${path} exists already, and is no page that Likeness wrote.`, {
      hint: 'Name another file.',
    });
}
