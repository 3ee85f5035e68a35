/**
 * What the law of the named territories asks of one piece of work. This is the door for other rooms: `authorize()` takes
 * its refusals from it, labels take their defaults from it.
 */
import { type Answer, consider, type Hit, type Question, type ResolvedKind } from './ask.js';
import { type Facts, mergeFacts, type Truth } from './facts.js';
import { HOUSE } from './places.js';
import { type Ruleset, ruleset } from './ruleset.js';
import type { Act, LawMedium } from './schema.js';

/** A label or mark that can be put on a file. */
export const LABEL_KINDS = [
  'label.visible',
  'label.audible',
  'label.light',
  'label.icon',
  'mark.metadata',
  'mark.metadata.cn',
  'mark.watermark',
] as const;

/** One of {@link LABEL_KINDS}. */
export type LabelKind = (typeof LABEL_KINDS)[number];

/** A piece of work. */
export interface Work {
  /** As the consent records name it; `train` for training, anything else makes something to be shown. */
  readonly operation: string | readonly string[];
  /** Dotted words from general to special: `film.short`. */
  readonly use: string;
  readonly medium: LawMedium;
  /** Where it will be shown; none where nobody said. */
  readonly territories: readonly string[];
  /** What is known beyond what the use says. */
  readonly facts?: Facts;
  /** ISO day; today where left out. */
  readonly date?: string | undefined;
}

/** What the law asks of it. */
export interface Duties {
  readonly ruleset: Answer['ruleset'];
  readonly territories: readonly string[];
  /** Labels and marks that the law of a territory requires; duties that hang on unknown facts are taken as due. */
  readonly required: readonly LabelKind[];
  /** What this program or a code of practice recommends beyond what is required: on unless somebody turns it off. */
  readonly defaults: readonly LabelKind[];
  /** Every duty, labels and others. */
  readonly duties: readonly Hit[];
  /** The law forbids it. */
  readonly blocked: readonly Hit[];
  /** Facts that have to be known first, because a prohibition hangs on them. */
  readonly questions: readonly Question[];
  /** Lines behind the questions. */
  readonly open: readonly Hit[];
  readonly upcoming: readonly Hit[];
  readonly stale: Answer['stale'];
  readonly notCovered: Answer['notCovered'];
}

/** Uses that say by their name that no vote is meant. Anything else leaves it open. */
const NO_ELECTION = new Set(
  (
    'film series theatre music game games art museum training education research internal test demo documentary ' +
    'satire parody private family translation dubbing accessibility advertising marketing commercial endorsement'
  ).split(' '),
);
const ELECTION = new Set(['political', 'politics', 'election', 'elections', 'campaign']);
const SATIRE = new Set(['satire', 'parody']);
const ADVERTISING = new Set(['advertising', 'marketing', 'commercial', 'endorsement']);
const INTIMATE = new Set(['sexual', 'intimate']);

/**
 * What the name of a use says: a campaign is about a vote, satire is satire, an advertisement is for an audience. A use
 * that is not known leaves open whether a vote is meant.
 */
export function factsOfUse(use: string): Facts {
  const words = use.toLowerCase().split('.');
  const any = (set: ReadonlySet<string>): boolean => words.some((word) => set.has(word));
  const election: Truth = any(ELECTION) ? 'yes' : NO_ELECTION.has(words[0] ?? '') ? 'no' : 'unknown';
  return {
    election,
    intimate: any(INTIMATE) ? 'yes' : 'no',
    ...(any(SATIRE) ? { satire: 'yes' as const } : {}),
    ...(any(ADVERTISING) ? { professional: 'yes' as const } : {}),
  };
}

function actsOf(work: Work): Act[] {
  const operations = typeof work.operation === 'string' ? [work.operation] : work.operation;
  const train: Act[] = operations.includes('train') ? ['train'] : [];
  if (operations.every((operation) => operation === 'train')) return train;
  const shown: Act[] = work.use.split('.').some((word) => ADVERTISING.has(word))
    ? ['publish', 'advertise']
    : ['publish'];
  return [...train, 'make', ...shown];
}

const labelsIn = (hits: readonly Hit[]): LabelKind[] =>
  LABEL_KINDS.filter((kind) => hits.some((hit) => (hit.kinds as readonly ResolvedKind[]).includes(kind)));

/**
 * The duties of a piece of work. A real, realistic face or voice is assumed unless the facts say otherwise: that is what
 * this program makes.
 *
 * @throws LikenessError `law.place`, `law.date`, `law.facts.contradiction`
 * @example
 * dutiesFor({ operation: 'faceSwap', use: 'film', medium: 'video', territories: ['CN'], facts: { consent: 'yes' } }).required;
 * // ['label.visible', 'mark.metadata', 'mark.metadata.cn']
 */
export function dutiesFor(work: Work, table: Ruleset = ruleset()): Duties {
  const facts = mergeFacts(factsOfUse(work.use), work.facts ?? {});
  const assumed: Facts = { realPerson: 'yes', realistic: 'yes', assistive: 'no' };
  const answer = consider(
    {
      places: work.territories,
      acts: actsOf(work),
      facts: { ...assumed, ...facts },
      medium: work.medium,
      date: work.date,
    },
    table,
  );
  const law = (hits: readonly Hit[]): Hit[] => hits.filter((hit) => hit.place !== HOUSE);
  const open = law(answer.open).filter((hit) => hit.effect === 'prohibit');
  const due = [...answer.must, ...answer.open.filter((hit) => hit.effect === 'require')];
  const required = labelsIn(law(due));
  return {
    ruleset: answer.ruleset,
    territories: work.territories,
    required,
    defaults: labelsIn([...due, ...answer.should]).filter((kind) => !required.includes(kind)),
    duties: due,
    blocked: law(answer.blocked),
    questions: answer.questions
      .map((q) => ({ ...q, decides: q.decides.filter((id) => open.some((hit) => hit.id === id)) }))
      .filter((q) => q.decides.length > 0),
    open,
    upcoming: answer.upcoming,
    stale: answer.stale,
    notCovered: answer.notCovered,
  };
}
