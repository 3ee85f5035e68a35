/**
 * What C2PA's own hashes leave out of a file: the `ftyp` box of a film, and the framing of the label itself. A label of
 * ours carries the hash of the first, and its framing has only one right form, so a change there is found too.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileError, LikenessError, sha256, type Veil } from '../base/index.js';
import { readAt, topBoxes } from './c2pa/boxes.js';
import { framingHolds } from './c2pa/jumbf.js';
import type { LabelFormat } from './formats.js';
import { labelBytes } from './label-bytes.js';

/** Label of the assertion with the hash of the `ftyp` box; a label with it is one of ours. */
export const CONTAINER_ASSERTION = 'org.likeness.container';

/**
 * SHA-256 (hex) of the `ftyp` box, or `null` where the file begins otherwise.
 *
 * @param veil what the file was encrypted with, if it was
 */
export function containerHash(path: string, veil?: Veil): string | null {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw fileError(path, 'reading it', cause);
  }
  try {
    const [first] = topBoxes(handle, fstatSync(handle).size, veil);
    return first?.type === 'ftyp' && first.size < 4096 ? sha256(readAt(handle, first.start, first.size, veil)) : null;
  } finally {
    closeSync(handle);
  }
}

/**
 * Codes of what does not hold around a label of ours; empty where all does.
 *
 * @param assertion content of {@link CONTAINER_ASSERTION}
 */
export function containerFailures(path: string, format: LabelFormat, assertion: unknown): string[] {
  const { ftyp } = (assertion ?? {}) as { ftyp?: unknown };
  try {
    const failures = format.boxes && (ftyp ?? null) !== containerHash(path) ? ['likeness.container.mismatch'] : [];
    const label = labelBytes(path, format);
    // The library was more lenient than we are where it found a label and we do not.
    const framed = label === undefined || (label !== null && !label.odd && framingHolds(label.store));
    if (!framed) failures.push('likeness.framing.mismatch');
    return failures;
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.boxes') return ['likeness.container.mismatch'];
    throw cause;
  }
}
