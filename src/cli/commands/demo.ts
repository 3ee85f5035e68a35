/** `likeness demo`: the whole job on drawn people, in the terminal alone. */
import { mkdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { fileError, LikenessError, type LongWork } from '../../base/index.js';
import type { DemoPerson } from '../../jobs/index.js';
import type { TrainResult } from '../../synth/swap/index.js';
import { minutes } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { figuresText } from '../figures-text.js';
import { reportOn } from '../swap-report.js';

/** What the demo is asked for. */
export interface DemoOptions {
  readonly folder: string;
  readonly minutes: number;
  readonly fresh?: boolean;
}

const HELP = `
Needs:  nothing. Two people are drawn, so nobody real is in it.
Makes:  in the demo folder: two clips, a key and a signed consent record for each person, a pair of nets trained for
        two minutes, the swapped and labelled video, and its quality report. Keys and logs go to home/ in there; your own
        LIKENESS_HOME is not touched.

Run again, it goes on from what is there and renders anew; --fresh begins from nothing.

Examples:
  likeness demo
  likeness demo --fresh --minutes 10  a better trained face
  likeness demo --fresh --folder try
`;

/** The path as a person would type it from here. */
export const shown = (path: string): string => relative(process.cwd(), path) || path;

/** Trains the pair, or goes on; what an older demo left of other people makes way. */
async function trainDemo(
  project: string,
  source: DemoPerson,
  target: DemoPerson,
  time: number,
  work: LongWork,
): Promise<TrainResult> {
  const { trainProject } = await import('../../synth/swap/index.js');
  const train = (): Promise<TrainResult> =>
    trainProject({
      project,
      source: { path: source.clip, consent: source.record },
      target: { path: target.clip, consent: target.record },
      preset: 'standard',
      minutes: time,
      use: 'film',
      ...work,
    });
  try {
    return await train();
  } catch (thrown) {
    if (!(thrown instanceof LikenessError && thrown.code === 'project.other-pair')) throw thrown;
    await rm(project, { recursive: true, force: true });
    return train();
  }
}

/** Does the whole job in the terminal. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<void> {
  const folder = resolve(options.folder);
  context.resumeWith('"likeness demo" goes on from there; "likeness demo --fresh" begins anew.');
  const { CAST_FILES, castDemo } = await import('../../jobs/index.js');
  if (options.fresh === true)
    for (const part of [...DEMO_PARTS, ...CAST_FILES]) await rm(join(folder, part), { recursive: true, force: true });
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(folder, 'making the demo folder', cause);
  });
  // Everything below asks for it when it is needed: keys, vault, log, analyses.
  process.env['LIKENESS_HOME'] = join(folder, 'home');

  const work = { onProgress: context.progress, signal: context.signal };
  const [source, target] = await castDemo(folder, work);
  context.note(
    `${source.name} and ${target.name} are drawn and have signed: ${shown(source.record)}, ${shown(target.record)}`,
  );

  const { swapMedia } = await import('../../synth/swap/index.js');
  const project = join(folder, 'pair');
  const trained = await trainDemo(project, source, target, options.minutes, work);
  const result = await swapMedia({
    target: target.clip,
    routes: [{ engine: 'gan', project, sourceConsent: source.record, targetConsent: target.record }],
    out: join(folder, 'swapped.mp4'),
    use: 'film',
    overwrite: true,
    ...work,
  });
  const [report] = await reportOn(
    result,
    {
      target: target.clip,
      folder: join(folder, 'report'),
      quality: 'good',
      settings: { preset: 'standard', 'training steps': trained.steps, 'warm start': trained.warmStart },
      before: [{ name: 'training', seconds: trained.seconds, frames: 0 }],
    },
    context,
  );
  if (report === undefined) throw new TypeError('The demo swaps one person.');

  context.note(
    [
      '',
      `${source.name}’s face is on ${target.name}, after ${Math.round(trained.seconds)} seconds of training.`,
      '',
      figuresText(report.figures),
      '',
      'What the label of the video says:',
      ...result.label.sentences.map((sentence) => `  ${sentence}`),
      '',
      `Swapped video:  ${shown(result.output)}   (before: ${shown(target.clip)})`,
      `Quality report: ${shown(report.html)}   (open it in a browser)`,
      '',
    ].join('\n'),
  );
  context.result(
    {
      video: result.output,
      original: target.clip,
      source: source.clip,
      report: { html: report.html, json: report.json, figures: report.figures },
      label: result.label,
      training: { steps: trained.steps, seconds: trained.seconds, warmStart: trained.warmStart },
    },
    result.output,
  );
}

/** What a demo leaves in its folder besides the people's files; --fresh removes these and nothing else. */
const DEMO_PARTS = ['home', 'pair', 'report', 'swapped.mp4'];

/** Adds `likeness demo`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('the whole job on two drawn people: consent, training, swap, label, quality report')
    .option('--folder <folder>', 'where everything goes', 'demo')
    .option('--minutes <number>', 'how long to train', minutes, 2)
    .option('--fresh', 'begin from nothing')
    .addHelpText('after', HELP)
    .action((options: DemoOptions) => runDemo(context, options));
}
