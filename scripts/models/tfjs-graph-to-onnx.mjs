// Turns a TensorFlow.js graph model into ONNX. The model runs once in TensorFlow.js (which is installed into the cache for
// this, not into the project): that gives the shape of every node and the value of every constant one.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LayoutGraph } from './onnx/layout-graph.mjs';
import { permute, samePadding, sizeOf } from './onnx/numbers.mjs';
import { installed } from './packages.mjs';

const TFJS = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-converter': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
};

const BINARY = {
  Add: 'Add', AddV2: 'Add', Sub: 'Sub', Mul: 'Mul', Maximum: 'Max', Minimum: 'Min',
  LessEqual: 'LessOrEqual', GreaterEqual: 'GreaterOrEqual', LogicalAnd: 'And',
}; // biome-ignore format: a table
const UNARY = { Relu: 'Relu', Sigmoid: 'Sigmoid', Neg: 'Neg', Floor: 'Floor', Cos: 'Cos', Sin: 'Sin' };
const ALWAYS_CONSTANT = new Set(['Const', 'Shape', 'ZerosLike', 'Fill', 'Range']);
/** Axis of TensorFlow's order -> axis of ONNX's. */
const PICTURE_AXIS = [0, 2, 3, 1];
const CAST = { float32: 1, int32: 6, bool: 9 };

const decode = (attribute) => (attribute?.s === undefined ? undefined : Buffer.from(attribute.s, 'base64').toString());
const decodeAll = (attribute) => (attribute?.list?.s ?? []).map((s) => Buffer.from(s, 'base64').toString());
const integers = (attribute) => attribute?.list?.i?.map(Number);
const integer = (attribute, missing = 0) => (attribute?.i === undefined ? missing : Number(attribute.i));
const dataInputs = (node) => (node.input ?? []).filter((name) => !name.startsWith('^'));
/** Models with several outputs per node (`name:1`) do not occur here. */
const nodeOf = (name) => name.replace(/:0$/, '');

/** The nodes that some outputs need, each after its inputs. */
function sorted(byName, outputs) {
  const order = [];
  const done = new Set();
  const open = outputs.map((name) => ({ name, next: 0 }));
  while (open.length) {
    const top = open.at(-1);
    const node = byName.get(top.name);
    const inputs = dataInputs(node);
    if (done.has(top.name)) open.pop();
    else if (top.next < inputs.length) open.push({ name: nodeOf(inputs[top.next++]), next: 0 });
    else {
      done.add(top.name);
      order.push(node);
      open.pop();
    }
  }
  return order;
}

/** Noise in 0..1 that is the same every time. */
function noise(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  });
}

/** Runs the model on noise and returns the tensor of every node. */
async function runOnce(model, weights, order) {
  const require = createRequire(join(installed('tfjs', TFJS), 'package.json'));
  const tf = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  const { loadGraphModel } = require('@tensorflow/tfjs-converter');
  await tf.setBackend('cpu');
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const { modelTopology, format, generatedBy, convertedBy, signature } = model;
  const loaded = await loadGraphModel({
    load: async () => ({ modelTopology, format, generatedBy, convertedBy, signature, weightSpecs, weightData }),
  });
  const [input] = loaded.inputs;
  const shape = input.shape.map((dim) => (dim === -1 ? 1 : dim));
  const data = noise(sizeOf(shape));
  const values = loaded.execute(
    { [input.name]: tf.tensor(data, shape) },
    order.map((node) => node.name),
  );
  return {
    input: { name: input.name, shape, data },
    values: new Map(order.map((node, i) => [node.name, values[i]])),
  };
}

/** What TensorFlow says with masks, as one slice per axis. New and dropped axes are left to a Reshape afterwards. */
function stridedSlice(shape, begin, end, strides, attributes) {
  const has = (name, i) => (integer(attributes[name]) & (1 << i)) !== 0;
  const slices = [];
  let axis = 0;
  begin.forEach((from, i) => {
    if (has('ellipsis_mask', i)) {
      const later = begin.filter((_, j) => j > i && !has('new_axis_mask', j)).length;
      axis = shape.length - later;
    } else if (!has('new_axis_mask', i)) {
      const size = shape[axis];
      const step = strides[i];
      if (has('shrink_axis_mask', i)) {
        const at = from < 0 ? from + size : from;
        slices.push({ axis, from: at, to: at + 1, step: 1 });
      } else {
        const first = has('begin_mask', i) ? (step > 0 ? 0 : size - 1) : from;
        const last = has('end_mask', i) ? (step > 0 ? size : -size - 1) : end[i];
        slices.push({ axis, from: first, to: last, step });
      }
      axis++;
    }
  });
  return slices;
}

