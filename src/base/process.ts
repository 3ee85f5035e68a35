import { hasErrno } from './errors.js';

/** True where a process of this number lives, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !hasErrno(cause, 'ESRCH');
  }
}
