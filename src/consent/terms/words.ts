/** What every language has to have of the words a record is read in. A table that lacks a sentence does not compile. */
import type { ConsentRecord, ConsentSignature, Medium, Operation } from '../record.js';
import type { RuleCheck } from '../rules.js';

/** The languages a record can be read in. */
export const TERMS_LANGUAGES = ['en', 'de', 'es'] as const;
/** One of {@link TERMS_LANGUAGES}. */
export type TermsLanguage = (typeof TERMS_LANGUAGES)[number];

/** The name under which a studio takes records that are signed by link: no name that anybody chose, so it is translated. */
export const HOUSE_NAME = 'This studio';

/** Words of uses that every language knows; any other is shown as the record has it. */
export type UseWord =
  | 'advertising'
  | 'archive'
  | 'art'
  | 'campaign'
  | 'commercial'
  | 'deception'
  | 'demo'
  | 'documentary'
  | 'dubbing'
  | 'education'
  | 'endorsement'
  | 'external'
  | 'fiction'
  | 'film'
  | 'game'
  | 'internal'
  | 'marketing'
  | 'music'
  | 'news'
  | 'parody'
  | 'political'
  | 'private'
  | 'public'
  | 'research'
  | 'satire'
  | 'series'
  | 'sexual'
  | 'social'
  | 'test'
  | 'theatre'
  | 'training';

/** Legal bases that every language knows; any other is what the parties wrote. */
export type KnownBasis = 'consent' | 'contract';

/** The rules that say whether a record stands: those of `verifyRecord`. */
export type RecordRule = Extract<
  RuleCheck['rule'],
  | 'consent.digest'
  | 'consent.signature'
  | 'consent.subject.capacity'
  | 'consent.clock'
  | 'consent.term'
  | 'consent.revoked'
  | 'consent.suspended'
  | 'consent.status'
  | 'consent.evidence'
  | 'consent.superseded'
>;

type Representative = NonNullable<ConsentRecord['subject']['representative']>;
type Each<K extends string, V = string> = Readonly<Record<K, V>>;

/** Sentences of a record, in the third person. Names, titles and notes come in as the parties wrote them. */
export interface RecordSentences {
  readonly heading: (id: string) => string;
  readonly represented: (name: string, relation: string, subject: string) => string;
  /** What {@link RecordSentences.allows} calls whoever may use it. */
  readonly toNobody: string;
  readonly toHolder: (name: string) => string;
  readonly toHouse: string;
  readonly toLicensee: (name: string) => string;
  readonly allows: (who: string, to: string, operations: string) => string;
  readonly source: (name: string) => string;
  readonly replaced: (name: string) => string;
  readonly passOn: string;
  readonly uses: (uses: string, project: string, description: string) => string;
  readonly never: (uses: string) => string;
  readonly neverUnnamed: string;
  readonly where: (media: string, places: string, channels: string, languages: string) => string;
  readonly renders: (count: number, written: string) => string;
  readonly term: (from: string, to: string) => string;
  readonly labelled: (marks: string) => string;
  readonly approves: (name: string) => string;
  readonly withdraw: string;
  readonly withdrawWithWord: string;
  readonly unpaid: string;
  readonly listed: (address: string, entry: string) => string;
  readonly captured: (recorded: string, reviewed: string) => string;
  readonly captureUnreviewed: string;
  readonly unsigned: string;
  readonly signed: (signatures: string) => string;
  readonly signature: (role: string, at: string) => string;
  readonly noFace: string;
}

/** Sentences of an invitation, to the person who is asked. */
export interface AskedSentences {
  /** To whoever signs for somebody else. */
  readonly signs: (name: string, signer: string, relation: 'guardian' | 'attorney') => string;
  readonly source: (media: string) => string;
  readonly replaced: string;
  readonly uses: (uses: string, project: string, description: string) => string;
  readonly where: (places: string) => string;
  readonly days: (count: number, written: string) => string;
  readonly daysAndRenders: (count: number, written: string, renders: number, writtenRenders: string) => string;
  readonly approves: string;
  readonly unpaid: string;
  readonly labelled: string;
  readonly withdraw: (name: string) => string;
}

/** Words of the page to print that are no sentences of the record. */
export interface PageWords {
  readonly title: (name: string) => string;
  readonly code: string;
  readonly stands: (at: string) => string;
  readonly fails: (at: string, why: string) => string;
  readonly plain: string;
  readonly detail: string;
  readonly signatures: string;
  readonly nobodySigned: string;
  readonly byHand: string;
  readonly signHere: string;
  readonly placeAndDate: string;
  readonly footer: string;
  readonly rows: Each<
    | 'subject'
    | 'representative'
    | 'licensee'
    | 'project'
    | 'operations'
    | 'uses'
    | 'never'
    | 'media'
    | 'places'
    | 'count'
    | 'term'
    | 'approval'
    | 'pay'
    | 'basis'
    | 'withdrawn'
    | 'evidence'
    | 'kept'
    | 'replaces'
  >;
  readonly subject: (name: string, adult: boolean, known: string) => string;
  readonly representedBy: (name: string, relation: string) => string;
  readonly nobody: string;
  readonly licenseeNobody: string;
  readonly neverUnnamed: string;
  readonly anyLanguage: string;
  readonly anyChannel: string;
  readonly anyNumber: string;
  readonly approvalEach: string;
  readonly approvalNone: string;
  readonly payUnsaid: string;
  readonly nothingNew: string;
  readonly evidenceNone: string;
  readonly footage: string;
  readonly captured: (recorded: string, reviewed: string) => string;
  readonly captureUnreviewed: (recorded: string) => string;
  readonly keptNone: string;
  readonly replacesNone: string;
}

/** A record in the words of one language. Each table says the same as the others: none gives or takes a right. */
export interface TermWords {
  /** BCP 47 tag that dates, numbers, and names of places and languages are written by. */
  readonly tag: string;
  readonly operations: Each<Operation>;
  readonly media: Each<Medium>;
  readonly uses: Each<UseWord>;
  readonly worldwide: string;
  /** A part of a country, of which the record has the code alone. */
  readonly partOf: (code: string, country: string) => string;
  readonly any: string;
  readonly house: string;
  readonly pay: Each<NonNullable<ConsentRecord['compensation']>['kind']>;
  readonly bases: Each<KnownBasis>;
  readonly relations: Each<Representative['relation']>;
  readonly roles: Each<ConsentSignature['role']>;
  readonly ages: Each<ConsentRecord['subject']['ageAssurance']>;
  readonly marks: Each<'c2pa' | 'watermark' | 'visible'>;
  /** What happens when the term is over, as a sentence. */
  readonly afterwards: Each<ConsentRecord['term']['postTerm']>;
  readonly payPaper: (hash: string) => string;
  readonly paid: (pay: string) => string;
  readonly basis: (parts: string) => string;
  readonly law: (of: string) => string;
  readonly contract: (hash: string) => string;
  readonly privacyNotice: (hash: string) => string;
  readonly lawTable: (version: string) => string;
  readonly takeDown: string;
  readonly notice: (hours: number, written: string) => string;
  readonly endpoint: (address: string) => string;
  readonly stands: string;
  readonly fails: string;
  /** Why a record does not stand, where the words of the check itself are not of this language; `null`: they are. */
  readonly failed: Each<RecordRule> | null;
  readonly record: RecordSentences;
  readonly asked: AskedSentences;
  readonly page: PageWords;
}