/** The converters of single operators: (graph, node, inputs, output shape and type) -> tensor. */
const convolution = (graph, { op, attr }, [x, filter, bias, slopes], { shape }) => {
  const [h, w, into, out] = filter.shape;
  const depthwise = op.includes('Depthwise');
  const weight = depthwise
    ? { data: permute(filter.constant, filter.shape, [2, 3, 0, 1]), dims: [into * out, 1, h, w] }
    : { data: permute(filter.constant, filter.shape, [3, 2, 0, 1]), dims: [out, into, h, w] };
  const [, strideH, strideW] = integers(attr.strides);
  const [, dilationH, dilationW] = integers(attr.dilations) ?? [1, 1, 1, 1];
  const pads =
    decode(attr.padding) === 'SAME'
      ? picturePads(x.shape, [h, w], [strideH, strideW], [dilationH, dilationW])
      : [0, 0, 0, 0];
  const [biased, activation] = decodeAll(attr.fused_ops);
  if (biased && biased !== 'BiasAdd') throw new Error(`${op} fused with ${biased} is not supported`);
  const name = graph.conv(x, weight, {
    bias: biased ? bias.constant : undefined,
    strides: [strideH, strideW],
    dilations: [dilationH, dilationW],
    pads,
    group: depthwise ? into : x.shape[3] / into,
  });
  return graph.tensor(activate(graph, name, activation, slopes), shape, true);
};

function activate(graph, name, activation, slopes) {
  if (!activation) return name;
  if (activation === 'Relu') return graph.op('Relu', [name]);
  if (activation === 'Relu6') return graph.clip(name, 0, 6);
  if (activation === 'Sigmoid') return graph.op('Sigmoid', [name]);
  if (activation === 'Prelu') return graph.prelu(name, slopes.constant);
  throw new Error(`activation ${activation} is not supported`);
}

function picturePads([, height, width], kernel, strides, dilations = [1, 1]) {
  const [top, bottom] = samePadding(height, kernel[0], strides[0], dilations[0]);
  const [left, right] = samePadding(width, kernel[1], strides[1], dilations[1]);
  return [top, left, bottom, right];
}

const reduction =
  (type) =>
  (graph, { attr }, [x, axes], { shape }) => {
    const keepdims = attr.keep_dims?.b ? 1 : 0;
    const list = Array.from(axes.constant, (axis) => (axis < 0 ? axis + x.shape.length : axis));
    const spatial = x.channelsFirst && list.length === 2 && list.includes(1) && list.includes(2);
    const inputAxes = spatial ? [2, 3] : list;
    const name = graph.op(type, [spatial ? graph.channelsFirst(x) : graph.asGiven(x)], { axes: inputAxes, keepdims });
    return graph.tensor(name, shape, spatial);
  };

const reshape = (graph, _, [x], { shape, dtype }) =>
  graph.tensor(graph.op('Reshape', [graph.asGiven(x), graph.shape(shape)]), shape, false, dtype);

