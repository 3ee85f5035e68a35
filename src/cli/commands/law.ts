/** `likeness law`: what the rules say, where they come from, and the letter that has a fake removed. */
import { type Command, Option } from 'commander';
import { LikenessError, writeAtomic } from '../../base/index.js';
import type { LawMedium, LawRow, LetterLanguage, Ruleset } from '../../law/index.js';
import { given, words } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { refuseExisting } from '../written.js';

const HELP = `
A small, dated table of law of twenty places, each row with its source and a letter: P primary text read, S secondary source
only, U unverified. Three truth values: what is not known becomes a question, never a pass. This is not legal advice.
docs/law.md holds the table and says how it is kept.

Examples:
  likeness law ask
  likeness law ask --place DE,US-CA --activity publish --fact consent=yes --fact realistic=yes --medium video
  likeness law ask --place KR --activity download,intimate --fact consent=no
  likeness law show US-NY
  likeness law sources GB
  likeness law letter --place US --fact intimate=yes --url https://example.com/v/1 --lang en
`;

interface AskOptions {
  readonly place?: string[];
  readonly activity?: string[];
  readonly fact?: string[];
  readonly medium?: LawMedium;
  readonly use?: string;
  readonly date?: string;
}

function registerAsk(law: Command, context: CommandContext): void {
  law
    .command('ask')
    .description(
      'say what is forbidden, required, recommended, coming and open; asks for what is missing at a terminal',
    )
    .option('--place <list>', 'where: DE,US-CA,EU,... or worldwide', words)
    .option(
      '--activity <list>',
      'make,download,share,publish,advertise,train,remove,offer-tool,host; elections,intimate,satire,dead,minors,voice',
      words,
    )
    .option('--fact <name=yes|no|unknown>', 'what is known; may be given several times', words)
    .addOption(new Option('--medium <name>', 'what it is').choices(['video', 'picture', 'audio']))
    .option('--use <word>', 'what it is for, as the consent records name it: film, advertising, satire, ...')
    .option('--date <day>', 'on which day (today)')
    .addHelpText(
      'after',
      `
At a terminal it asks; with --json or without a terminal it answers from the options alone, and what is missing shows
as a question. Without --activity it answers: may I download this, may I make it, may I publish it, must I label it,
and what if it shows me.

Examples:
  likeness law ask --place GB --activity make,intimate --fact realPerson=yes --fact consent=no
  likeness law ask --place EU --activity publish --fact realistic=yes --fact professional=yes --date 2026-12-02 --json
`,
    )
    .action(async (options: AskOptions) => {
      const { ask, factsOfUse, mergeFacts, parseFacts, renderAnswer } = await import('../../law/index.js');
      const { parseActivities, USUAL_ACTS } = await import('../law-words.js');
      const named = options.activity === undefined ? null : parseActivities(options.activity);
      const facts = [parseFacts(options.fact ?? []), options.use === undefined ? {} : factsOfUse(options.use)].reduce(
        mergeFacts,
        named?.facts ?? {},
      );
      const start = {
        places: options.place ?? [],
        acts: named?.acts ?? [],
        facts,
        ...given({ medium: options.medium, date: options.date }),
      };
      const interactive = !context.json && process.stdin.isTTY === true && process.stderr.isTTY === true;
      if (!interactive && start.places.length === 0)
        throw new LikenessError('usage.place', 'No place was named.', {
          hint: 'Add --place DE,US-CA,... or --place worldwide.',
        });
      let answer: ReturnType<typeof ask>;
      if (interactive) {
        const { askPerson, terminalReader } = await import('../law-dialogue.js');
        const { read, close } = terminalReader();
        try {
          answer = await askPerson(start, read, (text) => context.note(text));
        } finally {
          close();
        }
      } else answer = ask({ ...start, acts: named?.acts ?? USUAL_ACTS });
      const { plainAnswers } = await import('../../law/index.js');
      context.result({ answers: plainAnswers(answer), ...answer }, () => renderAnswer(answer));
    });
}

/** Rows that concern a place, or all; the place must be one that the table holds. */
async function rowsOf(place: string | undefined): Promise<{ table: Ruleset; rows: readonly LawRow[] }> {
  const { concerns, HOUSE, parsePlace, ruleset } = await import('../../law/index.js');
  const table = ruleset();
  if (place === undefined) return { table, rows: table.rows };
  const code = place.toUpperCase() === HOUSE ? HOUSE : parsePlace(place);
  const rows = table.rows.filter((row) => concerns(row.place, code));
  if (rows.length === 0)
    throw new LikenessError('law.place.empty', `The table holds nothing about ${code}.`, {
      hint: `It holds ${[...new Set(table.rows.map((row) => row.place))].join(', ')}.`,
    });
  return { table, rows };
}

