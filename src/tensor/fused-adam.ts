/**
 * Adam in one pass over memory, as a WebAssembly kernel assembled here (128-bit vectors, some 400 bytes). In the graph
 * the same update takes a dozen passes. Parameters, moments, averages and gradients live in the kernel's memory, where
 * sessions read and write them without a copy; the update is in place. Used on the processor; other devices keep the
 * update in the graph (`optimiser.ts`). Both give the same numbers.
 */

import { LikenessError, wasm } from '../base/index.js';

const { F32, F64, get, I32, I32_ADD, loop, set, simd, tee, V128 } = wasm;
type Code = wasm.Code;

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

// Instructions, by their numbers in the WebAssembly specification.
const LOAD = [...simd(0x00), 4, 0];
const STORE = [...simd(0x0b), 4, 0];
const SPLAT = simd(0x13);
const SQRT = simd(0xe3);
const ADD = simd(0xe4);
const SUB = simd(0xe5);
const MUL = simd(0xe6);
const DIV = simd(0xe7);

/** The update. Arguments: addresses of weights, moments, average, gradient; bytes; then the numbers of a step. */
function adam(name: string, withAverage: boolean): wasm.Function {
  const [W, M, V, E, G, BYTES, NUMBERS, I] = [0, 1, 2, 3, 4, 5, 6, 13];
  const [CLIP, B1, B2, RATE, EPSILON, DECAY, AVERAGE] = [14, 15, 16, 17, 18, 19, 20];
  const [g, m, v, w, e] = [21, 22, 23, 24, 25];
  const address = (base: number): Code => [get(base), get(I), I32_ADD];
  const load = (base: number): Code => [address(base), LOAD];
  return {
    name,
    parameters: [...Array<number>(6).fill(I32), ...Array<number>(7).fill(F32)],
    results: [],
    locals: [
      [1, I32],
      [12, V128],
    ],
    code: [
      [CLIP, B1, B2, RATE, EPSILON, DECAY, AVERAGE].map((to, k) => [get(NUMBERS + k), SPLAT, set(to)]),
      loop(I, 16, BYTES, [
        [load(G), get(CLIP), MUL, set(g)],
        [address(M), load(M), get(B1), MUL, get(g), ADD, tee(m), STORE],
        [address(V), load(V), get(B2), MUL, get(g), get(g), MUL, ADD, tee(v), STORE],
        [address(W), load(W), get(DECAY), MUL],
        [get(m), get(v), SQRT, get(EPSILON), ADD, DIV, get(RATE), MUL, SUB, tee(w), STORE],
        withAverage ? [address(E), load(E), tee(e), get(w), get(e), SUB, get(AVERAGE), MUL, ADD, STORE] : [],
      ]),
    ],
  };
}

/** Sum of squares in double precision. Arguments: address, bytes. */
function squares(): wasm.Function {
  const [A, BYTES, I, x, sum, d] = [0, 1, 2, 3, 4, 5];
  const promote = simd(0x5f);
  const upper = [...simd(0x0d), ...[8, 9, 10, 11, 12, 13, 14, 15], ...[8, 9, 10, 11, 12, 13, 14, 15]];
  const accumulate: Code = [promote, tee(d), get(d), simd(0xf2), get(sum), simd(0xf0), set(sum)];
  const lane = (n: number): Code => [get(sum), simd(0x21), n];
  return {
    name: 'squares',
    parameters: [I32, I32],
    results: [F64],
    locals: [
      [1, I32],
      [3, V128],
    ],
    code: [
      loop(I, 16, BYTES, [
        [get(A), get(I), I32_ADD, LOAD, set(x)],
        [get(x), accumulate],
        [get(x), get(x), upper, accumulate],
      ]),
      [lane(0), lane(1), 0xa0],
    ],
  };
}

let compiled: object | undefined;

function kernel(): object {
  compiled ??= wasm.compile([adam('averaged', true), adam('plain', false), squares()]);
  return compiled;
}

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
  readonly #memory: wasm.Memory;
  readonly #call: Kernel;
  #used = 0;

  /** @param bytes sum of {@link arenaBytes} of the arrays to come */
  constructor(bytes: number) {
    const pages = Math.max(1, Math.ceil(bytes / wasm.PAGE));
    try {
      this.#memory = wasm.memoryOf(pages);
    } catch (cause) {
      const size = `${Math.ceil(bytes / 2 ** 20)} MB`;
      throw new LikenessError('tensor.memory', `There is no memory for the weights and moments: ${size} are needed.`, {
        hint: 'Close other programs or choose a smaller preset.',
        cause,
      });
    }
    this.#call = wasm.instantiate(kernel(), this.#memory) as Kernel;
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