const OPERATORS = {
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: convolution,
  Identity: (_graph, _node, [x]) => x,
  MaxPool: (graph, { attr }, [x], { shape }) => {
    const kernel = integers(attr.ksize).slice(1, 3);
    const strides = integers(attr.strides).slice(1, 3);
    const pads = decode(attr.padding) === 'SAME' ? picturePads(x.shape, kernel, strides) : [0, 0, 0, 0];
    return graph.tensor(
      graph.op('MaxPool', [graph.channelsFirst(x)], { kernel_shape: kernel, strides, pads }),
      shape,
      true,
    );
  },
  Prelu: (graph, _, [x, slopes], { shape }) =>
    graph.tensor(graph.prelu(graph.channelsFirst(x), slopes.constant), shape, true),
  Pad: (graph, _, [x, pads], { shape }) => {
    const picture = x.shape.length === 4;
    const axes = picture ? [0, 3, 1, 2] : x.shape.map((__, axis) => axis);
    const list = [...axes.map((axis) => pads.constant[2 * axis]), ...axes.map((axis) => pads.constant[2 * axis + 1])];
    const name = graph.op('Pad', [graph.channelsFirst(x), graph.integers(list), graph.floats([0], [])], {
      mode: 'constant',
    });
    return graph.tensor(name, shape, picture);
  },
  Reshape: reshape,
  ExpandDims: reshape,
  ConcatV2: (graph, _, inputs, { shape, dtype }) => {
    const parts = inputs.slice(0, -1);
    const axis = (inputs.at(-1).constant[0] + shape.length) % shape.length;
    const swapped = shape.length === 4 && parts.some((part) => part.channelsFirst);
    const names = parts.map((part) => (swapped ? graph.channelsFirst(part) : graph.asGiven(part)));
    return graph.tensor(
      graph.op('Concat', names, { axis: swapped ? PICTURE_AXIS[axis] : axis }),
      shape,
      swapped,
      dtype,
    );
  },
  Pack: (graph, { attr }, inputs, { shape, dtype }) => {
    const axis = (integer(attr.axis) + shape.length) % shape.length;
    const one = shape.map((dim, i) => (i === axis ? 1 : dim));
    const names = inputs.map((part) => graph.op('Reshape', [graph.asGiven(part), graph.integers(one)]));
    return graph.tensor(graph.op('Concat', names, { axis }), shape, false, dtype);
  },
  Mean: reduction('ReduceMean'),
  Min: reduction('ReduceMin'),
  Max: reduction('ReduceMax'),
  MatMul: (graph, { attr }, [a, b], { shape }) =>
    graph.tensor(
      graph.op('Gemm', [graph.asGiven(a), graph.asGiven(b)], {
        transA: attr.transpose_a?.b ? 1 : 0,
        transB: attr.transpose_b?.b ? 1 : 0,
      }),
      shape,
    ),
  BatchMatMulV2: (graph, { attr }, [a, b], { shape }) => {
    const operand = (tensor, swap) => {
      const axes = tensor.shape.map((__, axis) => axis);
      const perm = [...axes.slice(0, -2), axes.at(-1), axes.at(-2)];
      return swap ? graph.op('Transpose', [graph.asGiven(tensor)], { perm }) : graph.asGiven(tensor);
    };
    return graph.tensor(graph.op('MatMul', [operand(a, attr.adj_x?.b), operand(b, attr.adj_y?.b)]), shape);
  },
  StridedSlice: (graph, { attr }, [x, begin, end, strides], { shape, dtype }) => {
    const parts = stridedSlice(
      x.shape,
      Array.from(begin.constant),
      Array.from(end.constant),
      Array.from(strides.constant),
      attr,
    );
    const list = (key) => graph.integers(parts.map((part) => part[key]));
    const name = graph.op('Slice', [graph.asGiven(x), list('from'), list('to'), list('axis'), list('step')]);
    return graph.tensor(graph.op('Reshape', [name, graph.integers(shape)]), shape, false, dtype);
  },
  Cast: (graph, _, [x], { shape, dtype }) =>
    graph.tensor(graph.op('Cast', [graph.nameOf(x)], { to: CAST[dtype] }), shape, x.channelsFirst, dtype),
  GatherV2: (graph, _, [x, indices, axis], { shape, dtype }) =>
    graph.tensor(
      graph.op('Gather', [graph.asGiven(x), graph.asGiven(indices)], {
        axis: axis ? (axis.constant[0] + x.shape.length) % x.shape.length : 0,
      }),
      shape,
      false,
      dtype,
    ),
  Transpose: (graph, _, [x, order], { shape }) =>
    graph.tensor(graph.op('Transpose', [graph.asGiven(x)], { perm: Array.from(order.constant) }), shape),
  Tile: (graph, _, [x, times], { shape, dtype }) =>
    graph.tensor(graph.op('Tile', [graph.asGiven(x), graph.integers(Array.from(times.constant))]), shape, false, dtype),
  AddN: (graph, _, inputs, { shape }) =>
    graph.tensor(
      graph.op(
        'Sum',
        inputs.map((x) => graph.asGiven(x)),
      ),
      shape,
    ),
  // ONNX has the arc tangent of a quotient only; the other two quadrants are added by hand.
  Atan2: (graph, _, [y, x], { shape }) => {
    const [ny, nx, zero] = [graph.asGiven(y), graph.asGiven(x), graph.floats([0], [])];
    const half = graph.op('Where', [
      graph.op('Less', [ny, zero]),
      graph.floats([-Math.PI], []),
      graph.floats([Math.PI], []),
    ]);
    const turn = graph.op('Where', [graph.op('Less', [nx, zero]), half, zero]);
    return graph.tensor(graph.op('Add', [graph.op('Atan', [graph.op('Div', [ny, nx])]), turn]), shape);
  },
};
for (const [name, type] of Object.entries(BINARY))
  OPERATORS[name] = (graph, _, [a, b], { shape, dtype }) => graph.binary(type, a, b, shape, dtype);
