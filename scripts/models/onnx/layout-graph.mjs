// An ONNX graph under construction. TensorFlow keeps pictures as batch, height, width, channels; ONNX as batch, channels,
// height, width. Each tensor remembers which of the two its name holds, so that the axes are only swapped where they must.
import { fromHalf, permute, toHalf } from './numbers.mjs';
import { Message } from './protobuf.mjs';

const DTYPES = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 };
const OPSET = 17;
const IR_VERSION = 8;

/**
 * @typedef {object} Tensor
 * @property {string | null} name in the graph; null for a constant nobody has used by name yet
 * @property {number[]} shape in TensorFlow's order
 * @property {boolean} channelsFirst whether `name` holds it in ONNX's order
 * @property {Float32Array | Int32Array | Uint8Array | undefined} [constant]
 * @property {'float32' | 'int32' | 'bool'} dtype
 */

export class LayoutGraph {
  #nodes = [];
  #constants = [];
  #byContent = new Map();
  #inputs = [];
  #outputs = [];
  #count = 0;
  #batch;

  /**
   * @param {string} name
   * @param {{freeBatch?: number, freeSize?: boolean}} [options] `freeBatch`: the batch size the source was made for, to be
   *   left open; `freeSize`: height and width of the input are left open as well
   */
  constructor(name, { freeBatch = 0, freeSize = false } = {}) {
    this.name = name;
    this.freeSize = freeSize;
    this.#batch = freeBatch;
  }

