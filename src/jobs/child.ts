/**
 * Entry of the process that does one job. Nets, codecs and hostile files live and die here. It ends with its parent: a
 * worker that is killed leaves nobody behind who goes on writing.
 */
import { mkdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { LikenessError, likenessHome, messageOf } from '../base/index.js';
import { dataFolder } from './database/open.js';
import type { FromChild, ToChild } from './messages.js';
import { jobFolder } from './tasks/task.js';
import type { JobError } from './types.js';

const abort = new AbortController();
const say = (message: FromChild): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });

/** Files of the studio by their names: where they lie is nobody's concern. */
function plain(text: string): string {
  let said = text;
  for (const folder of [dataFolder(), likenessHome()])
    said = said
      .split(folder)
      .map((part, i) => (i === 0 ? part : part.replace(/^[\\/](?:[^\s\\/]+[\\/])*/, '')))
      .join('');
  return said;
}

/** An error for people; what was not foreseen is called a fault. */
function errorOf(thrown: unknown): JobError {
  if (thrown instanceof LikenessError)
    return {
      code: thrown.code,
      detail: plain(thrown.message),
      hint: thrown.hint === undefined ? null : plain(thrown.hint),
    };
  return { code: 'jobs.fault', detail: `A fault of Likeness: ${messageOf(thrown)}`, hint: 'Start the job again.' };
}

/** Progress comes far more often than anybody looks. */
const EVERY = 200;

/** The studio must stay quick for people while a job works; a look at an upload is something that somebody waits for. */
function stepBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here; it works all the same.
  }
}

async function work({ id, input }: Extract<ToChild, { type: 'job' }>): Promise<void> {
  stepBack();
  let shown = 0;
  let stage = '';
  try {
    const folder = jobFolder(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { runTask } = await import('./tasks/index.js');
    const result = await runTask(input, {
      folder,
      signal: abort.signal,
      onProgress: (event) => {
        const now = performance.now();
        if (event.stage === stage && now - shown < EVERY) return;
        shown = now;
        stage = event.stage;
        void say({ type: 'progress', event });
      },
    });
    await say({ type: 'done', result });
  } catch (thrown) {
    await say({ type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted });
  }
  process.exit(0);
}

async function lookAt({ id, path, poster }: Extract<ToChild, { type: 'look' }>): Promise<void> {
  try {
    const { lookAtFile } = await import('./look-at.js');
    await say({ type: 'looked', id, info: await lookAtFile(path, poster), error: null });
  } catch (thrown) {
    await say({ type: 'looked', id, info: null, error: errorOf(thrown) });
  }
}

process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the worker decides what happens to its children.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToChild) => {
  if (message.type === 'stop') abort.abort();
  else if (message.type === 'job') void work(message);
  else void lookAt(message);
});
