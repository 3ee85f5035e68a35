// Turns a float .tflite graph into ONNX. Knows the operators of the nets that ship, and says so where it meets another.
import { LayoutGraph } from './onnx/layout-graph.mjs';
import { permute, samePadding } from './onnx/numbers.mjs';
import { readTflite } from './tflite-read.mjs';

const ACTIVATIONS = {
  0: (_, name) => name,
  1: (graph, name) => graph.op('Relu', [name]),
  3: (graph, name) => graph.clip(name, 0, 6),
};

/**
 * A slope for values below zero is spelled out in some files as `relu(x) + half * (x - |x|)`, five passes over the data
 * instead of one.
 *
 * @returns {{x: number, half: number} | null} tensors of the input and of half the slopes, or null for any other sum
 */
function spelledOutPrelu(sum, makers) {
  const [relu, product] = sum.inputs.map((index) => makers.get(index));
  if (relu?.op !== 'RELU' || product?.op !== 'MUL') return null;
  const [half, rest] = product.inputs;
  const difference = makers.get(rest);
  if (difference?.op !== 'SUB' || makers.has(half)) return null;
  const [x, size] = difference.inputs;
  return relu.inputs[0] === x && makers.get(size)?.op === 'ABS' && makers.get(size).inputs[0] === x
    ? { x, half }
    : null;
}

/**
 * @param {Buffer} bytes of the .tflite file
 * @param {{name: string, input: string, outputs: Record<string, string>, freeBatch?: number}} net the new names of the
 *   input and (by their old names) the outputs
 * @returns {LayoutGraph}
 */
