/**
 * The inner loops of sampling as a WebAssembly kernel, four pixels at a time, assembled here (some 1.5 KB). Everything
 * lies in one memory: the numbers of a view at its start (`SLOTS`), then planes, then the result. What is computed is
 * the same as in `sample-plain.ts` and `shrink.ts`, but in single precision; `sample-fast.ts` drives it.
 */
import { wasm } from '../base/index.js';

const { F32, F64, get, I32, loop, set, simd, tee, V128 } = wasm;
type Code = wasm.Code;

/**
 * Where the kernel finds the numbers of a view: each is repeated in the four lanes of a vector, `16 * slot` bytes from
 * the start of the memory. Counts, strides and addresses that are needed as whole numbers have slots of their own.
 */
export const SLOTS = {
  /** 0, 1, 2, 3. */
  lanes: 0,
  /** Steps, last column, last row, address and bytes of a row of luma; chroma alike from {@link SLOTS.chroma} on. */
  luma: 1,
  chroma: 7,
  /** `(y - yBase) * ySlope`. */
  yBase: 13,
  ySlope: 14,
  /** For each number of a result pixel in its order: factors on U and V, scale, offset. */
  channels: 15,
  /** 0, 128 and 255; 2^23, and the bits of 2^23; a mask for a byte. */
  zero: 27,
  middle: 28,
  white: 29,
  shifted: 30,
  shiftedBits: 31,
  byte: 32,
  /** Whole numbers: pixels of a row; bytes of a row of luma and chroma; from U to V; from one plane of the result to the next. */
  width: 33,
  lumaStride: 34,
  chromaStride: 35,
  fromUToV: 36,
  resultPlane: 37,
  /** First byte after the slots. */
  end: 38 * 16,
} as const;

// Instructions, by their numbers in the WebAssembly specification.
const LOAD = [...simd(0x00), 4, 0];
const LOAD_8_BYTES = [...simd(0x02), 0, 0];
const STORE = [...simd(0x0b), 2, 0];
const STORE_HALF = [...simd(0x5b), 0, 0, 0];
const SPLAT = simd(0x13);
const AND = simd(0x4e);
const FLOOR = simd(0x68);
const ADD = simd(0xe4);
const SUB = simd(0xe5);
const MUL = simd(0xe6);
const PMIN = simd(0xea);
const PMAX = simd(0xeb);
const I32_SUB = simd(0xb1);
const TO_FLOAT = simd(0xfa);
const [BYTES_TO_I16, I16_SPLAT, I16_ADD, I16_SHIFT, I16_TO_BYTES] = [0x7d, 0x10, 0x8e, 0x8d, 0x66].map(simd) as [
  number[],
  number[],
  number[],
  number[],
  number[],
];
const ZERO_VECTOR = [...simd(0x0c), ...Array<number>(16).fill(0)];
const [ADD_I32, MULTIPLY_I32] = [[0x6a], [0x6c]];
const LOAD_U16 = [0x2f, 0, 0];
const STORE_BYTE = [0x3a, 0, 0];

const lane = (n: number): Code => [simd(0x1b), n];
const shiftRight = (n: number): Code => [wasm.constant(n), simd(0xad)];
/** Lanes of the two vectors on the stack, numbered 0 to 3 and 4 to 7. */
const pick = (...lanes: readonly number[]): Code => [
  simd(0x0d),
  lanes.flatMap((n) => [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3]),
];
/** Two neighbouring bytes at the address on the stack into the n-th 16 bits of a vector. */
const loadPair = (n: number): Code => [simd(0x55), 0, 0, n];
const slot = (n: number): Code => [wasm.constant(0), [...simd(0x00), 4, ...lebOf(16 * n)]];
const whole = (n: number): Code => [wasm.constant(0), [0x28, 2, ...lebOf(16 * n)]];

/** Offsets of memory instructions: numbers below 16,384. */
function lebOf(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, n >> 7];
}

/** Locals of the row function after its parameters: result address, then where the row starts in luma and in chroma. */
const [OUT, LUMA_X, LUMA_Y, CHROMA_X, CHROMA_Y] = [0, 1, 2, 3, 4];
const [I, WIDTH, LUMA_STRIDE, CHROMA_STRIDE, GAP, PLANE, ADDRESS] = [5, 6, 7, 8, 9, 10, 11];
const [X, PX, FX, FY, QUADS, MORE, TOP, Y, U, V, T0, T1, T2] = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];

/**
 * Where four pixels look: `PX` gets the addresses of their upper left neighbours, `FX` and `FY` how far they are from them.
 * Addresses are built as floats, exact below 2^23: adding 2^23 leaves them in the low bits.
 */
