/** Reads the values of a record out in one language: lists, instants, places, pay. What the parties wrote stays as it is. */
import type { ConsentRecord } from '../record.js';
import type { RuleCheck } from '../rules.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { TERMS_LANGUAGES, type TermsLanguage, type TermWords } from './words.js';

const TABLES: Readonly<Record<TermsLanguage, TermWords>> = { en, de, es };

const isTermsLanguage = (text: string): text is TermsLanguage => TERMS_LANGUAGES.some((each) => each === text);

/** The language of a tag such as `de-AT`, or `null` where no record can be read in it. */
export function termsLanguageOf(tag: string): TermsLanguage | null {
  const language = tag.trim().toLowerCase().split(/[-_]/)[0] ?? '';
  return isTermsLanguage(language) ? language : null;
}

/** See the head of this file. */
export class TermsReader {
  readonly words: TermWords;

  constructor(language: TermsLanguage) {
    this.words = TABLES[language];
  }

  /** An instant as the reader writes it, in UTC and saying so; seconds where there are any. */
  at(instant: string): string {
    const date = new Date(instant);
    return new Intl.DateTimeFormat(this.words.tag, {
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      ...(date.getUTCSeconds() === 0 ? {} : { second: '2-digit' }),
      hourCycle: 'h23',
      timeZone: 'UTC',
      timeZoneName: 'short',
    }).format(date);
  }

  /** A number as the reader writes it. */
  number(value: number): string {
    return new Intl.NumberFormat(this.words.tag).format(value);
  }

  /** Dotted uses: `training.internal` is `Schulung (intern)`. One with a word that no table has stands as it is. */
  uses(uses: readonly string[]): string {
    const table: Readonly<Record<string, string>> = this.words.uses;
    return uses
      .map((use) => {
        const [first, ...rest] = use.split('.').map((word) => (Object.hasOwn(table, word) ? table[word] : undefined));
        if (first === undefined || rest.includes(undefined)) return use;
        return rest.length === 0 ? first : `${first} (${rest.join(', ')})`;
      })
      .join(', ');
  }

  /** Kinds of media. */
  media(media: ConsentRecord['scope']['media']): string {
    return media.map((medium) => this.words.media[medium]).join(', ');
  }

  /** What may be done. */
  operations(operations: ConsentRecord['scope']['operations']): string {
    return operations.map((operation) => this.words.operations[operation]).join(', ');
  }

  /** Places by name, with the code that counts behind it: `Deutschland (DE)`. */
  places(codes: readonly string[]): string {
    const names = new Intl.DisplayNames(this.words.tag, { type: 'region', fallback: 'none' });
    return codes
      .map((code) => {
        if (code === 'worldwide') return this.words.worldwide;
        const name = names.of(code.slice(0, 2));
        if (name === undefined) return code;
        return code.includes('-') ? this.words.partOf(code, name) : `${name} (${code})`;
      })
      .join(', ');
  }

  /** Languages by name, with their tags. What is no tag stands as it is. */
  languages(tags: readonly string[]): string {
    const names = new Intl.DisplayNames(this.words.tag, { type: 'language', fallback: 'none' });
    const named = (tag: string): string => {
      try {
        const name = names.of(tag);
        return name === undefined ? tag : `${name} (${tag})`;
      } catch {
        return tag;
      }
    };
    return tags.length === 0 ? this.words.any : tags.map(named).join(', ');
  }

  /** Channels, which the parties name as they like. */
  channels(channels: readonly string[]): string {
    return channels.length === 0 ? this.words.any : channels.join(', ');
  }

  /** What is agreed as pay, or `null` where the record says nothing of it. */
  pay(compensation: ConsentRecord['compensation']): string | null {
    if (compensation === null) return null;
    const { kind, note, amountHash } = compensation;
    return `${this.words.pay[kind]}${note === '' ? '' : `: ${note}`}${amountHash === null ? '' : ` (${this.words.payPaper(amountHash)})`}`;
  }

  /** On what the agreement rests in law. */
  basis({ basis, governingLaw, contractHash, noticeHash, rulesetVersion }: ConsentRecord['legal']): string {
    const { bases, law, contract, privacyNotice, lawTable } = this.words;
    return [
      basis === 'consent' || basis === 'contract' ? bases[basis] : basis,
      ...(governingLaw === null ? [] : [law(governingLaw)]),
      ...(contractHash === null ? [] : [contract(contractHash)]),
      ...(noticeHash === null ? [] : [privacyNotice(noticeHash)]),
      ...(rulesetVersion === null ? [] : [lawTable(rulesetVersion)]),
    ].join('; ');
  }

  /** What follows a withdrawal beyond that nothing new is made, as sentences. */
  withdrawal({
    effect,
    noticeHours,
    endpoint,
  }: Pick<ConsentRecord['revocation'], 'effect' | 'noticeHours' | 'endpoint'>): string[] {
    return [
      ...(effect === 'stopNewGenerationAndUnpublishWhereFeasible' ? [this.words.takeDown] : []),
      ...(noticeHours === 0 ? [] : [this.words.notice(noticeHours, this.number(noticeHours))]),
      ...(endpoint === null ? [] : [this.words.endpoint(endpoint)]),
    ];
  }

  /** Why a check of the record did not pass. English has the words of the check, with what was found. */
  failed({ rule, found }: RuleCheck): string {
    const table: Readonly<Record<string, string>> = this.words.failed ?? {};
    return table[rule] ?? found;
  }
}
