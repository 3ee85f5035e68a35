/** Matrix products: dense layers and batched products. */
import { shapeError, type Tensor } from './graph.js';
import { add, mul } from './ops-math.js';
import { reshape, sumAxes, transpose, unbroadcast } from './ops-shape.js';

/** op(a) @ op(b) (+ bias) for two matrices, where op transposes if asked. */
function gemm(a: Tensor, b: Tensor, transA: boolean, transB: boolean, bias?: Tensor): Tensor {
  const [rows, inner] = transA ? [a.dim(1), a.dim(0)] : [a.dim(0), a.dim(1)];
  const [inner2, columns] = transB ? [b.dim(1), b.dim(0)] : [b.dim(0), b.dim(1)];
  if (inner !== inner2)
    throw shapeError('gemm', `[${a.shape.join()}] and [${b.shape.join()}] have ${inner} and ${inner2} inside.`);
  const g = a.graph;
  const inputs = bias ? [a, b, bias] : [a, b];
  const y = g.emit('Gemm', inputs, [rows, columns], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 });
  return g.record(y, inputs, (d, needs) => [
    needs[0] ? (transA ? gemm(b, d, transB, true) : gemm(d, b, false, !transB)) : undefined,
    needs[1] ? (transB ? gemm(d, a, true, transA) : gemm(a, d, !transA, false)) : undefined,
    needs[2] && bias ? reshape(sumAxes(d, [0]), bias.shape) : undefined,
  ]);
}

/**
 * Dense layer: x @ transpose(w) + b.
 *
 * @param x `[n, in]`
 * @param w `[out, in]`
 * @param b `[out]`
 */
export function linear(x: Tensor, w: Tensor, b?: Tensor): Tensor {
  if (x.shape.length !== 2 || w.shape.length !== 2)
    throw shapeError('linear', `wants two matrices, got [${x.shape.join()}] and [${w.shape.join()}].`);
  return gemm(x, w, false, true, b);
}

/** Matrix product over the last two axes; the leading ones broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length < 2 || b.shape.length < 2 || a.dim(-1) !== b.dim(-2))
    throw shapeError('matmul', `[${a.shape.join()}] and [${b.shape.join()}] do not fit.`);
  if (a.shape.length === 2 && b.shape.length === 2) return gemm(a, b, false, false);
  const n = Math.max(a.shape.length, b.shape.length) - 2;
  const lead = Array.from({ length: n }, (_, i) => {
    const x = a.shape[a.shape.length - 2 - n + i] ?? 1;
    const y = b.shape[b.shape.length - 2 - n + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw shapeError('matmul', `[${a.shape.join()}] and [${b.shape.join()}] do not broadcast.`);
    return x === 1 ? y : x;
  });
  const g = a.graph;
  const y = g.emit('MatMul', [a, b], [...lead, a.dim(-2), b.dim(-1)]);
  return g.record(y, [a, b], (d, needs) => [
    needs[0] ? unbroadcast(matmul(d, swapLast(b)), a.shape) : undefined,
    needs[1] ? unbroadcast(matmul(swapLast(a), d), b.shape) : undefined,
  ]);
}

/** Transposes the last two axes. */
export function swapLast(x: Tensor): Tensor {
  const n = x.shape.length;
  return transpose(x, [...Array.from({ length: n - 2 }, (_, i) => i), n - 1, n - 2]);
}

/**
 * Scales and shifts the channels of a picture by features of another source (FiLM, Perez and others 2018):
 * y = x * (1 + factor) + offset.
 *
 * @param x `[n, c, h, w]`
 * @param factor `[n, c]`
 * @param offset `[n, c]`
 */
export function film(x: Tensor, factor: Tensor, offset: Tensor): Tensor {
  const spread = (t: Tensor): Tensor => reshape(t, [t.dim(0), t.dim(1), 1, 1]);
  return add(mul(x, add(spread(factor), 1)), spread(offset));
}
