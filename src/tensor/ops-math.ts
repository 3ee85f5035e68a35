/** Elementwise operations with broadcasting, activations, and reductions. */
import { type Shape, shapeError, type Tensor } from './graph.js';
import { expand, normalAxes, reshape, sumAxes, unbroadcast } from './ops-shape.js';

/** A tensor, or a number that stands for a scalar constant. */
export type Operand = Tensor | number;

function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const n = Math.max(a.length, b.length);
  return Array.from({ length: n }, (_, i) => {
    const x = a[a.length - n + i] ?? 1;
    const y = b[b.length - n + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw shapeError(op, `[${a.join()}] and [${b.join()}] do not broadcast.`);
    return x === 1 ? y : x;
  });
}

function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? a.graph.scalar(b) : b];
  if (typeof b !== 'number') return [b.graph.scalar(a), b];
  throw shapeError('operands', 'at least one of the two must be a tensor.');
}

type Partial = (grad: Tensor) => Tensor;

/** A binary operation with the partial derivative for each side, before undoing the broadcast. */
function binary(op: string, a: Tensor, b: Tensor, left: Partial, right: Partial): Tensor {
  const g = a.graph;
  return g.record(g.emit(op, [a, b], broadcastShape(op, a.shape, b.shape)), [a, b], (d, needs) => [
    needs[0] ? unbroadcast(left(d), a.shape) : undefined,
    needs[1] ? unbroadcast(right(d), b.shape) : undefined,
  ]);
}

/** A unary operation; the rule gets the gradient and the result. */
function unary(
  op: string,
  x: Tensor,
  rule: (grad: Tensor, y: Tensor) => Tensor,
  attributes: Parameters<Tensor['graph']['emit']>[3] = {},
): Tensor {
  const y = x.graph.emit(op, [x], x.shape, attributes);
  return x.graph.record(y, [x], (d) => [rule(d, y)]);
}

/** a + b. */
export function add(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return binary(
    'Add',
    x,
    y,
    (d) => d,
    (d) => d,
  );
}

/** Sum of several tensors. */
export function addAll(parts: readonly Tensor[]): Tensor {
  const [first, ...rest] = parts;
  if (!first) throw shapeError('addAll', 'needs at least one tensor.');
  return rest.reduce((a, b) => add(a, b), first);
}

/** a - b. */
export function sub(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return binary('Sub', x, y, (d) => d, neg);
}

/** a * b. */
export function mul(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return binary(
    'Mul',
    x,
    y,
    (d) => mul(d, y),
    (d) => mul(d, x),
  );
}

/** a / b. */
export function div(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return binary(
    'Div',
    x,
    y,
    (d) => div(d, y),
    (d) => neg(mul(d, div(x, mul(y, y)))),
  );
}

/** Larger of two; where equal the gradient goes to `a`. */
export function maximum(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return select(greaterOrEqual(x, y), x, y);
}

/** Smaller of two; where equal the gradient goes to `a`. */
export function minimum(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return select(greaterOrEqual(y, x), x, y);
}

/** Where a >= b, as a boolean tensor. No gradient. */
export function greaterOrEqual(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  const shape = broadcastShape('greaterOrEqual', x.shape, y.shape);
  return x.graph.emit('Not', [x.graph.emit('Less', [x, y], shape, {}, 'bool')], shape, {}, 'bool');
}

/** `a` where the condition holds, else `b`; broadcasts. */
export function select(condition: Tensor, a: Operand, b: Operand): Tensor {
  const g = condition.graph;
  const x = typeof a === 'number' ? g.scalar(a) : a;
  const y = typeof b === 'number' ? g.scalar(b) : b;
  const shape = broadcastShape('select', condition.shape, broadcastShape('select', x.shape, y.shape));
  return g.record(g.emit('Where', [condition, x, y], shape), [x, y], (d, needs) => [
    needs[0] ? unbroadcast(select(condition, d, 0), x.shape) : undefined,
    needs[1] ? unbroadcast(select(condition, 0, d), y.shape) : undefined,
  ]);
}

/** x times a number. */
export function scale(x: Tensor, by: number): Tensor {
  return by === 1 ? x : mul(x, by);
}

/** -x. */
export function neg(x: Tensor): Tensor {
  return unary('Neg', x, neg);
}

/** Absolute value; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary('Abs', x, (d) => mul(d, x.graph.emit('Sign', [x], x.shape)));
}

/** x squared. */
export function square(x: Tensor): Tensor {
  const g = x.graph;
  return g.record(g.emit('Mul', [x, x], x.shape), [x], (d) => [mul(d, mul(x, 2))]);
}

