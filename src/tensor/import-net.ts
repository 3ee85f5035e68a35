/**
 * A trained net as a part of a graph: its operations are written out anew with their gradients, its weights are
 * constants. What it says of a picture can then be a loss on whatever made that picture (a perceptual or an identity loss).
 */
import { LikenessError } from '../base/index.js';
import { type Graph, sizeOf, type Tensor } from './graph.js';
import type { OnnxNode } from './onnx-proto.js';
import type { OnnxContent } from './onnx-read.js';
import { conv2d } from './ops-conv.js';
import { linear, matmul, swapLast } from './ops-linear.js';
import { add, clamp, div, leakyRelu, maximum, mean, minimum, mul, relu, sigmoid, sub } from './ops-math.js';
import { flatten, reshape, transpose } from './ops-shape.js';

const unsupported = (node: OnnxNode, what: string): LikenessError =>
  new LikenessError(
    'onnx.operation',
    `The net has ${what} (${node.name || node.outputs[0]}), which cannot be trained through.`,
    {
      hint: 'Nets of convolutions, sums, products, rectifiers and means can.',
    },
  );

function list(node: OnnxNode, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  return Array.isArray(value) ? (value as readonly number[]) : undefined;
}

function number(node: OnnxNode, name: string, fallback: number): number {
  const value = node.attributes[name];
  if (typeof value === 'number') return value;
  return typeof value === 'object' && 'float' in value ? value.float : fallback;
}

function convolution(node: OnnxNode, x: Tensor, w: Tensor, b: Tensor | undefined): Tensor {
  const [stride = 1, across = stride] = list(node, 'strides') ?? [];
  const [dilation = 1, wide = dilation] = list(node, 'dilations') ?? [];
  const [top = 0, left = 0, bottom = 0, right = 0] = list(node, 'pads') ?? [];
  const auto = node.attributes['auto_pad'];
  if (stride !== across || dilation !== wide) throw unsupported(node, 'a convolution with two strides');
  if (auto !== undefined && auto !== 'NOTSET') throw unsupported(node, `a convolution padded by ${String(auto)}`);
  return conv2d(x, w, b, { stride, dilation, groups: number(node, 'group', 1), pad: [top, left, bottom, right] });
}

/** Bounds of a Clip, from its second and third input; missing ones are open. */
function clip(x: Tensor, low: number | undefined, high: number | undefined): Tensor {
  if (low !== undefined && high !== undefined) return clamp(x, low, high);
  if (low !== undefined) return low === 0 ? relu(x) : maximum(x, low);
  return high === undefined ? x : minimum(x, high);
}

/**
 * Writes a net into a graph. Gradients flow through it to its inputs, never into its weights, which are constants and
 * belong to no parameter group; neither checkpoints nor exported files hold them.
 *
 * @param content as read by `readModel`; its free dimensions take the sizes of `inputs`
 * @param inputs by the names of the net's own inputs
 * @param also names of results inside of the net that are wanted as well, for `perceptualLoss`
 * @returns its outputs, and those, by name
 * @throws LikenessError `onnx.operation` for an operation without a gradient here, `onnx.input` for a missing input
 */
export function importNet(
  g: Graph,
  content: OnnxContent,
  inputs: Readonly<Record<string, Tensor>>,
  also: readonly string[] = [],
): Record<string, Tensor> {
  const values = new Map<string, Tensor>(Object.entries(inputs));
  for (const { name } of content.inputs)
    if (!values.has(name) && !content.weights.has(name))
      throw new LikenessError('onnx.input', `The net wants an input named ${name}.`, { hint: 'Give it one.' });
  const value = (name: string): Tensor => {
    const known = values.get(name);
    if (known) return known;
    const weight = content.weights.get(name);
    if (!weight) throw new LikenessError('onnx.damaged', `The net uses ${name} before anything makes it.`);
    const constant = g.constant('float32', weight.shape, weight.data);
    values.set(name, constant);
    return constant;
  };
  const bound = (name: string | undefined): number | undefined => {
    if (!name) return undefined;
    const [first] = content.weights.get(name)?.data ?? [];
    if (first === undefined) throw new LikenessError('onnx.operation', `The net computes the bound ${name} itself.`);
    return first;
  };
  for (const node of content.nodes) {
    const [first = '', second = '', third = ''] = node.inputs;
    const made = ((): Tensor => {
      switch (node.op) {
        case 'Conv':
          return convolution(node, value(first), value(second), third ? value(third) : undefined);
        case 'Add':
          return add(value(first), value(second));
        case 'Sub':
          return sub(value(first), value(second));
        case 'Mul':
          return mul(value(first), value(second));
        case 'Div':
          return div(value(first), value(second));
        case 'Clip':
          return clip(value(first), bound(second), bound(third));
        case 'Relu':
          return relu(value(first));
        case 'LeakyRelu':
          return leakyRelu(value(first), number(node, 'alpha', 0.01));
        case 'PRelu': {
          // max(x, 0) + slope * min(x, 0): the slope is one number for each channel.
          const x = value(first);
          return add(relu(x), mul(value(second), minimum(x, 0)));
        }
        case 'Sigmoid':
          return sigmoid(value(first));
        case 'Transpose':
          return transpose(value(first), list(node, 'perm') ?? []);
        case 'GlobalAveragePool':
          return mean(value(first), [2, 3], true);
        case 'ReduceMean':
          return mean(value(first), list(node, 'axes') ?? [2, 3], number(node, 'keepdims', 1) === 1);
        case 'Flatten':
          return flatten(value(first));
        case 'Reshape': {
          const x = value(first);
          const wanted = content.integers.get(second)?.data;
          if (!wanted) throw unsupported(node, 'a shape that it computes itself');
          // The batch stays whatever it is; one other length may be left open.
          const shape = wanted.map((d, i) => (i === 0 ? x.dim(0) : d === 0 ? x.dim(i) : d));
          const known = sizeOf(shape.filter((d) => d !== -1));
          return reshape(
            x,
            shape.map((d) => (d === -1 ? x.size / known : d)),
          );
        }
        case 'Gemm': {
          const w = value(second);
          if (number(node, 'alpha', 1) !== 1 || number(node, 'beta', 1) !== 1 || number(node, 'transA', 0) !== 0)
            throw unsupported(node, 'a scaled matrix product');
          return linear(
            value(first),
            number(node, 'transB', 0) === 1 ? w : swapLast(w),
            third ? value(third) : undefined,
          );
        }
        case 'MatMul':
          return matmul(value(first), value(second));
        case 'Identity':
        case 'Cast':
        case 'Dropout':
          // Weights come widened already; a cast of anything else would be one to another type.
          return value(first);
        default:
          throw unsupported(node, `an operation "${node.op}"`);
      }
    })();
    const [name = ''] = node.outputs;
    values.set(name, made);
  }
  return Object.fromEntries([...content.outputs.map(({ name }) => name), ...also].map((name) => [name, value(name)]));
}
