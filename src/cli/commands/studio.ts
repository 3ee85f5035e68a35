/** `likeness studio`: opens the studio in the browser. */
import type { Command } from 'commander';
import { LikenessError } from '../../base/index.js';
import { jobsAtOnce, port } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { openBrowser } from '../open-browser.js';

interface Options {
  readonly port: number;
  readonly open: boolean;
  readonly host?: string;
  readonly name?: string;
  readonly publicUrl?: string;
  readonly proxy?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly long: number;
  readonly quick: number;
}

/** Both files or neither. */
function tlsOf({ tlsCert, tlsKey }: Options): { cert: string; key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  throw new LikenessError('usage.tls', 'A certificate and its key belong together.', {
    hint: 'Give both --tls-cert and --tls-key.',
  });
}

const HELP = `
Opens the studio on this machine alone (loopback), with a database of its own in LIKENESS_HOME/studio, and prints a link
that signs you in. The first to use the link is the owner; it works once, and the command prints the next one when it is
run again. Ctrl-C stops it; jobs go on from where they were at the next start.

With DATABASE_URL set, a PostgreSQL server is used in place of the embedded database; with LIKENESS_S3_BUCKET, files lie in
a bucket; with LIKENESS_OIDC_ISSUER, people sign in with a provider. docs/studio.md lists what belongs to each.

Examples:
  likeness studio
  likeness studio --port 0 --no-open
  likeness studio --no-open --public-url https://studio.example.org   # behind a proxy on this machine
  likeness studio --host 0.0.0.0 --name studio.example.org --port 443 --tls-cert studio.pem --tls-key studio.key
`;

/** Adds `likeness studio`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('studio')
    .description('open the studio: the web page and its API, on this machine')
    .option('--port <number>', 'where to listen; 0 for any free one', port, 4848)
    .option('--no-open', 'do not open a browser')
    .option('--host <address>', 'where to listen, for others to reach it; needs TLS and somebody with a password')
    .option('--name <host>', 'the name that browsers use, where it is not the address')
    .option(
      '--public-url <address>',
      'where browsers reach it through a proxy that ends TLS; needs somebody with a password',
    )
    .option('--proxy <address...>', 'addresses of such proxies on other machines')
    .option('--tls-cert <file>', 'certificate, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--long <number>', 'trainings, renders and benches at once; 0 leaves them to workers', jobsAtOnce, 1)
    .option('--quick <number>', 'analyses, checks and reports at once; 0 leaves them to workers', jobsAtOnce, 1)
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      context.resumeWith('The studio is closed; jobs go on when it is opened again.');
      const { currentStartToken, startStudio } = await import('../../server/index.js');
      const { instanceLockPath, instanceOwner } = await import('../../jobs/index.js');
      const say = (origin: string, link: string): void =>
        context.result({ origin, link }, `Studio:  ${origin}\nOpen:    ${link}\n(signs you in, once)`);
      const owner = instanceOwner(instanceLockPath());
      if (owner?.address && !process.env['DATABASE_URL']) {
        const token = await currentStartToken();
        if (token === null)
          throw new LikenessError('studio.busy', `The studio is open already at ${owner.address}.`, {
            hint: 'Sign in there, or stop it first.',
          });
        context.note('The studio is open already; this is a new link to it.');
        const link = `${owner.address}/#link=${token}`;
        say(owner.address, link);
        if (options.open) openBrowser(link);
        return;
      }
      const studio = await startStudio({
        port: options.port,
        host: options.host,
        name: options.name,
        publicUrl: options.publicUrl,
        proxies: options.proxy,
        tls: tlsOf(options),
        parallel: { long: options.long, quick: options.quick },
        writeLog: (line) => {
          process.stderr.write(line);
        },
      });
      say(studio.origin, studio.startAddress());
      if (options.open) openBrowser(studio.startAddress());
      await context.stopped();
      await studio.close();
    });
}
