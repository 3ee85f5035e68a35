/** Many files at once: every file of a folder, a few at a time; what goes wrong with one does not stop the others. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fileError, LikenessError, type LongWork, workerUrl } from '../../base/index.js';
import type { VerifiedFile } from './types.js';
import type { VerifyOptions } from './verify.js';
import type { VerifyQuestion } from './verify-worker.js';

/** What came of one file of a folder. */
export type FolderFinding =
  | ({ readonly name: string; readonly error: null } & VerifiedFile)
  | { readonly name: string; readonly error: { readonly code: string; readonly message: string } };

const MOST_FILES = 100_000;

/** Files under a folder, sorted; sidecars and hidden files are left out, and folders that lead back to themselves. */
export function filesUnder(folder: string): {
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
} {
  const files: string[] = [];
  const unreadable: string[] = [];
  const seen = new Set<string>();
  const walk = (here: string): void => {
    let names: string[];
    try {
      const real = realpathSync(here);
      if (seen.has(real)) return;
      seen.add(real);
      names = readdirSync(here).sort();
    } catch (cause) {
      if (here === folder) throw fileError(folder, 'reading the folder', cause);
      unreadable.push(here);
      return;
    }
    for (const name of names) {
      if (name.startsWith('.') || name.endsWith('.c2pa')) continue;
      const path = join(here, name);
      try {
        const stat = statSync(path);
        if (stat.isDirectory()) walk(path);
        else if (stat.isFile()) files.push(path);
      } catch {
        // A link that leads nowhere, or round in a circle.
        unreadable.push(path);
      }
      if (files.length > MOST_FILES)
        throw new LikenessError('label.verify.many', `${folder} holds more than ${MOST_FILES} files.`, {
          hint: 'Verify its folders one by one.',
        });
    }
  };
  walk(folder);
  return { files, unreadable };
}

type Answer = ({ readonly error: null } & VerifiedFile) | { readonly error: { code: string; message: string } };

/** Asks a worker about one file. */
function ask(worker: Worker, question: VerifyQuestion): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', answered).off('error', failed);
    };
    const answered = (answer: Answer): void => {
      done();
      resolve(answer);
    };
    const failed = (cause: Error): void => {
      done();
      reject(cause);
    };
    worker.on('message', answered).on('error', failed).postMessage(question);
  });
}

/**
 * Verifies every file of a folder.
 *
 * @throws LikenessError `label.verify.empty` where there is none, `file.*` where the folder cannot be read
 */
export async function verifyFolder(
  folder: string,
  options: VerifyOptions & LongWork & { readonly atOnce?: number } = {},
): Promise<FolderFinding[]> {
  const { files, unreadable } = filesUnder(folder);
  if (files.length + unreadable.length === 0)
    throw new LikenessError('label.verify.empty', `${folder} holds no files.`, { hint: 'Name a folder with media.' });
  const findings: FolderFinding[] = unreadable.map((path) => ({
    name: relative(folder, path),
    error: { code: 'file.permission', message: 'it cannot be reached: no permission, or a link that leads nowhere' },
  }));
  let next = 0;
  let done = 0;
  const { labelOnly = false } = options;
  const work = async (worker: Worker): Promise<void> => {
    for (let path = files[next++]; path !== undefined; path = files[next++]) {
      options.signal?.throwIfAborted();
      const name = relative(folder, path);
      findings.push({ name, ...(await ask(worker, { path, options: { labelOnly } })) });
      options.onProgress?.({ stage: 'verifying', done: ++done, total: files.length, unit: 'files', note: name });
    }
  };
  // Looking at pictures keeps a processor busy, so each of them gets a thread.
  const atOnce = Math.max(1, Math.min(options.atOnce ?? availableParallelism(), 8, files.length));
  const workers = Array.from({ length: atOnce }, () => new Worker(workerUrl(import.meta.url, './verify-worker.js')));
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return findings.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
