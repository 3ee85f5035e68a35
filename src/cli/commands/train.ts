/** `likeness train`: teaches a net one person's face for another person's movements. */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { given, lawFacts, minutes, personNumber, wholeNumber, words } from '../arguments.js';
import type { CommandContext } from '../context.js';

interface Options {
  readonly source: string;
  readonly target: string;
  readonly sourceConsent: string;
  readonly targetConsent: string;
  readonly project: string;
  readonly preset: string;
  readonly minutes?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly cold?: boolean;
  readonly flip?: boolean;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'dml' | 'coreml';
  readonly use: string;
  readonly territory?: string;
  readonly fact?: string[];
  readonly channel?: string;
  readonly sourcePerson?: number;
  readonly targetPerson?: number;
}

const HELP = `
Needs:  a clip of each person (10 seconds or more, turning and talking), and the signed consent record of each, with the
        operation "train" in its scope. The source lends the face, the target is the one who is replaced.
Makes:  the project folder: face sets, checkpoints, a preview sheet (preview.png) and a loss chart (loss.svg) that are
        renewed as training goes on, and at the end the trained pair, both ways round (swap --reverse), and pair.dfm
        for other programs that read that layout.

Presets: draft     64 px, minutes: to see whether the material works
         standard  128 px, sharp in minutes, its best in half an hour on two CPU cores
         fine      192 px, for a GPU or a night

Ctrl-C saves and stops; the same command goes on from there, also after a crash. --steps with the same --seed gives the
same weights again.

Examples:
  likeness train --source her.mp4 --source-consent her.consent.json \\
                 --target him.mp4 --target-consent him.consent.json --project pair
  likeness train ... --preset draft --minutes 10 --project quick
  likeness train ... --target scene.mp4 --target-person 2 --project second
`;

/** Adds `likeness train`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('train')
    .description('train a pair: one person’s face for another person’s movements')
    .requiredOption('--source <file>', 'clip of the person who lends the face')
    .requiredOption('--target <file>', 'clip of the person who is replaced')
    .requiredOption('--source-consent <file>', 'signed record of the source person')
    .requiredOption('--target-consent <file>', 'signed record of the person replaced')
    .requiredOption('--project <folder>', 'where the training lives; made where it is missing')
    .addOption(
      new Option('--preset <name>', 'size of the nets').choices(['draft', 'standard', 'fine']).default('standard'),
    )
    .option('--minutes <number>', 'time to spend; the preset’s own where left out', minutes)
    .option('--steps <number>', 'exactly so many steps instead', wholeNumber)
    .option('--seed <number>', 'other random draws', wholeNumber)
    .option('--cold', 'start from random weights, not from the shipped warm start')
    .option('--flip', 'also train on mirrored pictures, for short clips that look one way')
    .addOption(
      new Option('--device <name>', 'where to compute')
        .choices(['auto', 'cpu', 'webgpu', 'dml', 'coreml'])
        .default('auto'),
    )
    .option('--use <word>', 'what the result is for, as the records name it', 'film')
    .option('--territory <code>', 'where it will be shown, such as DE')
    .option('--fact <name=yes|no>', 'what the law of that territory asks, such as election=no', words)
    .option('--channel <word>', 'through what it will be shown, as the records name it: intranet')
    .option('--source-person <number>', 'which person of the source', personNumber)
    .option('--target-person <number>', 'which person of the target', personNumber)
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      context.resumeWith('Run the same command again to go on training from the saved checkpoint.');
      const { trainProject } = await import('../../synth/swap/index.js');
      const result = await trainProject({
        project: options.project,
        source: {
          path: options.source,
          consent: options.sourceConsent,
          ...given({ person: options.sourcePerson }),
        },
        target: {
          path: options.target,
          consent: options.targetConsent,
          ...given({ person: options.targetPerson }),
        },
        preset: options.preset,
        use: options.use,
        warm: options.cold !== true,
        onProgress: context.progress,
        signal: context.signal,
        ...given({
          minutes: options.minutes,
          steps: options.steps,
          seed: options.seed,
          territory: options.territory,
          facts: await lawFacts(options.fact),
          channel: options.channel,
          flip: options.flip === true ? 0.5 : undefined,
          device: options.device,
        }),
      });
      for (const warning of result.warnings) context.note(warning);
      context.result(result, () =>
        [
          `Trained ${result.steps.toLocaleString('en-US')} steps in ${Math.round(result.seconds / 6) / 10} minutes${
            result.stoppedEarly ? '; stopped early, there was nothing more to gain' : ''
          }.`,
          `Pair:    ${result.pair}`,
          ...(existsSync(result.preview) ? [`Preview: ${result.preview}`] : []),
          `Losses:  ${result.chart}`,
          `Next:    likeness swap ${options.target} --project ${options.project} --source-consent ${options.sourceConsent} --target-consent ${options.targetConsent}`,
        ].join('\n'),
      );
    });
}