function place(first: number, startX: number, startY: number): Code {
  const [dx, dy, right, bottom, at, stride] = [0, 1, 2, 3, 4, 5].map((n) => slot(first + n)) as [
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
  ];
  const held = (start: number, step: Code, limit: Code, to: number): Code => [
    [get(start), SPLAT, get(X), step, MUL, ADD, slot(SLOTS.zero), PMAX, limit, PMIN],
    [tee(to), get(to), FLOOR, tee(T0), SUB, set(to)],
  ];
  return [
    [held(startY, dy, bottom, FY), get(T0), stride, MUL, set(PX)],
    [held(startX, dx, right, FX), get(T0), get(PX), ADD, at, ADD],
    [slot(SLOTS.shifted), ADD, slot(SLOTS.shiftedBits), I32_SUB, set(PX)],
  ];
}

/** Four pixels and their neighbours, a lane of `to` each: left and right of the upper row, then of the lower one. */
const gather = (to: number, stride: number, gap: number | null): Code => [
  [ZERO_VECTOR, set(to)],
  [0, 1, 2, 3].map((n) => [
    [get(PX), lane(n), gap === null ? [] : [get(gap), ADD_I32], tee(ADDRESS), get(to), loadPair(2 * n), set(to)],
    [get(ADDRESS), get(stride), ADD_I32, get(to), loadPair(2 * n + 1), set(to)],
  ]),
];

/** The bilinear mean of what {@link gather} brought. */
function mix(from: number, to: number): Code {
  const byte = (n: number): Code => [
    [get(from), n > 0 ? shiftRight(8 * n) : []],
    [n < 3 ? [slot(SLOTS.byte), AND] : [], TO_FLOAT],
  ];
  /** `a + (b - a) * weight` with `a` in a local and `b` as code. */
  const between = (a: number, b: Code, weight: number): Code => [get(a), b, get(a), SUB, get(weight), MUL, ADD];
  return [
    [byte(0), set(T0), between(T0, byte(1), FX), set(TOP)],
    [byte(2), set(T0), between(T0, byte(3), FX), set(T1)],
    [between(TOP, get(T1), FY), set(to)],
  ];
}

/** The n-th number of four result pixels from `Y` (luma in RGB units), `U` and `V` (around 0). */
function channel(n: number, to: number): Code {
  const [u, v, scale, offset] = [0, 1, 2, 3].map((i) => slot(SLOTS.channels + 4 * n + i)) as [Code, Code, Code, Code];
  return [
    [get(Y), get(U), u, MUL, ADD, get(V), v, MUL, ADD],
    [slot(SLOTS.zero), PMAX, slot(SLOTS.white), PMIN, scale, MUL, offset, ADD, set(to)],
  ];
}

/** One row of a view: pixels of three numbers each, or three planes. Writes up to three pixels more than the width. */
function row(name: string, planar: boolean): wasm.Function {
  const store = (offset: Code, value: Code): Code => [get(OUT), offset, value, STORE];
  const at = (bytes: number): Code => [wasm.constant(bytes), ADD_I32];
  const plane = (n: number): Code => [get(PLANE), wasm.constant(n), MULTIPLY_I32, ADD_I32];
  const written: Code = planar
    ? [store([], get(T0)), store(plane(1), get(T1)), store(plane(2), get(T2))]
    : [
        store([], [get(T0), get(T1), pick(0, 4, 1, 1), get(T2), pick(0, 1, 4, 2)]),
        store(at(16), [get(T0), get(T1), pick(5, 2, 6, 6), get(T2), pick(0, 5, 1, 2)]),
        store(at(32), [get(T0), get(T1), pick(3, 7, 7, 7), get(T2), pick(6, 0, 1, 7)]),
      ];
  return {
    name,
    parameters: [I32, F32, F32, F32, F32],
    results: [],
    locals: [
      [7, I32],
      [13, V128],
    ],
    code: [
      [whole(SLOTS.width), set(WIDTH), whole(SLOTS.lumaStride), set(LUMA_STRIDE)],
      [whole(SLOTS.chromaStride), set(CHROMA_STRIDE), whole(SLOTS.fromUToV), set(GAP)],
      [whole(SLOTS.resultPlane), set(PLANE), slot(SLOTS.lanes), set(X)],
      loop(I, 4, WIDTH, [
        [place(SLOTS.luma, LUMA_X, LUMA_Y), gather(QUADS, LUMA_STRIDE, null), mix(QUADS, Y)],
        [get(Y), slot(SLOTS.yBase), SUB, slot(SLOTS.ySlope), MUL, set(Y)],
        [place(SLOTS.chroma, CHROMA_X, CHROMA_Y), gather(QUADS, CHROMA_STRIDE, null), gather(MORE, CHROMA_STRIDE, GAP)],
        [mix(QUADS, U), mix(MORE, V)],
        [get(U), slot(SLOTS.middle), SUB, set(U), get(V), slot(SLOTS.middle), SUB, set(V)],
        [channel(0, T0), channel(1, T1), channel(2, T2), written],
        [get(OUT), wasm.constant(planar ? 16 : 48), ADD_I32, set(OUT)],
        // 4.0 on, in single precision.
        [get(X), [0x43, 0, 0, 0x80, 0x40], SPLAT, ADD, set(X)],
      ]),
    ],
  };
}

