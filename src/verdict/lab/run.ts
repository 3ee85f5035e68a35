/** Scoring a whole labelled set, a few files at a time. */
import { availableParallelism } from 'node:os';
import { askCrew, type LongWork, type WorkerFailure, workerUrl } from '../../base/index.js';
import type { CopyLevel } from '../../detect/index.js';
import type { LabQuestion } from './lab-worker.js';
import type { LabFile, LevelScore, ScoredLabFile } from './types.js';

const MOST_THREADS = 4;

/** Scores every file; those that cannot be read come back with their error. In the order given. */
export async function scoreSet(
  files: readonly LabFile[],
  levels: readonly CopyLevel[],
  work: LongWork = {},
): Promise<ScoredLabFile[]> {
  type Answer = { readonly error: null; readonly levels: readonly LevelScore[] } | WorkerFailure;
  type Question = LabQuestion & { readonly index: number };
  const scored = new Array<ScoredLabFile>(files.length);
  let done = 0;
  await askCrew<Question, Answer>({
    url: workerUrl(import.meta.url, './lab-worker.js'),
    questions: files.map(({ path }, index) => ({ path, levels, index })),
    atOnce: Math.min(availableParallelism(), MOST_THREADS),
    signal: work.signal,
    onAnswer: ({ index }, answer) => {
      const file = files[index] as LabFile;
      scored[index] =
        answer.error === null
          ? { ...file, levels: answer.levels, error: null }
          : { ...file, levels: [], error: answer.error.message };
      work.onProgress?.({ stage: 'scoring', done: ++done, total: files.length, unit: 'files', note: file.name });
    },
  });
  return scored;
}
