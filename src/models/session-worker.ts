/**
 * A worker thread that holds ONNX sessions. One thread per session and no spinning: on a busy machine spinning threads
 * cost more processor time than they save.
 */
import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { type Answer, FLAGS, type OpenAnswer, type Request } from './messages.js';
import type { TensorValue } from './types.js';

const port = parentPort;
if (!port) throw new Error('session-worker.js is a worker thread, it does not run by itself.');

const flags = (workerData as { readonly flags: Int32Array }).flags;
const sessions = new Map<number, ort.InferenceSession>();

type Dtype = TensorValue['dtype'];

function dtypeOf(type: string): Dtype {
  if (type === 'float32' || type === 'int64' || type === 'int32' || type === 'bool') return type;
  throw new Error(`tensors of type ${type} are not supported`);
}

function describe(metadata: readonly ort.InferenceSession.ValueMetadata[]): OpenAnswer['inputs'] {
  return metadata.map((value) => {
    if (!value.isTensor) throw new Error(`${value.name} is not a tensor`);
    return {
      name: value.name,
      dtype: dtypeOf(value.type),
      dims: value.shape.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : -1)),
    };
  });
}

async function open(session: number, bytes: Uint8Array, threads: number): Promise<OpenAnswer> {
  const created = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  sessions.set(session, created);
  return { inputs: describe(created.inputMetadata), outputs: describe(created.outputMetadata) };
}

function sessionOf(id: number): ort.InferenceSession {
  const session = sessions.get(id);
  if (!session) throw new Error('the session is closed');
  return session;
}

function tensorOf(value: TensorValue): ort.Tensor {
  return new ort.Tensor(value.dtype, value.data as never, value.dims);
}

async function run(
  session: number,
  feeds: Readonly<Record<string, TensorValue>>,
  outputs: readonly string[] | undefined,
): Promise<Record<string, TensorValue>> {
  const tensors = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, tensorOf(value)]));
  const target = sessionOf(session);
  const results = outputs ? await target.run(tensors, outputs) : await target.run(tensors);
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => {
      const typed = tensor as ort.Tensor;
      // Copied once: the runtime's own memory cannot be moved to another thread.
      const data = (typed.data as TensorValue['data']).slice();
      return [name, { dtype: dtypeOf(typed.type), dims: typed.dims, data }];
    }),
  );
}

async function answer(request: Request): Promise<OpenAnswer | Record<string, TensorValue> | null> {
  switch (request.kind) {
    case 'open':
      return open(request.session, request.bytes, request.threads);
    case 'run':
      return run(request.session, request.feeds, request.outputs);
    case 'close': {
      const session = sessions.get(request.session);
      sessions.delete(request.session);
      await session?.release();
      return null;
    }
    case 'stop':
      for (const session of sessions.values()) await session.release();
      sessions.clear();
      port?.close();
      return null;
  }
}

function buffersOf(request: Request, value: Awaited<ReturnType<typeof answer>>): ArrayBuffer[] {
  if (request.kind !== 'run' || !value) return [];
  return Object.values(value as Record<string, TensorValue>).map((tensor) => tensor.data.buffer as ArrayBuffer);
}

/** Tells a process that waits to exit that the runtime is left alone now. */
function settle(): void {
  Atomics.store(flags, FLAGS.busy, 0);
  Atomics.notify(flags, FLAGS.busy);
}

// Requests are answered one after the other: a session that is being released must not be running.
let queue: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  queue = queue.then(async () => {
    let reply: Answer;
    let moved: ArrayBuffer[] = [];
    const freed = request.kind === 'run' ? request.moved : [];
    Atomics.store(flags, FLAGS.busy, 1);
    if (Atomics.load(flags, FLAGS.leaving) === 1) return settle();
    try {
      const value = await answer(request);
      moved = [...buffersOf(request, value), ...freed];
      reply = { call: request.call, ok: true, value, freed };
    } catch (thrown) {
      reply = { call: request.call, ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    settle();
    port.postMessage(reply, moved);
  });
});
