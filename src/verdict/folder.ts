/** Checking every file of a folder, a few at a time; what goes wrong with one does not stop the others. */
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { askCrew, filesUnder, LikenessError, type LongWork, type WorkerFailure, workerUrl } from '../base/index.js';
import type { CheckedFile } from './check.js';

/** What came of one file of a folder. */
export type FolderCheck =
  | ({ readonly name: string; readonly error: null } & CheckedFile)
  | ({ readonly name: string } & WorkerFailure);

/** Each thread keeps its own nets, some 300 MB; more than this many would fill small machines. */
const MOST_THREADS = 4;

/** What lies beside media and is none. */
const NO_MEDIA = /\.(c2pa|json|html?|csv|txt|md)$/i;

/**
 * Checks every file of a folder.
 *
 * @returns in order of the names
 * @throws LikenessError `verdict.empty` where there is none, `file.*` where the folder cannot be read
 */
export async function checkFolder(folder: string, work: LongWork = {}): Promise<FolderCheck[]> {
  const { files, unreadable } = filesUnder(folder, NO_MEDIA);
  if (files.length + unreadable.length === 0)
    throw new LikenessError('verdict.empty', `${folder} holds no files that could be checked.`, {
      hint: 'Name a folder with pictures, videos or sound.',
    });
  const checks: FolderCheck[] = unreadable.map((path) => ({
    name: relative(folder, path),
    error: { code: 'file.permission', message: 'it cannot be reached: no permission, or a link that leads nowhere' },
  }));
  let done = 0;
  type Answer = ({ readonly error: null } & CheckedFile) | WorkerFailure;
  await askCrew<{ readonly path: string }, Answer>({
    url: workerUrl(import.meta.url, './check-worker.js'),
    questions: files.map((path) => ({ path })),
    atOnce: Math.min(availableParallelism(), MOST_THREADS),
    signal: work.signal,
    onAnswer: ({ path }, answer) => {
      const name = relative(folder, path);
      checks.push({ name, ...answer });
      work.onProgress?.({ stage: 'checking', done: ++done, total: files.length, unit: 'files', note: name });
    },
  });
  return checks.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
