/** The inner loops of `lift.ts` in WebAssembly: doubling one row of the fields, and steepening one. */
import { kernels, wasm, wasmOps } from '../../base/index.js';

const { F32, get, I32, set, tee, V128 } = wasm;
const { block, i, leave, repeat, routine, s, v, vi, when } = wasmOps;
type Code = wasm.Code;

/** Catmull-Rom a quarter pixel past a sample, for the four samples round it: picture fields, and linear for the masks. */
const TAPS = [
  [-0.0703125, 0],
  [0.8671875, 0.75],
  [0.2265625, 0.25],
  [-0.0234375, 0],
] as const;
/** The taps for `add`, `alpha`, `hide`, `face` of a pixel. */
const WEIGHTS = kernels.keepTable(Float32Array.from(TAPS.flatMap(([cubic, linear]) => [cubic, linear, linear, cubic])));
const weight = (n: number): Code => v.load(i.of(WEIGHTS), 16 * n);
const scalar = (n: number): Code => v.splat(s.of(n));
const sum = (...terms: readonly Code[]): Code => terms.reduce((a, b) => v.add(a, b));

/** Mixes four rows of the four planes (`apart` bytes from one plane to the next) to one row of pixels. Counts in bytes. */
const down = routine(
  'down',
  { p: I32, q: I32, r: I32, t: I32, apart: I32, out: I32, end: I32 },
  { x: I32, add: V128, alpha: V128, hide: V128, face: V128, low: V128 },
  (at): Code => {
    const plane = (n: number, row: number): Code =>
      v.load(i.add(i.add(get(row), get(at.x)), i.mul(get(at.apart), i.of(n))));
    const mix = (n: number, kind: 0 | 1): Code =>
      kind === 1
        ? sum(v.mul(scalar(0.75), plane(n, at.q)), v.mul(scalar(0.25), plane(n, at.r)))
        : sum(...[at.p, at.q, at.r, at.t].map((row, k) => v.mul(scalar((TAPS[k] ?? [0])[0]), plane(n, row))));
    const write = (offset: number, left: Code, right: Code): Code => [
      v.store(get(at.out), v.pick(left, right, 0, 1, 4, 5), offset),
      v.store(get(at.out), v.pick(left, right, 2, 3, 6, 7), offset + 16),
    ];
    return repeat(at.x, 16, at.end, [
      [mix(0, 0), set(at.add), mix(1, 1), set(at.alpha), mix(2, 1), set(at.hide), mix(3, 0), set(at.face)],
      [v.pick(get(at.add), get(at.alpha), 0, 4, 1, 5), set(at.low)],
      write(0, get(at.low), v.pick(get(at.hide), get(at.face), 0, 4, 1, 5)),
      [v.pick(get(at.add), get(at.alpha), 2, 6, 3, 7), set(at.low)],
      write(32, get(at.low), v.pick(get(at.hide), get(at.face), 2, 6, 3, 7)),
      [i.add(get(at.out), i.of(64)), set(at.out)],
    ]);
  },
);

/** Doubles a row of pixels, which has two more on either side; the face is also written by itself. */
const across = routine(
  'across',
  { row: I32, end: I32, out: I32, face: I32 },
  { middle: V128, left: V128, right: V128 },
  (at): Code => {
    const near = (n: number): Code => v.load(get(at.row), 16 * n);
    const side = (close: number, other: number, far: number): Code =>
      sum(get(at.middle), v.mul(weight(0), get(other)), v.mul(weight(2), get(close)), v.mul(weight(3), near(far)));
    const write = (n: number): Code => [
      v.store(get(at.out), get(at.middle), 16 * n),
      v.storeLane(3, get(at.face), get(at.middle), 4 * n),
    ];
    const middle: Code = [v.mul(weight(1), near(2)), set(at.middle)];
    return repeat(at.row, 16, at.end, [
      [near(1), set(at.left), near(3), set(at.right)],
      [middle, side(at.left, at.right, 0), set(at.middle), write(0)],
      [middle, side(at.right, at.left, 4), set(at.middle), write(1)],
      [i.add(get(at.out), i.of(32)), set(at.out), i.add(get(at.face), i.of(8)), set(at.face)],
    ]);
  },
);

/** Where the plate is hidden less than this nothing is steepened. */
const HIDDEN = 0.05;

/**
 * Steepens a row: `values` and `face` are its first pixels, `end` the end of the face's, `down` the bytes to two rows of
 * the face on.
 */
