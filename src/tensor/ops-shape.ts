/** Operations that move elements without computing: reshape, transpose, slice, pad, concat, expand, flip. */
import { type Shape, sameShape, shapeError, sizeOf, Tensor } from './graph.js';

/** Turns negative axes into positive ones. */
export function normalAxes(x: Tensor, axes: readonly number[]): number[] {
  return axes.map((a) => {
    const n = a < 0 ? a + x.shape.length : a;
    if (n < 0 || n >= x.shape.length) throw shapeError('axes', `[${x.shape.join()}] has no axis ${a}.`);
    return n;
  });
}

/** The same elements under another shape of the same size. One entry may be -1: it takes what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((a, d) => (d < 0 ? a : a * d), 1);
  const full = shape.map((d) => (d < 0 ? x.size / known : d));
  if (sizeOf(full) !== x.size) throw shapeError('reshape', `[${x.shape.join()}] does not fit [${shape.join()}].`);
  if (sameShape(full, x.shape)) return x;
  const g = x.graph;
  const y = g.emit('Reshape', [x, g.ints(full)], full, {}, x.type);
  return g.record(y, [x], (d) => [reshape(d, x.shape)]);
}

/** Keeps the first axis and joins the others: `[n, ...] -> [n, rest]`. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.dim(0), -1]);
}

/** Reorders the axes: axis i of the result is axis `order[i]` of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if (order.length !== x.shape.length) throw shapeError('transpose', `${order.join()} for [${x.shape.join()}].`);
  if (order.every((o, i) => o === i)) return x;
  const back: number[] = [];
  for (const [i, o] of order.entries()) back[o] = i;
  const shape = order.map((o) => x.dim(o));
  const g = x.graph;
  // Moving an axis of length one past others changes no byte.
  const long = order.filter((o) => x.dim(o) !== 1);
  if (long.every((o, i) => i === 0 || o > (long[i - 1] as number))) return reshape(x, shape);
  return g.record(g.emit('Transpose', [x], shape, { perm: order }, x.type), [x], (d) => [transpose(d, back)]);
}

/** `[n, c, h, w] -> [n, h, w, c]`. */
export function toChannelsLast(x: Tensor): Tensor {
  return transpose(x, [0, 2, 3, 1]);
}

/** `[n, h, w, c] -> [n, c, h, w]`. */
export function toChannelsFirst(x: Tensor): Tensor {
  return transpose(x, [0, 3, 1, 2]);
}