  #fresh(hint) {
    return `${hint}_${this.#count++}`;
  }

  #constant(data, dims, dtype) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = bytes.length <= 256 ? `${dtype}|${dims}|${bytes.toString('hex')}` : null;
    if (key && this.#byContent.has(key)) return this.#byContent.get(key);
    let name = this.#fresh('const');
    this.#constants.push({ name, dims, dtype, bytes });
    if (dtype === 'float16') name = this.op('Cast', [name], { to: DTYPES.float32 });
    if (key) this.#byContent.set(key, name);
    return name;
  }

  /** A float constant. Weights that were published as 16-bit floats are kept as such: half the file, the same values. */
  floats(data, dims = [data.length]) {
    const values = Float32Array.from(data);
    const halves = Uint16Array.from(values, toHalf);
    const exact = values.length >= 64 && values.every((value, i) => fromHalf(halves[i]) === value);
    return exact ? this.#constant(halves, dims, 'float16') : this.#constant(values, dims, 'float32');
  }

  /** A float constant that is kept as the bytes it was published as: `byte * scale + min`. */
  quantised(data, dims, scale, min) {
    const wide = this.op('Cast', [this.#constant(data, dims, 'uint8')], { to: DTYPES.float32 });
    return this.op('Add', [this.op('Mul', [wide, this.floats([scale], [])]), this.floats([min], [])]);
  }

  /** A list of whole numbers, as shapes and axes are given. */
  integers(values) {
    return this.#constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  /** A shape for Reshape. 0 stands for "as in the input": the batch stays open. */
  shape(dims) {
    return this.integers(this.#batch && dims[0] === this.#batch ? [0, ...dims.slice(1)] : dims);
  }

  /** Adds a node and returns the name of its output. An attribute `{ float }` is a float, numbers are whole. */
  op(type, inputs, attributes = {}) {
    const output = this.#fresh(type.toLowerCase());
    this.#nodes.push({ type, inputs, output, attributes });
    return output;
  }

  /** @returns {Tensor} */
  tensor(name, shape, channelsFirst = false, dtype = 'float32') {
    return { name, shape, channelsFirst: channelsFirst && shape.length === 4, dtype };
  }

  /** @returns {Tensor} */
  constantTensor(constant, shape, dtype = 'float32') {
    return { name: null, shape, channelsFirst: false, constant, dtype };
  }

  /** Declares an input, in TensorFlow's order. */
  input(name, shape, dtype = 'float32') {
    const open = this.freeSize ? ['N', 'H', 'W', ...shape.slice(3)] : this.#batch ? ['N', ...shape.slice(1)] : shape;
    this.#inputs.push({ name, dims: open, dtype });
    return this.tensor(name, shape, false, dtype);
  }

  /** Declares an output, in TensorFlow's order, under a new name. */
  output(name, tensor) {
    const source = this.asGiven(tensor);
    this.#nodes.push({ type: 'Identity', inputs: [source], output: name, attributes: {} });
    const dims = this.freeSize
      ? ['N', 'H2', 'W2', ...tensor.shape.slice(3)]
      : this.#batch
        ? ['N', ...tensor.shape.slice(1)]
        : tensor.shape;
    this.#outputs.push({ name, dims, dtype: tensor.dtype });
  }

  /** The name of a tensor in whatever order it is. */
  nameOf(tensor) {
    if (tensor.name) return tensor.name;
    if (tensor.dtype === 'float32') tensor.name = this.floats(tensor.constant, tensor.shape);
    else tensor.name = this.#constant(tensor.constant, tensor.shape, tensor.dtype);
    return tensor.name;
  }

  /** The name of a tensor in ONNX's order. */
  channelsFirst(tensor) {
    if (tensor.channelsFirst || tensor.shape.length !== 4) return this.nameOf(tensor);
    if (tensor.swapped) return tensor.swapped;
    const [n, h, w, c] = tensor.shape;
    if (tensor.constant)
      tensor.swapped = this.floats(permute(tensor.constant, tensor.shape, [0, 3, 1, 2]), [n, c, h, w]);
    else if (!this.freeSize && (h * w === 1 || c === 1))
      tensor.swapped = this.op('Reshape', [this.nameOf(tensor), this.shape([n, c, h, w])]);
    else tensor.swapped = this.op('Transpose', [this.nameOf(tensor)], { perm: [0, 3, 1, 2] });
    return tensor.swapped;
  }

  /** The name of a tensor in TensorFlow's order. */
  asGiven(tensor) {
    if (!tensor.channelsFirst) return this.nameOf(tensor);
    if (tensor.restored) return tensor.restored;
    const [n, h, w, c] = tensor.shape;
    if (!this.freeSize && (h * w === 1 || c === 1))
      tensor.restored = this.op('Reshape', [tensor.name, this.shape([n, h, w, c])]);
    else tensor.restored = this.op('Transpose', [tensor.name], { perm: [0, 2, 3, 1] });
    return tensor.restored;
  }

  /** A constant of up to four axes, to be broadcast against a tensor in ONNX's order. */
  #broadcast(tensor) {
    if (tensor.constant.length === 1) return this.floats(tensor.constant, []);
    const shape = [...Array(4 - tensor.shape.length).fill(1), ...tensor.shape];
    return this.channelsFirst(this.constantTensor(tensor.constant, shape, tensor.dtype));
  }

  /** An element-wise operation of two tensors, in whichever order saves swapping. */
  binary(type, a, b, shape, dtype = 'float32') {
    const isPicture = (t) => t.shape.length === 4 && !t.constant;
    const fits = (t) => isPicture(t) || (t.constant && t.dtype === 'float32') || t.shape.length === 0;
    if ((a.channelsFirst || b.channelsFirst) && fits(a) && fits(b)) {
      const name = (t) => (t.constant ? this.#broadcast(t) : isPicture(t) ? this.channelsFirst(t) : this.nameOf(t));
      return this.tensor(this.op(type, [name(a), name(b)]), shape, true, dtype);
    }
    return this.tensor(this.op(type, [this.asGiven(a), this.asGiven(b)]), shape, false, dtype);
  }

  /** An element-wise operation of one tensor. */
  unary(type, tensor, attributes = {}) {
    return this.tensor(
      this.op(type, [this.nameOf(tensor)], attributes),
      tensor.shape,
      tensor.channelsFirst,
      tensor.dtype,
    );
  }

  /** The first input of the node that made a value, where that node is of the given type; else null. */
  inputOf(name, type) {
    const maker = this.#nodes.find((node) => node.output === name);
    return maker?.type === type ? maker.inputs[0] : null;
  }

  /** Clamps a value that is given by name. */
  clip(name, low, high) {
    return this.op('Clip', [name, this.floats([low], []), this.floats([high], [])]);
  }

  /**
   * A slope per channel for values below zero. ONNX has PRelu for this, but its kernel on processors is slower than two
   * or four plain operations.
   */
  prelu(name, slopes) {
    const scaled = (factors) => this.op('Mul', [name, this.floats(factors, [factors.length, 1, 1])]);
    if (slopes.every((slope) => slope <= 1)) return this.op('Max', [name, scaled(slopes)]);
    const rest = slopes.map((slope) => 1 - slope);
    const above = this.op('Mul', [this.op('Relu', [name]), this.floats(rest, [rest.length, 1, 1])]);
    return this.op('Add', [above, scaled(slopes)]);
  }

  /**
   * A convolution.
   *
   * @param {Tensor} x
   * @param {{data: Float32Array, dims: number[]}} weight in ONNX's order
   * @param {{bias?: Float32Array, strides: number[], dilations?: number[], pads: number[], group?: number}} options
   * @returns {string} the output, in ONNX's order
   */
  conv(x, weight, { bias, strides, dilations = [1, 1], pads, group = 1 }) {
    const inputs = [this.channelsFirst(x), this.floats(weight.data, weight.dims)];
    if (bias) inputs.push(this.floats(bias));
    return this.op('Conv', inputs, { strides, dilations, pads, group, kernel_shape: weight.dims.slice(2) });
  }

  /** The nodes and constants that the outputs need. */
  #live() {
    const makers = new Map(this.#nodes.map((node) => [node.output, node]));
    const nodes = new Set();
    const names = new Set();
    const open = this.#outputs.map((output) => output.name);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (names.has(name)) continue;
      names.add(name);
      const maker = makers.get(name);
      if (!maker) continue;
      nodes.add(maker);
      open.push(...maker.inputs);
    }
    return {
      nodes: this.#nodes.filter((node) => nodes.has(node)),
      constants: this.#constants.filter((c) => names.has(c.name)),
    };
  }

  /** The file. Nothing in it depends on the time or the machine. */
  encode() {
    const { nodes, constants } = this.#live();
    const graph = new Message();
    for (const { type, inputs, output, attributes } of nodes) {
      const node = new Message();
      for (const input of inputs) node.bytes(1, input);
      node.bytes(2, output).bytes(3, output).bytes(4, type);
      for (const [key, value] of Object.entries(attributes)) node.bytes(5, attribute(key, value));
      graph.bytes(1, node);
    }
    graph.bytes(2, this.name);
    for (const { name, dims, dtype, bytes } of constants) {
      const tensor = new Message();
      for (const dim of dims) tensor.int(1, dim);
      graph.bytes(5, tensor.int(2, DTYPES[dtype]).bytes(8, name).bytes(9, bytes));
    }
    for (const input of this.#inputs) graph.bytes(11, valueInfo(input));
    for (const output of this.#outputs) graph.bytes(12, valueInfo(output));
    const opset = new Message().bytes(1, '').int(2, OPSET);
    return new Message().int(1, IR_VERSION).bytes(2, 'likeness').bytes(7, graph).bytes(8, opset).done();
  }

  /** Names, types and shapes for the card; -1 is free. */
  get signature() {
    const spec = ({ name, dtype, dims }) => ({
      name,
      dtype,
      dims: dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
    });
    return { inputs: this.#inputs.map(spec), outputs: this.#outputs.map(spec) };
  }
}

function attribute(key, value) {
  const message = new Message().bytes(1, key);
  if (typeof value === 'string') return message.bytes(4, value).int(20, 3);
  if (Array.isArray(value)) {
    for (const item of value) message.int(8, item);
    return message.int(20, 7);
  }
  if (typeof value === 'object') return message.float(2, value.float).int(20, 1);
  return message.int(3, value).int(20, 2);
}

function valueInfo({ name, dims, dtype }) {
  const shape = new Message();
  for (const dim of dims)
    shape.bytes(1, typeof dim === 'string' ? new Message().bytes(2, dim) : new Message().int(1, dim));
  const type = new Message().bytes(1, new Message().int(1, DTYPES[dtype]).bytes(2, shape));
  return new Message().bytes(1, name).bytes(2, type);
}
