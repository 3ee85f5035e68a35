/** The chunks of a RIFF file (WAVE, WebP): as much as is needed to find a label or to put one in. */
import type { Veil } from '../../base/index.js';
import { readAt } from './boxes.js';

/** A chunk at the top of a file. */
export interface RiffChunk {
  readonly type: string;
  /** Where its content begins, and how long that is. */
  readonly start: number;
  readonly size: number;
}

/**
 * The top chunks of a file, or null where it is cut off. Chunks begin at even places.
 *
 * @param veil what the file was encrypted with, if it was
 */
export function riffChunks(handle: number, size: number, veil?: Veil): RiffChunk[] | null {
  if (size < 12) return null;
  const chunks: RiffChunk[] = [];
  for (let at = 12; at + 8 <= size; ) {
    const head = readAt(handle, at, 8, veil);
    const length = head.readUInt32LE(4);
    if (at + 8 + length > size || chunks.length > 10_000) return null;
    chunks.push({ type: head.toString('latin1', 0, 4), start: at + 8, size: length });
    at += 8 + length + (length % 2);
  }
  return chunks;
}
