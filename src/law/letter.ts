/** The letter to a platform that shows somebody who did not agree: what to remove, why, and by when. */
import { LikenessError } from '../base/index.js';
import { citation } from './answers.js';
import { ask, type Hit } from './ask.js';
import { FACTS, type Facts, mergeFacts } from './facts.js';
import { de } from './letters/de.js';
import { en } from './letters/en.js';
import { es } from './letters/es.js';
import { fr } from './letters/fr.js';
import type { LetterWords } from './letters/words.js';
import { HOUSE, liesIn, parsePlace } from './places.js';
import { type Ruleset, ruleset } from './ruleset.js';

const LANGUAGES = { en, de, fr, es } as const;

/** Languages a letter can be written in. */
export const LETTER_LANGUAGES = Object.keys(LANGUAGES) as readonly LetterLanguage[];

/** One of {@link LETTER_LANGUAGES}. */
export type LetterLanguage = keyof typeof LANGUAGES;

/** What goes into a letter; what is left out becomes a blank to fill in. */
export interface LetterRequest {
  /** Where the person shown lives, or where the service is: places whose law the letter relies on. */
  readonly places: readonly string[];
  readonly language?: LetterLanguage | undefined;
  /** At least `intimate`, where a deadline hangs on it. */
  readonly facts?: Facts;
  readonly date?: string | undefined;
  readonly name?: string | undefined;
  readonly contact?: string | undefined;
  readonly service?: string | undefined;
  /** Addresses of the material. */
  readonly urls?: readonly string[];
}

/** A letter, and what it rests on. */
export interface Letter {
  readonly language: LetterLanguage;
  readonly text: string;
  /** The rights it relies on, with their deadlines; the shortest that the letter itself starts comes first. */
  readonly rights: readonly Hit[];
  /** Where to send it, a line for each right. */
  readonly sendTo: readonly string[];
  /** What the writer should know and the letter does not say. */
  readonly warnings: readonly string[];
}

const DEFAULT_LANGUAGE: Record<string, LetterLanguage> = { DE: 'de', AT: 'de', FR: 'fr', ES: 'es', MX: 'es', AR: 'es' };

/** Characters that could make one line look like two, or hide in a line. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function line(text: string | undefined, what: string): string | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined) return undefined;
  if (trimmed === '' || trimmed.length > 200 || CONTROL.test(trimmed))
    throw new LikenessError('law.letter.text', `The ${what} cannot stand in a letter.`, {
      hint: 'Write it as one line of 1 to 200 printable characters.',
    });
  return trimmed;
}

function address(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || CONTROL.test(text) || text.length > 2000)
    throw new LikenessError('law.letter.url', `"${text.slice(0, 80)}" is no web address.`, {
      hint: 'Give the whole address of the material, beginning with https://.',
    });
  return text;
}

/** Hours until the letter itself has an effect; what needs an order or a regulator first comes last. */
const urgency = ({ deadline }: Hit): number =>
  deadline === null
    ? 5000
    : deadline.hours + (deadline.after === 'notice' || deadline.after === 'request' ? 0 : 10_000);

function textOf(
  w: LetterWords,
  request: LetterRequest,
  date: string,
  rights: readonly Hit[],
  forbidden: readonly Hit[],
): string {
  const { facts = {} } = request;
  const urls = (request.urls ?? []).map(address);
  const name = line(request.name, 'name') ?? w.blanks.name;
  const contact = line(request.contact, 'contact') ?? w.blanks.contact;
  const grounds = [
    ...rights.map((hit) =>
      hit.deadline === null ? w.promptly(citation(hit)) : w.deadline(citation(hit), hit.deadline),
    ),
    ...forbidden.map((hit) => w.forbidden(citation(hit))),
  ];
  return [
    `${line(request.service, 'name of the service') ?? w.blanks.service}`,
    `${w.date}: ${date}`,
    '',
    w.subject,
    '',
    w.opening,
    '',
    [w.shows, facts.intimate === 'yes' ? w.intimate : '', facts.minor === 'yes' ? w.minor : '', w.noConsent]
      .filter((part) => part !== '')
      .join(' '),
    '',
    w.where,
    ...(urls.length === 0 ? [w.blanks.address] : urls).map((url) => `  ${url}`),
    '',
    ...w.asks.map((ask, at) => `${at + 1}. ${ask}`),
    '',
    ...(grounds.length === 0 ? [] : [w.basis, ...grounds.map((ground) => `- ${ground}`), '']),
    w.goodFaith,
    '',
    `${w.contact} ${contact}.`,
    '',
    `${w.signature}: ${name}`,
    '',
  ].join('\n');
}

