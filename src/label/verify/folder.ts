/** Many files at once: every file of a folder, a few at a time; what goes wrong with one does not stop the others. */
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { askCrew, filesUnder, LikenessError, type LongWork, type WorkerFailure, workerUrl } from '../../base/index.js';
import type { VerifiedFile } from './types.js';
import type { VerifyOptions } from './verify.js';
import type { VerifyQuestion } from './verify-worker.js';

/** What came of one file of a folder. */
export type FolderFinding =
  | ({ readonly name: string; readonly error: null } & VerifiedFile)
  | { readonly name: string; readonly error: { readonly code: string; readonly message: string } };

/** Labels that lie beside the files they belong to. */
const SIDECAR = /\.c2pa$/;

type Answer = ({ readonly error: null } & VerifiedFile) | WorkerFailure;

/**
 * Verifies every file of a folder.
 *
 * @throws LikenessError `label.verify.empty` where there is none, `file.*` where the folder cannot be read
 */
export async function verifyFolder(
  folder: string,
  options: VerifyOptions & LongWork & { readonly atOnce?: number } = {},
): Promise<FolderFinding[]> {
  const { files, unreadable } = filesUnder(folder, SIDECAR);
  if (files.length + unreadable.length === 0)
    throw new LikenessError('label.verify.empty', `${folder} holds no files.`, { hint: 'Name a folder with media.' });
  const findings: FolderFinding[] = unreadable.map((path) => ({
    name: relative(folder, path),
    error: { code: 'file.permission', message: 'it cannot be reached: no permission, or a link that leads nowhere' },
  }));
  let done = 0;
  const { labelOnly = false } = options;
  await askCrew<VerifyQuestion, Answer>({
    url: workerUrl(import.meta.url, './verify-worker.js'),
    questions: files.map((path) => ({ path, options: { labelOnly } })),
    // Looking at pictures keeps a processor busy, so each of them gets a thread.
    atOnce: Math.min(options.atOnce ?? availableParallelism(), 8),
    signal: options.signal,
    onAnswer: ({ path }, answer) => {
      const name = relative(folder, path);
      findings.push({ name, ...answer });
      options.onProgress?.({ stage: 'verifying', done: ++done, total: files.length, unit: 'files', note: name });
    },
  });
  return findings.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
