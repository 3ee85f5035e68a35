/**
 * The store of named tensors: parameters, their moments and averages, and states. Graphs of one trainer share them by
 * name; a checkpoint holds all of them.
 */
import * as ort from 'onnxruntime-node';
import { LikenessError } from '../base/index.js';
import { type AdamArrays, Arena, arenaBytes } from './fused-adam.js';
import { type Shape, type StoredKind, sizeOf } from './graph.js';
import { type Initial, initialData, zeros } from './init.js';
import { SLOTS } from './optimiser.js';

/** A tensor as plain data. */
export interface TensorData {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** What a graph says about a tensor of the store. */
export interface StoredPlan {
  readonly name: string;
  readonly shape: Shape;
  readonly kind: StoredKind;
  readonly initial: Initial;
}

/** Which parameters train together, and whether their average is kept. */
export interface FusedGroup {
  readonly params: readonly string[];
  readonly ema?: number;
}

/** A tensor of the store. */
export interface Slot {
  readonly shape: Shape;
  readonly kind: StoredKind;
  now: ort.Tensor;
  /** The other buffer of an updated tensor: a step writes it, then the two change places. */
  next: ort.Tensor | undefined;
}

/** A parameter that the kernel updates. */
export interface FusedParam extends AdamArrays {
  readonly param: string;
  readonly arena: Arena;
  /** The gradient as the session writes it. */
  readonly output: ort.Tensor;
}

/** The numbers of a tensor. */
export const floats = (t: ort.Tensor): Float32Array => t.data as Float32Array;

/** Named tensors. */
export class TensorStore {
  readonly #seed: number;
  readonly #slots = new Map<string, Slot>();
  readonly #fused = new Map<string, FusedParam>();
  /** Tensors of a loaded checkpoint that no graph has named yet; they are kept for a later graph and the next save. */
  readonly #unclaimed = new Map<string, TensorData>();

  /** @param seed decides the first values */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Makes a tensor that the store does not have yet. */
  add(s: StoredPlan, graph: string): void {
    const known = this.#slots.get(s.name);
    if (known && known.shape.join() !== s.shape.join())
      throw new LikenessError(
        'tensor.shape',
        `${s.name} is [${known.shape.join()}] in the store, [${s.shape.join()}] in graph ${graph}.`,
        { hint: 'Graphs that share a parameter must give it the same shape.' },
      );
    if (!known) this.#slots.set(s.name, this.#newSlot(s, graph));
  }

  #newSlot(s: StoredPlan, graph: string): Slot {
    const waiting = this.#unclaimed.get(s.name);
    if (waiting && waiting.shape.join() !== s.shape.join()) throw otherCheckpoint(graph, s, waiting);
    this.#unclaimed.delete(s.name);
    const data =
      waiting?.data ??
      (s.initial.kind === 'copy'
        ? Float32Array.from(floats(this.slot(s.initial.of).now))
        : initialData(s.initial, s.name, s.shape, this.#seed));
    return { shape: s.shape, kind: s.kind, now: new ort.Tensor('float32', data, s.shape), next: undefined };
  }

  /** The tensor of a name. */
  slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (!slot) throw new LikenessError('tensor.name', `There is no stored tensor named ${name}.`);
    return slot;
  }

