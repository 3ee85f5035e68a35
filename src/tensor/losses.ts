/** Losses. All return a scalar; pictures are `[n, c, h, w]`. A `weight` broadcasts over the picture (a mask). */
import { shapeError, type Tensor } from './graph.js';
import { abs, add, addAll, div, mean, mul, relu, scale, softplus, sqrt, square, sub, sum } from './ops-math.js';
import { avgPool } from './ops-resize.js';
import { concat, detach, padEdge, reshape, slice, split } from './ops-shape.js';

function weighted(error: Tensor, weight: Tensor | undefined): Tensor {
  return mean(weight ? mul(error, weight) : error);
}

/** Mean absolute difference. */
export function l1Loss(a: Tensor, b: Tensor, weight?: Tensor): Tensor {
  return weighted(abs(sub(a, b)), weight);
}

/** Mean squared difference. */
export function mseLoss(a: Tensor, b: Tensor, weight?: Tensor): Tensor {
  return weighted(square(sub(a, b)), weight);
}

/** Smooth absolute difference sqrt(d^2 + epsilon^2) (Charbonnier). */
export function charbonnierLoss(a: Tensor, b: Tensor, weight?: Tensor, epsilon = 1e-3): Tensor {
  return weighted(sqrt(add(square(sub(a, b)), epsilon * epsilon)), weight);
}

/** Settings of {@link ssimMap}. */
export interface SsimOptions {
  /** Side of the window, odd (7 where not said). */
  readonly window?: number;
  /** Standard deviation of a Gaussian window; a flat window where not said (faster). */
  readonly sigma?: number;
  /** Range of the values (1). */
  readonly range?: number;
}

/** Mean over a window around every pixel, edges repeated. */
function blur(x: Tensor, window: number, sigma: number | undefined): Tensor {
  const wide = padEdge(x, window >> 1);
  return sigma === undefined ? avgPool(wide, window, { stride: 1 }) : gaussian(wide, window, sigma);
}

function gaussian(x: Tensor, window: number, sigma: number): Tensor {
  const taps = Array.from({ length: window }, (_, i) => Math.exp(-((i - (window >> 1)) ** 2) / (2 * sigma * sigma)));
  const total = taps.reduce((a, b) => a + b, 0);
  const along = (t: Tensor, axis: number): Tensor => {
    const length = t.dim(axis) - window + 1;
    return addAll(taps.map((k, i) => scale(slice(t, [{ axis, start: i, end: i + length }]), k / total)));
  };
  return along(along(x, 2), 3);
}

/**
 * Structural similarity per pixel and channel (Wang and others 2004), 1 where equal.
 */
export function ssimMap(a: Tensor, b: Tensor, options: SsimOptions = {}): Tensor {
  const { window = 7, sigma, range = 1 } = options;
  if (window % 2 === 0) throw shapeError('ssim', `the window must be odd, got ${window}.`);
  const n = a.dim(0);
  // One blur over all five maps at once.
  const maps = concat([a, b, add(square(a), square(b)), mul(a, b)], 0);
  const [ma, mb, squares, product] = split(blur(maps, window, sigma), 0, [n, n, n, n]) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  const mm = mul(ma, mb);
  const m2 = add(square(ma), square(mb));
  const top = mul(add(scale(mm, 2), c1), add(scale(sub(product, mm), 2), c2));
  const bottom = mul(add(m2, c1), add(sub(squares, m2), c2));
  return div(top, bottom);
}

/**
 * How far two pictures are apart to a trained net: at every place of every layer the squared distance of its features, each
 * brought to unit length, meaned over places and summed over layers (Zhang and others 2018, without their weights).
 *
 * @param a features of one picture, `[n, c, h, w]` each, from `importNet`
 * @param b those of the other, of the same layers
 */
export function perceptualLoss(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  if (a.length === 0 || a.length !== b.length)
    throw shapeError('perceptualLoss', `wants the same layers twice, got ${a.length} and ${b.length}.`);
  const unit = (x: Tensor): Tensor => div(x, sqrt(add(sum(square(x), [1], true), 1e-8)));
  return addAll(a.map((x, i) => mean(sum(square(sub(unit(x), unit(b[i] as Tensor))), [1]))));
}

/** Structural dissimilarity (1 - SSIM) / 2. */
export function dssimLoss(a: Tensor, b: Tensor, weight?: Tensor, options: SsimOptions = {}): Tensor {
  return weighted(scale(sub(1, ssimMap(a, b, options)), 0.5), weight);
}

/** Binary cross-entropy of logits against targets in 0..1. */
export function bceWithLogits(logits: Tensor, targets: Tensor | number, weight?: Tensor): Tensor {
  return weighted(sub(softplus(logits), mul(logits, targets)), weight);
}

/** Kinds of adversarial loss: non-saturating, hinge, least squares. */
export type GanKind = 'softplus' | 'hinge' | 'ls';

/** What a discriminator minimises, from its scores of real and made pictures. */
export function discriminatorLoss(real: Tensor, fake: Tensor, kind: GanKind = 'softplus'): Tensor {
  if (kind === 'hinge') return add(mean(relu(sub(1, real))), mean(relu(add(fake, 1))));
  if (kind === 'ls') return scale(add(mean(square(sub(real, 1))), mean(square(fake))), 0.5);
  return add(mean(softplus(scale(real, -1))), mean(softplus(fake)));
}

/** What a generator minimises, from the discriminator's scores of its pictures. */
export function generatorLoss(fake: Tensor, kind: GanKind = 'softplus'): Tensor {
  if (kind === 'hinge') return scale(mean(fake), -1);
  if (kind === 'ls') return scale(mean(square(sub(fake, 1))), 0.5);
  return mean(softplus(scale(fake, -1)));
}

/** Mean over layers of the absolute difference of two lists of features; none flows back into the second. */
export function featureLoss(made: readonly Tensor[], wanted: readonly Tensor[]): Tensor {
  if (made.length !== wanted.length) throw shapeError('featureLoss', `${made.length} and ${wanted.length} layers.`);
  return scale(addAll(made.map((m, i) => l1Loss(m, detach(wanted[i] as Tensor)))), 1 / made.length);
}

/** Mean absolute difference of neighbouring pixels. */
export function totalVariation(x: Tensor): Tensor {
  const step = (axis: number): Tensor => mean(abs(sub(slice(x, [{ axis, start: 1 }]), slice(x, [{ axis, end: -1 }]))));
  return add(step(2), step(3));
}

/**
 * R1 penalty (Mescheder and others 2018): half the mean squared norm of the gradient of the scores at real pictures.
 *
 * @param pictures what the scores were computed from, made by `tracked()`
 * @param scores any shape, first axis the batch
 */
export function r1Penalty(pictures: Tensor, scores: Tensor): Tensor {
  const g = pictures.graph;
  const total = mul(mean(scores), scores.size);
  const [grad] = g.gradients(total, [pictures], { differentiable: true }) as [Tensor];
  return scale(mul(mean(square(grad)), grad.size / pictures.dim(0)), 0.5);
}

/** Cross-entropy of class logits `[n, classes]` against one-hot or soft targets of the same shape. */
export function crossEntropy(logSoftmaxed: Tensor, targets: Tensor): Tensor {
  return scale(mean(mul(logSoftmaxed, targets)), -logSoftmaxed.dim(-1));
}

/** Root of the mean square over each row of `[n, ...]`, as `[n]`. */
export function rowNorm(x: Tensor, epsilon = 1e-12): Tensor {
  return sqrt(add(mean(square(reshape(x, [x.dim(0), -1])), [1]), epsilon));
}
