/**
 * Reads ONNX models: operations, constants, inputs and outputs. The counterpart of `onnx-proto.ts`, for importing trained
 * networks and taking weights out of files. It follows the public `onnx.proto3`; fields it does not know are passed over.
 */
import { LikenessError } from '../base/index.js';
import { sizeOf } from './graph.js';
import { fromHalf } from './half.js';
import { type Attribute, type ElementType, ONNX_TYPES, type OnnxNode, type OnnxValueInfo } from './onnx-proto.js';
import type { TensorData } from './store.js';

/** A model as read. A free dimension of an input or output is -1. */
export interface OnnxContent {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  /** Floating-point constants by name, in the order of the file; 16-bit ones widened. */
  readonly weights: ReadonlyMap<string, TensorData>;
  /** Integer and boolean constants by name. */
  readonly integers: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

interface Field {
  readonly number: number;
  /** Value of an integer field; 0 for others. */
  readonly value: bigint;
  /** Bytes of a message, text or packed list, or the four or eight bytes of a fixed number. */
  readonly bytes: Uint8Array;
}

const damaged = (what: string): LikenessError =>
  new LikenessError('onnx.damaged', `The model file is damaged or not ONNX: ${what}.`, {
    hint: 'Fetch or export it again.',
  });

/** The fields of a message. */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const b = bytes[at++];
      if (b === undefined) throw damaged('it ends within a number');
      value |= BigInt(b & 127) << shift;
      if (b < 128) return value;
    }
    throw damaged('a number is too long');
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const number = tag >>> 3;
    if (wire === 0) {
      yield { number, value: varint(), bytes: bytes.subarray(at, at) };
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 5 ? 4 : wire === 1 ? 8 : -1;
    if (length < 0 || at + length > bytes.length) throw damaged('a field reaches past its end');
    yield { number, value: 0n, bytes: bytes.subarray(at, at + length) };
    at += length;
  }
}

const utf8 = new TextDecoder();
const text = (f: Field): string => utf8.decode(f.bytes);
const signed = (v: bigint): number => Number(BigInt.asIntN(64, v));

/** A repeated integer field, packed or not. */
function integers(f: Field): number[] {
  if (f.bytes.length === 0) return [signed(f.value)];
  const out: number[] = [];
  // A packed list is a message without tags.
  for (let at = 0; at < f.bytes.length; ) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const b = f.bytes[at++];
      if (b === undefined) throw damaged('a list ends within a number');
      value |= BigInt(b & 127) << shift;
      if (b < 128) break;
    }
    out.push(signed(value));
  }
  return out;
}

/** A copy that starts on an element boundary. Not by `slice`, which gives a view where the bytes are a Node `Buffer`. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(aligned(bytes), 0, bytes.length >> 2);

const NAMES = new Map<number, ElementType>(
  Object.entries(ONNX_TYPES).map(([name, number]) => [number, name as ElementType]),
);

interface RawTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly floats?: Float32Array;
  readonly whole?: readonly number[];
}

function tensor(bytes: Uint8Array): RawTensor {
  const shape: number[] = [];
  let type = 0;
  let name = '';
  let raw = new Uint8Array(0);
  const floats: Float32Array[] = [];
  const whole: number[] = [];
  for (const f of fields(bytes))
    if (f.number === 1) shape.push(...integers(f));
    else if (f.number === 2) type = Number(f.value);
    else if (f.number === 4) floats.push(floatsOf(f.bytes));
    else if (f.number === 5 || f.number === 7) whole.push(...integers(f));
    else if (f.number === 8) name = text(f);
    else if (f.number === 9) raw = f.bytes.slice();
    else if (f.number === 13 || (f.number === 14 && f.value !== 0n))
      throw new LikenessError('onnx.external', `${name || 'A constant'} is stored outside the model file.`, {
        hint: 'Save the model as one file.',
      });
  const size = sizeOf(shape);
  const check = <T extends { length: number }>(data: T): T => {
    if (data.length !== size) throw damaged(`${name} holds ${data.length} numbers, [${shape.join()}] was announced`);
    return data;
  };
  const inRaw = raw.length > 0;
  const kind = NAMES.get(type);
  if (kind === 'float32') {
    const flat = inRaw ? floatsOf(raw) : Float32Array.from(floats.flatMap((f) => [...f]));
    return { name, shape, floats: check(flat) };
  }
  if (kind === 'float16') {
    const bits = inRaw ? new Uint16Array(aligned(raw), 0, raw.length >> 1) : Uint16Array.from(whole);
    return { name, shape, floats: check(fromHalf(bits)) };
  }
  if (kind === undefined)
    throw new LikenessError('onnx.type', `${name} is of an element type that is not supported (${type}).`, {
      hint: 'Export the model with 32-bit floats.',
    });
  if (!inRaw) return { name, shape, whole: check(whole) };
  const buffer = aligned(raw);
  if (kind === 'int64') return { name, shape, whole: check(Array.from(new BigInt64Array(buffer), Number)) };
  return { name, shape, whole: check([...(kind === 'int32' ? new Int32Array(buffer) : raw)]) };
}

function attribute(bytes: Uint8Array): [string, Attribute] {
  let name = '';
  let value: Attribute = [];
  const list: number[] = [];
  for (const f of fields(bytes))
    if (f.number === 1) name = text(f);
    else if (f.number === 2) value = { float: floatsOf(f.bytes)[0] ?? 0 };
    else if (f.number === 3) value = signed(f.value);
    else if (f.number === 4) value = text(f);
    else if (f.number === 8) list.push(...integers(f));
  return [name, list.length > 0 ? list : value];
}

function node(bytes: Uint8Array): OnnxNode {
  const n = {
    name: '',
    op: '',
    inputs: [] as string[],
    outputs: [] as string[],
    attributes: {} as Record<string, Attribute>,
  };
  for (const f of fields(bytes))
    if (f.number === 1) n.inputs.push(text(f));
    else if (f.number === 2) n.outputs.push(text(f));
    else if (f.number === 3) n.name = text(f);
    else if (f.number === 4) n.op = text(f);
    else if (f.number === 5) {
      const [key, value] = attribute(f.bytes);
      n.attributes[key] = value;
    }
  return n;
}

/** The first sub-message with a number, or an empty one. */
function inside(bytes: Uint8Array, number: number): Uint8Array {
  for (const f of fields(bytes)) if (f.number === number) return f.bytes;
  return new Uint8Array(0);
}

