// Every example that a help text or a document shows is a command line that is understood. Nothing is run.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import { Session, type Terminal } from '../src/cli/context.js';
import { programFor } from '../src/cli/main.js';

let written = '';
const TERMINAL: Terminal = {
  stdout: (text) => {
    written += text;
  },
  stderr: () => undefined,
  live: false,
  columns: 80,
  ownsProcess: false,
};

const parser = (): Promise<Command> => programFor([], new Session(TERMINAL, { json: false, verbose: false }), TERMINAL);

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

/** Lines that begin with `likeness`, as they would be typed: one line each, without the remark behind two spaces. */
function examplesIn(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => /^\s+(?:[A-Z][A-Z0-9_]*=\S+ )*likeness (\S.*)$/.exec(line)?.[1] ?? [])
    .map((line) => line.replace(/ {2,}.*$/, '').replace(/ [>|#].*$/, ''));
}

/** The words of a line; three dots stand for what is left out, or for the value of the option before them. */
function wordsOf(line: string): { readonly words: string[]; readonly abridged: boolean } {
  const all = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');
  const dots = (i: number): boolean => all[i] === '...' && !(all[i - 1] ?? '').startsWith('-');
  return { words: all.filter((_, i) => !dots(i)), abridged: all.includes('...') || all.includes('--help') };
}

/** What is wrong with a command line, or `null`. */
async function wrongWith(line: string): Promise<string | null> {
  const { words, abridged } = wordsOf(line);
  const program = await parser();
  let ran: Command | null = null;
  for (const command of allOf(program)) {
    // What is left out may be mandatory; looked for first, it would hide an option that does not exist.
    if (abridged) for (const option of command.options) option.mandatory = false;
    if (command.commands.length > 0) continue;
    command.action(() => {
      ran = command;
    });
  }
  try {
    await program.parseAsync(
      words.filter((w) => w !== '--help'),
      { from: 'user' },
    );
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return abridged && thrown.code === 'commander.missingArgument' ? null : thrown.message;
  }
  if (ran === null) return 'names no command';
  const { routes, sourceConsent, targetConsent } = (ran as Command).opts<Record<string, string | undefined>>();
  // A swap takes records or a table; the parser cannot know.
  const consented = routes !== undefined || (sourceConsent !== undefined && targetConsent !== undefined);
  return (ran as Command).name() === 'swap' && !consented && !abridged ? 'consents are missing' : null;
}

/** The wrong ones of a text, each with what is wrong. */
async function wrongIn(text: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const line of examplesIn(text)) {
    const why = await wrongWith(line);
    if (why !== null) wrong.push(`${line}: ${why}`);
  }
  return wrong;
}

const helps = new Map<string, string>();
beforeAll(async () => {
  for (const command of allOf(await parser())) {
    written = '';
    command.outputHelp();
    helps.set(command.parent === null ? 'likeness' : `${command.parent.name()} ${command.name()}`, written);
  }
});

describe('examples', () => {
  it('are found, and a wrong one is told', async () => {
    const text =
      '\n  likeness train ... --source a --model pair\n  likeness train --source a\n  likeness fly\n  likeness swap a\n';
    expect(examplesIn(text)).toHaveLength(4);
    expect(await wrongIn(text)).toEqual([
      expect.stringContaining("unknown option '--model'"),
      expect.stringContaining('required option'),
      expect.stringContaining("unknown command 'fly'"),
      expect.stringContaining('consents are missing'),
    ]);
    expect(examplesIn('  likeness a --b \\\n     --c  remark')).toEqual(['a --b --c']);
  });

  it('of every help are understood, with all that is mandatory', async () => {
    const texts = [...helps.values()].join('\n');
    expect(examplesIn(helps.get('likeness') ?? '').length).toBeGreaterThan(9);
    expect(examplesIn(texts).length).toBeGreaterThan(60);
    expect(await wrongIn(texts)).toEqual([]);
  });

  it('of the documents are understood, as far as they are written out', async () => {
    const files = [
      'README.md',
      ...readdirSync(join(packageRoot, 'docs'))
        .filter((f) => f.endsWith('.md'))
        .map((f) => join('docs', f)),
    ];
    const wrong: string[] = [];
    for (const file of files)
      for (const one of await wrongIn(readFileSync(join(packageRoot, file), 'utf8'))) wrong.push(`${file}: ${one}`);
    expect(wrong).toEqual([]);
  });
});
