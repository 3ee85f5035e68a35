/**
 * Convolutions. The three operations here - forward, gradient of the input, gradient of the weights - are each other's
 * gradients, so any of them can be differentiated as often as needed. A transposed convolution is the second.
 *
 * How each is computed follows measurements on the CPU provider; see `docs/tensor.md`.
 */

import { weightGradient } from './conv-weights.js';
import { type Shape, shapeError, type Tensor } from './graph.js';
import { reshape, sumAxes, transpose } from './ops-shape.js';

/** Settings of a convolution. `pad` is one number for all sides, or `[top, left, bottom, right]`. */
export interface ConvOptions {
  readonly stride?: number;
  readonly pad?: number | readonly [number, number, number, number];
  readonly dilation?: number;
  /** Channels are split into so many independent convolutions; as many as channels: depthwise. */
  readonly groups?: number;
}

/** A convolution with all sizes known. Weights are `[outC, inC / groups, kh, kw]`. */
export interface ConvPlan {
  readonly n: number;
  readonly inC: number;
  readonly h: number;
  readonly w: number;
  readonly outC: number;
  readonly oh: number;
  readonly ow: number;
  readonly kh: number;
  readonly kw: number;
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
}

function fourPads(pad: ConvOptions['pad']): readonly [number, number, number, number] {
  return typeof pad === 'object' ? pad : [pad ?? 0, pad ?? 0, pad ?? 0, pad ?? 0];
}

function planOf(x: Shape, w: Shape, options: ConvOptions): ConvPlan {
  const [n, inC, h, width, ...more] = x as [number, number, number, number];
  const [outC, perGroup, kh, kw] = w as [number, number, number, number];
  const { stride = 1, dilation = 1, groups = 1 } = options;
  const pads = fourPads(options.pad);
  if (x.length !== 4 || w.length !== 4 || more.length > 0)
    throw shapeError('conv2d', `wants four axes each, got [${x.join()}] and weights [${w.join()}].`);
  if (perGroup * groups !== inC || outC % groups !== 0)
    throw shapeError(
      'conv2d',
      `[${x.join()}] has ${inC} channels; weights [${w.join()}] in ${groups} groups do not fit.`,
    );
  const out = (size: number, k: number, padding: number): number =>
    Math.floor((size + padding - dilation * (k - 1) - 1) / stride) + 1;
  const oh = out(h, kh, pads[0] + pads[2]);
  const ow = out(width, kw, pads[1] + pads[3]);
  if (oh < 1 || ow < 1) throw shapeError('conv2d', `[${x.join()}] is too small for a ${kh}x${kw} kernel.`);
  return { n, inC, h, w: width, outC, oh, ow, kh, kw, stride, dilation, groups, pads };
}

const attributesOf = (p: ConvPlan) => ({
  kernel_shape: [p.kh, p.kw],
  strides: [p.stride, p.stride],
  dilations: [p.dilation, p.dilation],
  group: p.groups,
});

/** Padding that turns a stride-1 convolution into its own adjoint, or undefined where it would be negative. */
function mirroredPads(p: ConvPlan): number[] | undefined {
  const v = p.dilation * (p.kh - 1);
  const h = p.dilation * (p.kw - 1);
  const q = [v - p.pads[0], h - p.pads[1], v - p.pads[2], h - p.pads[3]];
  return q.every((x) => x >= 0) ? q : undefined;
}

/**
 * Weights with inputs and outputs swapped within each group and the kernel turned by 180 degrees. The turn is a product
 * with a reversed identity: exact, and several times faster than a slice with negative steps.
 */
function mirroredWeights(w: Tensor, p: ConvPlan): Tensor {
  const { groups } = p;
  const g = w.graph;
  const perIn = p.inC / groups;
  const perOut = p.outC / groups;
  const k = p.kh * p.kw;
  const rows = p.inC * perOut;
  const swapped = reshape(transpose(reshape(w, [groups, perOut, perIn, k]), [0, 2, 1, 3]), [rows, k]);
  const reversed = Float32Array.from({ length: k * k }, (_, i) => (i % k === k - 1 - Math.floor(i / k) ? 1 : 0));
  const turned = k === 1 ? swapped : g.emit('MatMul', [swapped, g.constant('float32', [k, k], reversed)], [rows, k]);
  return reshape(turned, [p.inC, perOut, p.kh, p.kw]);
}

