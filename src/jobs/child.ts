/**
 * Entry of the process that does one job. Nets, codecs and hostile files live and die here. It ends with its parent: a
 * worker that is killed leaves nobody behind who goes on writing.
 */
import { mkdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { isDiskFull, LikenessError, likenessHome, messageOf, type ProgressEvent } from '../base/index.js';
import { dataFolder } from './database/open.js';
import { askHome, hearHome } from './guest/ask.js';
import type { FromChild, ToChild } from './messages.js';
import { fullDisk } from './outcome.js';
import { jobFolder, type TaskContext } from './tasks/task.js';
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
  if (isDiskFull(thrown)) return fullDisk();
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

/** Tells the parent of progress, not too often. */
function paced(): (event: ProgressEvent) => void {
  let shown = 0;
  let stage = '';
  return (event) => {
    const now = performance.now();
    if (event.stage === stage && event.done < event.total && now - shown < EVERY) return;
    shown = now;
    stage = event.stage;
    void say({ type: 'progress', event });
  };
}

/** The studio must stay quick for people while a job works; a look at an upload is something that somebody waits for. */
function stepBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here; it works all the same.
  }
}

async function work({ id, input, step }: Extract<ToChild, { type: 'job' }>): Promise<void> {
  stepBack();
  try {
    const folder = jobFolder(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const tasks = await import('./tasks/index.js');
    const context: TaskContext = {
      folder,
      signal: abort.signal,
      onProgress: paced(),
    };
    if (input.kind === 'render') {
      if (step === null) throw new Error('a render was asked for without a step');
      const answer = await tasks.renderStep(input, context, step, (pack) => void say({ type: 'packed', pack }));
      await say(answer);
      // What was made ready serves for the next stretch.
      if (answer.type !== 'done') return;
    } else await say({ type: 'done', result: await tasks.runTask(input, context) });
  } catch (thrown) {
    await say({ type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted });
  }
  process.exit(0);
}

async function end(): Promise<void> {
  const { endRender } = await import('./tasks/index.js');
  const { endGuest } = await import('./tasks/guest.js');
  await endRender().catch(() => undefined);
  await endGuest().catch(() => undefined);
  process.exit(0);
}

/** A stretch of a film whose home is elsewhere. The process keeps what it made ready, for the next one. */
async function stretch({ step }: Extract<ToChild, { type: 'stretch' }>): Promise<void> {
  stepBack();
  try {
    const { guestStretch } = await import('./tasks/guest.js');
    const files = await guestStretch(step, {
      signal: abort.signal,
      onProgress: paced(),
      ask: (question) => {
        void say({ type: 'ask', question });
        return askHome(question.id);
      },
    });
    await say({ type: 'part', files });
  } catch (thrown) {
    await say({ type: 'failed', error: errorOf(thrown), stopped: abort.signal.aborted });
    process.exit(0);
  }
}

async function answer({ step }: Extract<ToChild, { type: 'question' }>): Promise<void> {
  stepBack();
  const { id } = step.question;
  try {
    const { answerGuest } = await import('./tasks/guest.js');
    await say({ type: 'answered', id, answer: await answerGuest(step) });
  } catch (thrown) {
    await say({ type: 'answered', id, answer: { no: errorOf(thrown) } });
  }
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
  else if (message.type === 'end') void end();
  else if (message.type === 'job') void work(message);
  else if (message.type === 'stretch') void stretch(message);
  else if (message.type === 'heard') hearHome(message.id, message.answer);
  else if (message.type === 'question') void answer(message);
  else void lookAt(message);
});
