/**
 * Instructions for the assembler of `wasm.ts`, written as expressions: `s.add(get(a), get(b))`. The numbers are those of
 * the WebAssembly specification. `i` are whole numbers of 32 bits, `s` and `d` floats of 32 and 64 bits, `v` vectors of
 * four 32-bit floats, `vi` vectors of whole numbers. Addresses are code; offsets are bytes added to them.
 */
import { type Code, constant, get, leb, type Function as Routine, simd, tee } from './wasm.js';

const one =
  (op: Code) =>
  (a: Code): Code => [a, op];
const two =
  (op: Code) =>
  (a: Code, b: Code): Code => [a, b, op];
const memory = (op: Code, align: number, offset: number): Code => [op, align, leb(offset)];
const load =
  (op: Code, align: number) =>
  (at: Code, offset = 0): Code => [at, memory(op, align, offset)];
const store =
  (op: Code, align: number) =>
  (at: Code, value: Code, offset = 0): Code => [at, value, memory(op, align, offset)];
const bytesOf = (view: Float32Array | Float64Array): number[] => [...new Uint8Array(view.buffer)];

/** Whole numbers of 32 bits. */
export const i = {
  of: constant,
  add: two([0x6a]),
  sub: two([0x6b]),
  mul: two([0x6c]),
  shiftLeft: two([0x74]),
  shiftRight: two([0x75]),
  and: two([0x71]),
  less: two([0x48]),
  atLeast: two([0x4e]),
  none: one([0x45]),
  load: load([0x28], 2),
  loadByte: load([0x2d], 0),
  loadShort: load([0x2e], 1),
  store: store([0x36], 2),
  storeByte: store([0x3a], 0),
};

/** Floats of 32 bits. */
export const s = {
  of: (n: number): Code => [0x43, bytesOf(Float32Array.of(n))],
  add: two([0x92]),
  sub: two([0x93]),
  mul: two([0x94]),
  min: two([0x96]),
  max: two([0x97]),
  less: two([0x5d]),
  more: two([0x5e]),
  atLeast: two([0x60]),
  fromInt: one([0xb2]),
  fromDouble: one([0xb6]),
  /** Cut off towards zero. */
  toInt: one([0xfc, 0x00]),
  load: load([0x2a], 2),
  store: store([0x38], 2),
};

/** Floats of 64 bits. */
export const d = {
  of: (n: number): Code => [0x44, bytesOf(Float64Array.of(n))],
  add: two([0xa0]),
  sub: two([0xa1]),
  mul: two([0xa2]),
  min: two([0xa4]),
  max: two([0xa5]),
  less: two([0x63]),
  abs: one([0x99]),
  fromInt: one([0xb7]),
  fromFloat: one([0xbb]),
  /** Cut off towards zero. */
  toInt: one([0xfc, 0x02]),
};

/** Vectors of four floats. */
export const v = {
  splat: one(simd(0x13)),
  add: two(simd(0xe4)),
  sub: two(simd(0xe5)),
  mul: two(simd(0xe6)),
  div: two(simd(0xe7)),
  abs: one(simd(0xe0)),
  min: two(simd(0xe8)),
  max: two(simd(0xe9)),
  atLeast: two(simd(0x46)),
  and: two(simd(0x4e)),
  fromInts: one(simd(0xfa)),
  lane: (n: number, a: Code): Code => [a, simd(0x1f), n],
  load: load(simd(0x00), 4),
  store: store(simd(0x0b), 4),
  /** Writes one lane. */
  storeLane: (n: number, at: Code, value: Code, offset = 0): Code => [at, value, memory(simd(0x5a), 2, offset), n],
  /** Lanes of two vectors, 0 to 3 and 4 to 7. */
  pick: (a: Code, b: Code, ...lanes: readonly number[]): Code => [
    [a, b, simd(0x0d)],
    lanes.flatMap((n) => [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3]),
  ],
};

const ZERO: Code = [simd(0x0c), Array<number>(16).fill(0)];

/** Vectors of whole numbers. */
export const vi = {
  zero: ZERO,
  splat: one(simd(0x11)),
  add: two(simd(0xae)),
  mul: two(simd(0xb5)),
  /** Products of neighbouring 16-bit numbers, added in pairs. */
  dot: two(simd(0xba)),
  lane: (n: number, a: Code): Code => [a, simd(0x1b), n],
  /** The lower or upper eight bytes as 16-bit numbers; the lower four 16-bit numbers as 32-bit ones. */
  lowBytes: one(simd(0x89)),
  highBytes: one(simd(0x8a)),
  lowShorts: one(simd(0xa9)),
  /** Four bytes into the first lane, the others zero; four bytes into one lane. */
  load4: load(simd(0x5c), 0),
  load4Lane: (n: number, at: Code, into: Code, offset = 0): Code => [at, into, memory(simd(0x56), 0, offset), n],
  anyTrue: one(simd(0x53)),
  /** Eight bytes at once, the upper half zero; the lower eight bytes of a vector. */
  load8: load(simd(0x5d), 0),
  store8: (at: Code, value: Code, offset = 0): Code => [at, value, memory(simd(0x5b), 0, offset), 0],
  splatShort: one(simd(0x10)),
  signedBytes: one(simd(0x87)),
  addShorts: two(simd(0x8e)),
  /** Products of the lower or upper four 16-bit numbers, as 32-bit ones. */
  lowProduct: two(simd(0xbc)),
  highProduct: two(simd(0xbd)),
  shiftRight: (a: Code, by: number): Code => [a, constant(by), simd(0xac)],
  /** Two vectors of 32-bit numbers as one of 16 bits, held to their range; 16-bit numbers as bytes 0..255. */
  shorts: two(simd(0x85)),
  bytes: (a: Code): Code => [a, ZERO, simd(0x66)],
};

/** Runs `inside` where the condition holds. */
export const when = (condition: Code, inside: Code): Code => [condition, 0x04, 0x40, inside, 0x0b];
/** A stretch that {@link leave} leaves. */
export const block = (inside: Code): Code => [0x02, 0x40, inside, 0x0b];
/** Leaves the nearest {@link block} where the condition holds; `outer` counts blocks and loops further out. */
export const leave = (condition: Code, outer = 0): Code => [condition, 0x0d, outer];
/** One of two values. */
export const choose = (condition: Code, yes: Code, no: Code): Code => [yes, no, condition, 0x1b];
/** Runs `inside` while the local `n` is below the local `end` (signed), which may be never, and moves it on by `by`. */
export const repeat = (n: number, by: number, end: number, inside: Code): Code =>
  block([
    leave(i.atLeast(get(n), get(end))),
    [0x03, 0x40, inside],
    [leave(i.less([i.add(get(n), constant(by)), tee(n)], get(end))), 0x0b],
  ]);

/** A function with named parameters and locals; `code` is given the numbers of both. */
export function routine<P extends string, L extends string>(
  name: string,
  parameters: Readonly<Record<P, number>>,
  locals: Readonly<Record<L, number>>,
  code: (at: Readonly<Record<P | L, number>>) => Code,
): Routine {
  const names = [...Object.keys(parameters), ...Object.keys(locals)];
  const at = Object.fromEntries(names.map((key, n) => [key, n])) as Record<P | L, number>;
  return {
    name,
    parameters: Object.values(parameters),
    results: [],
    locals: Object.values<number>(locals).map((type) => [1, type] as const),
    code: code(at),
  };
}