/** One axis of a {@link slice}: elements `start, start + step, ...` before `end` (default: the axis' end, step 1). */
export interface SliceAxis {
  readonly axis: number;
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

/** A part of a tensor. Negative `start` and `end` count from the axis' end; `step` is positive. */
export function slice(x: Tensor, parts: readonly SliceAxis[]): Tensor {
  const axes = normalAxes(
    x,
    parts.map((p) => p.axis),
  );
  const at = (p: SliceAxis, d: number) => {
    const from = p.start ?? 0;
    const to = p.end ?? d;
    return { start: from < 0 ? from + d : from, end: to < 0 ? to + d : Math.min(to, d), step: p.step ?? 1 };
  };
  const cuts = parts.map((p, i) => ({ axis: axes[i] as number, ...at(p, x.dim(axes[i] as number)) }));
  const shape = [...x.shape];
  for (const c of cuts) {
    shape[c.axis] = Math.ceil((c.end - c.start) / c.step);
    if (c.start < 0 || c.step < 1 || (shape[c.axis] as number) < 1)
      throw shapeError('slice', `${c.start}:${c.end}:${c.step} of axis ${c.axis} of [${x.shape.join()}] is empty.`);
  }
  if (sameShape(shape, x.shape)) return x;
  const g = x.graph;
  const list = (pick: (c: (typeof cuts)[number]) => number): Tensor => g.ints(cuts.map(pick));
  const inputs = [x, list((c) => c.start), list((c) => c.end), list((c) => c.axis), list((c) => c.step)];
  return g.record(g.emit('Slice', inputs, shape, {}, x.type), [x], (d) => {
    let back = d;
    for (const c of cuts) back = unslice(back, c.axis, c.start, c.step, x.dim(c.axis));
    return [back];
  });
}

/** Puts elements back to `start, start + step, ...` of an axis of length `length`, zeros elsewhere. */
function unslice(d: Tensor, axis: number, start: number, step: number, length: number): Tensor {
  const n = d.dim(axis);
  let wide = d;
  if (step > 1) {
    const split = [...d.shape.slice(0, axis + 1), 1, ...d.shape.slice(axis + 1)];
    const spread = pad(reshape(d, split), { axis: axis + 1, after: step - 1 });
    wide = reshape(spread, [...d.shape.slice(0, axis), n * step, ...d.shape.slice(axis + 1)]);
    if (start + n * step > length) wide = slice(wide, [{ axis, end: length - start }]);
  }
  return pad(wide, { axis, before: start, after: length - start - wide.dim(axis) });
}

/** How much to add to one axis. */
export interface PadAxis {
  readonly axis: number;
  readonly before?: number;
  readonly after?: number;
}

/** Adds zeros (or `value`) around axes. */
export function pad(x: Tensor, parts: PadAxis | readonly PadAxis[], value = 0): Tensor {
  const list = 'axis' in parts ? [parts] : parts;
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  for (const p of list) {
    const [axis] = normalAxes(x, [p.axis]) as [number];
    before[axis] = p.before ?? 0;
    after[axis] = p.after ?? 0;
  }
  if ([...before, ...after].some((p) => p < 0)) throw shapeError('pad', 'amounts must not be negative.');
  const shape = x.shape.map((d, i) => d + (before[i] as number) + (after[i] as number));
  if (sameShape(shape, x.shape)) return x;
  const g = x.graph;
  const fill = value === 0 ? [] : [g.scalar(value)];
  const y = g.emit('Pad', [x, g.ints([...before, ...after]), ...fill], shape, {}, x.type);
  return g.record(y, [x], (d) => [
    slice(
      d,
      x.shape.map((n, axis) => ({ axis, start: before[axis] as number, end: (before[axis] as number) + n })),
    ),
  ]);
}

/** Adds zeros around height and width of `[n, c, h, w]`. */
export function padPicture(x: Tensor, top: number, left: number, bottom: number, right: number): Tensor {
  return pad(x, [
    { axis: 2, before: top, after: bottom },
    { axis: 3, before: left, after: right },
  ]);
}

/** Repeats the border `by` pixels outwards on height and width of `[n, c, h, w]`. */
export function padEdge(x: Tensor, by: number): Tensor {
  let y = x;
  for (const axis of [2, 3]) {
    const first = slice(y, [{ axis, end: 1 }]);
    const last = slice(y, [{ axis, start: -1 }]);
    y = concat([...Array<Tensor>(by).fill(first), y, ...Array<Tensor>(by).fill(last)], axis);
  }
  return y;
}

/** Joins tensors along an axis; all other lengths agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (!first) throw shapeError('concat', 'needs at least one tensor.');
  if (parts.length === 1) return first;
  const [ax] = normalAxes(first, [axis]) as [number];
  const shape = [...first.shape];
  shape[ax] = 0;
  const starts: number[] = [];
  for (const p of parts) {
    if (p.shape.length !== shape.length || p.shape.some((d, i) => i !== ax && d !== shape[i]))
      throw shapeError('concat', `[${first.shape.join()}] and [${p.shape.join()}] along axis ${ax}.`);
    starts.push(shape[ax] as number);
    shape[ax] = (shape[ax] as number) + p.dim(ax);
  }
  const g = first.graph;
  return g.record(g.emit('Concat', parts, shape, { axis: ax }, first.type), parts, (d, needs) =>
    parts.map((p, i) => {
      const start = starts[i] as number;
      return needs[i] ? slice(d, [{ axis: ax, start, end: start + p.dim(ax) }]) : undefined;
    }),
  );
}

/** Cuts an axis into pieces of the given lengths. */
export function split(x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  let start = 0;
  return lengths.map((n) => {
    const piece = slice(x, [{ axis, start, end: start + n }]);
    start += n;
    return piece;
  });
}

/** Repeats a tensor to a larger shape by the rules of broadcasting. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const g = x.graph;
  return g.record(g.emit('Expand', [x, g.ints(shape)], shape), [x], (d) => [unbroadcast(d, x.shape)]);
}

/** Sums a gradient back to the shape that was broadcast. */
export function unbroadcast(d: Tensor, shape: Shape): Tensor {
  if (sameShape(d.shape, shape)) return d;
  const lead = d.shape.length - shape.length;
  const axes = d.shape.map((_, i) => i).filter((i) => i < lead || shape[i - lead] !== d.shape[i]);
  return reshape(sumAxes(d, axes), shape);
}

/** Sum over axes, which stay with length 1. */
export function sumAxes(x: Tensor, axes: readonly number[]): Tensor {
  const list = normalAxes(x, axes);
  const shape = x.shape.map((d, i) => (list.includes(i) ? 1 : d));
  if (sameShape(shape, x.shape)) return x;
  const g = x.graph;
  // The axes of ReduceSum became an input with operator set 13.
  const y =
    g.opset >= 13
      ? g.emit('ReduceSum', [x, g.ints(list)], shape, { keepdims: 1 })
      : g.emit('ReduceSum', [x], shape, { axes: list, keepdims: 1 });
  return g.record(y, [x], (d) => [expand(d, x.shape)]);
}

/** Reverses axes. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const list = normalAxes(x, axes).filter((a) => x.dim(a) > 1);
  if (list.length === 0) return x;
  const g = x.graph;
  const fill = (v: number): Tensor => g.ints(list.map(() => v));
  const y = g.emit('Slice', [x, fill(-1), fill(-(2 ** 31)), g.ints(list), fill(-1)], x.shape, {}, x.type);
  return g.record(y, [x], (d) => [flip(d, axes)]);
}

/** The same values, cut off from their history: no gradient flows back through the result. */
export function detach(x: Tensor): Tensor {
  return new Tensor(x.graph, x.name, x.shape, x.type);
}

/** The same values as a point to differentiate at, for gradient penalties with respect to an input. */
export function tracked(x: Tensor): Tensor {
  const t = detach(x);
  t.tracked = true;
  return t;
}
