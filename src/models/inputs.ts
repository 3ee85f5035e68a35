/**
 * Memory for inputs, used again and again: a worker that has run a net sends the memory of its feeds back. Without it,
 * half a megabyte for every look at a frame would keep the garbage collector busy.
 */

/** At most so many unused arrays are kept of one length, and so many bytes in all. */
const KEEP_EACH = 4;
const KEEP_BYTES = 16 * 1024 * 1024;

const free = new Map<number, ArrayBuffer[]>();
let kept = 0;

/**
 * An array for an input of a net, with arbitrary contents. `run` takes it over as it does any feed; there is no need to
 * give it back.
 *
 * @param length numbers
 */
export function takeInput(length: number): Float32Array<ArrayBuffer> {
  const buffer = free.get(4 * length)?.pop();
  if (!buffer) return new Float32Array(length);
  kept -= buffer.byteLength;
  return new Float32Array(buffer);
}

/** Takes back what a worker has done with. */
export function keepInputs(buffers: readonly ArrayBuffer[]): void {
  for (const buffer of buffers) {
    const list = free.get(buffer.byteLength) ?? [];
    if (list.length >= KEEP_EACH || kept + buffer.byteLength > KEEP_BYTES) continue;
    list.push(buffer);
    free.set(buffer.byteLength, list);
    kept += buffer.byteLength;
  }
}
