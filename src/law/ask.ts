/** Holds a situation against the table: what is forbidden, asked for, coming, open, and how far each line can be trusted. */
import { LikenessError } from '../base/index.js';
import { both, evaluate, not, type Situation } from './evaluate.js';
import { checkFacts, FACTS, type Fact, type Facts, type Truth } from './facts.js';
import { concerns, HOUSE, liesIn, parsePlace, WORLDWIDE } from './places.js';
import { type Ruleset, ruleset } from './ruleset.js';
import {
  ACTS,
  type Act,
  type Deadline,
  type LawMedium,
  type LawRow,
  type LawRule,
  type Letter,
  namesIn,
} from './schema.js';

/** Said with every answer. */
export const DISCLAIMER =
  'Information from a small, dated table of public sources. It is not legal advice, and what the table does not hold may still be law.';

/** After so many days a row or the table counts as stale. */
export const STALE_DAYS = 180;

/** What somebody wants to know. */
export interface Inquiry {
  /** ISO 3166 codes, `EU`, or `worldwide`. At least one. */
  readonly places: readonly string[];
  readonly acts: readonly Act[];
  readonly facts?: Facts;
  readonly medium?: LawMedium | undefined;
  /** ISO day of the act; today where left out. */
  readonly date?: string | undefined;
}

/** A label or mark as it applies once the medium is known. */
export type ResolvedKind = Exclude<LawRule['kinds'][number], 'label'> | 'label.visible' | 'label.audible';

/** One line of an answer. */
export interface Hit {
  /** `row.rule`, as the table calls it. */
  readonly id: string;
  readonly place: string;
  readonly instrument: string;
  readonly article: string;
  readonly acts: readonly Act[];
  readonly effect: LawRule['effect'];
  readonly kinds: readonly ResolvedKind[];
  readonly text: string;
  readonly penalty: string | null;
  readonly deadline: Deadline | null;
  readonly where: string | null;
  /** First day it applies; `null` where none was found. */
  readonly from: string | null;
  readonly status: LawRow['status'];
  /** The weaker of the two letters of the row. */
  readonly letter: Letter;
  readonly letters: LawRow['letters'];
  readonly source: { readonly title: string; readonly url: string | null };
  readonly verifiedOn: string;
  /** Facts that are not known and would change this line. */
  readonly dependsOn: readonly (Fact | 'medium')[];
  /** What would lift or move the duty if it were so. */
  readonly unless: readonly string[];
}

/** Something that has to be known before there is an answer. */
export interface Question {
  readonly fact: Fact | 'medium';
  readonly text: string;
  /** Lines that wait for it. */
  readonly decides: readonly string[];
}

/** What the table says. */
export interface Answer {
  readonly ruleset: { readonly version: string; readonly asOf: string; readonly ageDays: number };
  readonly asked: {
    readonly places: readonly string[];
    readonly acts: readonly Act[];
    readonly facts: Facts;
    readonly medium: LawMedium | null;
    readonly date: string;
  };
  /** Forbidden as things stand. */
  readonly blocked: readonly Hit[];
  readonly must: readonly Hit[];
  readonly should: readonly Hit[];
  /** Might forbid or ask for something, depending on facts that are not known. Never a pass. */
  readonly open: readonly Hit[];
  readonly questions: readonly Question[];
  /** What the person shown can ask of others. */
  readonly rights: readonly Hit[];
  /** Bills, and what applies from a later day. */
  readonly upcoming: readonly Hit[];
  /** What was struck down, what is merely said, and exceptions that were met. */
  readonly notes: readonly { readonly id: string; readonly place: string; readonly text: string }[];
  /** Rows that nobody looked at for {@link STALE_DAYS} days, and the table itself if it is that old. */
  readonly stale: readonly { readonly id: string; readonly verifiedOn: string; readonly days: number }[];
  /** Places of which the table holds nothing at all, and those whose own law it does not hold. */
  readonly notCovered: readonly { readonly place: string; readonly only: readonly string[] }[];
  readonly disclaimer: string;
}

const WEAKNESS: Record<Letter, number> = { H: 0, P: 1, S: 2, U: 3 };