function valueInfo(bytes: Uint8Array): OnnxValueInfo {
  let name = '';
  let type: ElementType = 'float32';
  const shape: number[] = [];
  for (const f of fields(bytes))
    if (f.number === 1) name = text(f);
    else if (f.number === 2)
      for (const t of fields(inside(f.bytes, 1)))
        if (t.number === 1) type = NAMES.get(Number(t.value)) ?? 'float32';
        else if (t.number === 2)
          for (const d of fields(t.bytes)) {
            const size = [...fields(d.bytes)].find((x) => x.number === 1);
            shape.push(size ? signed(size.value) : -1);
          }
  return { name, type, shape };
}

/**
 * Reads the bytes of an `.onnx` file.
 *
 * @throws LikenessError `onnx.damaged`, `onnx.external` (weights in another file) or `onnx.type`
 */
export function readModel(bytes: Uint8Array): OnnxContent {
  let opset = 0;
  let graph: Uint8Array | undefined;
  const metadata: Record<string, string> = {};
  for (const f of fields(bytes))
    if (f.number === 7) graph = f.bytes;
    else if (f.number === 8) {
      const domain = utf8.decode(inside(f.bytes, 1));
      for (const v of fields(f.bytes)) if (v.number === 2 && domain === '') opset = Number(v.value);
    } else if (f.number === 14) metadata[utf8.decode(inside(f.bytes, 1))] = utf8.decode(inside(f.bytes, 2));
  if (!graph || opset === 0) throw damaged('it holds no graph');
  const nodes: OnnxNode[] = [];
  const weights = new Map<string, TensorData>();
  const whole = new Map<string, { shape: readonly number[]; data: readonly number[] }>();
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  for (const f of fields(graph))
    if (f.number === 1) nodes.push(node(f.bytes));
    else if (f.number === 5) {
      const t = tensor(f.bytes);
      if (t.floats) weights.set(t.name, { shape: t.shape, data: t.floats });
      else whole.set(t.name, { shape: t.shape, data: t.whole ?? [] });
    } else if (f.number === 11) inputs.push(valueInfo(f.bytes));
    else if (f.number === 12) outputs.push(valueInfo(f.bytes));
  // Older files list constants among the inputs as well.
  const fed = inputs.filter((i) => !weights.has(i.name) && !whole.has(i.name));
  return { opset, nodes, weights, integers: whole, inputs: fed, outputs, metadata };
}

/**
 * The trained weights of a file that `exportOnnx` wrote, by the names of their parameters: for a warm start.
 */
export function readWeights(bytes: Uint8Array): Map<string, TensorData> {
  const out = new Map<string, TensorData>();
  for (const [name, t] of readModel(bytes).weights)
    if (!name.startsWith('const~')) out.set(name.replace(/#half$/, ''), t);
  return out;
}
