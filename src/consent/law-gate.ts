/**
 * What the law of the named territory says about a piece of work that both records allow. Consent does not lift a
 * prohibition, and a prohibition that hangs on something unknown refuses: unknown is never a pass.
 */
import { dutiesFor, type Facts, type Hit, type LabelKind, type LawMedium, mergeFacts } from '../law/index.js';
import { freezeDeep, type Party } from './party.js';
import type { Role } from './record.js';
import type { RuleCheck } from './rules.js';
import type { Purpose } from './scope.js';

/** One duty, with where it comes from. */
export interface GrantedDuty {
  /** `row.rule` of the law table. */
  readonly id: string;
  readonly place: string;
  readonly text: string;
  readonly citation: string;
  readonly url: string | null;
  /** P, S, U: how far the row was checked; H: a rule of this program. */
  readonly letter: Hit['letter'];
}

/** What a grant carries of the law. */
export interface GrantedLaw {
  /** Version of the law table. */
  readonly ruleset: string;
  /** Labels that the law of the territory requires; they cannot be turned off. */
  readonly required: readonly LabelKind[];
  /** Labels that are recommended beyond that: for whoever puts labels on, the default. */
  readonly defaults: readonly LabelKind[];
  readonly duties: readonly GrantedDuty[];
  /** Territories whose own law the table does not hold. */
  readonly notCovered: readonly string[];
}

/** The outcome: the rule that refuses, or what the grant carries. */
export interface LawGate {
  readonly refusal: RuleCheck | null;
  readonly law: GrantedLaw;
}

const citationOf = ({ instrument, article, source }: Hit): string =>
  `${instrument}, ${article}${source.url === null ? '' : `, ${source.url}`}`;

/** Facts that the records themselves settle. */
function factsOf(purpose: Purpose, parties: readonly (readonly [Role, Party])[]): Facts {
  const subjects = parties.map(([, party]) => party.envelope.record.subject);
  return {
    consent: 'yes',
    minor: subjects.some((subject) => !subject.adult) ? 'yes' : 'no',
    deceased: subjects.some((subject) => subject.deceased) ? 'yes' : 'no',
    ...(purpose.operations.includes('voiceClone') ? { voice: 'yes' as const } : {}),
  };
}

/**
 * Holds a purpose against the law of its territory; where none was named, only the rules of this program speak.
 *
 * @param given facts beyond what the records and the name of the use say
 * @throws LikenessError `law.facts.contradiction` where they say otherwise than the records, `law.place`
 */
export function lawGate(
  purpose: Purpose,
  parties: readonly (readonly [Role, Party])[],
  given: Facts,
  now: Date,
): LawGate {
  const medium: LawMedium = purpose.medium;
  const duties = dutiesFor({
    operation: purpose.operations,
    use: purpose.use,
    medium,
    territories: purpose.territory === undefined ? [] : [purpose.territory],
    facts: mergeFacts(factsOf(purpose, parties), given),
    date: now.toISOString().slice(0, 10),
  });
  const [blocked] = duties.blocked;
  const [open] = duties.open;
  const [question] = duties.questions;
  const refusal: RuleCheck | null =
    blocked !== undefined
      ? {
          rule: 'law.blocked',
          passed: false,
          found: `the law of ${blocked.place} forbids it: ${blocked.text} (${citationOf(blocked)}; row ${blocked.id}, letter ${blocked.letter})`,
          todo: 'Leave that territory out, or change the use.',
        }
      : open !== undefined && question !== undefined
        ? {
            rule: 'law.question',
            passed: false,
            found: `the law of ${open.place} may forbid it, and it is not known: ${question.text} (${citationOf(open)}; row ${open.id}, letter ${open.letter})`,
            todo: `Say it: ${duties.questions.map(({ fact }) => `${fact}=yes or no`).join(', ')}.`,
          }
        : null;
  return {
    refusal,
    law: freezeDeep({
      ruleset: duties.ruleset.version,
      required: [...duties.required],
      defaults: [...duties.defaults],
      duties: duties.duties.map((hit) => ({
        id: hit.id,
        place: hit.place,
        text: hit.text,
        citation: `${hit.instrument}, ${hit.article}`,
        url: hit.source.url,
        letter: hit.letter,
      })),
      notCovered: duties.notCovered.map(({ place }) => place),
    }),
  };
}
