import { hasErrno } from './errors.js';

/**
 * What processes that decode, encode and run nets should have in their environment. Frames and tensors are allocated by native
 * code, from many threads. By itself glibc learns from the first large block that is freed to take all later ones from its
 * heaps, one for each thread, and those are never given back: a film then takes a third more memory than it needs, and the longer
 * it is the more. A fixed threshold keeps blocks of half a megabyte and more out of them (mallopt(3)). Other C libraries
 * ignore both names. Figures: docs/swap.md.
 */
export const NATIVE_MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '524288' } as const;

/** True where a process of this number lives, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !hasErrno(cause, 'ESRCH');
  }
}
