import { hasErrno } from './errors.js';

/**
 * What processes that decode, encode and run nets should have in their environment. Frames and tensors are allocated by native
 * code, from many threads. By itself glibc learns from the first large block that is freed to take all later ones from its
 * heaps, one for each thread, and those are never given back: a film then takes a third more memory than it needs, and the longer
 * it is the more. Fixed thresholds and two heaps end that (mallopt(3)). A block that is mapped by itself costs a page
 * fault for every 4 KB each time, so only those of 4 MB and more are: at half a megabyte every face that was cut out was one,
 * and a render took up to half as long again. Other C libraries ignore these names. Figures: docs/swap.md.
 */
export const NATIVE_MEMORY = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '4194304',
  MALLOC_TRIM_THRESHOLD_: '33554432',
} as const;

/** True where a process of this number lives, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !hasErrno(cause, 'ESRCH');
  }
}
