/**
 * The compositors of all people of a shot, in this thread or in one of their own, so that the next frames can be cut out
 * while this one is put together. Requests are dealt with in the order they are made in, wherever that is.
 */
import { Worker } from 'node:worker_threads';
import { LikenessError, messageOf, workerUrl } from '../../base/index.js';
import type { Box } from '../../faces/index.js';
import { type Frame, reclaimFrame } from '../../media/index.js';
import { type PersonMask, personMask } from '../mask/index.js';
import { type Compositor, createCompositor, type LearnSample } from './compositor.js';
import type { CompositorState } from './state.js';
import type { CompositeInput } from './types.js';

/** One person's new face, to be put into a frame. */
export interface CompositeJob extends Omit<CompositeInput, 'frame'> {
  /** Number of the person, 0 to count - 1. */
  readonly person: number;
  /** The person's number in the target, where the mask is to be handed back. */
  readonly keep?: number | undefined;
}

/** A frame with new faces in it. */
export interface Composited {
  readonly frame: Frame;
  /** The rectangle outside which nothing changed, for each job in turn. */
  readonly boxes: readonly Box[];
  /** The masks of the jobs that asked for theirs, made small. */
  readonly masks: readonly PersonMask[];
  /** What the work took, without waiting for its turn. */
  readonly seconds: number;
}

/** Compositors of some people. */
export interface Compositing {
  /** Shows a person as filmed, see {@link Compositor}. The frame is only read. */
  learn(person: number, sample: LearnSample): Promise<void>;
  /**
   * Puts faces into a frame, one job after the other. The frame must not be looked at or asked about again: its pixels may
   * change threads, and come back in the answer.
   */
  composite(frame: Frame, jobs: readonly CompositeJob[]): Promise<Composited>;
  /** What is remembered of each person; everybody then goes on from it in a fresh compositor, as {@link take} does. */
  turn(): Promise<readonly CompositorState[]>;
  /** Goes on from what was remembered, one state for each person. */
  take(states: readonly CompositorState[]): Promise<void>;
  /** Ends the thread, where there is one; what waits is rejected. */
  close(): Promise<void>;
}

/** What a thread is asked. */
export type CompositingRequest =
  | { readonly kind: 'learn'; readonly person: number; readonly sample: LearnSample }
  | { readonly kind: 'composite'; readonly frame: Frame; readonly jobs: readonly CompositeJob[] }
  | { readonly kind: 'turn' }
  | { readonly kind: 'take'; readonly states: readonly CompositorState[] };

/** What it answers. */
export type CompositingAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'composited'; readonly composited: Composited }
  | { readonly kind: 'states'; readonly states: readonly CompositorState[] }
  | {
      readonly kind: 'failed';
      readonly code: string | null;
      readonly message: string;
      readonly hint: string | undefined;
    };

/** Compositors by number, and what is done with them; used on either side. */
export class CompositorTable {
  readonly #compositors: Compositor[];

  /** @param count how many people there are */
  constructor(count: number) {
    this.#compositors = Array.from({ length: count }, () => createCompositor());
  }

  #of(person: number): Compositor {
    const found = this.#compositors[person];
    if (!found) throw new RangeError(`there are ${this.#compositors.length} people, none has the number ${person}`);
    return found;
  }

  #take(states: readonly CompositorState[]): void {
    for (const [i, state] of states.entries()) {
      const fresh = createCompositor();
      fresh.state = state;
      this.#compositors[i] = fresh;
    }
  }

  #composite(frame: Frame, jobs: readonly CompositeJob[]): Composited {
    const started = performance.now();
    const masks: PersonMask[] = [];
    const boxes = jobs.map(({ person, keep, ...input }) => {
      const { box, alpha } = this.#of(person).composite({ ...input, frame });
      // The mask is the compositor's own, until it is asked again.
      if (keep !== undefined) masks.push(personMask(keep, box, alpha, input.points));
      return box;
    });
    return { frame, boxes, masks, seconds: (performance.now() - started) / 1000 };
  }

  /** Answers one request. @throws LikenessError `blend.input` */
  answer(request: CompositingRequest): CompositingAnswer {
    switch (request.kind) {
      case 'learn':
        this.#of(request.person).learn(request.sample);
        return { kind: 'done' };
      case 'composite':
        return { kind: 'composited', composited: this.#composite(request.frame, request.jobs) };
      case 'turn': {
        const states = this.#compositors.map((c) => structuredClone(c.state));
        this.#take(structuredClone(states));
        return { kind: 'states', states };
      }
      case 'take':
        this.#take(request.states);
        return { kind: 'done' };
    }
  }
}

