/**
 * Adam in one pass over memory, as a WebAssembly kernel assembled here (128-bit vectors, some 400 bytes). In the graph
 * the same update takes a dozen passes. Parameters, moments, averages and gradients live in the kernel's memory, where
 * sessions read and write them without a copy; the update is in place. Used on the processor; other devices keep the
 * update in the graph (`optimiser.ts`). Both give the same numbers.
 */

import { LikenessError } from '../base/index.js';

// The compiler's library for programs outside browsers does not describe WebAssembly; this is the part used here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Numbers of one call: factor on the gradient, decays of the moments, step size, epsilon, kept share of the weights, rate of the average. */
export interface AdamStep {
  readonly clip: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly epsilon: number;
  readonly decay: number;
  readonly average: number;
}

/** Arrays of one parameter, all in one arena. */
export interface AdamArrays {
  readonly weights: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly gradient: Float32Array;
  readonly average?: Float32Array | undefined;
}

type Code = readonly (number | Code)[];

const I32 = 0x7f;
const F32 = 0x7d;
const F64 = 0x7c;
const V128 = 0x7b;

/** Unsigned LEB128. */
function leb(value: number): number[] {
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
const section = (id: number, body: Code): number[] => {
  const bytes = flat(body);
  return [id, ...leb(bytes.length), ...bytes];
};
const text = (s: string): number[] => [...leb(s.length), ...Buffer.from(s, 'latin1')];

// Instructions, by their numbers in the WebAssembly specification.
const get = (i: number): number[] => [0x20, ...leb(i)];
const set = (i: number): number[] => [0x21, ...leb(i)];
const tee = (i: number): number[] => [0x22, ...leb(i)];
const simd = (op: number): number[] => [0xfd, ...leb(op)];
const LOAD = [...simd(0x00), 4, 0];
const STORE = [...simd(0x0b), 4, 0];
const SPLAT = simd(0x13);
const SQRT = simd(0xe3);
const ADD = simd(0xe4);
const SUB = simd(0xe5);
const MUL = simd(0xe6);
const DIV = simd(0xe7);
const I32_ADD = [0x6a];

/** A function body: locals as (count, type) pairs, then code. */
function body(locals: readonly [number, number][], code: Code): number[] {
  const bytes = flat([vector(locals.map(([n, type]) => [...leb(n), type])), code, 0x0b]);
  return [...leb(bytes.length), ...bytes];
}

/** Repeats `inside` while `i` (a local, in bytes) has not reached the local `end`. */
const loop = (i: number, end: number, inside: Code): Code => [
  [0x03, 0x40],
  inside,
  [get(i), [0x41, 16], I32_ADD, tee(i), get(end), [0x49]],
  [0x0d, 0],
  0x0b,
];

/** The update. Arguments: addresses of weights, moments, average, gradient; bytes; then the numbers of a step. */
function adamBody(withAverage: boolean): number[] {
  const [W, M, V, E, G, BYTES, NUMBERS, I] = [0, 1, 2, 3, 4, 5, 6, 13];
  const [CLIP, B1, B2, RATE, EPSILON, DECAY, AVERAGE] = [14, 15, 16, 17, 18, 19, 20];
  const [g, m, v, w, e] = [21, 22, 23, 24, 25];
  const address = (base: number): Code => [get(base), get(I), I32_ADD];
  const load = (base: number): Code => [address(base), LOAD];
  return body(
    [
      [1, I32],
      [12, V128],
    ],
    [
      [CLIP, B1, B2, RATE, EPSILON, DECAY, AVERAGE].map((to, k) => [get(NUMBERS + k), SPLAT, set(to)]),
      loop(I, BYTES, [
        [load(G), get(CLIP), MUL, set(g)],
        [address(M), load(M), get(B1), MUL, get(g), ADD, tee(m), STORE],
        [address(V), load(V), get(B2), MUL, get(g), get(g), MUL, ADD, tee(v), STORE],
        [address(W), load(W), get(DECAY), MUL],
        [get(m), get(v), SQRT, get(EPSILON), ADD, DIV, get(RATE), MUL, SUB, tee(w), STORE],
        withAverage ? [address(E), load(E), tee(e), get(w), get(e), SUB, get(AVERAGE), MUL, ADD, STORE] : [],
      ]),
    ],
  );
}

/** Sum of squares in double precision. Arguments: address, bytes. */
function squaresBody(): number[] {
  const [A, BYTES, I, x, sum, d] = [0, 1, 2, 3, 4, 5];
  const promote = simd(0x5f);
  const upper = [...simd(0x0d), ...[8, 9, 10, 11, 12, 13, 14, 15], ...[8, 9, 10, 11, 12, 13, 14, 15]];
  const accumulate: Code = [promote, tee(d), get(d), simd(0xf2), get(sum), simd(0xf0), set(sum)];
  const lane = (n: number): Code => [get(sum), simd(0x21), n];
  return body(
    [
      [1, I32],
      [3, V128],
    ],
    [
      loop(I, BYTES, [
        [get(A), get(I), I32_ADD, LOAD, set(x)],
        [get(x), accumulate],
        [get(x), get(x), upper, accumulate],
      ]),
      [lane(0), lane(1), 0xa0],
    ],
  );
}

let compiled: object | undefined;

function kernel(): object {
  const addresses = [I32, I32, I32, I32, I32, I32];
  const numbers = Array<number>(7).fill(F32);
  compiled ??= new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(
        1,
        vector([
          [0x60, vector([...addresses, ...numbers].map((t) => [t])), 0],
          [0x60, vector([[I32], [I32]]), 1, F64],
        ]),
      ),
      ...section(2, vector([[text('host'), text('memory'), 0x02, 0x00, 0]])),
      ...section(3, vector([[0], [0], [1]])),
      ...section(7, vector(['averaged', 'plain', 'squares'].map((name, i) => [text(name), 0, i]))),
      ...section(10, vector([adamBody(true), adamBody(false), squaresBody()])),
    ]),
  );
  return compiled;
}

