/** What the pool and its workers say to each other. */
import type { TensorSpec, TensorValue } from './types.js';

/** From the pool to a worker. */
export type Request =
  | {
      readonly kind: 'open';
      readonly call: number;
      readonly session: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly threads: number;
    }
  | {
      readonly kind: 'run';
      readonly call: number;
      readonly session: number;
      readonly feeds: Readonly<Record<string, TensorValue>>;
      readonly outputs: readonly string[] | undefined;
      /** The memory of the feeds is the worker's, which sends it back when the run is over. */
      readonly moved: readonly ArrayBuffer[];
    }
  | { readonly kind: 'close'; readonly call: number; readonly session: number }
  /** Frees everything and ends the thread. Ending it from outside while a net runs would bring the process down. */
  | { readonly kind: 'stop'; readonly call: number };

/** From a worker to the pool: the answer to the request with the same `call`. */
export type Answer =
  | {
      readonly call: number;
      readonly ok: true;
      readonly value: OpenAnswer | Record<string, TensorValue> | null;
      /** Memory of feeds, to be used again. */
      readonly freed: readonly ArrayBuffer[];
    }
  | { readonly call: number; readonly ok: false; readonly message: string };

/**
 * Two flags that both threads see, for the one moment when messages are too slow: a process that exits while a net runs
 * would be aborted by the runtime.
 */
export const FLAGS = {
  /** 1 while the worker is inside the runtime. */
  busy: 0,
  /** 1 once nothing new may be started. */
  leaving: 1,
} as const;

/** What a net says about itself once it is loaded; names in the order of the file. */
export interface OpenAnswer {
  readonly inputs: readonly Omit<TensorSpec, 'means'>[];
  readonly outputs: readonly Omit<TensorSpec, 'means'>[];
}
