/** `likeness law ask` at a terminal: asks for what is missing, one question a line, until nothing is open or nobody knows. */
import { createInterface } from 'node:readline';
import { LikenessError } from '../base/index.js';
import {
  type Answer,
  ask,
  type Fact,
  type Inquiry,
  LAW_MEDIA,
  type LawMedium,
  mergeFacts,
  parsePlace,
} from '../law/index.js';
import { parseActivities } from './law-words.js';

/** Asks one question and gives the typed line. */
export type Reader = (question: string) => Promise<string>;

/** What may be known before the dialogue begins. */
export type Start = Omit<Inquiry, 'places' | 'acts'> & {
  places: readonly string[];
  acts: readonly Inquiry['acts'][number][];
};

/** Repeats a question until its answer can be used; the third wrong answer ends it. */
async function until<T>(
  read: Reader,
  say: (text: string) => void,
  question: string,
  use: (text: string) => T,
): Promise<T> {
  for (let left = 2; ; left--) {
    try {
      return use((await read(question)).trim());
    } catch (thrown) {
      if (!(thrown instanceof LikenessError) || !thrown.code.startsWith('law.') || left === 0) throw thrown;
      say(`${thrown.message} ${thrown.hint ?? ''}`);
    }
  }
}

function yesNo(text: string): 'yes' | 'no' | 'unknown' {
  const word = text.toLowerCase();
  if (word === 'y' || word === 'yes') return 'yes';
  if (word === 'n' || word === 'no') return 'no';
  if (word === '' || word === '?') return 'unknown';
  throw new LikenessError('law.fact', `"${text.slice(0, 40)}" is no answer.`, {
    hint: 'Type y, n, or just Enter where you do not know.',
  });
}

function medium(text: string): LawMedium | 'unknown' {
  const found = LAW_MEDIA.find((each) => text !== '' && each.startsWith(text.toLowerCase()));
  if (found === undefined && text !== '')
    throw new LikenessError('law.fact', `"${text.slice(0, 40)}" is no medium.`, {
      hint: `Type ${LAW_MEDIA.join(', ')}.`,
    });
  return found ?? 'unknown';
}

/**
 * The dialogue. What was given is not asked again; a fact that the person does not know stays open.
 *
 * @throws LikenessError where three answers in a row cannot be used
 */
export async function askPerson(start: Start, read: Reader, say: (text: string) => void): Promise<Answer> {
  const places =
    start.places.length > 0
      ? start.places
      : await until(read, say, 'Where: made, shown, or where the person lives (DE,US-CA,... or worldwide)? ', (text) =>
          text.split(',').map(parsePlace),
        );
  let inquiry: Start = { ...start, places };
  if (inquiry.acts.length === 0) {
    const given = await until(
      read,
      say,
      'What is it about (make, download, share, publish, advertise, train, remove; also elections, intimate, satire, dead, minors, voice)? ',
      (text) => parseActivities(text.split(',')),
    );
    inquiry = { ...inquiry, acts: given.acts, facts: mergeFacts(start.facts ?? {}, given.facts) };
  }
  const asked = new Set<Fact | 'medium'>();
  for (;;) {
    const answer = ask(inquiry);
    const next = answer.questions.find(({ fact }) => !asked.has(fact));
    if (next === undefined) return answer;
    asked.add(next.fact);
    if (next.fact === 'medium') {
      const said = await until(read, say, `${next.text} `, medium);
      if (said !== 'unknown') inquiry = { ...inquiry, medium: said };
      continue;
    }
    const { fact, text } = next;
    const facts = inquiry.facts ?? {};
    const merged = await until(read, say, `${text} [y/n/?] `, (typed) => mergeFacts(facts, { [fact]: yesNo(typed) }));
    inquiry = { ...inquiry, facts: merged };
  }
}

/**
 * Reads from the terminal; questions go to stderr, so that stdout holds the answer alone. Lines typed ahead are kept. The
 * end of the input (Ctrl-D) or Ctrl-C ends the dialogue with `usage.cancelled`.
 */
export function terminalReader(): { read: Reader; close: () => void } {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const waiting = lines[Symbol.asyncIterator]();
  return {
    read: async (question) => {
      lines.setPrompt(question);
      lines.prompt();
      const next = await waiting.next();
      if (next.done === true)
        throw new LikenessError('usage.cancelled', 'The dialogue was ended before there was an answer.', {
          hint: 'Run it again, or give the answers as options: likeness law ask --help.',
        });
      return next.value;
    },
    close: () => lines.close(),
  };
}