/** Square root of a positive tensor. */
export function sqrt(x: Tensor): Tensor {
  return unary('Sqrt', x, (d, y) => div(mul(d, 0.5), y));
}

/** e to the x. */
export function exp(x: Tensor): Tensor {
  return unary('Exp', x, (d, y) => mul(d, y));
}

/** Natural logarithm of a positive tensor. */
export function log(x: Tensor): Tensor {
  return unary('Log', x, (d) => div(d, x));
}

/** Limits to low..high; no gradient flows where it limits. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  const g = x.graph;
  const y = g.emit('Clip', [x, g.scalar(low), g.scalar(high)], x.shape);
  const inside = (): Tensor => g.emit('And', [greaterOrEqual(x, low), greaterOrEqual(high, x)], x.shape, {}, 'bool');
  return g.record(y, [x], (d) => [select(inside(), d, 0)]);
}

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return unary('Relu', x, (d, y) => mul(d, gate(y, 0)));
}

/** x where positive, `slope` * x elsewhere; `slope` in 0..1. */
export function leakyRelu(x: Tensor, slope = 0.1): Tensor {
  if (slope < 0 || slope > 1) throw shapeError('leakyRelu', `the slope must be in 0..1, got ${slope}.`);
  // The sign of the result is the sign of x, so x itself need not be kept for the way back.
  return unary('LeakyRelu', x, (d, y) => mul(d, gate(y, slope)), { alpha: { float: slope } });
}

/** 1 where x is positive, `low` elsewhere. A steep ramp cut off: three times as fast as a comparison and a choice. */
function gate(x: Tensor, low: number): Tensor {
  const g = x.graph;
  const ramp = g.emit('Mul', [x, g.scalar(1e20)], x.shape);
  return g.emit('Clip', [ramp, g.scalar(low), g.scalar(1)], x.shape);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: Tensor): Tensor {
  return unary('Sigmoid', x, (d, y) => mul(d, mul(y, sub(1, y))));
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary('Tanh', x, (d, y) => mul(d, sub(1, square(y))));
}

/** log(1 + e^x). */
export function softplus(x: Tensor): Tensor {
  return unary('Softplus', x, (d) => mul(d, sigmoid(x)));
}

/** x * sigmoid(x). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** Gaussian error linear unit, in the tanh form of Hendrycks and Gimpel 2016. */
export function gelu(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

function allAxes(x: Tensor): number[] {
  return x.shape.map((_, i) => i);
}

/** Sum over axes (all where not said); they vanish unless `keep`. */
export function sum(x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor {
  const list = normalAxes(x, axes);
  const s = sumAxes(x, list);
  return keep
    ? s
    : reshape(
        s,
        x.shape.filter((_, i) => !list.includes(i)),
      );
}

/** Mean over axes (all where not said); they vanish unless `keep`. */
export function mean(x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor {
  const list = normalAxes(x, axes);
  const kept = x.shape.map((d, i) => (list.includes(i) ? 1 : d));
  const shape = keep ? kept : kept.filter((_, i) => !list.includes(i));
  const count = list.reduce((n, a) => n * x.dim(a), 1);
  if (count === 1) return reshape(x, shape);
  const g = x.graph;
  const keepdims = keep ? 1 : 0;
  // The axes of ReduceMean became an input with operator set 18.
  const y =
    g.opset >= 18
      ? g.emit('ReduceMean', [x, g.ints(list)], shape, { keepdims })
      : g.emit('ReduceMean', [x], shape, { axes: list, keepdims });
  return g.record(y, [x], (d) => [expand(reshape(mul(d, 1 / count), kept), x.shape)]);
}

/** Largest element over axes, which stay with length 1. No gradient: used to keep exponentials in range. */
export function maxAxes(x: Tensor, axes: readonly number[]): Tensor {
  const list = normalAxes(x, axes);
  const shape = x.shape.map((d, i) => (list.includes(i) ? 1 : d));
  const g = x.graph;
  return g.opset >= 18
    ? g.emit('ReduceMax', [x, g.ints(list)], shape, { keepdims: 1 })
    : g.emit('ReduceMax', [x], shape, { axes: list, keepdims: 1 });
}

/** log of the softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  const shifted = sub(x, maxAxes(x, [-1]));
  return sub(shifted, log(sum(exp(shifted), [-1], true)));
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return unary(
    'Softmax',
    x,
    (d, y) => {
      const dy = mul(d, y);
      return sub(dy, mul(y, sum(dy, [-1], true)));
    },
    { axis: -1 },
  );
}
