/** One run at a time in one folder: an exclusive lock file with the owner's process id. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, hasErrno, isAlive, LikenessError } from '../../base/index.js';

/** Held until `release` is called; a lock whose process is gone is taken over. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Locks of this very process: a file with its number that is not among them was left by a dead one of the same number. */
const held = new Set<string>();

/** How messages speak of what is locked. */
export interface LockedThing {
  readonly code: string;
  readonly what: string;
  /** The option that names another one. */
  readonly option: string;
}

/**
 * Locks a folder.
 *
 * @param thing a project folder where left out
 * @throws LikenessError `project.busy` (or the thing's own code) when another live process holds it
 */
export async function lockFolder(
  folder: string,
  thing: LockedThing = { code: 'project.busy', what: folder, option: '--project' },
): Promise<FolderLock> {
  const path = join(resolve(folder), '.lock');
  const hint = `Wait for it to end, stop it, or choose another ${thing.option}.`;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(folder, 'making the folder', cause);
  });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      held.add(path);
      return {
        release: async () => {
          held.delete(path);
          await rm(path, { force: true });
        },
      };
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw fileError(path, 'locking the folder', cause);
      const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
      if (owner === process.pid ? held.has(path) : owner > 0 && isAlive(owner))
        throw new LikenessError(thing.code, `${thing.what} is in use by another run (process ${owner}).`, { hint });
      await rm(path, { force: true });
    }
  }
  throw new LikenessError(thing.code, `${thing.what} was taken by another run at the same moment.`, { hint });
}
