/** Whether starting a failed job again is of any use, and what would have to be changed. */
import type { Job, JobInput } from '../../jobs/index.js';
import { HttpProblem } from '../problem.js';

/**
 * - `same`: it may go well the next time
 * - `equalise`: it would be refused again, but not if it measured re-encoded copies only
 * - `none`: it would be refused again
 */
export const AGAIN = ['same', 'equalise', 'none'] as const;
/** One of {@link AGAIN}. */
export type Again = (typeof AGAIN)[number];

/** What refuses a job because of its files alone: they stay what they are. */
const FINAL = /^lab\.(leak|crossed|levels|empty|one-class)$/;

/** See {@link Again}; null of a job that cannot be started again. */
export function againOf({ state, input, error }: Pick<Job, 'state' | 'input' | 'error'>): Again | null {
  if (state === 'cancelled') return 'same';
  if (state !== 'failed') return null;
  if (error === null || !FINAL.test(error.code)) return 'same';
  return error.code === 'lab.leak' && input.kind === 'bench' && !input.equalise ? 'equalise' : 'none';
}

/**
 * The input with which a job is started again.
 *
 * @param equalise whether to measure re-encoded copies only
 * @returns undefined where it stays as it is
 * @throws HttpProblem `jobs.again` where the end would be the same
 */
export function inputAgain(job: Job, equalise: boolean): JobInput | undefined {
  const again = againOf(job);
  if (again === 'equalise' && equalise && job.input.kind === 'bench') return { ...job.input, equalise: true };
  if (again === 'same' || again === null) return undefined;
  throw new HttpProblem(409, 'jobs.again', 'The job would be refused again: its files are the same.', {
    hint:
      again === 'equalise'
        ? 'Start it again with { "equalise": true }: it then measures re-encoded copies only.'
        : 'Choose other files.',
  });
}
