/**
 * What runs the training graphs: sessions, the store of tensors that they share, and the step counters. Lives in
 * a worker thread as a rule (`core-worker.ts`), in the caller's thread for tests.
 */
import * as ort from 'onnxruntime-node';
import { LikenessError, messageOf } from '../base/index.js';
import { type CheckpointContent, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { type Shape, sizeOf } from './graph.js';
import {
  type AdamNumbers,
  type AdamOptions,
  adamNumbers,
  CLIP_EPSILON,
  gradientName,
  scalarNames,
} from './optimiser.js';
import { floats, type StoredPlan, type TensorData, TensorStore } from './store.js';

/** A graph as it is handed to the core: plain data that can cross threads. */
export interface GraphPlan {
  readonly bytes: Uint8Array;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly stored: readonly StoredPlan[];
  readonly updates: readonly { readonly output: string; readonly stored: string }[];
  readonly scalars: readonly string[];
  readonly pictures: readonly { readonly name: string; readonly shape: Shape }[];
  readonly groups: readonly (AdamOptions & { readonly name: string; readonly params: readonly string[] })[];
  /** True when the graph gives gradients (`grad:<param>`) and the core updates the weights of its groups. */
  readonly fused: boolean;
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
  /** False: nothing is updated, neither by the optimiser nor by the graph itself. */
  readonly learn: boolean;
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

interface LoadedGraph {
  readonly plan: GraphPlan;
  readonly session: ort.InferenceSession;
  readonly scalars: ReadonlyMap<string, ort.Tensor>;
}

/** Sessions, stored tensors and step counters. Calls must not overlap. */
export class TrainerCore {
  readonly #options: CoreOptions;
  readonly #store: TensorStore;
  readonly #graphs = new Map<string, LoadedGraph>();
  readonly #steps = new Map<string, number>();

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#store = new TensorStore(options.seed);
  }

  /** Makes a session for a graph and the stored tensors that it is the first to name. */
  async addGraph(name: string, plan: GraphPlan): Promise<void> {
    if (this.#graphs.has(name))
      throw new LikenessError('tensor.name', `The trainer has a graph named ${name} already.`, { hint: 'Rename it.' });
    for (const t of plan.stored) this.#store.add(t, name);
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
    if (plan.fused) for (const group of plan.groups) this.#store.fuse(group, name);
    const scalars = new Map(plan.scalars.map((s) => [s, new ort.Tensor('float32', new Float32Array(1), [])]));
    this.#graphs.set(name, { plan, session, scalars });
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
    const numbers = plan.groups.map((group) => {
      const lr = typeof options.lr === 'number' ? options.lr : (options.lr[group.name] ?? 0);
      return adamNumbers(group, lr, (this.#steps.get(group.name) ?? 0) + 1);
    });
    if (!plan.fused)
      for (const [i, group] of plan.groups.entries())
        for (const [key, input] of Object.entries(scalarNames(group.name)))
          all[input] = numbers[i]?.[key as keyof (typeof numbers)[number]] ?? 0;
    const inputs: Record<string, ort.Tensor> = {};
    for (const i of plan.inputs) inputs[i.name] = feedOf(name, i, all[i.name]);
    for (const s of plan.stored) {
      inputs[s.name] = this.#store.current(s.name, options.ema).now;
    }
    const outputs: Record<string, ort.Tensor> = {};
    for (const [s, t] of graph.scalars) outputs[s] = t;
    const updates = options.learn ? plan.updates : [];
    for (const u of updates) {
      const slot = this.#store.slot(u.stored);
      slot.next ??= new ort.Tensor('float32', new Float32Array(sizeOf(slot.shape)), slot.shape);
      outputs[u.output] = slot.next;
    }
    if (plan.fused && options.learn)
      for (const group of plan.groups)
        for (const f of this.#store.fusedOf(group)) outputs[gradientName(f.param)] = f.output;
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
    if (options.learn) this.#learn(name, plan, numbers, scalars);
    return { scalars, pictures };
  }

  /** Makes the updates of a run take effect, unless a loss or norm is not a number. Adds the norms to the scalars. */
  #learn(name: string, plan: GraphPlan, numbers: readonly AdamNumbers[], scalars: Record<string, number>): void {
    const fused = plan.groups.map((group) => (plan.fused ? this.#store.fusedOf(group) : []));
    const clips = plan.groups.map(({ name: group, clipNorm }, i) => {
      if (!plan.fused || clipNorm === undefined) return 1;
      const norm = Math.sqrt((fused[i] ?? []).reduce((sum, f) => sum + f.arena.squares(f.gradient), 0));
      scalars[`norm:${group}`] = norm;
      return Math.min(1, clipNorm / (norm + CLIP_EPSILON));
    });
    const broken = Object.entries(scalars).find(([, v]) => !Number.isFinite(v));
    if (broken)
      throw new LikenessError('tensor.diverged', `${broken[0]} of graph ${name} became ${broken[1]}.`, {
        hint: 'Go back to the last checkpoint with a lower learning rate, or clip the gradient.',
      });
    for (const [i, { name: group, beta1 = 0.9, beta2 = 0.999, ema }] of plan.groups.entries()) {
      const step = { ...(numbers[i] as AdamNumbers), beta1, beta2, clip: clips[i] ?? 1 };
      for (const f of fused[i] ?? []) f.arena.step(ema === undefined ? { ...f, average: undefined } : f, step);
      this.#steps.set(group, (this.#steps.get(group) ?? 0) + 1);
    }
    for (const u of plan.updates) {
      const slot = this.#store.slot(u.stored);
      if (slot.next) [slot.now, slot.next] = [slot.next, slot.now];
    }
  }

  /** Steps made so far, by group. */
  async steps(): Promise<Record<string, number>> {
    return Object.fromEntries(this.#steps);
  }

  /** See {@link TensorStore.read}. */
  async read(what: 'params' | 'averages'): Promise<Map<string, TensorData>> {
    return this.#store.read(what === 'averages');
  }

  /** See {@link TensorStore.write}. */
  async write(weights: ReadonlyMap<string, TensorData>): Promise<number> {
    return this.#store.write(weights);
  }

  /** Writes a checkpoint; see {@link writeCheckpoint}. */
  async save(folder: string, note: unknown): Promise<string> {
    return await writeCheckpoint(folder, { steps: await this.steps(), note, tensors: this.#store.all() });
  }

  /**
   * Takes over the newest sound checkpoint of a folder; undefined where there is none. What it holds beyond the graphs
   * at hand is kept for graphs added later.
   * @throws LikenessError `checkpoint.other` when it lacks a tensor or has it in another shape; nothing has changed then
   */
  async load(folder: string): Promise<Pick<CheckpointContent, 'note' | 'steps' | 'warnings'> | undefined> {
    const found = await readCheckpoint(folder);
    if (!found) return undefined;
    this.#store.restore(found.tensors, folder);
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
