/** Nets that are open and can be run. */
import { join } from 'node:path';
import { LikenessError } from '../base/index.js';
import { modelCard, modelsFolder, readModel } from './cards.js';
import type { OpenAnswer } from './messages.js';
import { type PoolWorker, takeWorkers } from './pool.js';
import type { ModelCard, TensorValue } from './types.js';

/** What is known of an open net; taken from the file itself, not from the card. */
export interface ModelInfo extends OpenAnswer {
  /** The id of a shipped net, or the path of any other. */
  readonly name: string;
}

/** How a net is opened. */
export interface OpenOptions {
  /** Threads inside one run; 1 unless told. */
  readonly threads?: number;
  /** Copies in different worker threads, so that several runs go on at once; 1 unless told. */
  readonly instances?: number;
}

/** How a net is run. */
export interface RunOptions {
  /** Only these outputs are computed and sent back. */
  readonly outputs?: readonly string[];
  /** True: the feeds are copied and stay usable. Otherwise their memory moves to the worker and they are empty afterwards. */
  readonly keep?: boolean;
}

/** A net that is loaded in one or more worker threads. */
export interface ModelSession {
  readonly info: ModelInfo;
  /** The card of a shipped net, `null` for a trained file. */
  readonly card: ModelCard | null;
  /**
   * Runs the net once. Runs started without waiting are spread over the instances and queue up in order.
   *
   * @throws LikenessError `models.input` for feeds that do not fit, `models.failed`, `models.crashed`, `models.closed`
   */
  run(feeds: Readonly<Record<string, TensorValue>>, options?: RunOptions): Promise<Record<string, TensorValue>>;
  /** Frees the net; waits for runs that are under way. */
  close(): Promise<void>;
}

let lastSession = 0;

const lengthOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Checks names, types and shapes before they cross to a worker, so that the message names the input. */
function checkFeeds(info: ModelInfo, feeds: Readonly<Record<string, TensorValue>>): void {
  const problem = (what: string): LikenessError =>
    new LikenessError('models.input', `${info.name}: ${what}.`, {
      hint: `It takes ${info.inputs.map((i) => `${i.name} ${i.dtype} [${i.dims.join(', ')}]`).join('; ')}.`,
    });
  for (const name of Object.keys(feeds))
    if (!info.inputs.some((input) => input.name === name)) throw problem(`there is no input "${name}"`);
  for (const { name, dtype, dims } of info.inputs) {
    const value = feeds[name];
    if (!value) throw problem(`input "${name}" is missing`);
    if (value.dtype !== dtype) throw problem(`input "${name}" is ${value.dtype} instead of ${dtype}`);
    const shape = `[${value.dims.join(', ')}]`;
    if (value.dims.length !== dims.length || dims.some((dim, i) => dim !== -1 && dim !== value.dims[i]))
      throw problem(`input "${name}" has shape ${shape}`);
    if (value.data.length !== lengthOf(value.dims))
      throw problem(`input "${name}" holds ${value.data.length} numbers for shape ${shape}`);
  }
}

/** The buffers that can move: each once, and only where the array covers all of it. */
function movable(feeds: Readonly<Record<string, TensorValue>>): ArrayBuffer[] {
  const whole = new Set<ArrayBuffer>();
  for (const { data } of Object.values(feeds))
    if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) whole.add(data.buffer);
  return [...whole];
}

class PooledSession implements ModelSession {
  readonly info: ModelInfo;
  readonly card: ModelCard | null;
  readonly #workers: readonly PoolWorker[];
  readonly #id: number;
  #closed = false;

  constructor(info: ModelInfo, card: ModelCard | null, workers: readonly PoolWorker[], id: number) {
    this.info = info;
    this.card = card;
    this.#workers = workers;
    this.#id = id;
  }

  async run(
    feeds: Readonly<Record<string, TensorValue>>,
    options: RunOptions = {},
  ): Promise<Record<string, TensorValue>> {
    if (this.#closed) throw new LikenessError('models.closed', `${this.info.name} was closed and cannot run any more.`);
    checkFeeds(this.info, feeds);
    const worker = this.#workers.reduce((a, b) => (b.load < a.load ? b : a));
    const moved = options.keep ? [] : movable(feeds);
    const request = { kind: 'run', session: this.#id, feeds, outputs: options.outputs, moved } as const;
    return (await worker.ask(request, moved)) as Record<string, TensorValue>;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(
      this.#workers.map(async (worker) => {
        worker.sessions--;
        // A worker that is gone has freed everything already.
        await worker.ask({ kind: 'close', session: this.#id }).catch(() => null);
      }),
    );
  }
}

async function openBytes(
  name: string,
  card: ModelCard | null,
  bytes: Uint8Array<ArrayBuffer>,
  options: OpenOptions,
): Promise<ModelSession> {
  const id = ++lastSession;
  const workers = takeWorkers(options.instances ?? 1);
  const threads = options.threads ?? 1;
  try {
    const answers = await Promise.all(
      workers.map((worker, i) => {
        const own = i === workers.length - 1 ? bytes : bytes.slice();
        return worker.ask({ kind: 'open', session: id, bytes: own, threads }, [own.buffer]);
      }),
    );
    return new PooledSession({ name, ...(answers[0] as OpenAnswer) }, card, workers, id);
  } catch (cause) {
    for (const worker of workers) {
      worker.sessions--;
      await worker.ask({ kind: 'close', session: id }).catch(() => null);
    }
    if (cause instanceof LikenessError && cause.code === 'models.failed')
      throw new LikenessError('models.invalid', `${name} cannot be loaded: ${cause.message}`, {
        hint: 'The file is no ONNX model that this runtime knows.',
        cause,
      });
    throw cause;
  }
}

/**
 * Opens a shipped net. Its bytes are hashed first; a changed or missing file never runs.
 *
 * @param id as in its card
 * @throws LikenessError `models.unknown`, `models.missing`, `models.tampered`, `models.card`, `models.invalid`
 * @example
 * const net = await openModel('selfie');
 * const { mask } = await net.run({ image: { dtype: 'float32', dims: [1, 256, 256, 3], data } });
 */
export async function openModel(
  id: string,
  options: OpenOptions & { readonly folder?: string } = {},
): Promise<ModelSession> {
  const folder = options.folder ?? modelsFolder;
  const card = await modelCard(id, folder);
  return openBytes(id, card, await readModel(join(folder, `${id}.onnx`), card.sha256), options);
}

/**
 * The bytes of a net that ships, compared with its card: for what writes it into a graph of its own.
 *
 * @param id as in its card
 * @throws LikenessError `models.unknown`, `models.missing`, `models.tampered`, `models.card`
 */
export async function modelBytes(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const card = await modelCard(id, modelsFolder);
  return readModel(join(modelsFolder, `${id}.onnx`), card.sha256);
}

/**
 * Opens any ONNX file, such as a trained pair.
 *
 * @param path of the file
 * @param options `sha256`: lower-case hex; where given, other bytes are refused. `read`: reads the file where it does not lie on
 *   the disk as it is
 * @throws LikenessError `models.missing`, `models.tampered`, `models.invalid`, or a `file.*` code
 */
export async function openModelFile(
  path: string,
  options: OpenOptions & {
    readonly sha256?: string;
    readonly read?: ((path: string) => Promise<Uint8Array<ArrayBuffer>>) | undefined;
  } = {},
): Promise<ModelSession> {
  return openBytes(path, null, await readModel(path, options.sha256, options.read), options);
}