/** The weaker of a row's letters. */
export function weakerLetter({ text, dates }: LawRow['letters']): Letter {
  return WEAKNESS[text] >= WEAKNESS[dates] ? text : dates;
}

/** Today as an ISO day (UTC). */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * An ISO day, checked.
 *
 * @throws LikenessError `law.date`
 */
export function parseDay(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new LikenessError('law.date', `"${text.slice(0, 40)}" is no day.`, { hint: 'Write it as 2026-11-24.' });
  return text;
}

const daysBetween = (from: string, to: string): number => Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000);

function resolveKinds(kinds: LawRule['kinds'], medium: LawMedium | undefined): ResolvedKind[] {
  return kinds.flatMap((kind): ResolvedKind[] => {
    if (kind !== 'label') return [kind];
    if (medium === 'audio') return ['label.audible'];
    return medium === undefined ? ['label.visible', 'label.audible'] : ['label.visible'];
  });
}

/** A rule as it stands in a situation. */
interface Standing {
  readonly hit: Hit;
  readonly applies: Truth;
  readonly exception: string | null;
}

function stand(row: LawRow, rule: LawRule, acts: readonly Act[], situation: Situation, date: string): Standing {
  const when = evaluate(rule.when, situation);
  const exceptions = rule.unless.map((each) => ({ ...each, is: evaluate(each.when, situation) }));
  const applies = exceptions.reduce((so, each) => both(so, not(each.is)), when);
  const unknown = (name: Fact | 'medium'): boolean =>
    name === 'medium' ? situation.medium === undefined : (situation.facts[name] ?? 'unknown') === 'unknown';
  const moved = row.transitional.map((each) => ({ ...each, is: evaluate(each.when, situation) }));
  const from = moved.find((each) => each.is === 'yes')?.from ?? row.from;
  const softer = moved.filter((each) => each.is === 'unknown' && each.from > date);
  const [source] = row.sources as [LawRow['sources'][number]];
  return {
    applies,
    exception: when === 'yes' ? (exceptions.find((each) => each.is === 'yes')?.label ?? null) : null,
    hit: {
      id: `${row.id}.${rule.id}`,
      place: row.place,
      instrument: row.instrument,
      article: rule.article,
      acts: rule.acts.filter((act) => acts.includes(act)),
      effect: rule.effect,
      kinds: resolveKinds(rule.kinds, situation.medium),
      text: rule.text,
      penalty: rule.penalty ?? null,
      deadline: rule.deadline ?? null,
      where: rule.where ?? null,
      from,
      status: row.status,
      letter: weakerLetter(row.letters),
      letters: row.letters,
      source,
      verifiedOn: row.verifiedOn,
      dependsOn:
        applies === 'unknown'
          ? [...new Set([rule.when, ...rule.unless.map((each) => each.when)].flatMap(namesIn))].filter(unknown)
          : [],
      unless: [
        ...exceptions.filter((each) => each.is === 'unknown').map((each) => each.label),
        ...softer.map((each) => `${each.label}: then from ${each.from}`),
      ],
    },
  };
}

/** Whether a row speaks on a day, and if not, why. */
function phase(row: LawRow, from: string | null, date: string): 'now' | 'later' | 'never' {
  if (row.status === 'struck' || (row.until !== null && row.until < date)) return 'never';
  if (row.status === 'bill' || (row.status === 'enacted' && from === null)) return 'later';
  return from !== null && from > date ? 'later' : 'now';
}

function questionsOf(open: readonly Hit[]): Question[] {
  const names = [...new Set(open.flatMap((hit) => hit.dependsOn))];
  const weight = (q: Question): number => q.decides.length;
  return names
    .map((fact) => ({
      fact,
      text: fact === 'medium' ? 'Is it video, a picture or sound alone?' : FACTS[fact],
      decides: open.filter((hit) => hit.dependsOn.includes(fact)).map((hit) => hit.id),
    }))
    .sort((a, b) => weight(b) - weight(a));
}