/** Forward convolution with gradients. */
function forward(x: Tensor, w: Tensor, bias: Tensor | undefined, p: ConvPlan): Tensor {
  const g = x.graph;
  const shape = [p.n, p.outC, p.oh, p.ow];
  const mirrored = mirroredPads(p);
  const inputs = bias ? [x, w, bias] : [x, w];
  // A convolution to a few channels (the picture at the end) fills its vectors badly; the transposed one does not.
  const turn = g.training && p.stride === 1 && p.groups === 1 && p.outC <= 8 && p.inC >= 16 && mirrored !== undefined;
  const y = turn
    ? g.emit('ConvTranspose', [x, g.untracked(() => mirroredWeights(w, p)), bias], shape, {
        ...attributesOf(p),
        pads: mirrored,
      })
    : g.emit('Conv', [x, w, bias], shape, { ...attributesOf(p), pads: [...p.pads] });
  return g.record(y, inputs, (d, needs) => [
    needs[0] ? inputGradient(d, w, undefined, p) : undefined,
    needs[1] ? filterGradient(x, d, p) : undefined,
    needs[2] && bias ? channelSum(d, bias.shape) : undefined,
  ]);
}

/** Adjoint of {@link forward} in x: takes a tensor shaped like the result back to one shaped like the input. */
function inputGradient(d: Tensor, w: Tensor, bias: Tensor | undefined, p: ConvPlan): Tensor {
  const g = d.graph;
  const shape = [p.n, p.inC, p.h, p.w];
  const mirrored = mirroredPads(p);
  const inputs = bias ? [d, w, bias] : [d, w];
  const emitted = (): Tensor => {
    if (p.stride === 1 && mirrored) {
      const turned = g.untracked(() => mirroredWeights(w, p));
      return g.emit('Conv', [d, turned, bias], shape, { ...attributesOf(p), pads: mirrored });
    }
    const over = (size: number, out: number, k: number, padding: number): number =>
      size - ((out - 1) * p.stride + p.dilation * (k - 1) + 1 - padding);
    return g.emit('ConvTranspose', [d, w, bias], shape, {
      ...attributesOf(p),
      pads: [...p.pads],
      output_padding: [over(p.h, p.oh, p.kh, p.pads[0] + p.pads[2]), over(p.w, p.ow, p.kw, p.pads[1] + p.pads[3])],
    });
  };
  return g.record(emitted(), inputs, (u, needs) => [
    needs[0] ? forward(u, w, undefined, p) : undefined,
    needs[1] ? filterGradient(u, d, p) : undefined,
    needs[2] && bias ? channelSum(u, bias.shape) : undefined,
  ]);
}

/** Gradient of the weights: bilinear in the input and the gradient of the result. */
function filterGradient(x: Tensor, d: Tensor, p: ConvPlan): Tensor {
  const g = x.graph;
  const y = g.untracked(() => weightGradient(x, d, p));
  return g.record(y, [x, d], (u, needs) => [
    needs[0] ? inputGradient(d, u, undefined, p) : undefined,
    needs[1] ? forward(x, u, undefined, p) : undefined,
  ]);
}

function channelSum(d: Tensor, shape: Shape): Tensor {
  return reshape(sumAxes(d, [0, 2, 3]), shape);
}

/**
 * Two-dimensional convolution (cross-correlation, as in every deep-learning library).
 *
 * @param x `[n, in, h, w]`
 * @param w `[out, in / groups, kh, kw]`
 * @param b `[out]`, or undefined for none
 */
export function conv2d(x: Tensor, w: Tensor, b?: Tensor, options: ConvOptions = {}): Tensor {
  return forward(x, w, b, planOf(x.shape, w.shape, options));
}

/** Settings of {@link convTranspose2d}; `extra` pixels are added at bottom and right, as `output_padding` elsewhere. */
export interface ConvTransposeOptions extends ConvOptions {
  readonly extra?: number;
}

/**
 * Transposed convolution: the adjoint of {@link conv2d}.
 *
 * @param x `[n, in, h, w]`
 * @param w `[in, out / groups, kh, kw]`
 * @param b `[out]`, or undefined for none
 */
export function convTranspose2d(x: Tensor, w: Tensor, b?: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { stride = 1, dilation = 1, groups = 1, extra = 0 } = options;
  const pads = fourPads(options.pad);
  const size = (n: number, k: number, padding: number): number =>
    (n - 1) * stride + dilation * (k - 1) + 1 - padding + extra;
  const h = size(x.dim(2), w.dim(2), pads[0] + pads[2]);
  const width = size(x.dim(3), w.dim(3), pads[1] + pads[3]);
  const plan = planOf([x.dim(0), w.dim(1) * groups, h, width], w.shape, options);
  if (plan.outC !== x.dim(1) || plan.oh !== x.dim(2) || plan.ow !== x.dim(3))
    throw shapeError('convTranspose2d', `[${x.shape.join()}] and weights [${w.shape.join()}] do not fit.`);
  return inputGradient(x, w, b, plan);
}
