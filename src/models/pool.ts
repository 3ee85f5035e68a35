/**
 * The worker threads that run nets. There are few of them, shared by all sessions, started when first needed; they never
 * keep the process alive on their own. A worker that dies takes its sessions with it, and every call on them says so.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LikenessError, messageOf, workerUrl } from '../base/index.js';
import { keepInputs } from './inputs.js';
import { type Answer, FLAGS, type Request } from './messages.js';

type Value = Extract<Answer, { ok: true }>['value'];
type WithoutCall<T> = T extends unknown ? Omit<T, 'call'> : never;

interface Waiting {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds that a process which exits waits for a run; longer ones are cut off. */
const LONGEST_RUN = 10_000;

const crashHint = 'Run it again. If it happens again, the machine may be short of memory.';

/** One thread and the calls it has not answered yet. */
export class PoolWorker {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #flags = new Int32Array(new SharedArrayBuffer(8));
  #calls = 0;
  #failure: LikenessError | null = null;
  /** Sessions that live here; the pool puts a new one where there are fewest. */
  sessions = 0;

  constructor(onGone: (worker: PoolWorker) => void) {
    this.#thread = new Worker(workerUrl(import.meta.url, './session-worker.js'), {
      workerData: { flags: this.#flags },
      // Flags of the process, such as a loader or `--eval`, are not for this thread.
      execArgv: [],
    });
    this.#thread.unref();
    this.#thread.on('message', (answer: Answer) => this.#settle(answer));
    this.#thread.on('error', (cause) => this.#fail(`crashed: ${messageOf(cause)}`, cause));
    this.#thread.on('exit', (code) => {
      this.#fail(`ended with code ${code}`);
      onGone(this);
    });
  }

  /** Calls that wait for an answer; the measure of how busy the thread is. */
  get load(): number {
    return this.#waiting.size;
  }

  /** False once the thread is gone. */
  get alive(): boolean {
    return this.#failure === null;
  }

  /** Ends the thread after the run it is in; what waits is rejected at once. Resolves when the thread is gone. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    this.#fail('was stopped');
    const gone = once(this.#thread, 'exit');
    this.#thread.ref();
    this.#thread.postMessage({ kind: 'stop', call: 0 } satisfies Request);
    await gone;
  }

  /** Blocks until the thread is out of the runtime and keeps it out; for the last moments of a process. */
  leave(): void {
    Atomics.store(this.#flags, FLAGS.leaving, 1);
    while (Atomics.load(this.#flags, FLAGS.busy) === 1)
      if (Atomics.wait(this.#flags, FLAGS.busy, 1, LONGEST_RUN) === 'timed-out') return;
  }

  /**
   * Asks the thread.
   *
   * @param moved buffers that the thread takes over
   * @throws LikenessError `models.crashed` when the thread is gone, `models.failed` when the runtime refuses
   */
  ask(request: WithoutCall<Request>, moved: readonly ArrayBuffer[] = []): Promise<Value> {
    if (this.#failure) return Promise.reject(this.#failure);
    const call = ++this.#calls;
    return new Promise<Value>((resolve, reject) => {
      // Only a thread with work keeps the process alive.
      if (this.#waiting.size === 0) this.#thread.ref();
      this.#waiting.set(call, { resolve, reject });
      try {
        this.#thread.postMessage({ ...request, call }, moved);
      } catch (cause) {
        this.#forget(call);
        reject(
          new LikenessError('models.failed', `The input of a model cannot be sent: ${messageOf(cause)}`, { cause }),
        );
      }
    });
  }

  #forget(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (this.#waiting.size === 0 && this.alive) this.#thread.unref();
    return waiting;
  }

  #settle(answer: Answer): void {
    const waiting = this.#forget(answer.call);
    if (answer.ok) {
      keepInputs(answer.freed);
      waiting?.resolve(answer.value);
    } else waiting?.reject(new LikenessError('models.failed', `A model refused its work: ${answer.message}`));
  }

  #fail(how: string, cause?: unknown): void {
    this.#failure ??= new LikenessError('models.crashed', `The worker thread that runs models ${how}.`, {
      hint: crashHint,
      cause,
    });
    for (const call of [...this.#waiting.keys()]) this.#forget(call)?.reject(this.#failure);
  }
}

const size = Math.max(2, Math.min(availableParallelism(), 8));
const workers = new Set<PoolWorker>();

// A process that exits while a net runs would end with a crash of the runtime instead of its own exit code.
process.on('exit', () => {
  for (const worker of workers) worker.leave();
});

/**
 * The threads that `count` sessions shall live in: the ones with the fewest sessions, all different as long as there are
 * enough.
 */
export function takeWorkers(count: number): PoolWorker[] {
  const taken: PoolWorker[] = [];
  for (let i = 0; i < count; i++) {
    const fewest = (a: PoolWorker, b: PoolWorker): PoolWorker => (b.sessions < a.sessions ? b : a);
    const alive = [...workers].filter((worker) => worker.alive);
    const free = alive.filter((worker) => !taken.includes(worker));
    const idle = free.find((worker) => worker.sessions === 0);
    let worker: PoolWorker;
    if (idle) worker = idle;
    else if (alive.length < size) {
      worker = new PoolWorker((gone) => workers.delete(gone));
      workers.add(worker);
    } else worker = (free.length ? free : alive).reduce(fewest);
    worker.sessions++;
    taken.push(worker);
  }
  return taken;
}

/**
 * Stops all threads: what waits is rejected at once, a run that is under way is waited for. Open sessions
 * answer `models.crashed` from then on.
 */
export async function stopModels(): Promise<void> {
  await Promise.all([...workers].map((worker) => worker.stop()));
}
