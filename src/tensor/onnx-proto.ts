/**
 * Writes ONNX models as protocol-buffer bytes. Only the fields that our graphs use; field numbers are those of the
 * public `onnx.proto3` (ModelProto, GraphProto, NodeProto, TensorProto, AttributeProto, ValueInfoProto).
 */

/** Element types that graphs may hold, with their number in `TensorProto.DataType`. */
export const ONNX_TYPES = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 } as const;

/** Name of an element type. */
export type ElementType = keyof typeof ONNX_TYPES;

/**
 * Value of a node attribute. A plain number is written as an integer; `{ float: x }` as a float; a list of numbers as
 * integers.
 */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One operation of a graph. An input with an empty name stands for an optional input left out. */
export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant baked into the model; `data` is little-endian raw bytes of `type`. */
export interface OnnxInitializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** Name, type and shape of a graph input or output. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** All that goes into a model file. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly opset: number;
  /** Free-form facts, shown by viewers and kept through a read. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const utf8 = new TextEncoder();

/** Collects length-delimited fields; large byte runs are kept by reference until the end. */
class Writer {
  readonly parts: Uint8Array[] = [];
  size = 0;

  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.size += bytes.length;
    return this;
  }

  varint(value: number | bigint): this {
    let v = BigInt.asUintN(64, BigInt(value));
    const out: number[] = [];
    do {
      let byte = Number(v & 127n);
      v >>= 7n;
      if (v > 0n) byte |= 128;
      out.push(byte);
    } while (v > 0n);
    return this.raw(Uint8Array.from(out));
  }

  int(field: number, value: number): this {
    return this.varint(field * 8).varint(value);
  }

  float(field: number, value: number): this {
    return this.varint(field * 8 + 5).raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.varint(field * 8 + 2)
      .varint(bytes.length)
      .raw(bytes);
  }

  text(field: number, text: string): this {
    return this.bytes(field, utf8.encode(text));
  }

  message(field: number, inner: Writer): this {
    this.varint(field * 8 + 2).varint(inner.size);
    for (const part of inner.parts) this.parts.push(part);
    this.size += inner.size;
    return this;
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function attribute(name: string, value: Attribute): Writer {
  const w = new Writer().text(1, name);
  if (typeof value === 'number') return w.int(3, value).int(20, 2);
  if (typeof value === 'string') return w.text(4, value).int(20, 3);
  if ('float' in value) return w.float(2, value.float).int(20, 1);
  for (const x of value) w.int(8, x);
  return w.int(20, 7);
}

function valueInfo(v: OnnxValueInfo): Writer {
  const shape = new Writer();
  for (const d of v.shape) shape.message(1, new Writer().int(1, d));
  const type = new Writer().int(1, ONNX_TYPES[v.type]).message(2, shape);
  return new Writer().text(1, v.name).message(2, new Writer().message(1, type));
}

function initializer(t: OnnxInitializer): Writer {
  const w = new Writer();
  for (const d of t.shape) w.int(1, d);
  const raw = new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength);
  return w.int(2, ONNX_TYPES[t.type]).text(8, t.name).bytes(9, raw);
}

/** The oldest file-format version (`ir_version`) that may carry an operator set. */
function irVersion(opset: number): number {
  if (opset <= 14) return 7;
  return opset <= 18 ? 8 : 9;
}

/** Encodes a model as the bytes of an `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = new Writer();
  for (const node of model.nodes) {
    const w = new Writer();
    for (const i of node.inputs) w.text(1, i);
    for (const o of node.outputs) w.text(2, o);
    w.text(3, node.name).text(4, node.op);
    for (const [key, value] of Object.entries(node.attributes)) w.message(5, attribute(key, value));
    graph.message(1, w);
  }
  graph.text(2, 'graph');
  for (const t of model.initializers) graph.message(5, initializer(t));
  for (const t of model.inputs) graph.message(11, valueInfo(t));
  for (const t of model.outputs) graph.message(12, valueInfo(t));
  const out = new Writer().int(1, irVersion(model.opset)).text(2, 'likeness').message(7, graph);
  out.message(8, new Writer().text(1, '').int(2, model.opset));
  for (const [key, value] of Object.entries(model.metadata ?? {}))
    out.message(14, new Writer().text(1, key).text(2, value));
  return out.finish();
}
