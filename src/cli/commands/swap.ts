/** `likeness swap`: puts a face on a person of a video, seals the result and measures it. */
import { join, parse } from 'node:path';
import { type Command, Option } from 'commander';
import { LikenessError } from '../../base/index.js';
import type { Route, SwapResult } from '../../synth/swap/index.js';
import { given, lawFacts, personNumber, reportFolder, share, trialSeconds, words } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { figuresText } from '../figures-text.js';
import { withMaskEdits } from '../mask-edits-file.js';
import { readRoutes } from '../routes-file.js';
import { type PersonReport, reportOn } from '../swap-report.js';

interface Options {
  readonly target?: string;
  readonly engine: string;
  readonly project?: string;
  readonly reverse?: boolean;
  readonly model?: string;
  readonly source?: string;
  readonly sourceConsent?: string;
  readonly targetConsent?: string;
  readonly sourcePerson?: number;
  readonly targetPerson?: number;
  readonly routes?: string;
  readonly out?: string;
  readonly enhance?: boolean;
  readonly outline: number;
  readonly overwrite?: boolean;
  readonly quality: 'draft' | 'good' | 'high';
  readonly report: boolean | string;
  readonly use: string;
  readonly territory?: string;
  readonly fact?: string[];
  readonly channel?: string;
  readonly label: 'corner' | 'lower-third' | 'credits';
  readonly soundNotice: 'off' | 'start' | 'minute';
  readonly maskEdits?: string;
  readonly trial?: number;
  readonly labelLanguage?: 'en' | 'de' | 'fr' | 'es' | 'it' | 'zh' | 'ja' | 'ko';
}

const HELP = `
Needs:  the target video (or picture), the signed consent records of both people, and a trained project ("likeness
        train"), or with --engine mesh just a clip of the source person: the instant preview, without training.
Makes:  the swapped file with its marks (visible label, invisible watermark, C2PA), read back, and its quality report
        beside it. Sound is copied unchanged, unless --sound-notice puts a signal in; people who are not routed are left as they are: no pixel of them changes
        but by the marks. A file that exists is never replaced without --overwrite.
        A video is made in segments of about four seconds. Stopped or killed, the same command goes on behind the last
        finished one; they lie locked in LIKENESS_HOME/renders until the video is done.

With --trial a video is made in part, without a report. It is labelled, and counted where a record says how many may be made.

A mask that is wrong in places is corrected with --mask-edits (docs/compositing.md): strokes on the face, which move with it.

Several people in one shot: a routing table, --routes table.json. Paths in it are relative to the table.
  [ { "person": 1, "project": "pair-1", "sourceConsent": "her.consent.json", "targetConsent": "him.consent.json" },
    { "person": 2, "engine": "mesh", "source": "other.mp4",
      "sourceConsent": "other.consent.json", "targetConsent": "second.consent.json" } ]

Examples:
  likeness swap him.mp4 --project pair --source-consent her.consent.json --target-consent him.consent.json
  likeness swap him.mp4 --engine mesh --source her.mp4 --source-consent her.consent.json \\
                --target-consent him.consent.json --out preview.mp4
  likeness swap her.mp4 --project pair --reverse --source-consent him.consent.json --target-consent her.consent.json
  likeness swap him.mp4 --engine dfm --model her.dfm --source her.mp4 --source-consent ... --target-consent ...
  likeness swap him.mp4 --project pair --source-consent ... --target-consent ... --trial 5 --out trial.mp4
  likeness swap scene.mp4 --routes table.json --out swapped.mp4 --json
`;

/** The one route that the options describe, or those of the table. */
async function routesOf(options: Options): Promise<Route[]> {
  if (options.routes !== undefined) {
    if (options.project ?? options.source ?? options.sourceConsent ?? options.targetConsent ?? options.targetPerson)
      throw new LikenessError('usage.routes', 'With --routes, people and records stand in the table alone.', {
        hint: 'Leave out --project, --source, --source-consent, --target-consent and --target-person.',
      });
    return readRoutes(options.routes);
  }
  const { sourceConsent, targetConsent } = options;
  if (sourceConsent === undefined || targetConsent === undefined)
    throw new LikenessError(
      'usage.consent',
      `A swap needs the consent of both people; ${sourceConsent === undefined ? '--source-consent' : '--target-consent'} is missing.`,
      { hint: '"likeness consent new --help" shows how a record is made and signed.' },
    );
  return [
    {
      engine: options.engine,
      sourceConsent,
      targetConsent,
      ...given({
        person: options.targetPerson,
        project: options.project,
        reverse: options.reverse,
        model: options.model,
        source: options.source,
        sourcePerson: options.sourcePerson,
      }),
    },
  ];
}

/** The target, which may be given by its place or by its name. */
function targetOf(argument: string | undefined, named: string | undefined): string {
  const target = argument ?? named;
  if (target === undefined)
    throw new LikenessError('usage.target', 'No target: say which video or picture is to be changed.', {
      hint: 'likeness swap <file> --project ...',
    });
  if (named !== undefined && named !== target)
    throw new LikenessError('usage.target', `Two targets were named, ${target} and ${named}.`, {
      hint: 'Name one; for several people of one video there is --routes.',
    });
  return target;
}

/** `him.mov` gives `him.swapped.mp4` (or `him.trial.mp4`) in the current folder; WebM and pictures keep their kind. */
function defaultOutput(target: string, what: 'swapped' | 'trial'): string {
  const { name, ext } = parse(target);
  const kept = ['.webm', '.mov', '.png', '.jpg', '.jpeg', '.webp'].includes(ext.toLowerCase());
  return join('.', `${name}.${what}${kept ? ext.toLowerCase() : '.mp4'}`);
}

