/**
 * The graph under construction: symbolic tensors with static shapes, a tape of what was done to them, and reverse-mode
 * differentiation. It computes nothing itself; it is written out as ONNX and run by a session.
 *
 * Gradients are made of the same differentiable operations, so a gradient can be differentiated again.
 */
import { LikenessError } from '../base/index.js';
import { toHalf } from './half.js';
import type { Initial } from './init.js';
import { type Attribute, type ElementType, encodeModel, type OnnxInitializer, type OnnxNode } from './onnx-proto.js';

/** Sizes of a tensor, outermost first. Pictures are `[batch, channels, height, width]`. */
export type Shape = readonly number[];

/** Number of elements of a shape; 1 for a scalar `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** True when both shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** The error for operands that do not fit an operation. */
export function shapeError(op: string, detail: string): LikenessError {
  return new LikenessError('tensor.shape', `${op}: ${detail}`, {
    hint: 'Check the sizes of the layers before this operation.',
  });
}

/** A value in a graph: a name, a shape, an element type. Made by operations, not by hand. */
export class Tensor {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  /** True when a gradient can flow through it to a parameter. */
  tracked = false;

  constructor(graph: Graph, name: string, shape: Shape, type: ElementType) {
    this.graph = graph;
    this.name = name;
    this.shape = shape;
    this.type = type;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Length along an axis; negative axes count from the end. */
  dim(axis: number): number {
    const d = this.shape[axis < 0 ? axis + this.shape.length : axis];
    if (d === undefined) throw shapeError('dim', `axis ${axis} of [${this.shape.join()}] does not exist.`);
    return d;
  }
}

/**
 * Gradient rule of one operation: from the gradient of its result to those of its inputs. `needs[i]` says whether
 * input i wants one; the others may be `undefined`.
 */
export type GradientRule = (grad: Tensor, needs: readonly boolean[]) => readonly (Tensor | undefined)[];

interface TapeEntry {
  readonly result: Tensor;
  readonly inputs: readonly Tensor[];
  readonly rule: GradientRule;
}

/** What a stored tensor is: a trained parameter, or state that the graph itself carries on (power iteration, averages). */
export type StoredKind = 'param' | 'state';

/** A tensor that outlives a step: lives in the store of a trainer under its name. */
export interface StoredTensor {
  readonly tensor: Tensor;
  readonly kind: StoredKind;
  readonly initial: Initial;
}

/** Settings of a {@link Graph}. */
export interface GraphOptions {
  /** ONNX operator set, 12 to 18 (18 where not said). */
  readonly opset?: number;
  /** False for inference: layers then skip what only training needs. */
  readonly training?: boolean;
}

/** Settings of {@link Graph.gradients}. */
export interface GradientOptions {
  /** Keep the gradients differentiable themselves, for gradient penalties. Costs graph size. */
  readonly differentiable?: boolean;
}

/** A graph under construction. */
export class Graph {
  readonly opset: number;
  readonly training: boolean;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxInitializer[] = [];
  readonly #inputs = new Map<string, Tensor>();
  readonly #stored = new Map<string, StoredTensor>();
  readonly #updates = new Map<string, Tensor>();
  readonly #constants = new Map<string, Tensor>();
  readonly #outputs: { name: string; tensor: Tensor }[] = [];
  #tape: TapeEntry[] = [];
  #recording = true;
  #count = 0;

  constructor(options: GraphOptions = {}) {
    this.opset = options.opset ?? 18;
    this.training = options.training ?? true;
    if (this.opset < 12 || this.opset > 18)
      throw new LikenessError('tensor.opset', `Operator set ${this.opset} is not supported.`, {
        hint: 'Choose one from 12 to 18.',
      });
  }

  /** Appends a raw ONNX operation without a gradient. Operations of this room are built on it. */
  emit(
    op: string,
    inputs: readonly (Tensor | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
    type: ElementType = 'float32',
  ): Tensor {
    const t = new Tensor(this, `${op}~${this.#count++}`, shape, type);
    const names = inputs.map((i) => i?.name ?? '');
    // Some providers read a last input that is named but empty.
    while (names.at(-1) === '') names.pop();
    this.#nodes.push({ name: t.name, op, inputs: names, outputs: [t.name], attributes });
    return t;
  }

  /** Notes how a result's gradient turns into those of its inputs, where any input is tracked. Returns the result. */
  record(result: Tensor, inputs: readonly Tensor[], rule: GradientRule): Tensor {
    if (this.#recording && inputs.some((t) => t.tracked)) {
      result.tracked = true;
      this.#tape.push({ result, inputs, rule });
    }
    return result;
  }

  /** A tensor fed at every step. `[]` is a scalar. */
  input(name: string, shape: Shape, type: ElementType = 'float32'): Tensor {
    this.#claim(name);
    const t = new Tensor(this, name, shape, type);
    this.#inputs.set(name, t);
    return t;
  }

  /**
   * A trained parameter. Asking again for the same name gives the same tensor, which is how layers share weights.
   * @throws LikenessError `tensor.shape` when the name is known with another shape.
   */
  param(name: string, shape: Shape, initial: Initial): Tensor {
    return this.#store(name, shape, 'param', initial);
  }

  /** A tensor that is carried from step to step by {@link Graph.update}, without a gradient. */
  state(name: string, shape: Shape, initial: Initial): Tensor {
    return this.#store(name, shape, 'state', initial);
  }

  #store(name: string, shape: Shape, kind: StoredKind, initial: Initial): Tensor {
    const known = this.#stored.get(name);
    if (known) {
      if (known.kind !== kind || !sameShape(known.tensor.shape, shape))
        throw shapeError(name, `is [${known.tensor.shape.join()}] already and was asked for as [${shape.join()}].`);
      return known.tensor;
    }
    this.#claim(name);
    const tensor = new Tensor(this, name, shape, 'float32');
    tensor.tracked = kind === 'param';
    this.#stored.set(name, { tensor, kind, initial });
    return tensor;
  }

