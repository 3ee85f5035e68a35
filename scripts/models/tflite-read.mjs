// Reads .tflite files (flatbuffers): tensors, constants (16-bit floats and sparse ones too), operators.
// Field numbers are those of TensorFlow Lite's schema.fbs, version 3.
import { fromHalf, sizeOf } from './onnx/numbers.mjs';

const OPERATORS = {
  0: 'ADD', 1: 'AVERAGE_POOL_2D', 3: 'CONV_2D', 4: 'DEPTHWISE_CONV_2D', 6: 'DEQUANTIZE', 14: 'LOGISTIC', 17: 'MAX_POOL_2D',
  18: 'MUL', 19: 'RELU', 22: 'RESHAPE', 23: 'RESIZE_BILINEAR', 34: 'PAD', 41: 'SUB', 101: 'ABS', 117: 'HARD_SWISH', 124: 'DENSIFY',
}; // biome-ignore format: a table
const CUSTOM = 32;
const TYPES = { 0: 'float32', 1: 'float16', 2: 'int32' };

/** A flatbuffer: tables are positions, fields are numbers. */
export class Flatbuffer {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get root() {
    return this.view.getUint32(0, true);
  }

  #field(table, number) {
    const layout = table - this.view.getInt32(table, true);
    const slot = 4 + 2 * number;
    if (slot >= this.view.getUint16(layout, true)) return 0;
    const offset = this.view.getUint16(layout + slot, true);
    return offset ? table + offset : 0;
  }

  int32(table, number, missing = 0) {
    const at = this.#field(table, number);
    return at ? this.view.getInt32(at, true) : missing;
  }

  uint8(table, number, missing = 0) {
    const at = this.#field(table, number);
    return at ? this.view.getUint8(at) : missing;
  }

  table(table, number) {
    const at = this.#field(table, number);
    return at ? at + this.view.getUint32(at, true) : 0;
  }

  vector(table, number) {
    const at = this.table(table, number);
    return at ? { length: this.view.getUint32(at, true), at: at + 4 } : { length: 0, at: 0 };
  }

  text(table, number) {
    const { length, at } = this.vector(table, number);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, length).toString();
  }

  int32s(table, number) {
    const { length, at } = this.vector(table, number);
    return Array.from({ length }, (_, i) => this.view.getInt32(at + 4 * i, true));
  }

  tables(table, number) {
    const { length, at } = this.vector(table, number);
    return Array.from({ length }, (_, i) => at + 4 * i + this.view.getUint32(at + 4 * i, true));
  }
}

/** Spreads the stored values of a sparse tensor over its full shape. */
function densify(file, sparsity, shape, values) {
  const order = file.int32s(sparsity, 0);
  const blockMap = file.int32s(sparsity, 1);
  const indices = (dimension, typeField) => {
    const kind = file.uint8(dimension, typeField);
    if (!kind) return [];
    const { length, at } = file.vector(file.table(dimension, typeField + 1), 0);
    const read = {
      1: (i) => file.view.getInt32(at + 4 * i, true),
      2: (i) => file.view.getUint16(at + 2 * i, true),
      3: (i) => file.view.getUint8(at + i),
    };
    return Array.from({ length }, (_, i) => read[kind](i));
  };
  const dimensions = file.tables(sparsity, 2).map((d) => ({
    sparse: file.uint8(d, 0) === 1,
    size: file.int32(d, 1),
    segments: indices(d, 2),
    positions: indices(d, 4),
  }));
  const rank = shape.length;
  const block = Array(rank).fill(1);
  blockMap.forEach((axis, i) => {
    block[axis] = dimensions[rank + i].size;
  });
  const dense = new Float32Array(sizeOf(shape));
  const at = Array(order.length).fill(0);
  const visit = (level, position) => {
    if (level === order.length) {
      const index = Array(rank).fill(0);
      order.forEach((axis, i) => {
        if (axis < rank) index[axis] += at[i] * block[axis];
        else index[blockMap[axis - rank]] += at[i];
      });
      dense[index.reduce((flat, i, axis) => flat * shape[axis] + i, 0)] = values[position];
      return;
    }
    const { sparse, size, segments, positions } = dimensions[level];
    if (sparse)
      for (let i = segments[position]; i < segments[position + 1]; i++) {
        at[level] = positions[i];
        visit(level + 1, i);
      }
    else
      for (let i = 0; i < size; i++) {
        at[level] = i;
        visit(level + 1, position * size + i);
      }
  };
  visit(0, 0);
  return dense;
}

/** The one graph of a .tflite file. */
export function readTflite(bytes) {
  const file = new Flatbuffer(bytes);
  const graph = file.tables(file.root, 2)[0];
  const buffers = file.tables(file.root, 4);
  const operators = file.tables(file.root, 1).map((code) => {
    const number = Math.max(file.uint8(code, 0), file.int32(code, 3));
    return number === CUSTOM ? `CUSTOM:${file.text(code, 1)}` : (OPERATORS[number] ?? `operator ${number}`);
  });
  const tensors = file.tables(graph, 0).map((table) => {
    const shape = file.int32s(table, 0);
    const type = TYPES[file.uint8(table, 1)];
    const name = file.text(table, 3);
    const sparsity = file.table(table, 6);
    const constant = () => {
      const { length, at } = file.vector(buffers[file.int32(table, 2)], 0);
      if (!length) return undefined;
      const raw = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + length);
      const stored = {
        float32: () => new Float32Array(raw),
        int32: () => new Int32Array(raw),
        float16: () => Float32Array.from(new Uint16Array(raw), fromHalf),
      }[type];
      if (!stored) throw new Error(`tensor ${name} has a type that is not supported`);
      return sparsity ? densify(file, sparsity, shape, stored()) : stored();
    };
    return { name, shape, type, constant };
  });
  const nodes = file.tables(graph, 3).map((table) => ({
    op: operators[file.int32(table, 0)],
    inputs: file.int32s(table, 1),
    output: file.int32s(table, 2)[0],
    options: file.table(table, 4),
  }));
  return { file, tensors, nodes, inputs: file.int32s(graph, 1), outputs: file.int32s(graph, 2) };
}
