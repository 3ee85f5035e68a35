/**
 * Passes over planes of single precision in WebAssembly, four numbers at once. A width that is no multiple of four is
 * rounded up: what lies behind a row is read and written too, so rows need room for it.
 */
import { kernels, wasm, wasmOps } from '../../base/index.js';

const { F32, get, I32, set, V128 } = wasm;
const { i, repeat, routine, s, v } = wasmOps;
type Code = wasm.Code;

const row = { to: I32, end: I32 };
const move = (...locals: readonly number[]): Code => locals.map((n) => [i.add(get(n), i.of(16)), set(n)]);

/** `to = (a + c) / 4 + b / 2`: one step of a 1-2-1 blur, across with places of one row, down with three rows. */
const blur = routine('blur', { a: I32, b: I32, c: I32, ...row }, {}, (at) =>
  repeat(at.to, 16, at.end, [
    v.store(
      get(at.to),
      v.add(
        v.mul(v.splat(s.of(0.5)), v.load(get(at.b))),
        v.mul(v.splat(s.of(0.25)), v.add(v.load(get(at.a)), v.load(get(at.c)))),
      ),
    ),
    move(at.a, at.b, at.c),
  ]),
);

/** `to = a - b`. */
const less = routine('less', { a: I32, b: I32, ...row }, {}, (at) =>
  repeat(at.to, 16, at.end, [v.store(get(at.to), v.sub(v.load(get(at.a)), v.load(get(at.b)))), move(at.a, at.b)]),
);

/** Bytes as numbers. */
const bytes = routine('bytes', { from: I32, ...row }, {}, (at) =>
  repeat(at.to, 16, at.end, [
    v.store(get(at.to), v.fromInts(wasmOps.vi.lowShorts(wasmOps.vi.lowBytes(wasmOps.vi.load4(get(at.from)))))),
    [i.add(get(at.from), i.of(4)), set(at.from)],
  ]),
);

/**
 * A row of a turned and scaled view, linear between four neighbours: `from` is a plane with `stride` bytes a row; places
 * begin at `x`, `y` and are held inside `0 .. right`, `0 .. bottom`; what lies next to those must be numbers.
 */
const view = routine(
  'view',
  { from: I32, stride: I32, x: F32, y: F32, dx: F32, dy: F32, right: F32, bottom: F32, ...row },
  { ix: I32, iy: I32, fx: F32, fy: F32, top: F32, low: F32, n: F32 },
  (at): Code => {
    const held = (start: number, step: number, limit: number, part: number, whole: number): Code => [
      s.max(s.of(0), s.min(s.add(get(start), s.mul(get(at.n), get(step))), get(limit))),
      [set(part), s.toInt(get(part)), set(whole)],
      [s.sub(get(part), s.fromInt(get(whole))), set(part)],
    ];
    const across = (to: number): Code => [
      s.load(get(at.ix)),
      s.mul(get(at.fx), s.sub(s.load(get(at.ix), 4), s.load(get(at.ix)))),
      [0x92, set(to)],
    ];
    return repeat(at.to, 4, at.end, [
      [held(at.x, at.dx, at.right, at.fx, at.ix), held(at.y, at.dy, at.bottom, at.fy, at.iy)],
      [i.add(get(at.from), i.add(i.mul(get(at.iy), get(at.stride)), i.shiftLeft(get(at.ix), i.of(2)))), set(at.ix)],
      [across(at.top), i.add(get(at.ix), get(at.stride)), set(at.ix), across(at.low)],
      s.store(get(at.to), s.add(get(at.top), s.mul(get(at.fy), s.sub(get(at.low), get(at.top))))),
      [s.add(get(at.n), s.of(1)), set(at.n)],
    ]);
  },
);

/**
 * Adds the plate's detail to a row of the face: two bands by the gains of skin and features, held by a soft limit, and the
 * share of the plate's own finest band.
 */
const raise = routine(
  'raise',
  {
    features: I32,
    fine: I32,
    coarse: I32,
    gate: I32,
    plateFine: I32,
    fineSkin: F32,
    fineMore: F32,
    coarseSkin: F32,
    coarseMore: F32,
    halo: F32,
    borrowed: F32,
    ...row,
  },
  { f: V128, add: V128 },
  (at): Code => {
    const gain = (skin: number, more: number): Code => v.add(v.splat(get(skin)), v.mul(v.splat(get(more)), get(at.f)));
    return repeat(at.to, 16, at.end, [
      [v.load(get(at.features)), set(at.f)],
      v.add(
        v.mul(gain(at.fineSkin, at.fineMore), v.load(get(at.fine))),
        v.mul(gain(at.coarseSkin, at.coarseMore), v.load(get(at.coarse))),
      ),
      set(at.add),
      v.store(
        get(at.to),
        v.add(
          v.add(
            v.load(get(at.to)),
            v.div(get(at.add), v.add(v.splat(s.of(1)), v.mul(v.abs(get(at.add)), v.splat(get(at.halo))))),
          ),
          v.mul(v.splat(get(at.borrowed)), v.mul(v.load(get(at.gate)), v.load(get(at.plateFine)))),
        ),
      ),
      move(at.features, at.fine, at.coarse, at.gate, at.plateFine),
    ]);
  },
);

/** See the functions; addresses in bytes. */
export const planeKernel = kernels.kernel<{
  readonly blur: (a: number, b: number, c: number, to: number, end: number) => void;
  readonly less: (a: number, b: number, to: number, end: number) => void;
  readonly bytes: (from: number, to: number, end: number) => void;
  readonly view: (
    from: number,
    stride: number,
    x: number,
    y: number,
    dx: number,
    dy: number,
    right: number,
    bottom: number,
    to: number,
    end: number,
  ) => void;
  readonly raise: (
    features: number,
    fine: number,
    coarse: number,
    gate: number,
    plateFine: number,
    fineSkin: number,
    fineMore: number,
    coarseSkin: number,
    coarseMore: number,
    halo: number,
    borrowed: number,
    to: number,
    end: number,
  ) => void;
}>([blur, less, bytes, view, raise]);
