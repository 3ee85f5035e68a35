/** The inner loop of `paste.ts` in WebAssembly: luma of one row. */
import { kernels, wasm, wasmOps } from '../../base/index.js';
import { GRAIN_SIDE, grainTile } from './detail.js';

const { F32, F64, get, I32, set, tee, V128 } = wasm;
const { block, choose, d, i, leave, repeat, routine, s, v, when } = wasmOps;
type Code = wasm.Code;

const GRAIN = kernels.keepTable(grainTile);

/** Below this share of the face the plate keeps its bits. */
const NOTHING = 0.004;
/** From this share on sharpness is measured. */
const MEASURED = 0.6;

const ROW = {
  /** The lifted fields and the bytes of their rows. */
  values: I32,
  stride: I32,
  /** Pixels of the frame, first and end. */
  x: I32,
  end: I32,
  /** Pixel 0 of the row of luma and of alpha. */
  luma: I32,
  alphas: I32,
  /** Where two sums go: absolute gradients before and after. */
  sums: I32,
  /** Row of the grain in bytes, and its shift in x. */
  grainRow: I32,
  grainX: I32,
  /** From the frame to the lifted grid: step and place of pixel 0. */
  dx: F64,
  dy: F64,
  rx: F64,
  ry: F64,
  pivot: F32,
  grain: F32,
  low: F32,
  high: F32,
} as const;

const luma = routine(
  'luma',
  ROW,
  {
    p: I32,
    q: I32,
    ix: I32,
    iy: I32,
    rounded: I32,
    lastBefore: I32,
    lastAfter: I32,
    before: I32,
    after: I32,
    sx: F64,
    sy: F64,
    fx: F32,
    fy: F32,
    w11: F32,
    now: F32,
    old: F32,
    field: V128,
  },
  (at): Code => {
    const place = (slope: number, base: number, whole: number, part: number, to: number): Code => [
      [d.add(d.mul(d.fromInt(get(at.x)), get(slope)), get(base)), tee(to), d.toInt([]), set(whole)],
      [s.fromDouble(d.sub(get(to), d.fromInt(get(whole)))), set(part)],
    ];
    const corner = (from: number, offset: number, weight: Code): Code =>
      v.mul(v.load(get(from), offset), v.splat(weight));
    const one = s.of(1);
    const lane = (n: number): Code => v.lane(n, get(at.field));
    const grain = i.add(
      get(at.grainRow),
      i.shiftLeft(i.and(i.add(get(at.x), get(at.grainX)), i.of(GRAIN_SIDE - 1)), i.of(2)),
    );
    const absolute = (a: Code): Code => [a, tee(at.p), i.of(31), 0x75, tee(at.q), get(at.p), 0x73, get(at.q), 0x6b];
    return [
      [i.of(-1), set(at.lastBefore)],
      repeat(at.x, 1, at.end, [
        block([
          [place(at.dx, at.rx, at.ix, at.fx, at.sx), place(at.dy, at.ry, at.iy, at.fy, at.sy)],
          [
            i.add(get(at.values), i.add(i.mul(get(at.iy), get(at.stride)), i.shiftLeft(get(at.ix), i.of(4)))),
            tee(at.p),
          ],
          [get(at.stride), 0x6a, set(at.q), s.mul(get(at.fx), get(at.fy)), set(at.w11)],
          v.add(
            v.add(
              corner(at.p, 0, s.add(s.sub(s.sub(one, get(at.fx)), get(at.fy)), get(at.w11))),
              corner(at.p, 16, s.sub(get(at.fx), get(at.w11))),
            ),
            v.add(corner(at.q, 0, s.sub(get(at.fy), get(at.w11))), corner(at.q, 16, get(at.w11))),
          ),
          set(at.field),
          when(s.less(lane(1), s.of(NOTHING)), [[i.of(-1), set(at.lastBefore)], leave(i.of(1), 1)]),
          [s.fromInt(i.loadByte(i.add(get(at.luma), get(at.x)))), set(at.old)],
          s.add(
            s.add(get(at.old), lane(0)),
            s.mul(lane(2), s.add(s.sub(get(at.pivot), get(at.old)), s.mul(get(at.grain), s.load(grain, GRAIN)))),
          ),
          set(at.now),
          // What was out of range before may stay there.
          [s.max(get(at.now), s.min(get(at.old), get(at.low))), set(at.now)],
          [s.min(get(at.now), s.max(get(at.old), get(at.high))), set(at.now)],
          [s.toInt(s.add(get(at.now), s.of(0.5))), set(at.rounded)],
          i.storeByte(i.add(get(at.luma), get(at.x)), get(at.rounded)),
          i.storeByte(
            i.add(get(at.alphas), get(at.x)),
            choose(s.atLeast(lane(1), one), i.of(255), s.toInt(s.add(s.mul(lane(1), s.of(255)), s.of(0.5)))),
          ),
          when(i.none(s.more(lane(1), s.of(MEASURED))), [[i.of(-1), set(at.lastBefore)], leave(i.of(1), 1)]),
          [s.toInt(get(at.old)), set(at.ix)],
          when(i.atLeast(get(at.lastBefore), i.of(0)), [
            [i.add(get(at.before), absolute(i.sub(get(at.ix), get(at.lastBefore)))), set(at.before)],
            [i.add(get(at.after), absolute(i.sub(get(at.rounded), get(at.lastAfter)))), set(at.after)],
          ]),
          [get(at.ix), set(at.lastBefore), get(at.rounded), set(at.lastAfter)],
        ]),
      ]),
      i.store(get(at.sums), i.add(i.load(get(at.sums)), get(at.before))),
      i.store(get(at.sums), i.add(i.load(get(at.sums), 4), get(at.after)), 4),
    ];
  },
);

/** One row; see {@link ROW}. */
export const pasteKernel = kernels.kernel<{
  readonly luma: (
    values: number,
    stride: number,
    x: number,
    end: number,
    luma: number,
    alphas: number,
    sums: number,
    grainRow: number,
    grainX: number,
    dx: number,
    dy: number,
    rx: number,
    ry: number,
    pivot: number,
    grain: number,
    low: number,
    high: number,
  ) => void;
}>([luma]);
