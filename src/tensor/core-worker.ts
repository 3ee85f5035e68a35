/** Worker thread around a {@link TrainerCore}: takes calls as messages, one after the other, and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { LikenessError, messageOf } from '../base/index.js';
import { type CoreOptions, TrainerCore } from './core.js';
import type { TensorData } from './store.js';

/** Methods of the core that can be called from outside the thread. */
export type CoreMethod = 'addGraph' | 'step' | 'read' | 'write' | 'steps' | 'save' | 'load' | 'close';

/** A call. */
export interface CoreCall {
  readonly id: number;
  readonly method: CoreMethod;
  readonly args: readonly unknown[];
}

/** Its answer: a value or an error as plain data. */
export interface CoreAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | undefined };
}

/** Buffers of weights and pictures in an answer: fresh copies already, so they are handed over, not copied again. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const tensors =
    value instanceof Map ? value.values() : Object.values((value as { pictures?: object } | undefined)?.pictures ?? {});
  return [...(tensors as Iterable<TensorData>)].map((t) => t.data.buffer as ArrayBuffer);
}

const port = parentPort;
if (port) {
  const core = new TrainerCore(workerData as CoreOptions);
  const answer = async ({ id, method, args }: CoreCall): Promise<void> => {
    try {
      const call = core[method] as (...a: readonly unknown[]) => Promise<unknown>;
      const value = await call.apply(core, args as unknown[]);
      port.postMessage({ id, value } satisfies CoreAnswer, buffersOf(value));
    } catch (thrown) {
      const known = thrown instanceof LikenessError;
      const error = {
        code: known ? thrown.code : 'tensor.failed',
        message: messageOf(thrown),
        hint: known ? thrown.hint : undefined,
      };
      port.postMessage({ id, error } satisfies CoreAnswer);
    }
    if (method === 'close') port.close();
  };
  let last: Promise<void> = Promise.resolve();
  port.on('message', (call: CoreCall) => {
    last = last.then(() => answer(call));
  });
}