const unexpected = (answer: CompositingAnswer): never => {
  throw new Error(`compositing answered with "${answer.kind}"`);
};

/** Asks by way of a function that carries requests over and brings answers back in order. */
function over(
  ask: (request: CompositingRequest) => Promise<CompositingAnswer>,
  close: () => Promise<void>,
): Compositing {
  return {
    async learn(person, sample) {
      await ask({ kind: 'learn', person, sample });
    },
    async composite(frame, jobs) {
      const answer = await ask({ kind: 'composite', frame, jobs });
      if (answer.kind !== 'composited') return unexpected(answer);
      return { ...answer.composited, frame: reclaimFrame(frame, answer.composited.frame.pixels) };
    },
    async turn() {
      const answer = await ask({ kind: 'turn' });
      return answer.kind === 'states' ? answer.states : unexpected(answer);
    },
    async take(states) {
      await ask({ kind: 'take', states });
    },
    close,
  };
}

/** Compositors in this very thread: for a single picture, where a thread would not be worth its start. */
export function compositeHere(count: number): Compositing {
  const table = new CompositorTable(count);
  return over(
    async (request) => table.answer(request),
    async () => undefined,
  );
}

/**
 * Compositors in a thread of their own, which starts at once and takes the better part of a second for it. Errors are those of {@link Compositor}, and `blend.stopped` where the thread ends or
 * crashes.
 */
export function compositeInThread(count: number): Compositing {
  const thread = new Thread(count);
  return over(
    (request) => thread.ask(request),
    () => thread.close(),
  );
}

interface Waiting {
  readonly resolve: (answer: CompositingAnswer) => void;
  readonly reject: (error: Error) => void;
}

const ownBuffer = (pixels: Uint8Array): ArrayBuffer[] =>
  pixels.buffer instanceof ArrayBuffer && pixels.byteLength === pixels.buffer.byteLength ? [pixels.buffer] : [];

/** The thread, and who waits for it: it answers in order, so the first answer is for the first who asked. */
class Thread {
  readonly #waiting: Waiting[] = [];
  readonly #worker: Worker;
  #failure: Error | null = null;

  constructor(count: number) {
    const worker = new Worker(workerUrl(import.meta.url, './compositing-worker.js'), {
      workerData: { count },
      execArgv: [],
    });
    this.#worker = worker;
    // It does not keep the process alive while nobody waits for it.
    worker.unref();
    worker.on('message', (answer: CompositingAnswer) => {
      // A late answer must not let a process end that waits for the end of the thread.
      if (this.#failure !== null) return;
      const first = this.#waiting.shift();
      if (this.#waiting.length === 0) worker.unref();
      if (answer.kind !== 'failed') first?.resolve(answer);
      else if (answer.code === null) first?.reject(new Error(answer.message));
      else
        first?.reject(
          new LikenessError(answer.code, answer.message, answer.hint === undefined ? {} : { hint: answer.hint }),
        );
    });
    worker.on('error', (cause) => this.#fail(`crashed: ${messageOf(cause)}`, cause));
    worker.on('exit', () => this.#fail('ended'));
  }

  #fail(how: string, cause?: unknown): void {
    this.#failure ??= new LikenessError('blend.stopped', `The thread that puts faces into frames ${how}.`, {
      hint: 'Run it again; finished parts are kept. If it happens again, the machine may be short of memory.',
      ...(cause === undefined ? {} : { cause }),
    });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  ask(request: CompositingRequest): Promise<CompositingAnswer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      worker.ref();
      worker.postMessage(request, request.kind === 'composite' ? ownBuffer(request.frame.pixels) : []);
    });
  }

  async close(): Promise<void> {
    this.#fail('was closed');
    await this.#worker.terminate();
  }
}
