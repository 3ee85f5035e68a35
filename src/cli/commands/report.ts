/** `likeness report`: how good a swap is, as a page and as numbers. */
import type { Command } from 'commander';
import { given, personNumber, reportFolder } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { figuresText } from '../figures-text.js';
import { addPageLanguage, type PageLanguage, pageIn } from '../page-language.js';

interface Options {
  readonly language?: PageLanguage;
  readonly source?: string;
  readonly person?: number;
  readonly sourcePerson?: number;
  readonly out?: string;
}

const HELP = `
Needs:  the video (or picture) as it was, the one with the face swapped, and, to score the likeness, a clip of the person
        who lent the face. Person numbers are those of "likeness analyze"; without one, the person seen longest is meant.
Makes:  report.html (one file, opens anywhere) and report.json in the folder given by --out, else in a folder beside
        the swapped video: swapped.mp4 gives swapped.report/. "likeness swap" does this by itself.

Examples:
  likeness report him.mp4 swapped.mp4 --source her.mp4
  likeness report scene.mp4 swapped.mp4 --source her.mp4 --person 2 --out quality
  likeness report him.mp4 swapped.mp4 --json | jq .figures
`;

/** Adds `likeness report`. */
export function register(program: Command, context: CommandContext): void {
  addPageLanguage(program.command('report'))
    .description(
      'measure how good a swapped video or picture is: identity, expression, flicker, sharpness, untouched pixels',
    )
    .argument('<original>', 'the video or picture as it was')
    .argument('<output>', 'the same with the face swapped')
    .option('--source <file>', 'a clip of the person who lent the face')
    .option('--person <number>', 'which person of the original was replaced', personNumber)
    .option('--source-person <number>', 'which person of the source lent the face', personNumber)
    .option('--out <folder>', 'where the report goes')
    .addHelpText('after', HELP)
    .action(async (original: string, output: string, options: Options) => {
      context.resumeWith('A report starts over when it is run again.');
      const { figuresOf, measureSwap, sourcePrints, writeReport } = await import('../../synth/report/index.js');
      const { inspect } = await import('../../label/index.js');
      const work = { onProgress: context.progress, signal: context.signal };
      const label = await inspect(output);
      const source =
        options.source === undefined
          ? []
          : await sourcePrints(options.source, { ...work, ...given({ track: options.sourcePerson }) });
      const report = await measureSwap({
        original,
        output,
        source,
        ...given({ track: options.person }),
        ...work,
        facts: {
          settings: {},
          steps: [],
          consents: label.consent.map(({ id, role }) => ({
            id,
            role: role === 'source' ? 'source' : 'target',
            name: role === 'source' ? 'The source person' : 'The person replaced',
          })),
          label: label.found === 'label' ? label.sentences : [],
        },
      });
      const files = await writeReport(options.out ?? reportFolder(output), report, (page) =>
        pageIn(page, options.language),
      );
      const figures = figuresOf(report);
      context.result({ ...files, figures }, () => `${figuresText(figures)}\n\n${files.html}`);
    });
}
