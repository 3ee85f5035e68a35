/** What long work tells whoever waits for it. The rooms report; only the command line and the server draw. */

/** One step of long work. */
export interface ProgressEvent {
  /** What is being done, a few words: `analyzing target`. */
  readonly stage: string;
  /** How much is done, in `unit`s. */
  readonly done: number;
  /** How much there is, in `unit`s; 0 where it is not known. */
  readonly total: number;
  /** What is counted: `frames`, `steps`, `bytes`. */
  readonly unit: string;
  /** A short extra remark, such as the current loss. */
  readonly note?: string;
}

/** Receives progress; called often, must be cheap. */
export type ProgressListener = (event: ProgressEvent) => void;

/** Options that every long operation takes. */
export interface LongWork {
  /** Called as the work goes on. */
  readonly onProgress?: ProgressListener | undefined;
  /** Stops the work cleanly at the next safe point; what is done so far is kept and the promise rejects with `AbortError`. */
  readonly signal?: AbortSignal | undefined;
}
