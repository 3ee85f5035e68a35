/** A file copied piece by piece, with its label among the pieces: what files of any length are labelled with. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { fileError } from '../../base/index.js';

/**
 * Writes `from` with its label to `to`.
 *
 * @param what how messages call it
 * @param piecesOf given the open file, the pieces of its copy in order; null where it is built in a way that cannot be copied
 * @returns false, and nothing written, where there are no pieces
 * @throws LikenessError `file.*`
 */
export async function writeLabelledCopy(
  from: string,
  to: string,
  what: string,
  piecesOf: (handle: number) => Promise<Iterable<Uint8Array> | null>,
): Promise<boolean> {
  let input: number;
  try {
    input = openSync(from, 'r');
  } catch (cause) {
    throw fileError(from, 'reading it', cause);
  }
  let output: number | null = null;
  try {
    const pieces = await piecesOf(input);
    if (pieces === null) return false;
    output = openSync(to, 'wx', 0o644);
    for (const piece of pieces)
      for (let done = 0; done < piece.length; ) done += writeSync(output, piece, done, piece.length - done);
    fsyncSync(output);
    return true;
  } catch (cause) {
    throw fileError(to, `writing the labelled ${what}`, cause);
  } finally {
    closeSync(input);
    if (output !== null) closeSync(output);
  }
}
