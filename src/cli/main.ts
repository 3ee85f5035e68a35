/**
 * The command line. Parses, hands over to the file in `commands/` that has the command's name, and turns whatever
 * happens into an exit code. Only that one file is loaded, and it loads its rooms when it runs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { LikenessError, likenessHome, messageOf, packageRoot } from '../base/index.js';
import { type CommandContext, processTerminal, Session, type Terminal } from './context.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { asForeseen, errorText } from './show-error.js';

/** What each file of `commands/` exports. */
export interface CommandFile {
  /** Adds the command to the program; must not load anything heavy. */
  register(program: Command, context: CommandContext): void;
}

/** The order of a first visit; others follow by name. */
const ORDER = [
  'start',
  'demo',
  'studio',
  'analyze',
  'consent',
  'train',
  'swap',
  'report',
  'inspect',
  'verify',
  'check',
  'lab',
  'label',
  'law',
];

const AFTER_HELP = `
The job, from the first file to the sealed one:
  likeness start                           the studio, with a guided demo in it
  likeness demo                            the whole job on drawn people, in minutes
  likeness analyze him.mp4                 who is in the shot, as tracks 1, 2, ...
  likeness consent new --help              a signed record for each person
  likeness train --source her.mp4 --source-consent her.consent.json \\
                 --target him.mp4 --target-consent him.consent.json --project pair
  likeness swap him.mp4 --project pair --source-consent her.consent.json --target-consent him.consent.json
                                           the swap, labelled, read back and measured
  likeness report him.mp4 him.swapped.mp4 --source her.mp4
                                           how good it is, in numbers and pictures
  likeness inspect him.swapped.mp4         what its label says
  likeness verify him.swapped.mp4          all that can be found out about it, by anyone
  likeness check strange.mp4               is a file synthetic, and how do we know
  likeness law ask                         what the rules say, with sources

Results go to stdout, everything else to stderr. Ctrl-C stops at the next safe point and keeps what is done.
Keys, consent records and the audit log live in LIKENESS_HOME, else in ~/.likeness.

Exit codes: 0 done, 1 fault of Likeness, 2 command line not understood, 3 input cannot be used,
            4 consent refused, 5 cannot be done here (disk, permission, in use), 6 what was verified does not hold
            or is synthetic, 7 a check without verdict,
            130 or 143 stopped.`;

const version = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;

