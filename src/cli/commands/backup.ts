/** `likeness backup`: everything of the studio into one folder. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

const HELP = `
Saves LIKENESS_HOME, with keys, vault, records, audit log, media and database, and a list of hashes. With DATABASE_URL the
tables of the PostgreSQL server are saved, too, all of one moment, and with a bucket the files in it. Whoever has the backup
has the keys: keep it as you keep them. The studio must be closed, unless it works with a PostgreSQL server.

Examples:
  likeness backup /media/disk/likeness-2026-11-24
  LIKENESS_HOME=/new/place likeness restore /media/disk/likeness-2026-11-24
`;

/** Adds `likeness backup`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description('save everything of the studio into a new folder')
    .argument('<folder>', 'a folder that does not exist yet')
    .option('--without-bucket', 'leave out the files of a bucket; the backup has their names')
    .addHelpText('after', HELP)
    .action(async (folder: string, { withoutBucket = false }: { withoutBucket?: boolean }) => {
      context.resumeWith('Nothing was written.');
      const { backup } = await import('../../server/index.js');
      const facts = await backup(folder, { withoutBucket, onProgress: context.progress, signal: context.signal });
      for (const { path, name, why } of facts.missing)
        context.note(
          why === 'gone'
            ? `${name ?? path} is not in it: it was deleted meanwhile.`
            : `${name ?? path} is not in it as the database knows it: its bytes are others (${path}).`,
        );
      const { files, bucket, leftOut } = facts;
      const more = [
        ...(bucket > 0 ? [`${bucket} from the bucket`] : []),
        ...(leftOut > 0 ? [`${leftOut} left in the bucket`] : []),
      ];
      context.result(facts, `Saved ${[`${files} files`, ...more].join(', ')}: ${facts.folder}`);
    });
}
