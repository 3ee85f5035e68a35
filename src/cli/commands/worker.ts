/** `likeness worker`: takes jobs of a studio on another machine. */
import type { Command } from 'commander';
import { jobsAtOnce } from '../arguments.js';
import type { CommandContext } from '../context.js';

const HELP = `
Needs: DATABASE_URL, the PostgreSQL server of the studio, and LIKENESS_HOME on a disk that both share: keys, consent records,
       and media are read and written there. With a bucket (LIKENESS_S3_BUCKET ..., docs/studio.md) media come from it, and
       LIKENESS_DATA names a folder of this machine for copies. A worker with a bucket and a LIKENESS_HOME of its own takes
       analyses, checks and reports, and stretches of renders while the studio, or a worker that shares its LIKENESS_HOME, answers
       before every segment whether consent still stands.
Takes jobs as they come and does each in a process of its own. Ctrl-C puts them back into the queue; they go on from where
they were, here or elsewhere.

Examples:
  DATABASE_URL=postgres://likeness:word@db:5432/likeness LIKENESS_HOME=/shared/likeness likeness worker
  likeness worker --long 2 --quick 0
  LIKENESS_S3_BUCKET=studio LIKENESS_DATA=/var/cache/likeness likeness worker
`;

/** Adds `likeness worker`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('worker')
    .description('take jobs of a studio that works with a PostgreSQL server')
    .option('--long <number>', 'trainings and renders at once', jobsAtOnce, 1)
    .option('--quick <number>', 'analyses, checks and reports at once', jobsAtOnce, 1)
    .addHelpText('after', HELP)
    .action(async (options: { long: number; quick: number }) => {
      context.resumeWith('The worker is stopped; its jobs are back in the queue.');
      const { startWorker } = await import('../../server/index.js');
      const worker = await startWorker(options, (line) => {
        process.stderr.write(line);
      });
      await context.stopped();
      await worker.close();
    });
}
