/** What passes between a worker and the process that does a job. Types only. */
import type { ProgressEvent } from '../base/index.js';
import type { MediaInfo } from '../media/index.js';
import type { JobError, JobInput, TaskResult } from './types.js';

/** To the child. */
export type ToChild =
  | { readonly type: 'job'; readonly id: string; readonly input: JobInput }
  | { readonly type: 'look'; readonly id: number; readonly path: string; readonly poster: string }
  | { readonly type: 'stop' };

/** From the child. */
export type FromChild =
  | { readonly type: 'progress'; readonly event: ProgressEvent }
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: JobError; readonly stopped: boolean }
  | { readonly type: 'looked'; readonly id: number; readonly info: MediaInfo | null; readonly error: JobError | null };