  /** The tensor of a name, or its moving average where asked for and kept. */
  current(name: string, averaged: boolean): Slot {
    return (averaged ? this.#slots.get(name + SLOTS.average) : undefined) ?? this.slot(name);
  }

  /** Moves the tensors of a group's parameters into the memory of an update kernel, where they are not there yet. */
  fuse(group: FusedGroup, graph: string): void {
    const averaged = group.ema !== undefined;
    const fresh = group.params.filter((p) => {
      const known = this.#fused.get(p);
      return !known || (averaged && !known.average);
    });
    if (fresh.length === 0) return;
    const arrays = averaged ? 5 : 4;
    const bytes = fresh.reduce((n, p) => n + arrays * arenaBytes(sizeOf(this.slot(p).shape)), 0);
    const arena = new Arena(bytes);
    for (const param of fresh) {
      const { shape } = this.slot(param);
      const move = (name: string, initial: Initial): Float32Array => {
        const slot = this.#slots.get(name) ?? this.#newSlot({ name, shape, kind: 'state', initial }, graph);
        const data = arena.array(sizeOf(shape));
        data.set(floats(slot.now));
        slot.now = new ort.Tensor('float32', data, shape);
        slot.next = undefined;
        this.#slots.set(name, slot);
        return data;
      };
      const weights = move(param, zeros);
      const first = move(param + SLOTS.first, zeros);
      const second = move(param + SLOTS.second, zeros);
      const average = averaged ? move(param + SLOTS.average, { kind: 'copy', of: param }) : undefined;
      const gradient = arena.array(sizeOf(shape));
      const output = new ort.Tensor('float32', gradient, shape);
      this.#fused.set(param, { param, arena, weights, first, second, average, gradient, output });
    }
  }

  /** The kernel's arrays of a group. */
  fusedOf(group: FusedGroup): FusedParam[] {
    return group.params.map((p) => this.#fused.get(p)).filter((f) => f !== undefined);
  }

  /** Copies of parameters and states, or of the averages of those that have any; without the optimiser's tensors. */
  read(averaged: boolean): Map<string, TensorData> {
    const out = new Map<string, TensorData>();
    for (const [name, slot] of this.#slots) {
      // Running means and the like belong to the network; moments and averages to the optimiser.
      if (slot.kind !== 'param' && Object.values(SLOTS).some((s) => name.endsWith(s))) continue;
      const from = this.current(name, averaged);
      out.set(name, { shape: slot.shape, data: Float32Array.from(floats(from.now)) });
    }
    return out;
  }

  /**
   * Replaces parameters by name; their moments start anew and their averages start from them.
   * @returns how many were taken; names that the store does not know are passed over
   */
  write(weights: ReadonlyMap<string, TensorData>): number {
    let taken = 0;
    for (const [name, t] of weights) {
      const slot = this.#slots.get(name);
      if (!slot) continue;
      if (slot.shape.join() !== t.shape.join() || t.data.length !== sizeOf(slot.shape))
        throw new LikenessError(
          'tensor.shape',
          `${name} is [${t.shape.join()}], [${slot.shape.join()}] was expected.`,
          {
            hint: 'The weights belong to another network or preset.',
          },
        );
      floats(slot.now).set(t.data);
      const slotOf = (suffix: string): Float32Array | undefined => {
        const s = this.#slots.get(name + suffix);
        return s && floats(s.now);
      };
      slotOf(SLOTS.first)?.fill(0);
      slotOf(SLOTS.second)?.fill(0);
      slotOf(SLOTS.average)?.set(t.data);
      taken++;
    }
    return taken;
  }

  /** Every tensor, as the store's own memory, for a checkpoint. */
  all(): { name: string; shape: Shape; data: Float32Array }[] {
    const out = [...this.#slots].map(([name, s]) => ({ name, shape: s.shape, data: floats(s.now) }));
    for (const [name, t] of this.#unclaimed) out.push({ name, ...t });
    return out;
  }

  /**
   * Takes over the tensors of a checkpoint.
   * @throws LikenessError `checkpoint.other` when one is missing or has another shape; nothing has changed then
   */
  restore(tensors: readonly (TensorData & { readonly name: string })[], where: string): void {
    const given = new Map(tensors.map((t) => [t.name, t]));
    for (const [name, slot] of this.#slots) {
      const t = given.get(name);
      if (!t || t.shape.join() !== slot.shape.join()) throw otherCheckpoint(where, { name, shape: slot.shape }, t);
    }
    this.#unclaimed.clear();
    for (const [name, t] of given) {
      const slot = this.#slots.get(name);
      if (slot) floats(slot.now).set(t.data);
      else this.#unclaimed.set(name, { shape: t.shape, data: t.data });
    }
  }
}

function otherCheckpoint(
  where: string,
  wanted: { readonly name: string; readonly shape: Shape },
  found: { readonly shape: Shape } | undefined,
): LikenessError {
  const has = found
    ? `holds ${wanted.name} as [${found.shape.join()}], not [${wanted.shape.join()}]`
    : `has no ${wanted.name}`;
  return new LikenessError('checkpoint.other', `The checkpoint for ${where} ${has}.`, {
    hint: 'It belongs to another preset or version: resume with the settings it was made with, or start anew.',
  });
}