const PAGE = 65536;
/** Arrays start on whole cache lines. */
const LINE = 64;

/** Bytes that an array of so many numbers takes in an {@link Arena}. */
export function arenaBytes(length: number): number {
  return Math.ceil((length * 4) / LINE) * LINE;
}

interface Kernel {
  readonly averaged: (...numbers: number[]) => void;
  readonly plain: (...numbers: number[]) => void;
  readonly squares: (address: number, bytes: number) => number;
}

/** A block of memory that the kernel works on, of fixed size. */
export class Arena {
  readonly #memory: { readonly buffer: ArrayBuffer };
  readonly #call: Kernel;
  #used = 0;

  /** @param bytes sum of {@link arenaBytes} of the arrays to come */
  constructor(bytes: number) {
    const pages = Math.max(1, Math.ceil(bytes / PAGE));
    try {
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (cause) {
      const size = `${Math.ceil(bytes / 2 ** 20)} MB`;
      throw new LikenessError('tensor.memory', `There is no memory for the weights and moments: ${size} are needed.`, {
        hint: 'Close other programs or choose a smaller preset.',
        cause,
      });
    }
    const { exports } = new WebAssembly.Instance(kernel(), { host: { memory: this.#memory } });
    this.#call = exports as Kernel;
  }

  /** An array of zeros in the arena. What follows it up to the next cache line stays zero, so kernels may run over it. */
  array(length: number): Float32Array {
    const a = new Float32Array(this.#memory.buffer, this.#used, length);
    this.#used += arenaBytes(length);
    return a;
  }

  /** Sum of squares of an array of this arena. */
  squares(a: Float32Array): number {
    return this.#call.squares(a.byteOffset, Math.ceil(a.length / 4) * 16);
  }

  /** Moves weights, moments and average by one step, in place. */
  step(a: AdamArrays, s: AdamStep): void {
    const call = a.average ? this.#call.averaged : this.#call.plain;
    call(
      ...[a.weights, a.first, a.second, a.average ?? a.weights, a.gradient].map((x) => x.byteOffset),
      Math.ceil(a.weights.length / 4) * 16,
      ...[s.clip, s.beta1, s.beta2, s.rate, s.epsilon, s.decay, s.average],
    );
  }
}
