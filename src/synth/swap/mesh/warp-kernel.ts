/** The inner loop of `warp.ts` in WebAssembly: one source picture into one row of the crop. */
import { kernels, wasm, wasmOps } from '../../../base/index.js';

const { F32, get, I32, set, tee, V128 } = wasm;
const { block, i, leave, repeat, routine, s, v, vi } = wasmOps;
type Code = wasm.Code;

const ROW = {
  /** Triangles of the row, 16 bits each; -1 for none. */
  ids: I32,
  /** Six numbers for every triangle, single precision: from the crop to the picture. */
  maps: I32,
  /** The row's sums: four numbers a pixel, of which red, green and blue count. */
  sums: I32,
  /** The picture, interleaved; bytes of a row, and the last place with a neighbour. */
  picture: I32,
  stride: I32,
  high: F32,
  /** Pixels, and the row. */
  x: I32,
  end: I32,
  y: F32,
  weight: F32,
  /** Four numbers: factors on red, green and blue. */
  gains: I32,
} as const;

const row = routine(
  'row',
  ROW,
  { m: I32, fx: F32, fy: F32, w11: F32, w10: F32, ix: I32, iy: I32, color: V128 },
  (at): Code => {
    const number = (n: number): Code => s.load(get(at.m), 4 * n);
    const place = (n: number, part: number, whole: number): Code => [
      s.add(s.add(s.mul(number(n), s.fromInt(get(at.x))), s.mul(number(n + 1), get(at.y))), number(n + 2)),
      [set(part), s.max(s.of(0), s.min(get(part), get(at.high))), tee(part), s.toInt([]), set(whole)],
      [s.sub(get(part), s.fromInt(get(whole))), set(part)],
    ];
    const corner = (offset: number, weight: Code): Code =>
      v.mul(v.fromInts(vi.lowShorts(vi.lowBytes(vi.load4(get(at.m), offset)))), v.splat(weight));
    const below: Code = [i.add(get(at.m), get(at.stride)), set(at.m)];
    return repeat(at.x, 1, at.end, [
      block([
        [i.loadShort(i.add(get(at.ids), i.shiftLeft(get(at.x), i.of(1)))), tee(at.m), leave(i.less([], i.of(0)))],
        [i.add(get(at.maps), i.mul(get(at.m), i.of(24))), set(at.m)],
        [place(0, at.fx, at.ix), place(3, at.fy, at.iy)],
        [s.mul(s.mul(get(at.fx), get(at.fy)), get(at.weight)), set(at.w11)],
        [s.sub(s.mul(get(at.fx), get(at.weight)), get(at.w11)), set(at.w10)],
        [i.add(get(at.picture), i.add(i.mul(get(at.iy), get(at.stride)), i.mul(get(at.ix), i.of(3)))), set(at.m)],
        // The share of the lower row, less its right part; what is left over is the upper left's.
        [s.sub(s.mul(get(at.fy), get(at.weight)), get(at.w11)), set(at.fy)],
        [corner(0, s.sub(s.sub(s.sub(get(at.weight), get(at.w11)), get(at.w10)), get(at.fy))), set(at.color)],
        [v.add(get(at.color), corner(3, get(at.w10))), set(at.color), below],
        [v.add(get(at.color), corner(0, get(at.fy))), set(at.color)],
        [v.add(get(at.color), corner(3, get(at.w11))), set(at.color)],
        [i.add(get(at.sums), i.shiftLeft(get(at.x), i.of(4))), set(at.m)],
        v.store(get(at.m), v.add(v.load(get(at.m)), v.mul(v.load(get(at.gains)), get(at.color)))),
      ]),
    ]);
  },
);

/** See {@link ROW}; addresses in bytes. */
export const warpKernel = kernels.kernel<{
  readonly row: (
    ids: number,
    maps: number,
    sums: number,
    picture: number,
    stride: number,
    high: number,
    x: number,
    end: number,
    y: number,
    weight: number,
    gains: number,
  ) => void;
}>([row]);