// relu6 is spelled out as three operations in some models; as one, the runtime makes it part of the convolution before it.
const [plainMinimum, plainMaximum] = [OPERATORS.Minimum, OPERATORS.Maximum];
const isScalar = (tensor) => tensor.constant?.length === 1;
OPERATORS.Minimum = (graph, node, [x, limit], value) => {
  const before = isScalar(limit) && x.name ? graph.inputOf(x.name, 'Relu') : null;
  if (!before) return plainMinimum(graph, node, [x, limit], value);
  return graph.tensor(graph.clip(before, 0, limit.constant[0]), value.shape, x.channelsFirst);
};
OPERATORS.Maximum = (graph, node, [x, limit], value) => {
  const clamped = isScalar(limit) && limit.constant[0] === 0 && x.name && graph.inputOf(x.name, 'Clip') !== null;
  return clamped ? x : plainMaximum(graph, node, [x, limit], value);
};
for (const [name, type] of Object.entries(UNARY)) OPERATORS[name] = (graph, _, [x]) => graph.unary(type, x);

/** The value of a TensorFlow.js tensor as ONNX stores it. */
function constantOf(graph, value) {
  const data = value.dataSync();
  const typed = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[value.dtype].from(data);
  return graph.constantTensor(typed, value.shape, value.dtype);
}

/**
 * @param {Buffer} json the model.json
 * @param {Buffer} weights all weight files in a row
 * @param {{name: string, input: string, outputs: Record<string, string | {join: string[]}>, freeBatch?: number}} net new
 *   names by the old ones; `join` lays several old outputs one after the other
 * @returns {Promise<LayoutGraph>}
 */
export async function tfjsGraphToOnnx(json, weights, net) {
  const model = JSON.parse(json);
  const byName = new Map(model.modelTopology.node.map((node) => [node.name, node]));
  const wanted = Object.values(net.outputs).flatMap((from) => (typeof from === 'string' ? [from] : from.join));
  const order = sorted(byName, wanted);
  const { input, values } = await runOnce(model, weights, order);
  const graph = new LayoutGraph(net.name, { freeBatch: net.freeBatch });
  const known = new Map([[input.name, graph.input(net.input, input.shape)]]);
  const constant = new Map();
  for (const node of order) {
    const inputs = dataInputs(node).map(nodeOf);
    const isConstant =
      node.op !== 'Placeholder' && (ALWAYS_CONSTANT.has(node.op) || inputs.every((name) => constant.get(name)));
    constant.set(node.name, isConstant);
    if (node.op === 'Placeholder') continue;
    const value = values.get(node.name);
    if (isConstant) known.set(node.name, constantOf(graph, value));
    else {
      const convert = OPERATORS[node.op];
      if (!convert) throw new Error(`${net.name}: operator ${node.op} (${node.name}) is not supported`);
      if (sizeOf(value.shape) === 0) throw new Error(`${net.name}: ${node.name} has nothing in it`);
      known.set(
        node.name,
        convert(
          graph,
          { op: node.op, attr: node.attr ?? {} },
          inputs.map((name) => known.get(name)),
          value,
        ),
      );
    }
  }
  for (const [name, from] of Object.entries(net.outputs)) {
    if (typeof from === 'string') graph.output(name, known.get(from));
    else {
      const parts = from.join.map((part) => known.get(part));
      const shape = parts[0].shape.map((dim, axis) =>
        axis === 1 ? parts.reduce((sum, part) => sum + part.shape[1], 0) : dim,
      );
      graph.output(
        name,
        graph.tensor(
          graph.op(
            'Concat',
            parts.map((part) => graph.asGiven(part)),
            { axis: 1 },
          ),
          shape,
        ),
      );
    }
  }
  // What the source made of its noise, for the comparison with what ONNX makes of it.
  const outputs = Object.entries(net.outputs).map(([name, from]) => {
    const parts = typeof from === 'string' ? [from] : from.join;
    return [name, Float32Array.from(parts.flatMap((part) => [...values.get(part).dataSync()]))];
  });
  graph.reference = { inputs: { [net.input]: { shape: input.shape, data: input.data } }, outputs: new Map(outputs) };
  return graph;
}
