/** `likeness restore`: a backup becomes the studio again. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

const HELP = `
Puts a backup where LIKENESS_HOME is, which must be empty or not there. Every file is compared with its hash first; nothing
is put in place unless all are whole. What lay in a bucket goes into the one that is set now, or onto the disk.

Examples:
  likeness restore /media/disk/likeness-2026-11-24
  LIKENESS_HOME=/new/place likeness restore /media/disk/likeness-2026-11-24
`;

/** Adds `likeness restore`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('restore')
    .description('make a backup the studio of this machine')
    .argument('<folder>', 'written by "likeness backup"')
    .addHelpText('after', HELP)
    .action(async (folder: string) => {
      context.resumeWith('Nothing was put in place.');
      const { restore } = await import('../../server/index.js');
      const facts = await restore(folder, { onProgress: context.progress, signal: context.signal });
      context.result(facts, `Restored ${facts.files} files: ${facts.folder}`);
    });
}