  #claim(name: string): void {
    if (this.#inputs.has(name) || this.#stored.has(name))
      throw new LikenessError('tensor.name', `The graph has an input or parameter named ${name} already.`, {
        hint: 'Rename one.',
      });
  }

  /** Sets the value that a parameter or state takes after the step. */
  update(stored: Tensor, next: Tensor): void {
    if (!this.#stored.has(stored.name))
      throw new LikenessError('tensor.name', `${stored.name} is neither a parameter nor a state of this graph.`);
    if (!sameShape(stored.shape, next.shape))
      throw shapeError('update', `${stored.name} is [${stored.shape.join()}], its next value [${next.shape.join()}].`);
    this.#updates.set(stored.name, next);
  }

  /** True when {@link Graph.update} was called for it. */
  isUpdated(stored: Tensor): boolean {
    return this.#updates.has(stored.name);
  }

  /** Names a result so that it can be fetched. */
  output(name: string, tensor: Tensor): void {
    this.#claim(name);
    if (this.#outputs.some((o) => o.name === name))
      throw new LikenessError('tensor.name', `The graph has two outputs named ${name}.`, { hint: 'Rename one.' });
    this.#outputs.push({ name, tensor });
  }

  /** Inputs that are fed at every step. */
  get inputs(): readonly Tensor[] {
    return [...this.#inputs.values()];
  }

  /** Parameters and states in the order of their first mention. */
  get stored(): readonly StoredTensor[] {
    return [...this.#stored.values()];
  }

  /** All parameters whose name starts with `prefix` (all of them for an empty one). */
  params(prefix = ''): Tensor[] {
    return this.stored.filter((s) => s.kind === 'param' && s.tensor.name.startsWith(prefix)).map((s) => s.tensor);
  }

  /** Named results. */
  get outputs(): readonly { readonly name: string; readonly tensor: Tensor }[] {
    return this.#outputs;
  }

  /** A constant; equal small ones are kept once. */
  constant(type: ElementType, shape: Shape, data: ArrayBufferView & ArrayLike<number | bigint>): Tensor {
    const key = data.length <= 64 ? `${type}[${shape.join()}]${Array.prototype.join.call(data)}` : '';
    const known = key ? this.#constants.get(key) : undefined;
    if (known) return known;
    const t = new Tensor(this, `const~${this.#count++}`, shape, type);
    this.#initializers.push({ name: t.name, type, shape, data });
    if (key) this.#constants.set(key, t);
    return t;
  }

  /** A float scalar constant. */
  scalar(value: number): Tensor {
    return this.constant('float32', [], Float32Array.of(value));
  }

  /** A list of 64-bit integers, as ONNX wants sizes and axes. */
  ints(values: readonly number[]): Tensor {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Runs `build` without recording: nothing in it can be differentiated. */
  untracked<T>(build: () => T): T {
    const before = this.#recording;
    this.#recording = false;
    try {
      return build();
    } finally {
      this.#recording = before;
    }
  }

  /**
   * Gradients of a scalar with respect to tensors (parameters or results on the way to it).
   *
   * @throws LikenessError `tensor.gradient` when the scalar does not depend on one of them.
   */
  gradients(of: Tensor, wrt: readonly Tensor[], options: GradientOptions = {}): Tensor[] {
    if (of.size !== 1) throw shapeError('gradients', `needs a scalar, ${of.name} is [${of.shape.join()}].`);
    const wanted = new Set(wrt.map((t) => t.name));
    const tape = [...this.#tape];
    // Only results on a path from a wanted tensor get a gradient.
    const needed = new Set(wanted);
    for (const e of tape) if (e.inputs.some((i) => i.tracked && needed.has(i.name))) needed.add(e.result.name);
    const grads = new Map<string, Tensor>();
    const sweep = (): void => {
      grads.set(of.name, this.constant('float32', of.shape, Float32Array.of(1)));
      for (const e of tape.reverse()) {
        const grad = grads.get(e.result.name);
        if (!grad || !needed.has(e.result.name)) continue;
        const needs = e.inputs.map((i) => i.tracked && needed.has(i.name));
        if (!needs.includes(true)) continue;
        const parts = e.rule(grad, needs);
        for (const [i, input] of e.inputs.entries()) {
          const part = parts[i];
          if (!needs[i] || !part) continue;
          if (!sameShape(part.shape, input.shape))
            throw shapeError('gradients', `[${part.shape.join()}] for ${input.name} of [${input.shape.join()}].`);
          const before = grads.get(input.name);
          grads.set(input.name, before ? this.#sum(before, part) : part);
        }
      }
    };
    if (options.differentiable === true) sweep();
    else this.untracked(sweep);
    return wrt.map((t) => {
      const grad = grads.get(t.name);
      if (!grad)
        throw new LikenessError('tensor.gradient', `The loss does not depend on ${t.name}.`, {
          hint: 'Leave it out of the group, or use it in the network.',
        });
      return grad;
    });
  }

  #sum(a: Tensor, b: Tensor): Tensor {
    return this.record(this.emit('Add', [a, b], a.shape), [a, b], (g) => [g, g]);
  }

  /**
   * Writes the graph as ONNX. Parts that no output or update needs are left out.
   *
   * @param baked values for parameters and states that become constants of the file; the others are inputs
   * @returns the bytes, which stored tensors became inputs, and `[output, stored]` pairs of the updates
   */
  encode(baked: ReadonlyMap<string, OnnxInitializer> = new Map(), options: EncodeOptions = {}): EncodedGraph {
    const producers = new Map(this.#nodes.map((n) => [n.outputs[0] ?? '', n]));
    const targets = [
      ...this.#outputs.map((o) => ({ name: o.name, tensor: o.tensor })),
      ...[...this.#updates].map(([name, tensor]) => ({ name: `${name}'`, tensor })),
    ];
    const live = new Set<string>();
    const queue = targets.map((t) => t.tensor.name);
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (live.has(at)) continue;
      live.add(at);
      queue.push(...(producers.get(at)?.inputs ?? []));
    }
    // A result takes its output name directly; a second name for it, or a name for an input, needs a copy.
    const renamed = new Map<string, string>();
    const copies: OnnxNode[] = [];
    for (const t of targets)
      if (producers.has(t.tensor.name) && !renamed.has(t.tensor.name)) renamed.set(t.tensor.name, t.name);
      else
        copies.push({
          name: `copy ${t.name}`,
          op: 'Identity',
          inputs: [t.tensor.name],
          outputs: [t.name],
          attributes: {},
        });
    const nameOf = (name: string): string => renamed.get(name) ?? name;
    const nodes = [...this.#nodes.filter((n) => live.has(n.outputs[0] ?? '')), ...copies].map((n) => ({
      ...n,
      inputs: n.inputs.map(nameOf),
      outputs: n.outputs.map(nameOf),
    }));
    const constants = [...baked.values()].filter((b) => live.has(b.name));
    if (options.half === true)
      for (const [i, c] of constants.entries()) {
        const narrow = `${c.name}#half`;
        nodes.unshift({ name: narrow, op: 'Cast', inputs: [narrow], outputs: [c.name], attributes: { to: 1 } });
        constants[i] = { name: narrow, type: 'float16', shape: c.shape, data: toHalf(c.data as Float32Array) };
      }
    const stored = [...this.#stored.values()].filter((s) => live.has(s.tensor.name) && !baked.has(s.tensor.name));
    const bytes = encodeModel({
      nodes,
      initializers: [...this.#initializers.filter((i) => live.has(i.name)), ...constants],
      inputs: [...this.inputs.filter((t) => live.has(t.name)), ...stored.map((s) => s.tensor)],
      outputs: targets.map((t) => ({ name: t.name, type: t.tensor.type, shape: t.tensor.shape })),
      opset: this.opset,
      metadata: options.metadata ?? {},
    });
    return {
      bytes,
      inputs: this.inputs.filter((t) => live.has(t.name)),
      stored,
      updates: [...this.#updates.keys()].map((name) => ({ output: `${name}'`, stored: name })),
    };
  }
}

/** Settings of {@link Graph.encode}. */
export interface EncodeOptions {
  /** Store baked weights as 16-bit floats, widened again by the reader. */
  readonly half?: boolean;
  /** Free-form facts written into the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A graph as ONNX bytes, with what its runner must feed and carry on. */
export interface EncodedGraph {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Tensor[];
  readonly stored: readonly StoredTensor[];
  readonly updates: readonly { readonly output: string; readonly stored: string }[];
}
