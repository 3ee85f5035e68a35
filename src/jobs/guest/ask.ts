/** How the process that renders for a guest asks: its worker carries the question, and the answer back. */
import { LikenessError } from '../../base/index.js';
import type { Answer } from '../../synth/guest/index.js';

/** Questions that wait for an answer. */
const waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (cause: LikenessError) => void }>();

/** Waits for the answer to a question that was sent. @throws LikenessError `leave.silent` */
export function askHome(id: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
}

/** Takes an answer; null where nobody gave one in time. */
export function hearHome(id: string, answer: Answer | null): void {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (answer !== null) asked?.resolve(answer);
  else
    asked?.reject(
      new LikenessError(
        'leave.silent',
        'Nobody who has the records of the studio answered whether consent still stands.',
        {
          hint: 'Start the studio, or a worker that shares its LIKENESS_HOME: without them nothing is rendered.',
        },
      ),
    );
}
