/** The facts that the rules ask about, each with the question that a person is asked when it is not known. */
import { LikenessError } from '../base/index.js';

/** Three truth values: what is not known is neither true nor false, and never counts as allowed. */
export type Truth = 'yes' | 'no' | 'unknown';

/** Every fact a rule may rest on, as the question that settles it. */
export const FACTS = {
  realPerson: 'Does it show or imitate a real person who can be recognised?',
  consent: 'Did that person, or whoever may speak for them, agree to exactly this?',
  intimate: 'Does it show nudity, an intimate state or a sexual act?',
  minor: 'Is the person under 18, or do they look it?',
  deceased: 'Is the person dead?',
  performer: 'Is or was the person a performer by profession?',
  voice: "Does it imitate a real person's voice?",
  realistic: 'Could somebody take it for real?',
  satire: 'Is it evidently art, satire, parody or fiction?',
  labelled: 'Does it say clearly that it was made or changed by a machine?',
  harm: 'Can it deceive people and do the person undue harm?',
  election: 'Is it about a candidate, a party or a vote?',
  electionPeriod: 'Does it come out in the time before a vote that the law names?',
  influence: 'Is it meant to sway a vote or to hurt a candidate?',
  professional: 'Is it more than a purely personal matter: for work, a club, an audience?',
  provider: 'Do you offer the system or service that makes it to others?',
  largeService: 'Does your service count as a large provider, as California defines it?',
  oldSystem: 'Was the system on the market in the EU before 2 August 2026?',
  assistive: 'Does it only help with ordinary editing, without changing what the material says?',
  nudifier: 'Is the tool made to create intimate pictures of people?',
  replacesWork: 'Does it take the place of work that the person would have done in person?',
  specificTerms: 'Does the contract describe the uses reasonably specifically?',
  represented: 'Was the person represented by counsel or a union in that contract?',
} as const;

/** Name of a fact. */
export type Fact = keyof typeof FACTS;

/** What is known; what is left out is unknown. */
export type Facts = Readonly<Partial<Record<Fact, Truth>>>;

/** Whether `name` is a fact of {@link FACTS}. */
export function isFact(name: string): name is Fact {
  return Object.hasOwn(FACTS, name);
}

/** Pairs that cannot both hold: where the first is so, the second cannot be. */
const CONTRADICTIONS: readonly (readonly [Fact, 'yes' | 'no', Fact, 'yes' | 'no', string])[] = [
  ['realPerson', 'no', 'minor', 'yes', 'a made-up person has no age of their own'],
  ['realPerson', 'no', 'deceased', 'yes', 'a made-up person cannot have died'],
  ['realPerson', 'no', 'voice', 'yes', 'a made-up person has no voice to imitate'],
  ['election', 'no', 'influence', 'yes', 'what is meant to sway a vote is about a vote'],
  ['election', 'no', 'electionPeriod', 'yes', 'the time before a vote counts only for what is about the vote'],
  ['provider', 'no', 'largeService', 'yes', 'a large provider is a provider'],
];

/**
 * The facts, checked against each other.
 *
 * @throws LikenessError `law.facts.contradiction`
 */
export function checkFacts(facts: Facts): Facts {
  for (const [a, is, b, then, why] of CONTRADICTIONS)
    if (facts[a] === is && facts[b] === then)
      throw new LikenessError('law.facts.contradiction', `${a}=${is} and ${b}=${then} cannot both be so: ${why}.`, {
        hint: 'Correct one of the two, or leave it out.',
      });
  return facts;
}

/**
 * Two sets of facts as one.
 *
 * @throws LikenessError `law.facts.contradiction` where they disagree
 */
export function mergeFacts(a: Facts, b: Facts): Facts {
  const merged: Partial<Record<Fact, Truth>> = { ...a };
  for (const [name, value] of Object.entries(b) as [Fact, Truth][]) {
    const before = merged[name] ?? 'unknown';
    if (value === 'unknown') continue;
    if (before !== 'unknown' && before !== value)
      throw new LikenessError('law.facts.contradiction', `${name} was said to be both ${before} and ${value}.`, {
        hint: `Say one thing. The question is: ${FACTS[name]}`,
      });
    merged[name] = value;
  }
  return checkFacts(merged);
}

/**
 * Facts from words such as `consent=yes`.
 *
 * @throws LikenessError `law.fact` for an unknown name or value, `law.facts.contradiction`
 */
export function parseFacts(words: readonly string[]): Facts {
  let facts: Facts = {};
  for (const word of words) {
    const [name = '', value = '', ...rest] = word.split('=').map((part) => part.trim());
    if (!isFact(name))
      throw new LikenessError('law.fact', `There is no fact "${name}" (in "${word}").`, {
        hint: `Facts are: ${Object.keys(FACTS).join(', ')}.`,
      });
    if (rest.length > 0 || !['yes', 'no', 'unknown'].includes(value))
      throw new LikenessError('law.fact', `"${word}" does not say what ${name} is.`, {
        hint: `Write ${name}=yes, ${name}=no or ${name}=unknown.`,
      });
    facts = mergeFacts(facts, { [name]: value as Truth });
  }
  return facts;
}
