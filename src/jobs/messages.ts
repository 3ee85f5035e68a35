/** What passes between a worker and the process that does a job. Types only. */
import type { ProgressEvent } from '../base/index.js';
import type { MediaInfo } from '../media/index.js';
import type { Answer, GuestFilm, Question, StretchInHand } from '../synth/guest/index.js';
import type { InputOf, JobError, JobInput, SharedPack, SharedPlan, TaskResult } from './types.js';

/** What of a render is wanted of a process: to look how it can be shared, one stretch, or all that is left and the seal. */
export interface RenderStep {
  /** Id of the piece of work, the same for all who take part. */
  readonly work: string;
  readonly part: 'plan' | 'finish' | number;
  /** Names of finished segments that lie elsewhere. */
  readonly known: readonly string[];
  /** The key of the render, locked with that of the studio's home. */
  readonly key: string;
  /** Whether guests are there for whom nothing was packed yet: it is packed with the plan, or before the stretch. */
  readonly packs: boolean;
}

/** A stretch that a guest is to render. */
export interface GuestStep {
  readonly stretch: StretchInHand;
  readonly film: GuestFilm;
}

/** A question of a guest that somebody with the studio's home is to answer. */
export interface AskedStep {
  readonly question: Question;
  readonly input: InputOf<'render'>;
  readonly work: string;
  /** See {@link RenderStep}. */
  readonly key: string;
}

/** To the child. */
export type ToChild =
  | { readonly type: 'job'; readonly id: string; readonly input: JobInput; readonly step: RenderStep | null }
  | { readonly type: 'stretch'; readonly step: GuestStep }
  /** What became of a question that was `ask`ed; null where nobody answered in time. */
  | { readonly type: 'heard'; readonly id: string; readonly answer: Answer | null }
  | { readonly type: 'question'; readonly step: AskedStep }
  /** Nothing more comes; sent to a process that waits for the next stretch. */
  | { readonly type: 'end' }
  | { readonly type: 'look'; readonly id: number; readonly path: string; readonly poster: string }
  | { readonly type: 'stop' };

/** From the child. */
export type FromChild =
  | { readonly type: 'progress'; readonly event: ProgressEvent }
  | { readonly type: 'done'; readonly result: TaskResult }
  /** A render can be shared out; the process waits for what it is to do next. */
  | { readonly type: 'planned'; readonly plan: SharedPlan }
  /** The film of a stretch was packed for guests, and the stretch goes on. */
  | { readonly type: 'packed'; readonly pack: SharedPack }
  /** A stretch is finished, and these files of the folder of segments are there; the process waits likewise. */
  | { readonly type: 'part'; readonly files: readonly string[] }
  /** A guest asks whether it may go on, and waits. */
  | { readonly type: 'ask'; readonly question: Question }
  | { readonly type: 'answered'; readonly id: string; readonly answer: Answer }
  | { readonly type: 'failed'; readonly error: JobError; readonly stopped: boolean }
  | { readonly type: 'looked'; readonly id: number; readonly info: MediaInfo | null; readonly error: JobError | null };