/**
 * Writes the letter. It is the statement of the person shown, who did not agree: that is taken as said.
 *
 * @throws LikenessError `law.letter.facts` where a deadline hangs on a fact that is not known, `law.letter.consent`,
 * `law.letter.url`, `law.letter.text`, `law.letter.language`, `law.place`
 * @example
 * writeLetter({ places: ['US'], facts: { intimate: 'yes' }, urls: ['https://example.com/v/1'] }).text;
 */
export function writeLetter(request: LetterRequest, table: Ruleset = ruleset()): Letter {
  if (request.facts?.consent === 'yes' || request.facts?.realPerson === 'no')
    throw new LikenessError('law.letter.consent', 'This letter is for a real person who did not agree.', {
      hint: 'Where somebody agreed and thinks otherwise now, withdraw the record: "likeness consent revoke".',
    });
  const language = request.language ?? DEFAULT_LANGUAGE[request.places[0]?.toUpperCase() ?? ''] ?? 'en';
  const words: LetterWords | undefined = LANGUAGES[language];
  if (words === undefined)
    throw new LikenessError('law.letter.language', `There is no letter in "${String(language).slice(0, 20)}".`, {
      hint: `Languages are ${LETTER_LANGUAGES.join(', ')}.`,
    });
  const facts = mergeFacts({ realPerson: 'yes', consent: 'no', realistic: 'yes' }, request.facts ?? {});
  const answer = ask({ places: request.places, acts: ['remove', 'publish'], facts, date: request.date }, table);
  // The law of a part (California) is none of the whole's: it is relied on only where the part was named.
  const places = request.places.map(parsePlace);
  const own = (hits: readonly Hit[]): Hit[] =>
    hits.filter((hit) => hit.place !== HOUSE && places.some((place) => liesIn(place, hit.place)));
  const waiting = own(answer.open).filter((hit) => hit.effect === 'right');
  const [fact] = waiting.flatMap((hit) => hit.dependsOn).filter((name) => name !== 'medium');
  if (fact !== undefined)
    throw new LikenessError('law.letter.facts', `A deadline hangs on something that was not said: ${FACTS[fact]}`, {
      hint: `Add --fact ${fact}=yes or --fact ${fact}=no.`,
    });
  const rights = own(answer.rights).sort((a, b) => urgency(a) - urgency(b));
  const forbidden = own(answer.blocked);
  const later = own(answer.upcoming).filter((hit) => hit.effect === 'right');
  return {
    language,
    text: textOf(words, { ...request, facts }, answer.asked.date, rights, forbidden),
    rights,
    sendTo: rights.map((hit) => `${hit.place}: ${hit.where ?? 'the service that shows it'}`),
    warnings: [
      ...(rights.length === 0
        ? ['The table has no removal procedure for these places; the letter asks without a deadline.']
        : []),
      ...[...rights, ...forbidden]
        .filter((hit) => hit.letter === 'S' || hit.letter === 'U')
        .map(
          (hit) =>
            `${citation(hit)} rests on ${hit.letter === 'U' ? 'an unverified row' : 'a secondary source'}: check it before you rely on it.`,
        ),
      ...later.map(
        (hit) =>
          `${citation(hit)} is left out: ${hit.from === null ? 'whether it is in force was not found' : `it applies from ${hit.from}`}.`,
      ),
      ...answer.stale.map(({ id, verifiedOn }) => `${id} was last looked at on ${verifiedOn}.`),
      'A child, a threat or extortion: go to the police first. Keep screenshots and addresses before the material disappears.',
      answer.disclaimer,
    ],
  };
}
