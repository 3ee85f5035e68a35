/** Consent records as the studio shows them. Records lie where the consent room keeps them; nothing is copied. */
import {
  approvalsOf,
  type ConsentEnvelope,
  knownRecord,
  knownRecords,
  plainName,
  type RuleCheck,
  recordSentences,
  type TermsLanguage,
  TermsReader,
  verifyRecord,
} from '../../consent/index.js';
import { HttpProblem } from '../problem.js';

/** How a record stands, in a word. */
export const CONSENT_STATES = [
  'stands',
  'unsigned',
  'notYet',
  'ended',
  'withdrawn',
  'suspended',
  'replaced',
  'pending',
  'broken',
] as const;
/** One of {@link CONSENT_STATES}. */
export type ConsentState = (typeof CONSENT_STATES)[number];

const STATE_OF: Partial<Record<RuleCheck['rule'], ConsentState>> = {
  'consent.signature': 'unsigned',
  'consent.revoked': 'withdrawn',
  'consent.suspended': 'suspended',
  'consent.status': 'pending',
  'consent.superseded': 'replaced',
  'consent.evidence': 'pending',
};
/** What is said first where several things are wrong. */
const GRAVITY = [
  'consent.structure',
  'consent.digest',
  'consent.revoked',
  'consent.superseded',
  'consent.suspended',
  'consent.signature',
  'consent.term',
];

/** The id of a record without its prefix, as addresses have it. */
export const shortId = (envelope: ConsentEnvelope): string => envelope.record.id.slice('urn:uuid:'.length);

/** How a record stands, from its checks. */
export function stateOf({ record }: ConsentEnvelope, checks: readonly RuleCheck[]): ConsentState {
  const failed = checks.filter((check) => !check.passed);
  if (failed.length === 0) return 'stands';
  const rank = ({ rule }: RuleCheck): number => (GRAVITY.includes(rule) ? GRAVITY.indexOf(rule) : GRAVITY.length);
  const [worst] = [...failed].sort((a, b) => rank(a) - rank(b));
  if (worst?.rule === 'consent.term') return Date.now() < Date.parse(record.term.notBefore) ? 'notYet' : 'ended';
  return STATE_OF[worst?.rule ?? 'consent.digest'] ?? 'broken';
}

/**
 * A record as the API shows it.
 *
 * @param language of the record in words
 */
export async function consentView(envelope: ConsentEnvelope, mine: boolean, language: TermsLanguage) {
  const { record, digest, signatures } = envelope;
  const { checks } = await verifyRecord(envelope);
  const { scope, term } = record;
  const reader = new TermsReader(language);
  return {
    id: shortId(envelope),
    digest,
    // What was signed stays as it is; what is shown of it hides nothing.
    name: plainName(record.subject.displayName),
    adult: record.subject.adult,
    likeness: record.likeness.map(({ kind }) => kind),
    licensee: record.licensee === null ? null : plainName(record.licensee.name),
    project: plainName(record.project.title),
    roles: [...scope.roles],
    operations: [...scope.operations],
    uses: [...scope.uses],
    prohibitedUses: [...scope.prohibitedUses],
    usesInWords: reader.uses(scope.uses),
    prohibitedInWords: reader.uses(scope.prohibitedUses),
    media: [...scope.media],
    territories: [...scope.territories],
    channels: [...scope.channels],
    languages: [...scope.languages],
    count: scope.count,
    scriptApproval: scope.scriptApproval,
    approvals: approvalsOf(envelope).map(({ statement: { item, approvedAt } }) => ({ sha256: item, approvedAt })),
    pay: record.compensation === null ? null : { kind: record.compensation.kind, note: record.compensation.note },
    legalBasis: record.legal.basis,
    governingLaw: record.legal.governingLaw,
    noticeHours: record.revocation.noticeHours,
    effect: record.revocation.effect,
    postTerm: term.postTerm,
    notBefore: term.notBefore,
    notAfter: term.notAfter,
    method: record.evidence?.method ?? null,
    signatures: signatures.map(({ role, created }) => ({ role, created })),
    createdAt: record.createdAt,
    status: stateOf(envelope, checks),
    checks: checks.map(({ rule, passed, found, todo }) => ({ rule, passed, found, todo: todo ?? null })),
    words: recordSentences(envelope, language),
    wordsLanguage: language,
    mine,
  };
}

/** All records, or those of some ids. */
export function recordsOf(ids: readonly string[] | null): ConsentEnvelope[] {
  const all = knownRecords();
  return ids === null ? all : all.filter((envelope) => ids.includes(shortId(envelope)));
}

/** @throws HttpProblem `consent.unknown` */
export function needRecord(id: string): ConsentEnvelope {
  const envelope = knownRecord(`urn:uuid:${id}`);
  if (envelope === null) throw new HttpProblem(404, 'consent.unknown', 'There is no such consent record.');
  return envelope;
}