function summary(result: SwapResult, reports: readonly PersonReport[]): string {
  const { stats } = result;
  const { frames, resumed, seconds } = stats;
  const pace = seconds > 0 && frames > resumed ? `, ${((frames - resumed) / seconds).toFixed(1)} per second` : '';
  const before = resumed > 0 ? `, ${resumed} of them in an earlier run` : '';
  return [
    `Swapped: ${result.output} (${frames} frames${before}${pace})`,
    ...(result.sidecar === null ? [] : [`Label:   ${result.sidecar} (keep it with the video)`]),
    ...reports.map(({ html, person }) => `Report:  ${html}${reports.length > 1 ? ` (person ${person})` : ''}`),
    '',
    ...result.label.sentences,
    ...reports.flatMap(({ figures }) => ['', figuresText(figures)]),
  ].join('\n');
}

/** Adds `likeness swap`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('swap')
    .description('put a consenting person’s face on a person of a video; the result is labelled and measured')
    .argument('[target]', 'the video or picture to change')
    .option('--target <file>', 'the same by name, as "likeness train" has it')
    .option('--project <folder>', 'the trained pair')
    .option('--reverse', 'run the trained pair the other way: the face of its target on its source')
    .option('--model <file.dfm>', 'a pair from another program, with --engine dfm')
    .option('--source <file>', 'clip of the person who lends the face; the project’s own where left out')
    .option('--source-consent <file>', 'signed record of the source person')
    .option('--target-consent <file>', 'signed record of the person replaced')
    .option('--source-person <number>', 'which person of the source', personNumber)
    .option('--target-person <number>', 'which person of the target', personNumber)
    .addOption(new Option('--engine <name>', 'how the face is made').choices(['gan', 'mesh', 'dfm']).default('gan'))
    .option('--routes <file>', 'routing table for several people')
    .option('--out <file>', 'where the result goes (.mp4, .mov, .webm; .png, .jpg for pictures)')
    .option('--enhance', 'double the new face by super-resolution: for faces much larger than the model; slower')
    .option(
      '--outline <share>',
      'how far jaw, cheeks and hairline take on the shape of who comes in: 0 (stay) to 1',
      share,
      1,
    )
    .option('--mask-edits <file>', 'corrections of the mask, painted in the studio or written by hand')
    .option(
      '--trial <seconds>',
      'make only so much of a video, from where the person comes in: to try settings on',
      trialSeconds,
    )
    .option('--overwrite', 'replace a file that exists')
    .addOption(
      new Option('--quality <name>', 'of the encoded video').choices(['draft', 'good', 'high']).default('good'),
    )
    .option('--report <folder>', 'where the quality report goes')
    .option('--no-report', 'do not measure the result')
    .option('--use <word>', 'what the result is for, as the records name it', 'film')
    .option('--territory <code>', 'where it will be shown, such as DE')
    .option('--fact <name=yes|no>', 'what the law of that territory asks, such as election=no', words)
    .option('--channel <word>', 'through what it will be shown, as the records name it: intranet')
    .addOption(
      new Option('--label <kind>', 'the visible label: a sign in a corner, a banner below, or an end card')
        .choices(['corner', 'lower-third', 'credits'])
        .default('corner'),
    )
    .addOption(
      new Option(
        '--label-language <code>',
        'language of the visible label; that of the territory where left out',
      ).choices(['en', 'de', 'fr', 'es', 'it', 'zh', 'ja', 'ko']),
    )
    .addOption(
      new Option(
        '--sound-notice <when>',
        'a signal in the sound that says AI, in the letters of the label language: at the start, or every minute as well',
      )
        .choices(['off', 'start', 'minute'])
        .default('off'),
    )
    .addHelpText('after', HELP)
    .action(async (argument: string | undefined, options: Options) => {
      const target = targetOf(argument, options.target);
      context.resumeWith('Run the same command again: it goes on behind the last finished segment.');
      const routes = await withMaskEdits(await routesOf(options), options.maskEdits);
      const { swapMedia } = await import('../../synth/swap/index.js');
      const out = options.out ?? defaultOutput(target, options.trial === undefined ? 'swapped' : 'trial');
      const result = await swapMedia({
        target,
        routes,
        out,
        use: options.use,
        overwrite: options.overwrite === true,
        enhance: options.enhance === true,
        outline: options.outline,
        quality: options.quality,
        onProgress: context.progress,
        signal: context.signal,
        label: { kind: options.label, ...given({ language: options.labelLanguage }) },
        notice: options.soundNotice,
        ...given({
          trialSeconds: options.trial,
          territory: options.territory,
          channel: options.channel,
          facts: await lawFacts(options.fact),
        }),
      });
      const measured = options.report !== false && options.trial === undefined;
      if (measured) context.resumeWith(`The result is there; "likeness report ${target} ${out}" measures it.`);
      const reports = measured
        ? await reportOn(
            result,
            {
              target,
              folder: typeof options.report === 'string' ? options.report : reportFolder(out),
              quality: options.quality,
              settings: { quality: options.quality, use: options.use },
            },
            context,
          )
        : [];
      const { output, sidecar, label, stats, grants, remarks } = result;
      for (const remark of remarks) context.note(remark);
      const { touched: _, ...speed } = stats;
      context.result({ output, sidecar, label, speed, grants, remarks, reports }, () => summary(result, reports));
    });
}
