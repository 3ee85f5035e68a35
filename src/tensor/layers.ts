/** Layers: an operation together with its named parameters. The same name twice shares the weights. */
import type { Tensor } from './graph.js';
import { type Initial, kaiming, ones, zeros } from './init.js';
import { type ConvOptions, type ConvTransposeOptions, conv2d, convTranspose2d } from './ops-conv.js';
import { linear, matmul } from './ops-linear.js';
import { add, div, mean, mul, sqrt, square, sub, sum } from './ops-math.js';
import { batchNorm, groupNorm, instanceNorm, layerNorm } from './ops-norm.js';
import { detach, flatten, reshape, transpose } from './ops-shape.js';

/** Settings shared by layers with weights. */
export interface LayerOptions {
  /** First values of the weights; He's rule where not said. */
  readonly initial?: Initial;
  /** False: no bias. */
  readonly bias?: boolean;
  /** Divide the weights by their largest singular value (Miyato and others 2018). */
  readonly spectral?: boolean;
}

/** Settings of {@link convLayer}: `size` is the side of the kernel, 3 where not said; `pad` keeps the picture's size at stride 1. */
export interface ConvLayerOptions extends ConvOptions, LayerOptions {
  readonly size?: number;
}

/** Convolution with parameters `name.w` `[out, in / groups, k, k]` and `name.b` `[out]`. */
export function convLayer(x: Tensor, name: string, out: number, options: ConvLayerOptions = {}): Tensor {
  const { size = 3, groups = 1 } = options;
  const pad = options.pad ?? ((size - 1) * (options.dilation ?? 1)) >> 1;
  const inside = x.dim(1) / groups;
  const w = weights(x, `${name}.w`, [out, inside, size, size], inside * size * size, options);
  return conv2d(x, w, biasOf(x, name, out, options), { ...options, pad });
}

/** Transposed convolution with parameters `name.w` `[in, out / groups, k, k]` and `name.b` `[out]`. */
export function convTransposeLayer(
  x: Tensor,
  name: string,
  out: number,
  options: ConvTransposeOptions & LayerOptions & { readonly size?: number } = {},
): Tensor {
  const { size = 4, stride = 2, groups = 1, pad = 1 } = options;
  const fan = (x.dim(1) * size * size) / (stride * stride) / groups;
  const w = weights(x, `${name}.w`, [x.dim(1), out / groups, size, size], fan, options);
  return convTranspose2d(x, w, biasOf(x, name, out, options), { ...options, stride, pad });
}

/** Dense layer over `[n, in]` (more axes are flattened) with parameters `name.w` `[out, in]` and `name.b` `[out]`. */
export function linearLayer(x: Tensor, name: string, out: number, options: LayerOptions = {}): Tensor {
  const flat = x.shape.length === 2 ? x : flatten(x);
  const w = weights(x, `${name}.w`, [out, flat.dim(1)], flat.dim(1), options);
  return linear(flat, w, biasOf(x, name, out, options));
}

function weights(x: Tensor, name: string, shape: readonly number[], fan: number, options: LayerOptions): Tensor {
  const w = x.graph.param(name, shape, options.initial ?? kaiming(fan));
  return options.spectral === true ? spectralNorm(w) : w;
}

function biasOf(x: Tensor, name: string, out: number, options: LayerOptions): Tensor | undefined {
  return options.bias === false ? undefined : x.graph.param(`${name}.b`, [out], zeros);
}

const affine = (x: Tensor, name: string, c: number) => ({
  scale: x.graph.param(`${name}.w`, [c], ones),
  offset: x.graph.param(`${name}.b`, [c], zeros),
});

/** {@link groupNorm} with parameters `name.w` and `name.b`. */
export function groupNormLayer(x: Tensor, name: string, groups: number): Tensor {
  return groupNorm(x, groups, affine(x, name, x.dim(1)));
}

/** {@link instanceNorm} with parameters `name.w` and `name.b`. */
export function instanceNormLayer(x: Tensor, name: string): Tensor {
  return instanceNorm(x, affine(x, name, x.dim(1)));
}

/**
 * Normalises each channel of `[n, c, h, w]` over the batch (Ioffe and Szegedy 2015), with parameters `name.w` and
 * `name.b`. While training by the statistics of the batch, which the states `name.mean` and `name.var` follow at
 * `rate` per step; for inference by those states.
 */
export function batchNormLayer(x: Tensor, name: string, rate = 0.1, epsilon = 1e-5): Tensor {
  const g = x.graph;
  const c = x.dim(1);
  const runningMean = g.state(`${name}.mean`, [c], zeros);
  const runningVar = g.state(`${name}.var`, [c], ones);
  const own = affine(x, name, c);
  const spread = (t: Tensor): Tensor => reshape(t, [c, 1, 1]);
  if (!g.training) {
    const factor = div(own.scale, sqrt(add(runningVar, epsilon)));
    return add(mul(x, spread(factor)), spread(sub(own.offset, mul(runningMean, factor))));
  }
  if (!g.isUpdated(runningMean)) {
    const still = detach(x);
    const centre = mean(still, [0, 2, 3]);
    const count = x.size / c;
    const variance = mul(mean(square(sub(still, spread(centre))), [0, 2, 3]), count / Math.max(1, count - 1));
    const follow = (state: Tensor, value: Tensor): void => g.update(state, add(mul(state, 1 - rate), mul(value, rate)));
    follow(runningMean, centre);
    follow(runningVar, variance);
  }
  return batchNorm(x, own, epsilon);
}

/** {@link layerNorm} with parameters `name.w` and `name.b`. */
export function layerNormLayer(x: Tensor, name: string): Tensor {
  return layerNorm(x, affine(x, name, x.dim(-1)));
}

/**
 * Weights divided by an estimate of their largest singular value: one step of power iteration per training step, the
 * vector kept as the state `name.u`.
 */
export function spectralNorm(w: Tensor): Tensor {
  const g = w.graph;
  const rows = w.dim(0);
  const matrix = reshape(w, [rows, -1]);
  const still = detach(matrix);
  const u = g.state(`${w.name}.u`, [rows, 1], { kind: 'normal', std: 1 });
  const unit = (t: Tensor): Tensor => div(t, sqrt(add(sum(square(t)), 1e-12)));
  const v = unit(matmul(transpose(still, [1, 0]), u));
  const next = unit(matmul(still, v));
  // A second use of the same weights in one graph goes on from the same vector, so the update is set once.
  if (g.training && !g.isUpdated(u)) g.update(u, next);
  const sigma = sum(mul(next, matmul(matrix, v)));
  return div(w, sigma);
}