const steepen = routine(
  'steepen',
  { values: I32, face: I32, end: I32, down: I32, crisp: F32, wide: F32, far: F32 },
  {
    hide: V128,
    alpha: V128,
    here: V128,
    low: V128,
    high: V128,
    raise: V128,
    sum: V128,
    t: V128,
    nearLow: V128,
    nearHigh: V128,
  },
  (at): Code => {
    const pixel = (n: number): Code => v.load(get(at.values), 16 * n);
    const pair = (n: number): Code => v.pick(pixel(n), pixel(n + 1), 1, 5, 2, 6);
    /** Takes the four neighbours so many pixels off into `low`, `high` and `sum`. */
    const round = (pixels: number): Code => {
      const rows = (sign: 1 | -1): Code => {
        const by: Code = pixels === 4 ? i.shiftLeft(get(at.down), i.of(1)) : get(at.down);
        return sign === 1 ? i.add(get(at.face), by) : i.sub(get(at.face), by);
      };
      const places: Code[] = [
        i.sub(get(at.face), i.of(4 * pixels)),
        i.add(get(at.face), i.of(4 * pixels)),
        rows(-1),
        rows(1),
      ];
      return places.map((place, n) => [
        [v.load(place), set(at.t)],
        [v.min(get(at.low), get(at.t)), set(at.low), v.max(get(at.high), get(at.t)), set(at.high)],
        [n === 0 ? get(at.t) : v.add(get(at.sum), get(at.t)), set(at.sum)],
      ]);
    };
    const above: Code = v.mul(scalar(0.25), get(at.sum));
    const toward = (from: number, to: number): Code =>
      v.add(get(from), v.mul(v.splat(get(at.wide)), v.sub(get(to), get(from))));
    return repeat(at.face, 16, at.end, [
      block([
        // Not at the rim of the mask, where the edge between face and hair would turn into a line.
        [pair(0), set(at.hide), pair(2), set(at.t)],
        [v.pick(get(at.hide), get(at.t), 0, 1, 4, 5), set(at.alpha)],
        [v.pick(get(at.hide), get(at.t), 2, 3, 6, 7), set(at.hide)],
        [v.sub(v.mul(scalar(4), get(at.alpha)), scalar(3)), set(at.alpha)],
        [v.mul(get(at.hide), v.max(scalar(0), v.min(scalar(1), get(at.alpha)))), set(at.hide)],
        [v.and(get(at.hide), v.atLeast(get(at.hide), scalar(HIDDEN))), tee(at.hide)],
        leave(i.none(vi.anyTrue([]))),
        [v.load(get(at.face)), tee(at.here), tee(at.low), set(at.high)],
        round(2),
        [v.mul(v.splat(get(at.crisp)), v.sub(get(at.here), above)), set(at.raise)],
        // Further off: the bounds move a part of the way to those of the wider neighbourhood.
        when(s.more(get(at.far), s.of(0.02)), [
          [get(at.low), set(at.nearLow), get(at.high), set(at.nearHigh)],
          round(4),
          [v.add(get(at.raise), v.mul(v.splat(get(at.far)), v.sub(get(at.here), above))), set(at.raise)],
          [toward(at.nearLow, at.low), set(at.low), toward(at.nearHigh, at.high), set(at.high)],
        ]),
        [v.mul(scalar(0.12), v.sub(get(at.high), get(at.low))), set(at.t)],
        [v.min(v.add(get(at.high), get(at.t)), v.add(get(at.here), get(at.raise))), set(at.raise)],
        [v.max(v.sub(get(at.low), get(at.t)), get(at.raise)), set(at.raise)],
        [v.mul(get(at.hide), v.sub(get(at.raise), get(at.here))), set(at.raise)],
        [0, 1, 2, 3].map((n) =>
          s.store(get(at.values), s.add(s.load(get(at.values), 16 * n), v.lane(n, get(at.raise))), 16 * n),
        ),
      ]),
      [i.add(get(at.values), i.of(64)), set(at.values)],
    ]);
  },
);

/** See the functions; addresses and counts in bytes. */
export const liftKernel = kernels.kernel<{
  readonly down: (p: number, q: number, r: number, t: number, apart: number, out: number, end: number) => void;
  readonly across: (row: number, end: number, out: number, face: number) => void;
  readonly steepen: (
    values: number,
    face: number,
    end: number,
    down: number,
    crisp: number,
    wide: number,
    far: number,
  ) => void;
}>([down, across, steepen]);
