/** Many files, a few at a time, each in a worker thread of its own. What goes wrong with one does not stop the others. */
import { Worker } from 'node:worker_threads';

/** What a worker answers to a question that it could not deal with. */
export interface WorkerFailure {
  readonly error: { readonly code: string; readonly message: string };
}

function ask<Question, Answer>(worker: Worker, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
    };
    const answered = (answer: Answer): void => {
      done();
      resolve(answer);
    };
    const failed = (cause: Error): void => {
      done();
      reject(cause);
    };
    const ended = (): void => failed(new Error('the worker thread ended'));
    worker.on('message', answered).on('error', failed).on('exit', ended).postMessage(question);
  });
}

/** How {@link askCrew} works. */
export interface CrewOptions<Question, Answer> {
  /** The compiled worker file, see `workerUrl`. It answers every message with exactly one. */
  readonly url: URL;
  readonly questions: readonly Question[];
  /** Threads at once; never more than there are questions. */
  readonly atOnce: number;
  readonly signal?: AbortSignal | undefined;
  /** Is told every answer as it comes, in any order. */
  onAnswer(question: Question, answer: Answer): void;
}

/** Asks a crew of worker threads all questions. A crash of a thread rejects; what a thread answers never does. */
export async function askCrew<Question, Answer>(options: CrewOptions<Question, Answer>): Promise<void> {
  const { url, questions, signal } = options;
  let next = 0;
  const work = async (worker: Worker): Promise<void> => {
    while (next < questions.length) {
      signal?.throwIfAborted();
      const question = questions[next++] as Question;
      options.onAnswer(question, await ask<Question, Answer>(worker, question));
    }
  };
  const count = Math.max(1, Math.min(options.atOnce, questions.length));
  const workers = Array.from({ length: count }, () => new Worker(url));
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
