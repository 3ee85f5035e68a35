/** How a piece of work in a child process came out, and what a worker makes of it. */
import { isDiskFull, LikenessError, messageOf, type ProgressEvent } from '../base/index.js';
import type { Question } from '../synth/guest/index.js';
import type { JobProcess } from './child-process.js';
import type { FromChild, ToChild } from './messages.js';
import type { JobError, SharedPack } from './types.js';

/** See the head of this file. */
export type Outcome =
  | Extract<FromChild, { type: 'done' | 'planned' | 'part' | 'failed' }>
  | { readonly type: 'died'; readonly error: JobError };

/** Deaths of a child after which a job counts as failed. */
export const ATTEMPTS = 3;

/** Where files are kept cannot be used now; somebody mends that, and lets the job go on. */
const WAITING = /^blobs\.(unreachable|busy|full|access|clock|region|bucket)$/;

/** An error of this process, as a job says it. */
export function errorOf(thrown: unknown): JobError {
  if (isDiskFull(thrown)) return fullDisk();
  if (thrown instanceof LikenessError) return { code: thrown.code, detail: thrown.message, hint: thrown.hint ?? null };
  return { code: 'jobs.fault', detail: `A fault of Likeness: ${messageOf(thrown)}`, hint: 'Start the job again.' };
}

/** What a job says that waits for room. */
export const fullDisk = (): JobError => ({
  code: 'file.full',
  detail: 'The disk of the studio is full; the job waits.',
  hint: 'Free some space, then let the job go on. What was done is kept.',
});

/** Why a job waits for somebody after such an error; null where it does not. */
export function waitsFor(error: JobError): JobError | null {
  // A bucket that does not answer now is no fault of the job: it waits, as with a full disk.
  if (WAITING.test(error.code)) return error;
  return error.code === 'file.full' ? fullDisk() : null;
}

/** Whether a piece of work ended for no other reason than that it was asked to. */
export const stoppedOnly = (outcome: Outcome): boolean =>
  outcome.type === 'planned' || (outcome.type === 'failed' && outcome.stopped);

/** What a job says whose process died too often. */
export const deadForGood = (error: JobError): JobError => ({
  ...error,
  hint: 'Start it again; if it dies again, the file or this machine is the likely cause.',
});

/** Who is told of what a child says before its answer. */
export interface Meanwhile {
  readonly onProgress: (event: ProgressEvent) => void;
  readonly onAsk?: (question: Question) => void;
  readonly onPacked?: (pack: SharedPack) => void;
}

/**
 * Asks a child for something and waits for what comes of it: its answer, or its end.
 */
export async function askChild(
  child: JobProcess,
  message: ToChild,
  { onProgress, onAsk, onPacked }: Meanwhile,
): Promise<Outcome> {
  let answer: Exclude<Outcome, { type: 'died' }> | null = null;
  const stays = new Promise<void>((resolve) => {
    child.listen((said) => {
      if (said.type === 'progress') onProgress(said.event);
      else if (said.type === 'ask') onAsk?.(said.question);
      else if (said.type === 'packed') onPacked?.(said.pack);
      else if (said.type !== 'looked' && said.type !== 'answered') {
        answer = said;
        if (said.type === 'planned' || said.type === 'part') resolve();
      }
    });
  });
  child.send(message);
  const end = await Promise.race([child.ended, stays]);
  if (answer !== null) return answer;
  const { code = null, signal = null, words = '' } = end ?? {};
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : signal;
  const last = words.split('\n').at(-1) ?? '';
  return {
    type: 'died',
    error: {
      code: 'jobs.died',
      detail: `The process of the job ended by itself (${how})${last === '' ? '' : `: ${last}`}.`,
      hint: 'It is started again by itself; what was done is kept.',
    },
  };
}
