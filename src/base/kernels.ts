/**
 * The memory that the pixel kernels of all rooms share (but for that of `media/sample-fast.ts`, whose size is bound). Nothing but tables outlives a call: whoever runs a
 * kernel copies in what it needs and takes out what it gave, so that there is no state to carry from frame to frame.
 */
import * as wasm from './wasm.js';

/** 512 MB at most; it grows to the largest picture that was worked on, and never shrinks. */
const PAGES = [16, 8192] as const;

/** Views of the memory, good until {@link reserve} is called again. */
export interface Scratch {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly ints: Int32Array;
  /** First free byte: a multiple of 16, behind the tables. */
  readonly start: number;
}

const memory = wasm.memoryOf(...PAGES);
let kept = 0;
const viewsOf = (buffer: ArrayBuffer): Omit<Scratch, 'start'> => ({
  bytes: new Uint8Array(buffer),
  floats: new Float32Array(buffer),
  ints: new Int32Array(buffer),
});
let views = viewsOf(memory.buffer);

/** The next multiple of 16. */
export const aligned = (n: number): number => (n + 15) & ~15;

function room(end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / wasm.PAGE));
  // Growing gives the memory a new buffer.
  if (views.bytes.buffer !== memory.buffer) views = viewsOf(memory.buffer);
}

/** Room for so many bytes; what they held before is undefined. */
export function reserve(size: number): Scratch {
  room(kept + size);
  return { ...views, start: kept };
}

/** Room up to an address, with all that lies below as it was left. */
export function extend(end: number): Scratch {
  room(end);
  return { ...views, start: kept };
}

/** Puts a table where it stays; its address. Only while modules are loaded: it moves the start of {@link reserve}. */
export function keepTable(table: Float32Array | Int16Array | Int32Array): number {
  const at = kept;
  room(at + table.byteLength);
  views.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), at);
  kept = aligned(at + table.byteLength);
  return at;
}

/** Compiles functions onto the memory. */
export function kernel<K>(functions: readonly wasm.Function[]): K {
  return wasm.instantiate(wasm.compile(functions), memory) as K;
}