/** Sums of each of `count` (a multiple of 8) columns over `rows` rows of `stride` bytes, as 16-bit numbers; at most 257 rows. */
function columns(): wasm.Function {
  const [FROM, STRIDE, ROWS, COUNT, TO, C, R, AT] = [0, 1, 2, 3, 4, 5, 6, 7];
  const SUM = 8;
  return {
    name: 'columns',
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [3, I32],
      [1, V128],
    ],
    code: loop(C, 8, COUNT, [
      [ZERO_VECTOR, set(SUM), wasm.constant(0), set(R), get(FROM), get(C), ADD_I32, set(AT)],
      loop(R, 1, ROWS, [
        [get(SUM), get(AT), LOAD_8_BYTES, I16_ADD, set(SUM)],
        [get(AT), get(STRIDE), ADD_I32, set(AT)],
      ]),
      [get(TO), get(C), get(C), ADD_I32, ADD_I32, get(SUM), STORE],
    ]),
  };
}

/** Means of blocks of `k` column sums: `sum * scale`, rounded, a byte each, from `TO` up to `END`. */
function blocks(): wasm.Function {
  const [FROM, K, SCALE, TO, END, SUM, C] = [0, 1, 2, 3, 4, 5, 6];
  return {
    name: 'blocks',
    parameters: [I32, I32, F64, I32, I32],
    results: [],
    locals: [[2, I32]],
    code: loop(TO, 1, END, [
      [wasm.constant(0), set(SUM), wasm.constant(0), set(C)],
      loop(C, 1, K, [
        [get(SUM), get(FROM), LOAD_U16, ADD_I32, set(SUM)],
        [get(FROM), wasm.constant(2), ADD_I32, set(FROM)],
      ]),
      // sum * scale + 0.5, cut off.
      [get(TO), get(SUM), [0xb8], get(SCALE), [0xa2], [0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0xa0], [0xab], STORE_BYTE],
    ]),
  };
}

/** Rounded means of 2 by 2 bytes of two rows, eight at a time, from `TO` up to `END` and up to seven more. */
function halve(): wasm.Function {
  const [UPPER, LOWER, TO, END] = [0, 1, 2, 3];
  const next = (address: number): Code => [get(address), wasm.constant(16), ADD_I32, set(address)];
  return {
    name: 'halve',
    parameters: [I32, I32, I32, I32],
    results: [],
    locals: [],
    code: loop(TO, 8, END, [
      [get(TO), get(UPPER), LOAD, BYTES_TO_I16, get(LOWER), LOAD, BYTES_TO_I16, I16_ADD],
      [wasm.constant(2), I16_SPLAT, I16_ADD, wasm.constant(2), I16_SHIFT, ZERO_VECTOR, I16_TO_BYTES, STORE_HALF],
      [next(UPPER), next(LOWER)],
    ]),
  };
}

/** The functions of the kernel; addresses and counts in bytes. */
export interface SampleKernel {
  readonly interleaved: (out: number, lumaX: number, lumaY: number, chromaX: number, chromaY: number) => void;
  readonly planar: (out: number, lumaX: number, lumaY: number, chromaX: number, chromaY: number) => void;
  readonly columns: (from: number, stride: number, rows: number, count: number, to: number) => void;
  readonly blocks: (from: number, k: number, scale: number, to: number, end: number) => void;
  readonly halve: (upper: number, lower: number, to: number, end: number) => void;
}

/** The kernel on a memory. */
export function sampleKernel(memory: wasm.Memory): SampleKernel {
  const code = wasm.compile([row('interleaved', false), row('planar', true), columns(), blocks(), halve()]);
  return wasm.instantiate(code, memory) as SampleKernel;
}
