/** `likeness start`, which is `npm start`: the studio in the browser, and the guided demo in it. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { fileError, LikenessError } from '../../base/index.js';
import type { Job } from '../../jobs/index.js';
import type { DemoStep, DemoView, RunningStudio } from '../../server/index.js';
import type { Figure } from '../../synth/report/index.js';
import { minutes, port } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { figuresText } from '../figures-text.js';
import { openBrowser } from '../open-browser.js';

interface Options {
  readonly port?: number;
  readonly open: boolean;
  readonly folder: string;
  readonly minutes: number;
  readonly fresh?: boolean;
}

const HELP = `
Needs:  nothing. The two people of the demo are drawn, so nobody real is in it.
Does:   opens the studio on this machine alone and, in it, the guided demo: two people are drawn and sign, a pair is trained
        for a minute and a half, a swap is rendered, labelled, read back and measured. Watch it in the browser or here.
Makes:  the swapped video and its quality report in the demo folder; everything else lies in LIKENESS_HOME, else in
        ~/.likeness, where the studio finds it again.

In a terminal the studio stays open until Ctrl-C. Without one, in a script, the command ends when the demo is done, with
exit code 0. A demo that was stopped goes on; a finished one is shown again in a terminal, and rendered again without one.

Examples:
  likeness start
  likeness start --no-open --port 0
  likeness start --fresh                  begins the demo anew
`;

/** Milliseconds between two looks at the demo. */
const LOOK = 300;

const wait = (time: number): Promise<void> => new Promise((done) => setTimeout(done, time));

const jobOf = ({ steps }: DemoView, step: DemoStep): Job | null =>
  steps.find((each) => each.step === step)?.job ?? null;

/** Follows the demo to its end; null where the command was told to stop first. */
async function follow({ demo }: RunningStudio, context: CommandContext): Promise<DemoView | null> {
  while (!context.signal.aborted) {
    const view = await demo.view();
    if (view === null) return null;
    const job = view.steps.findLast((each) => each.job !== null)?.job ?? null;
    if (job?.state === 'failed' || job?.state === 'cancelled')
      throw new LikenessError(job.error?.code ?? 'demo.stopped', job.error?.detail ?? `"${job.title}" was cancelled.`, {
        hint: job.error?.hint ?? 'Start it again on the page Jobs, or begin anew with --fresh.',
      });
    if (job?.kind === 'report' && job.state === 'done') return view;
    if (job?.progress != null && job.state === 'running') {
      const { stage, done, total, unit, note } = job.progress;
      context.progress({ stage, done, total, unit, ...(note === null ? {} : { note }) });
    }
    await wait(LOOK);
  }
  return null;
}

/** Puts what was made where the person is, and says what it is. */
async function show(view: DemoView, to: string, context: CommandContext): Promise<void> {
  const { jobFolder } = await import('../../jobs/index.js');
  const [render, report] = [jobOf(view, 'render'), jobOf(view, 'report')];
  if (render?.input.kind !== 'render' || report === null) throw new TypeError('The demo has no render.');
  const folder = resolve(to);
  const video = join(folder, 'swapped.mp4');
  const html = join(folder, 'report', 'report.html');
  const json = join(folder, 'report', 'report.json');
  try {
    await mkdir(join(folder, 'report'), { recursive: true });
    await copyFile(join(jobFolder(render.id), render.input.out), video);
    await copyFile(join(jobFolder(report.id), 'report.html'), html);
    await copyFile(join(jobFolder(report.id), 'report.json'), json);
  } catch (cause) {
    throw fileError(folder, 'writing what the demo made', cause);
  }
  const { label } = render.result as { label: readonly string[] };
  const { people } = report.result as { people: readonly { figures: readonly Figure[] }[] };
  const figures = people[0]?.figures ?? [];
  const shown = (path: string): string => relative(process.cwd(), path) || path;
  context.note(
    [
      '',
      figuresText(figures),
      '',
      'What the label of the video says:',
      ...label.map((sentence) => `  ${sentence}`),
      '',
      `Swapped video:  ${shown(video)}`,
      `Quality report: ${shown(html)}   (open it in a browser)`,
      '',
    ].join('\n'),
  );
  context.result({ video, report: { html, json, figures }, label: { sentences: label }, project: view.project }, video);
}

/** Opens the studio; on another port where nobody asked for one and the usual one is in use. */
async function open(options: Options, context: CommandContext): Promise<RunningStudio> {
  const { DEFAULT_PORT, startStudio } = await import('../../server/index.js');
  const writeLog = (line: string): void => {
    const { level, message, ...facts } = JSON.parse(line) as { level: string; message: string };
    if (level !== 'info') context.note(`${message}: ${JSON.stringify(facts)}`);
  };
  try {
    return await startStudio({ port: options.port ?? DEFAULT_PORT, writeLog });
  } catch (thrown) {
    const busy = thrown instanceof LikenessError && thrown.code === 'studio.port' && options.port === undefined;
    if (!busy) throw thrown;
    return startStudio({ port: 0, writeLog });
  }
}

async function start(context: CommandContext, options: Options): Promise<void> {
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const { currentStartToken, DEMO_OWNER } = await import('../../server/index.js');
  const { instanceLockPath, instanceOwner } = await import('../../jobs/index.js');
  const owner = instanceOwner(instanceLockPath());
  if (owner?.address && !process.env['DATABASE_URL']) {
    if (!interactive) {
      // The database is the other one's; the job can be done without it.
      context.note(`The studio is open already at ${owner.address}; the demo runs beside it.`);
      const { runDemo } = await import('./demo.js');
      return runDemo(context, {
        folder: options.folder,
        minutes: options.minutes,
        ...(options.fresh ? { fresh: true } : {}),
      });
    }
    const token = await currentStartToken();
    const link = token === null ? owner.address : `${owner.address}/#link=${token}`;
    context.result({ origin: owner.address, link }, `The studio is open already:  ${link}`);
    if (options.open) openBrowser(link);
    return;
  }
  context.resumeWith('The next "npm start" goes on from there.');
  const studio = await open(options, context);
  try {
    context.note(`Studio:  ${studio.origin}\nOpen:    ${studio.startAddress()}\n         (signs you in, once)\n`);
    if (interactive && options.open) openBrowser(studio.startAddress());
    const how = options.fresh === true ? 'fresh' : interactive ? 'keep' : 'again';
    await studio.demo.begin(DEMO_OWNER, how, options.minutes);
    try {
      const view = await follow(studio, context);
      if (view !== null) await show(view, options.folder, context);
    } catch (thrown) {
      if (!interactive || !(thrown instanceof LikenessError)) throw thrown;
      context.note(`The demo did not come to its end. ${thrown.message} ${thrown.hint ?? ''}`);
    }
    if (!interactive) {
      context.signal.throwIfAborted();
      return;
    }
    if (!context.signal.aborted) context.note(`The studio stays open at ${studio.origin}; Ctrl-C closes it.`);
    await context.stopped();
  } finally {
    await studio.close();
  }
}

/** Adds `likeness start`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('open the studio in the browser, with a guided demo on drawn people')
    .option('--port <number>', 'where to listen; 0 for any free one (default: 4848, else any free one)', port)
    .option('--no-open', 'do not open a browser')
    .option('--folder <folder>', 'where the video and the report of the demo go', 'demo')
    .option('--minutes <number>', 'how long to train, where the demo begins', minutes, 2)
    .option('--fresh', 'begin the demo anew')
    .addHelpText('after', HELP)
    .action((options: Options) => start(context, options));
}