/** Places whose own law the table lacks, with what it does hold of what they lie in. */
function gaps(places: readonly string[], table: Ruleset): Answer['notCovered'] {
  const held = [...new Set(table.rows.map((row) => row.place))].filter((place) => place !== HOUSE);
  return places
    .filter((place) => place !== WORLDWIDE && !held.includes(place))
    .map((place) => ({ place, only: held.filter((other) => liesIn(place, other)) }));
}

/**
 * What the table says about an inquiry.
 *
 * @param table another table than the one that ships
 * @throws LikenessError `law.place`, `law.date`, `law.inquiry`, `law.facts.contradiction`
 * @example
 * ask({ places: ['DE', 'US-CA'], acts: ['publish'], facts: { consent: 'yes', realistic: 'yes' } }).must;
 */
export function ask(inquiry: Inquiry, table: Ruleset = ruleset()): Answer {
  const { places, acts } = inquiry;
  const missing = places.length === 0 ? 'no place' : acts.length === 0 ? 'nothing that is done' : null;
  if (missing !== null)
    throw new LikenessError('law.inquiry', `The question names ${missing}.`, {
      hint: `Name a place such as DE and at least one of: ${ACTS.join(', ')}.`,
    });
  return consider(inquiry, table);
}

/** {@link ask} that also takes no place at all: then only the rules of this program speak. */
export function consider(inquiry: Inquiry, table: Ruleset): Answer {
  const places = [...new Set(inquiry.places.map(parsePlace))];
  const acts = [...new Set(inquiry.acts)];
  const date = inquiry.date === undefined ? today() : parseDay(inquiry.date);
  const facts = checkFacts(inquiry.facts ?? {});
  const situation: Situation = { facts, medium: inquiry.medium };
  const now = date > today() ? date : today();
  const found = {
    blocked: [] as Hit[],
    must: [] as Hit[],
    should: [] as Hit[],
    open: [] as Hit[],
    rights: [] as Hit[],
    upcoming: [] as Hit[],
  };
  const notes: { id: string; place: string; text: string }[] = [];
  const seen = new Set<LawRow>();
  // The rules of this program come last: they are not what people ask for.
  const concerned = [
    ...table.rows.filter((row) => row.place !== HOUSE && places.some((place) => concerns(row.place, place))),
    ...table.rows.filter((row) => row.place === HOUSE),
  ];
  for (const row of concerned) {
    const note = (id: string, text: string): void => void notes.push({ id, place: row.place, text });
    if (row.status === 'none') {
      note(row.id, row.what);
      seen.add(row);
    }
    for (const rule of row.rules.filter((each) => each.acts.some((act) => acts.includes(act)))) {
      const { hit, applies, exception } = stand(row, rule, acts, situation, date);
      if (exception !== null) note(hit.id, `${row.instrument}: does not apply, ${exception}.`);
      if (applies === 'no') continue;
      seen.add(row);
      const when = phase(row, hit.from, date);
      if (when === 'never') note(hit.id, `${row.instrument}: ${row.what}`);
      else if (when === 'later') found.upcoming.push(hit);
      else if (rule.effect === 'inform') note(hit.id, `${row.instrument}: ${rule.text}`);
      else if (rule.effect === 'recommend') found.should.push(hit);
      else if (applies === 'unknown') found.open.push(hit);
      else if (rule.effect === 'right') found.rights.push(hit);
      else if (rule.effect === 'prohibit') found.blocked.push(hit);
      else found.must.push(hit);
    }
  }
  const old = (id: string, verifiedOn: string) => ({ id, verifiedOn, days: daysBetween(verifiedOn, now) });
  const ageDays = daysBetween(table.asOf, now);
  return {
    ruleset: { version: table.version, asOf: table.asOf, ageDays },
    asked: { places, acts, facts, medium: inquiry.medium ?? null, date },
    ...found,
    questions: questionsOf(found.open),
    notes,
    stale: [old('ruleset', table.asOf), ...[...seen].map((row) => old(row.id, row.verifiedOn))].filter(
      ({ days }) => days > STALE_DAYS,
    ),
    notCovered: gaps(places, table),
    disclaimer: DISCLAIMER,
  };
}
