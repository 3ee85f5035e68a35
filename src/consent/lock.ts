/**
 * One writer at a time, over processes and tasks: a lock file with the owner's process id. The lock of a process that is
 * gone is taken over; only whoever holds a second, short-lived lock may do that, so that of two who find a dead lock at
 * the same moment one cannot take away what the other has just made.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError, hasErrno, isAlive, LikenessError } from '../base/index.js';

/** Milliseconds after which a lock that names nobody, or a taking-over that does not end, counts as left behind. */
const LEFT_BEHIND = 10_000;
/** Milliseconds after which waiting ends with an error. */
const PATIENCE = 30_000;

const isOld = (path: string): boolean => {
  try {
    return Date.now() - statSync(path).mtimeMs > LEFT_BEHIND;
  } catch {
    return false;
  }
};

/** True where the process that holds the lock is gone. */
function isDead(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return false;
  }
  const pid = Number(text);
  // A lock without a number is one whose owner is between making and filling it, unless it is old.
  return Number.isInteger(pid) && pid > 0 ? !isAlive(pid) : isOld(path);
}

/** Makes a lock file; false where there is one. */
function take(path: string, what: string): boolean {
  try {
    const lock = openSync(path, 'wx', 0o600);
    writeSync(lock, String(process.pid));
    closeSync(lock);
    return true;
  } catch (cause) {
    if (hasErrno(cause, 'EEXIST')) return false;
    throw fileError(path, `locking ${what}`, cause);
  }
}

/** Removes a dead lock, looking again while nobody else may remove it. */
function takeAway(path: string, what: string): void {
  const second = `${path}.takeover`;
  if (!take(second, what)) {
    if (isOld(second)) rmSync(second, { force: true });
    return;
  }
  try {
    if (isDead(path)) rmSync(path, { force: true });
  } finally {
    rmSync(second, { force: true });
  }
}

/**
 * Runs `work` while nobody else holds the lock at `path`.
 *
 * @param what for messages: `the audit log`
 * @throws LikenessError `consent.locked` where another process holds it for half a minute
 */
export async function withLock<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const giveUp = Date.now() + PATIENCE;
  while (!take(path, what)) {
    if (isDead(path)) takeAway(path, what);
    else if (Date.now() > giveUp)
      throw new LikenessError('consent.locked', `Another process holds ${what} (${path}).`, {
        hint: 'Wait for it to end, or remove the file if no Likeness process is running.',
      });
    else await sleep(5 + Math.random() * 10);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