function registerTable(law: Command, context: CommandContext): void {
  law
    .command('show')
    .description('show the table, or the rows that concern one place')
    .argument('[place]', 'such as DE, US-CA or EU')
    .option('--markdown', 'as a Markdown table')
    .addHelpText(
      'after',
      '\nExamples:\n  likeness law show\n  likeness law show US-CA\n  likeness law show --markdown\n',
    )
    .action(async (place: string | undefined, options: { markdown?: boolean }) => {
      const { renderRows, tableMarkdown } = await import('../../law/index.js');
      const { table, rows } = await rowsOf(place);
      context.result({ version: table.version, asOf: table.asOf, rows }, () =>
        options.markdown === true
          ? tableMarkdown({ ...table, rows })
          : `${renderRows(rows)}\n\nRuleset ${table.version}. ${table.note}`,
      );
    });
  law
    .command('sources')
    .description('say where every row comes from and what was read')
    .argument('[place]', 'such as DE, US-CA or EU')
    .addHelpText('after', '\nExamples:\n  likeness law sources\n  likeness law sources FR --json\n')
    .action(async (place: string | undefined) => {
      const { renderSources } = await import('../../law/index.js');
      const { table, rows } = await rowsOf(place);
      const value = rows.map(({ id, place: at, instrument, letters, read, verifiedOn, sources }) => ({
        id,
        place: at,
        instrument,
        letters,
        read: read ?? null,
        verifiedOn,
        sources,
      }));
      context.result({ version: table.version, sources: value }, () => renderSources(rows));
    });
}

interface LetterOptions {
  readonly place: string[];
  readonly lang?: LetterLanguage;
  readonly fact?: string[];
  readonly url?: string[];
  readonly name?: string;
  readonly contact?: string;
  readonly service?: string;
  readonly date?: string;
  readonly out?: string;
}

function registerLetter(law: Command, context: CommandContext): void {
  law
    .command('letter')
    .description('write the letter that has a fake of you removed, with the deadlines that apply')
    .requiredOption('--place <list>', 'where you live or where the service is: US, IN, DE,...', words)
    .addOption(new Option('--lang <language>', 'of the letter').choices(['en', 'de', 'fr', 'es']))
    .option('--fact <name=yes|no>', 'intimate=yes or no decides which deadline applies', words)
    .option('--url <address>', 'of the material; may be given several times', (v, b: string[] = []) => [...b, v])
    .option('--name <name>', 'your name')
    .option('--contact <address>', 'how they reach you')
    .option('--service <name>', 'who shows it')
    .option('--date <day>', 'of the letter (today)')
    .option('--out <file>', 'write it to a file')
    .addHelpText(
      'after',
      `
What you leave out becomes a blank. Nothing is sent: you send it, through the service's own form where it has one.

Examples:
  likeness law letter --place US --fact intimate=yes --url https://example.com/v/1
  likeness law letter --place DE --fact intimate=no --lang de --name "Alex Morgan" --out letter.txt
`,
    )
    .action(async (options: LetterOptions) => {
      const { parseFacts, writeLetter } = await import('../../law/index.js');
      if (options.out !== undefined) refuseExisting(options.out);
      const { lang, name, contact, service, date } = options;
      const letter = writeLetter({
        places: options.place,
        facts: parseFacts(options.fact ?? []),
        urls: options.url ?? [],
        ...given({ language: lang, name, contact, service, date }),
      });
      if (options.out !== undefined) await writeAtomic(options.out, letter.text);
      for (const place of letter.sendTo) context.note(`Send it to: ${place}`);
      for (const warning of letter.warnings) context.note(warning);
      context.result({ ...letter, file: options.out ?? null }, () =>
        options.out === undefined ? letter.text : `wrote ${options.out}`,
      );
    });
}

/** Adds `likeness law`. */
export function register(program: Command, context: CommandContext): void {
  const law = program
    .command('law')
    .description('what the rules say about a use, with sources; the letter that has a fake removed; not legal advice')
    .addHelpText('after', HELP);
  registerAsk(law, context);
  registerTable(law, context);
  registerLetter(law, context);
}
