/**
 * What runs the training graphs: sessions, the store of named tensors that graphs share, and the step counters. Lives in
 * a worker thread as a rule (`core-worker.ts`), in the caller's thread for tests.
 */
import * as ort from 'onnxruntime-node';
import { LikenessError, messageOf } from '../base/index.js';
import { type CheckpointContent, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { type Shape, type StoredKind, sizeOf } from './graph.js';
import { type Initial, initialData } from './init.js';
import { type AdamOptions, adamScalars, SLOTS } from './optimiser.js';

/** A tensor as plain data. */
export interface TensorData {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A graph as it is handed to the core: plain data that can cross threads. */
export interface GraphPlan {
  readonly bytes: Uint8Array;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly stored: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly kind: StoredKind;
    readonly initial: Initial;
  }[];
  readonly updates: readonly { readonly output: string; readonly stored: string }[];
  readonly scalars: readonly string[];
  readonly pictures: readonly { readonly name: string; readonly shape: Shape }[];
  readonly groups: readonly (AdamOptions & { readonly name: string })[];
}

/** Where and how sessions run. */
export interface CoreOptions {
  readonly seed: number;
  /** Execution provider. */
  readonly device: 'cpu' | 'webgpu' | 'dml' | 'coreml';
  /** Threads inside an operation. */
  readonly threads: number;
}

/** What is fed at a step, by input name; numbers are for scalars. */
export type Feeds = Readonly<Record<string, Float32Array | number>>;

/** Settings of one step. */
export interface CoreStep {
  readonly lr: number | Readonly<Record<string, number>>;
  readonly fetch: readonly string[];
  /** Read the averaged weights instead of the current ones (graphs without groups). */
  readonly ema: boolean;
}

/** What a step gives. */
export interface StepResult {
  /** Losses (`loss:<group>`), gradient norms (`norm:<group>`) and the named scalars of the graph. */
  readonly scalars: Readonly<Record<string, number>>;
  /** The results asked for by `fetch`. */
  readonly pictures: Readonly<Record<string, TensorData>>;
}

interface Slot {
  readonly shape: Shape;
  readonly kind: StoredKind;
  now: ort.Tensor;
  /** The other buffer of an updated tensor: a step writes it, then the two change places. */
  next: ort.Tensor | undefined;
}

interface LoadedGraph {
  readonly plan: GraphPlan;
  readonly session: ort.InferenceSession;
  readonly scalars: ReadonlyMap<string, ort.Tensor>;
}

const floats = (t: ort.Tensor): Float32Array => t.data as Float32Array;

/** Sessions, stored tensors and step counters. Calls must not overlap. */
export class TrainerCore {
  readonly #options: CoreOptions;
  readonly #graphs = new Map<string, LoadedGraph>();
  readonly #store = new Map<string, Slot>();
  readonly #steps = new Map<string, number>();
  /** Tensors of a loaded checkpoint that no graph has named yet; they are kept for a later graph and the next save. */
  readonly #unclaimed = new Map<string, TensorData>();

  constructor(options: CoreOptions) {
    this.#options = options;
  }

  /** Makes a session for a graph and the stored tensors that it is the first to name. */
  async addGraph(name: string, plan: GraphPlan): Promise<void> {
    if (this.#graphs.has(name))
      throw new LikenessError('tensor.name', `The trainer has a graph named ${name} already.`, { hint: 'Rename it.' });
    for (const s of plan.stored) {
      const known = this.#store.get(s.name);
      if (known && known.shape.join() !== s.shape.join())
        throw new LikenessError(
          'tensor.shape',
          `${s.name} is [${known.shape.join()}] in the store, [${s.shape.join()}] in graph ${name}.`,
          { hint: 'Graphs that share a parameter must give it the same shape.' },
        );
      if (!known) this.#store.set(s.name, this.#newSlot(s, name));
    }
    let session: ort.InferenceSession;
    try {
      session = await ort.InferenceSession.create(plan.bytes, {
        executionProviders: [this.#options.device],
        intraOpNumThreads: this.#options.threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        // Idle threads sleep instead of spinning: on a shared machine this saves up to half of the processor time.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
    } catch (cause) {
      throw new LikenessError('tensor.session', `The graph ${name} was refused: ${messageOf(cause)}`, { cause });
    }
    const scalars = new Map(plan.scalars.map((s) => [s, new ort.Tensor('float32', new Float32Array(1), [])]));
    this.#graphs.set(name, { plan, session, scalars });
  }

  #newSlot(s: GraphPlan['stored'][number], graph: string): Slot {
    const waiting = this.#unclaimed.get(s.name);
    if (waiting && waiting.shape.join() !== s.shape.join()) throw otherCheckpoint(graph, s, waiting);
    this.#unclaimed.delete(s.name);
    const data =
      waiting?.data ??
      (s.initial.kind === 'copy'
        ? Float32Array.from(floats(this.#slot(s.initial.of).now))
        : initialData(s.initial, s.name, s.shape, this.#options.seed));
    return { shape: s.shape, kind: s.kind, now: new ort.Tensor('float32', data, s.shape), next: undefined };
  }

  #slot(name: string): Slot {
    const slot = this.#store.get(name);
    if (!slot) throw new LikenessError('tensor.name', `There is no stored tensor named ${name}.`);
    return slot;
  }

  /**
   * Runs a graph once. Its updates take effect together, and only when every loss is a finite number.
   * @throws LikenessError `tensor.diverged` when one is not; nothing has changed then.
   */
  async step(name: string, feeds: Feeds, options: CoreStep): Promise<StepResult> {
    const graph = this.#graphs.get(name);
    if (!graph) throw new LikenessError('tensor.name', `The trainer has no graph named ${name}.`);
    const { plan, session } = graph;
    const all: Record<string, Float32Array | number> = { ...feeds };
    for (const group of plan.groups) {
      const lr = typeof options.lr === 'number' ? options.lr : (options.lr[group.name] ?? 0);
      Object.assign(all, adamScalars(group, lr, (this.#steps.get(group.name) ?? 0) + 1));
    }
    const inputs: Record<string, ort.Tensor> = {};
    for (const i of plan.inputs) inputs[i.name] = feedOf(name, i, all[i.name]);
    for (const s of plan.stored) {
      const averaged = options.ema ? this.#store.get(s.name + SLOTS.average) : undefined;
      inputs[s.name] = (averaged ?? this.#slot(s.name)).now;
    }
    const outputs: Record<string, ort.Tensor> = {};
    for (const [s, t] of graph.scalars) outputs[s] = t;
    for (const u of plan.updates) {
      const slot = this.#slot(u.stored);
      slot.next ??= new ort.Tensor('float32', new Float32Array(sizeOf(slot.shape)), slot.shape);
      outputs[u.output] = slot.next;
    }
    const pictures: Record<string, TensorData> = {};
    for (const f of options.fetch) {
      const p = plan.pictures.find((q) => q.name === f);
      if (!p) throw new LikenessError('tensor.name', `The graph ${name} has no picture named ${f}.`);
      const data = new Float32Array(sizeOf(p.shape));
      outputs[f] = new ort.Tensor('float32', data, p.shape);
      pictures[f] = { shape: p.shape, data };
    }
    await session.run(inputs, outputs);
    const scalars: Record<string, number> = {};
    for (const [s, t] of graph.scalars) scalars[s] = floats(t)[0] as number;
    const broken = Object.entries(scalars).find(([, v]) => !Number.isFinite(v));
    if (broken && plan.updates.length > 0)
      throw new LikenessError('tensor.diverged', `${broken[0]} of graph ${name} became ${broken[1]}.`, {
        hint: 'Go back to the last checkpoint with a lower learning rate, or clip the gradient.',
      });
    for (const u of plan.updates) {
      const slot = this.#slot(u.stored);
      if (slot.next) [slot.now, slot.next] = [slot.next, slot.now];
    }
    for (const group of plan.groups) this.#steps.set(group.name, (this.#steps.get(group.name) ?? 0) + 1);
    return { scalars, pictures };
  }

  /** Copies of stored tensors: parameters, their averages, or all. */
  async read(what: 'params' | 'averages' | 'all'): Promise<Map<string, TensorData>> {
    const out = new Map<string, TensorData>();
    for (const [name, slot] of this.#store) {
      // Running means and the like belong to the network; moments and averages to the optimiser.
      if (what !== 'all' && slot.kind !== 'param' && Object.values(SLOTS).some((s) => name.endsWith(s))) continue;
      const from = what === 'averages' ? (this.#store.get(name + SLOTS.average) ?? slot) : slot;
      out.set(name, { shape: slot.shape, data: Float32Array.from(floats(from.now)) });
    }
    return out;
  }

  /**
   * Replaces parameters by name; their moments start anew and their averages start from them.
   * @returns how many were taken; names that the store does not know are passed over
   */
  async write(weights: ReadonlyMap<string, TensorData>): Promise<number> {
    let taken = 0;
    for (const [name, t] of weights) {
      const slot = this.#store.get(name);
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
        const s = this.#store.get(name + suffix);
        return s && floats(s.now);
      };
      slotOf(SLOTS.first)?.fill(0);
      slotOf(SLOTS.second)?.fill(0);
      slotOf(SLOTS.average)?.set(t.data);
      taken++;
    }
    return taken;
  }

  /** Steps made so far, by group. */
  async steps(): Promise<Record<string, number>> {
    return Object.fromEntries(this.#steps);
  }

  /** Writes a checkpoint; see {@link writeCheckpoint}. */
  async save(folder: string, note: unknown): Promise<string> {
    const tensors = [...this.#store].map(([name, s]) => ({ name, shape: s.shape, data: floats(s.now) }));
    for (const [name, t] of this.#unclaimed) tensors.push({ name, ...t });
    return await writeCheckpoint(folder, { steps: Object.fromEntries(this.#steps), note, tensors });
  }

  /**
   * Takes over the newest sound checkpoint of a folder; undefined where there is none. What it holds beyond the graphs
   * at hand is kept for graphs added later.
   * @throws LikenessError `checkpoint.other` when it lacks a tensor or has it in another shape; nothing has changed then
   */
  async load(folder: string): Promise<Pick<CheckpointContent, 'note' | 'steps' | 'warnings'> | undefined> {
    const found = await readCheckpoint(folder);
    if (!found) return undefined;
    const given = new Map(found.tensors.map((t) => [t.name, t]));
    for (const [name, slot] of this.#store) {
      const t = given.get(name);
      if (!t || t.shape.join() !== slot.shape.join()) throw otherCheckpoint(folder, { name, shape: slot.shape }, t);
    }
    this.#unclaimed.clear();
    for (const [name, t] of given) {
      const slot = this.#store.get(name);
      if (slot) floats(slot.now).set(t.data);
      else this.#unclaimed.set(name, { shape: t.shape, data: t.data });
    }
    this.#steps.clear();
    for (const [group, t] of Object.entries(found.steps)) this.#steps.set(group, t);
    return { note: found.note, steps: found.steps, warnings: found.warnings };
  }

  /** Frees the sessions. */
  async close(): Promise<void> {
    for (const { session } of this.#graphs.values()) await session.release();
    this.#graphs.clear();
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

function feedOf(
  graph: string,
  input: { readonly name: string; readonly shape: Shape },
  value: Float32Array | number | undefined,
): ort.Tensor {
  const size = sizeOf(input.shape);
  const data = typeof value === 'number' ? Float32Array.of(value) : value;
  if (data === undefined)
    throw new LikenessError('tensor.feed', `The graph ${graph} wants ${input.name} [${input.shape.join()}].`, {
      hint: 'Add it to the feeds of this step.',
    });
  if (data.length !== size)
    throw new LikenessError(
      'tensor.feed',
      `${input.name} of graph ${graph} is [${input.shape.join()}], ${size} numbers; ${data.length} were fed.`,
    );
  return new ort.Tensor('float32', data, input.shape);
}
