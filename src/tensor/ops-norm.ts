/** Normalisations, by the statistics of the batch at hand. Scale and offset are per channel and may be left out. */
import { shapeError, type Tensor } from './graph.js';
import { add, div, mean, mul, sqrt, square, sub } from './ops-math.js';
import { reshape } from './ops-shape.js';

/** Per-channel scale and offset, each `[c]`. */
export interface Affine {
  readonly scale?: Tensor;
  readonly offset?: Tensor;
}

function standardise(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = sub(x, mean(x, axes, true));
  return div(centred, sqrt(add(mean(square(centred), axes, true), epsilon)));
}

function apply(x: Tensor, affine: Affine, shape: readonly number[]): Tensor {
  const scaled = affine.scale ? mul(x, reshape(affine.scale, shape)) : x;
  return affine.offset ? add(scaled, reshape(affine.offset, shape)) : scaled;
}

/** Over the last axis; scale and offset are `[last]`. */
export function layerNorm(x: Tensor, affine: Affine = {}, epsilon = 1e-5): Tensor {
  return apply(standardise(x, [-1], epsilon), affine, [x.dim(-1)]);
}

/** Over height and width of each channel of each picture `[n, c, h, w]`. */
export function instanceNorm(x: Tensor, affine: Affine = {}, epsilon = 1e-5): Tensor {
  return apply(standardise(x, [2, 3], epsilon), affine, [x.dim(1), 1, 1]);
}

/** Over height, width and the channels of a group. */
export function groupNorm(x: Tensor, groups: number, affine: Affine = {}, epsilon = 1e-5): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (c % groups !== 0) throw shapeError('groupNorm', `${c} channels do not split into ${groups} groups.`);
  const split = reshape(x, [n, groups, (c / groups) * h * w]);
  return apply(reshape(standardise(split, [2], epsilon), x.shape), affine, [c, 1, 1]);
}

/** Over batch, height and width, with the statistics of this batch. */
export function batchNorm(x: Tensor, affine: Affine = {}, epsilon = 1e-5): Tensor {
  return apply(standardise(x, [0, 2, 3], epsilon), affine, [x.dim(1), 1, 1]);
}
