/**
 * The inner loops of `plate.ts` in WebAssembly: one row of a plane, bent. Whole-number cubic weights as in any picture
 * program.
 */
import { kernels, wasm, wasmOps } from '../../../base/index.js';
import { STILL } from './field.js';

const { F32, get, I32, set, tee, V128 } = wasm;
const { block, choose, i, leave, repeat, routine, s, v, vi } = wasmOps;
type Code = wasm.Code;

/** Phases of the cubic kernel, and the sum of its weights: whole numbers, which run faster here. */
const PHASES = 64;
const UNIT = 128;
/** Catmull-Rom weights (Keys 1981, a = -1/2): sharper than linear, so that bent hair and cloth do not turn soft. */
const CUBIC: readonly (readonly [number, number, number, number])[] = Array.from({ length: PHASES }, (_, p) => {
  const t = p / PHASES;
  const outer = Math.round(UNIT * ((2 - t) * t - 1) * t * 0.5);
  const near = Math.round(UNIT * ((4 - 3 * t) * t + 1) * t * 0.5);
  const last = Math.round(UNIT * (t - 1) * t * t * 0.5);
  return [outer, UNIT - outer - near - last, near, last];
});
/** Across: the four weights twice, for two rows at once. Down: each weight twice, for the halves of each row's sum. */
const ACROSS = kernels.keepTable(Int16Array.from(CUBIC.flatMap((w) => [...w, ...w])));
const DOWN = kernels.keepTable(Int32Array.from(CUBIC.flatMap((w) => w.flatMap((n) => [n, n]))));

/** Coordinates are whole numbers of 65536ths of a pixel: turning floats into whole numbers for every pixel takes longer than the cubic. */
export const ONE = 65536;

/** Numbers of a row; addresses and counts in bytes, places in pixels of the plane. */
const ROW = {
  /** Pixel 0 of the row's results, which hold the plate's own pixels before. */
  out: I32,
  /** Copy of the plane and the bytes of its rows. It reaches further round than anything moves. */
  copy: I32,
  wide: I32,
  /** Shift of every node in x, single precision; those in y lie `toY` behind. */
  shifts: I32,
  toY: I32,
  /** For every node its first pixel, and `toFractions` behind how far between this node and the next it lies. */
  firsts: I32,
  toFractions: I32,
  /** Nodes that count, first and end. */
  node: I32,
  end: I32,
  /** Nodes a pixel, times {@link ONE}. */
  slope: F32,
  /** From pixels of the plane to those of the copy, times {@link ONE}. */
  left: I32,
  top: I32,
} as const;
const PIXEL = { x: I32, until: I32, dx: I32, dy: I32, stepX: I32, stepY: I32, n: I32, sx: I32, sy: I32 } as const;
type At = Readonly<Record<keyof typeof ROW | keyof typeof PIXEL, number>>;

const LIMIT = Math.ceil(STILL * ONE);

/** Runs `each` for all pixels of a row that move, with `sx` and `sy` set. */
function alongRow(at: At, each: Code): Code {
  const shift = (more: Code, offset: number): Code => s.load([get(at.n), more], offset);
  const fixed = (more: Code, to: number, step: number): Code => {
    const difference = s.sub(shift(more, 4), shift(more, 0));
    const fraction = s.load([get(at.firsts), get(at.toFractions), 0x6a, i.shiftLeft(get(at.node), i.of(2)), 0x6a]);
    return [
      [s.toInt(s.mul(s.add(shift(more, 0), s.mul(fraction, difference)), s.of(ONE))), set(to)],
      [s.toInt(s.mul(difference, get(at.slope))), set(step)],
    ];
  };
  // As one unsigned comparison: -LIMIT < d < LIMIT.
  const still = (n: number): Code => [i.add(get(n), i.of(LIMIT)), i.of(2 * LIMIT), 0x49];
  return repeat(at.node, 1, at.end, [
    [i.add(get(at.firsts), i.shiftLeft(get(at.node), i.of(2))), tee(at.n), i.load([]), set(at.x)],
    [i.load(get(at.n), 4), set(at.until)],
    [i.add(get(at.shifts), i.shiftLeft(get(at.node), i.of(2))), set(at.n)],
    [fixed([], at.dx, at.stepX), fixed([get(at.toY), 0x6a], at.dy, at.stepY)],
    repeat(at.x, 1, at.until, [
      block([
        leave(i.and(still(at.dx), still(at.dy))),
        [i.add(get(at.dx), i.add(i.shiftLeft(get(at.x), i.of(16)), get(at.left))), set(at.sx)],
        [i.add(get(at.dy), get(at.top)), set(at.sy)],
        each,
      ]),
      [i.add(get(at.dx), get(at.stepX)), set(at.dx), i.add(get(at.dy), get(at.stepY)), set(at.dy)],
    ]),
  ]);
}

