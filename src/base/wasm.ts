/**
 * A small assembler for WebAssembly: what the kernels of this house need, and no more. A kernel is a list of functions
 * over one memory that it imports; code is written as nested lists of bytes with the helpers below, in the stack order
 * of the WebAssembly specification, whose numbers the instructions carry.
 */

// The compiler's library for programs outside browsers does not describe WebAssembly; this is the part used here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => Memory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Memory that a kernel works on. Growing it (by pages of 64 KB) detaches the buffer: take a new one. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Bytes of a {@link Memory} page. */
export const PAGE = 65536;

/** Bytes of code, nested as is convenient. */
export type Code = readonly (number | Code)[];

/** Value types. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const out: number[] = [];
  let v = value;
  do {
    const more = v > 127;
    out.push((v & 127) | (more ? 128 : 0));
    v >>>= 7;
  } while (v > 0);
  return out;
}

const flat = (code: Code): number[] => code.flatMap((c) => (typeof c === 'number' ? [c] : flat(c)));
const vector = (items: readonly Code[]): number[] => [...leb(items.length), ...flat(items)];
const section = (id: number, content: Code): number[] => {
  const bytes = flat(content);
  return [id, ...leb(bytes.length), ...bytes];
};
const text = (s: string): number[] => [...leb(s.length), ...Buffer.from(s, 'latin1')];

/** Reads a local. */
export const get = (i: number): number[] => [0x20, ...leb(i)];
/** Writes a local. */
export const set = (i: number): number[] => [0x21, ...leb(i)];
/** Writes a local and keeps the value. */
export const tee = (i: number): number[] => [0x22, ...leb(i)];
/** A vector instruction by its number. */
export const simd = (op: number): number[] => [0xfd, ...leb(op)];
/** The constant `n`, a whole number of 32 bits (signed LEB128). */
export const constant = (n: number): number[] => {
  const out = [0x41];
  let v = n | 0;
  while (v < -64 || v > 63) {
    out.push((v & 127) | 128);
    v >>= 7;
  }
  out.push(v & 127);
  return out;
};
/** Sum of two whole numbers. */
export const I32_ADD = [0x6a] as const;

/** Runs `inside`, then moves the local `i` on by `by`, and does so again while it is below the local `end` (unsigned). */
export const loop = (i: number, by: number, end: number, inside: Code): Code => [
  [0x03, 0x40],
  inside,
  [get(i), constant(by), I32_ADD, tee(i), get(end), [0x49]],
  [0x0d, 0],
  0x0b,
];

/** One function: its locals beyond the parameters as (count, type) pairs. */
export interface Function {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly locals: readonly (readonly [number, number])[];
  readonly code: Code;
}

/** Compiles functions into a module that imports `host.memory` and exports them under their names. */
export function compile(functions: readonly Function[]): object {
  const bodies = functions.map(({ locals, code }) => {
    const bytes = flat([vector(locals.map(([n, type]) => [...leb(n), type])), code, 0x0b]);
    return [...leb(bytes.length), ...bytes];
  });
  const types = functions.map((f) => [0x60, vector(f.parameters.map((t) => [t])), vector(f.results.map((t) => [t]))]);
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector(types)),
      ...section(2, vector([[text('host'), text('memory'), 0x02, 0x00, 0]])),
      ...section(3, vector(functions.map((_, i) => leb(i)))),
      ...section(7, vector(functions.map(({ name }, i) => [text(name), 0, leb(i)]))),
      ...section(10, vector(bodies)),
    ]),
  );
}

/**
 * Memory of its own for a kernel.
 *
 * @throws RangeError where the machine has none
 */
export function memoryOf(pages: number, maximum: number = pages): Memory {
  return new WebAssembly.Memory({ initial: pages, maximum });
}

/** The functions of a module on a memory, by name. */
export function instantiate(module: object, memory: Memory): unknown {
  return new WebAssembly.Instance(module, { host: { memory } }).exports;
}
