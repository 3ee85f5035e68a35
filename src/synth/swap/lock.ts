/** One run at a time in one folder: an exclusive lock file with the owner's process id. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError } from '../../base/index.js';

/** Held until `release` is called; a lock whose process is gone is taken over. */
export interface FolderLock {
  release(): Promise<void>;
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it lives, but belongs to somebody else.
    return hasErrno(cause, 'EPERM');
  }
};

/**
 * Locks a project folder.
 *
 * @throws LikenessError `project.busy` when another live process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, '.lock');
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(folder, 'making the project folder', cause);
  });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { release: () => rm(path, { force: true }) };
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw fileError(path, 'locking the project', cause);
      const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
      if (owner > 0 && alive(owner))
        throw new LikenessError('project.busy', `${folder} is in use by another run (process ${owner}).`, {
          hint: 'Wait for it to end, stop it, or choose another --project folder.',
        });
      await rm(path, { force: true });
    }
  }
  throw new LikenessError('project.busy', `${folder} was locked by another run at the same moment.`, {
    hint: 'Try again.',
  });
}
