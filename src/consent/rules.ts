/**
 * The rules by name. Every check that can refuse has an id that scripts and readers can rely on; a refusal says which
 * rule, for which record, what was found and what to do.
 */
import { LikenessError } from '../base/index.js';

/** Ids of all rules, with what each asks. */
export const CONSENT_RULES = {
  'consent.structure': 'The record has the documented shape and nothing else.',
  'consent.digest': 'The digest is the hash of the record as it stands.',
  'consent.signature': 'Everyone who must sign has signed, with the key the record names.',
  'consent.subject.capacity':
    'Minors, the dead and those who do not decide alone are represented by someone who signed.',
  'consent.term': 'Today lies within the term.',
  'consent.clock': 'The clock of this machine has not been set back.',
  'consent.revoked': 'The subject has not withdrawn the record.',
  'consent.suspended': 'The record is not suspended.',
  'consent.status': 'The status lists that the record names are here, signed by whom it names, and up to date.',
  'consent.evidence': 'What a live capture could not measure was reviewed by a person, and accepted.',
  'consent.superseded': "No later record has taken this one's place.",
  'consent.scope.role': 'The record allows this side of a swap: to be shown, or to be replaced.',
  'consent.scope.operation': 'The record allows the operation.',
  'consent.scope.use': 'The record allows the use.',
  'consent.scope.medium': 'The record allows the medium.',
  'consent.scope.territory': 'The record allows the territory.',
  'consent.scope.channel': 'The record allows the channel.',
  'consent.scope.language': 'The record allows the language, where something is said.',
  'consent.scope.count': 'The number of renders that the record allows is not used up.',
  'consent.scope.approval': 'Where the subject approves every single item, this one is approved.',
  'consent.scope.label': 'The labels that the record asks for can be made.',
  'consent.licensee': 'The record was given to somebody, and they are the one who uses it.',
  'consent.prohibited': 'The use is prohibited neither by the record nor by this house.',
  'consent.template.missing': 'The face template is in the vault.',
  'consent.template.tampered': 'The face template is the one that was signed.',
  'consent.template.claimed': 'No record of another person has this face template.',
  'consent.template.algorithm': 'The face was measured in a way this version knows.',
  'consent.face.source': 'The face in the source footage is the subject of its record, throughout.',
  'consent.face.target': 'The person who is replaced is the subject of their record, throughout.',
  'consent.footage': 'The footage is named by its hash.',
  'consent.content': 'Neither what goes in nor what comes out is sexually explicit.',
  'law.blocked': 'The law of the named territory does not forbid it.',
  'law.question': 'Everything is known that a prohibition of the named territory hangs on.',
} as const;

/** One of {@link CONSENT_RULES}. */
export type ConsentRule = keyof typeof CONSENT_RULES;

/** The outcome of one rule. */
export interface RuleCheck {
  readonly rule: ConsentRule;
  readonly passed: boolean;
  /** What was found, as a sentence without its full stop. */
  readonly found: string;
  /** What to do where it did not pass. */
  readonly todo?: string;
}

/** Synthesis was refused because consent does not cover it. */
export class ConsentRefusedError extends LikenessError {
  /** The first rule that did not hold; also the error's `code`. */
  readonly rule: ConsentRule;
  /** Id of the record, or `null` where the file is not even a record. */
  readonly recordId: string | null;
  /** Which side it concerns, as words: `source person`, `replaced person`. */
  readonly party: string;
  /** Every rule that did not hold, the named one first. */
  readonly failures: readonly RuleCheck[];

  constructor(failure: RuleCheck, recordId: string | null, party: string, failures: readonly RuleCheck[] = [failure]) {
    super(failure.rule, `Refused for the ${party} (${recordId ?? 'no record'}): ${failure.found}.`, {
      hint: `${failure.todo ?? 'Ask the subject for a record that covers this.'} Rule ${failure.rule}: ${CONSENT_RULES[failure.rule]}`,
    });
    this.name = 'ConsentRefusedError';
    this.rule = failure.rule;
    this.recordId = recordId;
    this.party = party;
    this.failures = failures;
  }
}
