/**
 * One process on one embedded database. The lock file lies beside the database's folder, not in it, holds the owner's
 * process id and how to reach it, and is taken over where that process is gone.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError, hasErrno, isAlive, LikenessError } from '../../base/index.js';

/** Held until released. */
export interface InstanceLock {
  /** Says where the process listens, for the sentence that a second one is refused with. */
  announce(address: string): void;
  release(): void;
}

/** Who holds the lock, as its file says. */
export interface InstanceOwner {
  readonly pid: number;
  readonly address: string | null;
}

/** Reads a lock file: who holds it, or null where nobody does. */
export function instanceOwner(path: string): InstanceOwner | null {
  try {
    const [pid = '', address = ''] = readFileSync(path, 'utf8').split('\n');
    const owner = Number(pid);
    if (!Number.isInteger(owner) || owner <= 0 || !isAlive(owner)) return null;
    return { pid: owner, address: address === '' ? null : address };
  } catch {
    return null;
  }
}

/**
 * Takes the lock.
 *
 * @throws LikenessError `studio.busy` where a living process holds it
 */
export function lockInstance(path: string): InstanceLock {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileError(path, 'making its folder', cause);
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return {
        announce: (address) => writeFileSync(path, `${process.pid}\n${address}\n`, { mode: 0o600 }),
        release: () => rmSync(path, { force: true }),
      };
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw fileError(path, 'locking the database', cause);
    }
    const owner = instanceOwner(path);
    if (owner !== null && owner.pid !== process.pid)
      throw new LikenessError(
        'studio.busy',
        `The studio of this machine is open already (process ${owner.pid}${owner.address === null ? '' : `, ${owner.address}`}).`,
        { hint: 'Use that one, stop it first, or give this one another LIKENESS_HOME.' },
      );
    rmSync(path, { force: true });
  }
  throw new LikenessError(
    'studio.busy',
    'The studio of this machine was opened by another process at the same moment.',
    {
      hint: 'Use that one.',
    },
  );
}
