/** The trainer: builds graphs, hands them to a core in a worker thread, and makes steps. */
import { Worker } from 'node:worker_threads';
import { LikenessError, messageOf, workerUrl } from '../base/index.js';
import type { CoreOptions, CoreStep } from './core.js';
import { type Feeds, type GraphPlan, type StepResult, TrainerCore } from './core.js';
import type { CoreAnswer, CoreCall, CoreMethod } from './core-worker.js';
import { Graph, type Tensor } from './graph.js';
import { addAdam, addGradients, gradientName, type TrainingGroup } from './optimiser.js';
import type { TensorData } from './store.js';

/** What a graph trains and what can be read from it. */
export interface TrainingGraph {
  /** Parameters and their losses; none for a graph that only looks. Parameters in no group stay as they are. */
  readonly groups?: readonly TrainingGroup[];
  /** Scalars returned by every step besides the losses. */
  readonly scalars?: Readonly<Record<string, Tensor>>;
  /** Tensors that a step returns when asked. */
  readonly pictures?: Readonly<Record<string, Tensor>>;
}

/** Describes a network and its losses on an empty graph. */
export type BuildTraining = (g: Graph) => TrainingGraph;

/** Settings of {@link createTrainer}. */
export interface TrainerOptions {
  /** The graph named `main`. */
  readonly build: BuildTraining;
  /** Decides the first weights. */
  readonly seed: number;
  /** Execution provider (`cpu`). */
  readonly device?: CoreOptions['device'];
  /** Threads inside an operation (1). More change the last bits of results, not their reproducibility. */
  readonly threads?: number;
  /**
   * Where weights are updated: by a `kernel` after the graph (the processor's default: faster, less memory), or in the
   * `graph` (other devices always). The results agree to the last digits.
   */
  readonly update?: 'kernel' | 'graph';
  /** False runs in the caller's thread, which then blocks during a step. */
  readonly worker?: boolean;
}

/** Settings of one step. */
export interface StepOptions {
  /** Learning rate of all groups, or by group name (0 where not named). */
  readonly lr: number | Readonly<Record<string, number>>;
  /** Which graph (`main`). */
  readonly graph?: string;
  /** Names of pictures to return. */
  readonly fetch?: readonly string[];
}

/** Settings of {@link Trainer.run}. */
export interface RunOptions {
  readonly graph: string;
  readonly fetch?: readonly string[];
  /** Use the averaged weights. */
  readonly ema?: boolean;
}

/** What {@link Trainer.loadCheckpoint} found. */
export interface Resumed {
  /** What the caller gave to `saveCheckpoint`. */
  readonly note: unknown;
  /** Steps made, by group. */
  readonly steps: Readonly<Record<string, number>>;
  /** Newer checkpoints that were damaged, one sentence each. */
  readonly warnings: readonly string[];
}

/** Trains networks. Calls may be made without waiting; they are carried out in order. */
export interface Trainer {
  /**
   * Adds a graph that shares parameters, by name, with those before it: another batch size, another loss. With
   * `training` false, layers behave as in an exported file (`batchNormLayer` uses its running statistics).
   */
  addGraph(name: string, build: BuildTraining, options?: { readonly training?: boolean }): Promise<void>;
  /** One training step. */
  step(feeds: Feeds, options: StepOptions): Promise<StepResult>;
  /** Runs a graph and changes nothing: no weights, no states, no counters. */
  run(feeds: Feeds, options: RunOptions): Promise<StepResult>;
  /** The parameters. */
  weights(): Promise<Map<string, TensorData>>;
  /** Their moving averages where a group keeps them, else the parameters. */
  emaWeights(): Promise<Map<string, TensorData>>;
  /** Replaces parameters by name (warm start); unknown names are passed over. Returns how many were taken. */
  load(weights: ReadonlyMap<string, TensorData>): Promise<number>;
  /** Steps made, by group. */
  steps(): Promise<Record<string, number>>;
  /** Writes a checkpoint into a folder, with a JSON value of the caller's. Returns the file. */
  saveCheckpoint(folder: string, note?: unknown): Promise<string>;
  /** Goes on from the newest sound checkpoint of a folder; undefined where there is none. */
  loadCheckpoint(folder: string): Promise<Resumed | undefined>;
  /** Frees everything. */
  close(): Promise<void>;
}

/**
 * Builds a training graph and encodes it for a core.
 *
 * @param fused leave the update of the weights to the core's kernel; else it is a part of the graph
 */
