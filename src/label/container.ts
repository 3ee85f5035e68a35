/**
 * What C2PA's own hash of an MP4 leaves out: the `ftyp` box and the few bytes of the label's box around the manifest. A
 * label of ours carries the hash of the first, and the second has only one right form, so a change there is found too.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileError, sha256 } from '../base/index.js';
import { C2PA_UUID, readAt, topBoxes } from './c2pa/boxes.js';

/** Label of the assertion with the hash of the `ftyp` box. */
export const CONTAINER_ASSERTION = 'org.likeness.container';

/** Type, flags and purpose of the label's box, then where further label boxes are: nowhere. */
const LABEL_HEAD = Buffer.concat([C2PA_UUID, Buffer.alloc(4), Buffer.from('manifest\0', 'latin1'), Buffer.alloc(8)]);

function withBoxes<T>(path: string, work: (handle: number, boxes: ReturnType<typeof topBoxes>) => T): T {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw fileError(path, 'reading it', cause);
  }
  try {
    return work(handle, topBoxes(handle, fstatSync(handle).size));
  } finally {
    closeSync(handle);
  }
}

/** SHA-256 (hex) of the `ftyp` box, or `null` where the file begins otherwise. */
export function containerHash(path: string): string | null {
  return withBoxes(path, (handle, [first]) =>
    first?.type === 'ftyp' && first.size < 4096 ? sha256(readAt(handle, first.start, first.size)) : null,
  );
}

/** Codes of what does not hold; empty where all does, or where the label says nothing of it. */
export function containerFailures(path: string, assertion: unknown): string[] {
  const { ftyp } = (assertion ?? {}) as { ftyp?: unknown };
  if (typeof ftyp !== 'string') return [];
  return withBoxes(path, (handle, boxes) => {
    const failures = containerHash(path) === ftyp ? [] : ['likeness.container.mismatch'];
    const labels = boxes
      .filter((b) => b.type === 'uuid' && b.size > b.header + LABEL_HEAD.length)
      .map((b) => readAt(handle, b.start + b.header, LABEL_HEAD.length))
      .filter((head) => head.subarray(0, 16).equals(C2PA_UUID));
    if (labels.length !== 1 || labels[0]?.equals(LABEL_HEAD) !== true) failures.push('likeness.labelBox.mismatch');
    return failures;
  });
}