export function tfliteToOnnx(bytes, net) {
  const { file, tensors, nodes, inputs, outputs } = readTflite(bytes);
  const graph = new LayoutGraph(net.name, { freeBatch: net.freeBatch });
  const known = new Map(inputs.map((index) => [index, graph.input(net.input, tensors[index].shape)]));
  const use = (index) => {
    if (!known.has(index)) {
      const { constant, shape, type, name } = tensors[index];
      const data = constant();
      if (!data) throw new Error(`tensor ${name} is used before it is made`);
      known.set(index, graph.constantTensor(data, shape, type === 'int32' ? 'int32' : 'float32'));
    }
    return known.get(index);
  };
  const activate = (kind, name) => {
    if (!ACTIVATIONS[kind]) throw new Error(`activation ${kind} is not supported`);
    return ACTIVATIONS[kind](graph, name);
  };

  const makers = new Map(nodes.map((node) => [node.output, node]));
  for (const node of nodes) {
    const { options } = node;
    const { shape } = tensors[node.output];
    const [x, second, third] =
      node.op === 'DENSIFY' || node.op === 'DEQUANTIZE' ? [] : node.inputs.filter((i) => i >= 0).map(use);
    const picture = (name) => graph.tensor(name, shape, true);
    /** Options of a convolution or pooling: padding, strides and what follows, from the same fields in all of them. */
    const window = (height, width, dilationFields) => {
      const [strideW, strideH] = [file.int32(options, 1), file.int32(options, 2)];
      const [dilationW, dilationH] = dilationFields ? dilationFields.map((f) => file.int32(options, f, 1)) : [1, 1];
      const [top, bottom] = samePadding(x.shape[1], height, strideH, dilationH);
      const [left, right] = samePadding(x.shape[2], width, strideW, dilationW);
      const same = file.uint8(options, 0) === 0;
      return {
        strides: [strideH, strideW],
        dilations: [dilationH, dilationW],
        pads: same ? [top, left, bottom, right] : [0, 0, 0, 0],
      };
    };
    const convert = {
      // Constants are read in full where they are used; their 16-bit and sparse forms end here.
      DEQUANTIZE: () => use(node.inputs[0]),
      DENSIFY: () => use(node.inputs[0]),
      CONV_2D: () => {
        const [out, h, w, into] = second.shape;
        const weight = { data: permute(second.constant, second.shape, [0, 3, 1, 2]), dims: [out, into, h, w] };
        const name = graph.conv(x, weight, {
          bias: third?.constant,
          ...window(h, w, [4, 5]),
          group: x.shape[3] / into,
        });
        return picture(activate(file.uint8(options, 3), name));
      },
      DEPTHWISE_CONV_2D: () => {
        const [, h, w, out] = second.shape;
        const weight = { data: permute(second.constant, second.shape, [3, 0, 1, 2]), dims: [out, 1, h, w] };
        const name = graph.conv(x, weight, { bias: third?.constant, ...window(h, w, [5, 6]), group: x.shape[3] });
        return picture(activate(file.uint8(options, 4), name));
      },
      'CUSTOM:Convolution2DTransposeBias': () => {
        const [out, h, w, into] = second.shape;
        const strides = [shape[1] / x.shape[1], shape[2] / x.shape[2]];
        const [top, bottom] = samePadding(shape[1], h, strides[0]);
        const [left, right] = samePadding(shape[2], w, strides[1]);
        const weight = graph.floats(permute(second.constant, second.shape, [3, 0, 1, 2]), [into, out, h, w]);
        const attributes = { strides, pads: [top, left, bottom, right], kernel_shape: [h, w] };
        return picture(
          graph.op('ConvTranspose', [graph.channelsFirst(x), weight, graph.floats(third.constant)], attributes),
        );
      },
      MAX_POOL_2D: () => pool('MaxPool'),
      AVERAGE_POOL_2D: () => pool('AveragePool', { count_include_pad: 0 }),
      PAD: () => {
        const pads = second.constant;
        const axes = [0, 3, 1, 2];
        const onnx = [...axes.map((axis) => pads[2 * axis]), ...axes.map((axis) => pads[2 * axis + 1])];
        return picture(
          graph.op('Pad', [graph.channelsFirst(x), graph.integers(onnx), graph.floats([0], [])], { mode: 'constant' }),
        );
      },
      RESIZE_BILINEAR: () => {
        const mode = file.uint8(options, 2) ? 'align_corners' : file.uint8(options, 3) ? 'half_pixel' : 'asymmetric';
        const size = graph.integers([shape[0], shape[3], shape[1], shape[2]]);
        return picture(
          graph.op('Resize', [graph.channelsFirst(x), '', '', size], {
            mode: 'linear',
            coordinate_transformation_mode: mode,
          }),
        );
      },
      RESHAPE: () => graph.tensor(graph.op('Reshape', [graph.asGiven(x), graph.shape(shape)]), shape),
      RELU: () => graph.unary('Relu', x),
      ABS: () => graph.unary('Abs', x),
      LOGISTIC: () => graph.unary('Sigmoid', x),
      HARD_SWISH: () => graph.unary('HardSwish', x),
      ADD: () => {
        const slopes = spelledOutPrelu(node, makers);
        if (!slopes) return binary('Add');
        const doubled = use(slopes.half).constant.map((value) => 2 * value);
        return picture(graph.prelu(graph.channelsFirst(use(slopes.x)), doubled));
      },
      SUB: () => binary('Sub'),
      MUL: () => binary('Mul'),
    }[node.op];
    const pool = (type, extra = {}) => {
      const [w, h] = [file.int32(options, 3), file.int32(options, 4)];
      const { strides, pads } = window(h, w);
      return picture(graph.op(type, [graph.channelsFirst(x)], { kernel_shape: [h, w], strides, pads, ...extra }));
    };
    const binary = (type) => {
      const result = graph.binary(type, x, second, shape);
      const name = activate(options ? file.uint8(options, 0) : 0, result.name);
      return graph.tensor(name, shape, result.channelsFirst);
    };
    if (!convert) throw new Error(`${net.name}: operator ${node.op} is not supported`);
    known.set(node.output, convert());
  }
  for (const [name, old] of Object.entries(net.outputs)) {
    const index = outputs.find((i) => tensors[i].name === old);
    if (index === undefined)
      throw new Error(`${net.name}: there is no output ${old}; it has ${outputs.map((i) => tensors[i].name)}`);
    graph.output(name, known.get(index));
  }
  return graph;
}