const whole = (n: number): Code => i.shiftRight(get(n), i.of(16));
/** Where the upper left neighbour of a pixel lies in the copy. */
const neighbour = (at: At): Code => i.add(get(at.copy), i.add(i.mul(whole(at.sy), get(at.wide)), whole(at.sx)));

/** Sixteen neighbours a pixel. */
const cubic = routine('cubic', ROW, { ...PIXEL, near: V128, rows: V128, sum: I32 }, (at): Code => {
  const phase = (n: number, size: number): Code =>
    i.shiftLeft(i.and(i.shiftRight(get(n), i.of(10)), i.of(PHASES - 1)), i.of(size));
  const weighed = (part: (a: Code) => Code, offset: number): Code =>
    vi.mul(vi.dot(part(get(at.rows)), get(at.near)), v.load(get(at.sum), DOWN + offset));
  const most = (a: number, limit: number): Code => choose(i.less(i.of(limit), get(a)), i.of(limit), get(a));
  return alongRow(at, [
    [v.load(phase(at.sx, 4), ACROSS), set(at.near)],
    // The place of the first of the sixteen.
    [i.sub(neighbour(at), i.add(get(at.wide), i.of(1))), tee(at.n), vi.load4([]), set(at.rows)],
    [1, 2, 3].map((n) => [vi.load4Lane(n, [i.add(get(at.n), get(at.wide)), tee(at.n)], get(at.rows)), set(at.rows)]),
    [phase(at.sy, 5), set(at.sum)],
    [vi.add(weighed(vi.lowBytes, 0), weighed(vi.highBytes, 16)), set(at.near)],
    [vi.add(get(at.near), v.pick(get(at.near), get(at.near), 2, 3, 0, 1)), set(at.near)],
    [vi.add(get(at.near), v.pick(get(at.near), get(at.near), 1, 0, 3, 2)), set(at.near)],
    [i.shiftRight(i.add(vi.lane(0, get(at.near)), i.of((UNIT * UNIT) / 2)), i.of(14)), set(at.sum)],
    [choose(i.less(get(at.sum), i.of(0)), i.of(0), most(at.sum, 255)), set(at.sum)],
    i.storeByte(i.add(get(at.out), get(at.x)), get(at.sum)),
  ]);
});

/** Four neighbours a pixel, for both colour planes: the second one's copy and results lie `apart` behind the first's. */
const linear = routine('linear', { ...ROW, apart: I32 }, { ...PIXEL, fx: I32, fy: I32, p: I32 }, (at): Code => {
  const byte = (offset: number): Code => i.loadByte(get(at.p), offset);
  const across = (): Code => i.add(i.shiftLeft(byte(0), i.of(8)), i.mul(get(at.fx), i.sub(byte(1), byte(0))));
  const lower = [[i.add(get(at.p), get(at.wide)), set(at.p)], across()];
  const mixed: Code = [
    [across(), tee(at.n), i.of(8), 0x74, lower, get(at.n), 0x6b, get(at.fy), 0x6c, 0x6a],
    [i.of(32768), 0x6a, i.of(16), 0x75],
  ];
  const part = (n: number): Code => i.and(i.shiftRight(get(n), i.of(8)), i.of(255));
  return alongRow(at, [
    [part(at.sx), set(at.fx), part(at.sy), set(at.fy)],
    [neighbour(at), set(at.p), i.storeByte(i.add(get(at.out), get(at.x)), mixed)],
    [neighbour(at), get(at.apart), 0x6a, set(at.p)],
    i.storeByte(i.add(i.add(get(at.out), get(at.apart)), get(at.x)), mixed),
  ]);
});

type Row = [
  out: number,
  copy: number,
  wide: number,
  shifts: number,
  toY: number,
  firsts: number,
  toFractions: number,
  node: number,
  end: number,
  slope: number,
  left: number,
  top: number,
];

/** One row of a plane each; see {@link ROW}. */
export const plateKernel = kernels.kernel<{
  readonly cubic: (...row: Row) => void;
  readonly linear: (...row: [...Row, apart: number]) => void;
}>([cubic, linear]);