export function planGraph(build: BuildTraining, fused = false, training = true): GraphPlan {
  const g = new Graph({ training });
  const { groups = [], scalars = {}, pictures = {} } = build(g);
  for (const group of groups) (fused ? addGradients : addAdam)(g, group);
  for (const [name, t] of Object.entries(scalars)) g.output(name, t);
  const names = g.outputs.filter((o) => o.tensor.size === 1 && !o.name.startsWith(gradientName(''))).map((o) => o.name);
  for (const [name, t] of Object.entries(pictures)) g.output(name, t);
  const encoded = g.encode();
  return {
    bytes: encoded.bytes,
    inputs: encoded.inputs.map(({ name, shape }) => ({ name, shape })),
    // In the order of first mention, so that a copied first value finds its original.
    stored: encoded.stored.map(({ tensor, kind, initial }) => ({
      name: tensor.name,
      shape: tensor.shape,
      kind,
      initial,
    })),
    updates: encoded.updates,
    scalars: names,
    pictures: Object.entries(pictures).map(([name, t]) => ({ name, shape: t.shape })),
    groups: groups.map(({ params, loss: _, ...options }) => ({ ...options, params: params.map((p) => p.name) })),
    fused,
  };
}

type Call = (method: CoreMethod, args: readonly unknown[]) => Promise<unknown>;

/** Calls a core in its own thread. */
function threadCall(options: CoreOptions): Call {
  const worker = new Worker(workerUrl(import.meta.url, './core-worker.js'), {
    workerData: options,
    // Switches of this process, such as --input-type, need not fit a worker.
    execArgv: [],
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let count = 0;
  let dead: LikenessError | undefined;
  worker.unref();
  worker.on('message', ({ id, value, error }: CoreAnswer) => {
    const w = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (error) w?.reject(new LikenessError(error.code, error.message, error.hint ? { hint: error.hint } : {}));
    else w?.resolve(value);
  });
  const fail = (cause: unknown): void => {
    dead = new LikenessError('tensor.worker', `The training thread ended unexpectedly (${messageOf(cause)}).`, {
      hint: 'Start again; training goes on from the last checkpoint.',
      cause,
    });
    for (const w of waiting.values()) w.reject(dead);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(`exit code ${code}`));
  return (method, args) =>
    new Promise((resolve, reject) => {
      if (dead) return reject(dead);
      const id = count++;
      waiting.set(id, { resolve, reject });
      // The thread keeps the process alive only while an answer is due.
      worker.ref();
      worker.postMessage({ id, method, args } satisfies CoreCall);
    });
}

/** Calls a core in this thread, one call at a time. */
function localCall(options: CoreOptions): Call {
  const core = new TrainerCore(options);
  let last: Promise<unknown> = Promise.resolve();
  return (method, args) => {
    const call = core[method] as (...a: readonly unknown[]) => Promise<unknown>;
    const next = last.then(() => call.apply(core, args as unknown[]));
    last = next.catch(() => undefined);
    return next;
  };
}

/**
 * Makes a trainer with its first graph.
 *
 * @example
 * const trainer = await createTrainer({
 *   seed: 1,
 *   build: (g) => {
 *     const x = g.input('x', [8, 3, 64, 64]);
 *     const y = sigmoid(convLayer(x, 'net.out', 3));
 *     return { groups: [{ name: 'net', params: g.params('net.'), loss: l1Loss(y, x) }], pictures: { y } };
 *   },
 * });
 * const { scalars } = await trainer.step({ x: batch }, { lr: 1e-3 });
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { build, seed, device = 'cpu', threads = 1, worker = true, update = 'kernel' } = options;
  const fused = device === 'cpu' && update === 'kernel';
  const call = (worker ? threadCall : localCall)({ seed, device, threads });
  const trainer: Trainer = {
    addGraph: async (name, next, { training = true } = {}) =>
      void (await call('addGraph', [name, planGraph(next, fused, training)])),
    step: (feeds, { lr, graph = 'main', fetch = [] }) =>
      call('step', [graph, feeds, { lr, fetch, ema: false, learn: true } satisfies CoreStep]) as Promise<StepResult>,
    run: (feeds, { graph, fetch = [], ema = false }) =>
      call('step', [graph, feeds, { lr: 0, fetch, ema, learn: false } satisfies CoreStep]) as Promise<StepResult>,
    weights: () => call('read', ['params']) as Promise<Map<string, TensorData>>,
    emaWeights: () => call('read', ['averages']) as Promise<Map<string, TensorData>>,
    load: (weights) => call('write', [weights]) as Promise<number>,
    steps: () => call('steps', []) as Promise<Record<string, number>>,
    saveCheckpoint: (folder, note = null) => call('save', [folder, note]) as Promise<string>,
    loadCheckpoint: (folder) => call('load', [folder]) as Promise<Resumed | undefined>,
    close: async () => void (await call('close', [])),
  };
  await trainer.addGraph('main', build);
  return trainer;
}