/** Names of the command files, in the order of the help. */
function commandNames(): { name: string; file: string }[] {
  const folder = new URL('./commands/', import.meta.url);
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return readdirSync(folder)
    .filter((file) => /^[a-z-]+\.(js|ts)$/.test(file))
    .map((file) => ({ name: file.replace(/\.\w+$/, ''), file: new URL(file, folder).href }))
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

async function load(file: string): Promise<CommandFile> {
  const module = (await import(file)) as Partial<CommandFile>;
  if (typeof module.register !== 'function') throw new TypeError(`${file} exports no register function.`);
  return { register: module.register };
}

/** Gives every command the common options, so that they may stand anywhere on the line and show in the help. */
function addCommonOptions(command: Command): void {
  const known = new Set(command.options.map((option) => option.long));
  if (!known.has('--json')) command.option('--json', 'result as JSON on stdout, remarks as JSON lines on stderr');
  if (!known.has('--verbose')) command.option('--verbose', 'show the causes of an error');
  for (const child of command.commands) addCommonOptions(child);
}

/**
 * The parser, with the named command or, where there is none of that name, with all.
 *
 * @param argv the words after `likeness`
 * @throws CommanderError when it parses what it does not understand
 */
export async function programFor(argv: readonly string[], session: Session, terminal: Terminal): Promise<Command> {
  const program = new Command('likeness')
    .description('Makes deepfakes with consent: swaps a consenting person into a video, labels it and measures it.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .configureOutput({
      writeOut: (text) => terminal.stdout(text),
      writeErr: (text) => terminal.stderr(text),
      outputError: () => undefined,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', AFTER_HELP);
  const all = commandNames();
  const wanted = argv.find((word) => !word.startsWith('-'));
  const one = all.filter(({ name }) => name === wanted);
  for (const { file } of one.length === 1 ? one : all) (await load(file)).register(program, session);
  addCommonOptions(program);
  return program;
}

/** Milliseconds between two looks for pairs whose time has come. */
const LOOK_FOR_PAIRS = 3_600_000;

const holdsSomething = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

/**
 * Deletes recordings whose day has come, and pairs whose records have ended. Rooms are loaded only where there is something to
 * look at, so that commands start as fast as ever.
 */
async function sweepDue(session: Session): Promise<void> {
  // A broken log must not keep anyone from the command that says so.
  const failed = (what: string) => (cause: unknown) =>
    session.note(`${what} could not be looked after: ${messageOf(asForeseen(cause))}`);
  if (holdsSomething(join(likenessHome(), 'evidence'))) {
    const { sweepEvidence } = await import('../consent/index.js');
    const deleted = (await sweepEvidence().catch(failed('Recordings of consent'))) ?? [];
    if (deleted.length > 0) session.note(`${deleted.length} recordings of consent were due and are deleted.`);
  }
  const [pairs, looked] = [join(likenessHome(), 'pairs'), join(likenessHome(), 'pairs-looked-at')];
  const age = Date.now() - (statSync(looked, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (!holdsSomething(pairs) || age < LOOK_FOR_PAIRS) return;
  const { sweepPairs } = await import('../synth/swap/index.js');
  const swept = await sweepPairs().catch(failed('Trained pairs'));
  for (const { path } of swept?.deleted ?? [])
    session.note(`${path} is deleted: the consent that it was trained under has ended.`);
  await writeFile(looked, '').catch(() => undefined);
}

function usageError(error: CommanderError, argv: readonly string[], program: Command | null): LikenessError {
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const command = program?.commands.find((each) => each.name() === argv.find((word) => !word.startsWith('-')));
  return new LikenessError(
    'usage.arguments',
    `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace('..', '.'),
    {
      hint: `likeness ${command === undefined ? '' : `${command.name()} `}--help explains the command line.`,
    },
  );
}

/**
 * Runs one command line.
 *
 * @param argv the words after `likeness`
 * @returns the exit code, see {@link EXIT}
 * @example
 * process.exitCode = await main(['inspect', 'clip.mp4', '--json']);
 */
export async function main(argv: string[], terminal: Terminal = processTerminal()): Promise<number> {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const flags = { json: words.includes('--json'), verbose: words.includes('--verbose') };
  const session = new Session(terminal, flags);
  const fail = (thrown: unknown): number => {
    session.close();
    const exitCode = exitCodeOf(thrown);
    terminal.stderr(errorText(thrown, { ...flags, exitCode }));
    return exitCode;
  };
  const stopped = (): number => {
    session.close();
    session.note(`Stopped. ${session.resume}`);
    return session.stoppedBy === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  };

  const onSignal = (signal: NodeJS.Signals): void => session.stop(signal);
  // An error that escaped its promise, in a worker for instance: say it once, in the usual form.
  const onEscaped = (thrown: unknown): void => process.exit(fail(asForeseen(thrown)));
  if (terminal.ownsProcess) {
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    process.on('uncaughtException', onEscaped);
  }
  let program: Command | null = null;
  try {
    program = await programFor(argv, session, terminal);
    await sweepDue(session);
    await program.parseAsync(argv, { from: 'user' });
    session.close();
    return session.exitCode;
  } catch (thrown) {
    if (session.stoppedBy !== null) return stopped();
    if (!(thrown instanceof CommanderError)) return fail(asForeseen(thrown));
    if (thrown.exitCode === 0) return EXIT.ok;
    // `likeness` alone: the help has been shown.
    if (thrown.code === 'commander.help') return EXIT.usage;
    return fail(usageError(thrown, argv, program));
  } finally {
    if (terminal.ownsProcess) {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      process.off('uncaughtException', onEscaped);
    }
  }
}
