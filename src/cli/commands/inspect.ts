/** `likeness inspect`: what the label of a file says. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

const HELP = `
Reads the C2PA label inside a file, or in <file>.c2pa beside it: what made it, from what, with whose consent, and whether
anything was changed since. Works for MP4, MOV, PNG, JPEG, WebP and whatever else C2PA covers, made by Likeness or not.
"No label found" says nothing about how a file was made. Nothing is sent anywhere.

Examples:
  likeness inspect swapped.mp4
  likeness inspect swapped.mp4 --json
`;

/** Adds `likeness inspect`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('inspect')
    .description('say what the label of a file says, and whether it holds')
    .argument('<file>', 'video, picture or sound')
    .addHelpText('after', HELP)
    .action(async (file: string) => {
      const { inspect } = await import('../../label/index.js');
      const report = await inspect(file);
      const codes = [
        ...report.codes.success,
        ...report.codes.informational,
        ...report.codes.failure,
        ...report.codes.parents,
      ];
      context.result(report, () =>
        [
          `${file} (${report.container})`,
          ...report.sentences.map((s) => `  ${s}`),
          ...(context.verbose && codes.length > 0 ? [`  Status codes: ${codes.join(', ')}`] : []),
        ].join('\n'),
      );
    });
}
