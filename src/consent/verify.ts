/** Whether a record stands: shape, digest, signatures, capacity, term, revocation. Nothing here looks at footage. */
import { type AuditEntry, readAudit } from './audit.js';
import { digestOf, signedBytes } from './canonical.js';
import { verifyWith } from './did.js';
import type { ConsentEnvelope, ConsentRecord, ConsentSignature } from './record.js';
import { knownRecords } from './registry.js';
import { evidenceCheck } from './review.js';
import { revokedBecause } from './revocation.js';
import type { ConsentRule, RuleCheck } from './rules.js';
import { statusProblem } from './status.js';

/** The outcome of {@link verifyRecord}. */
export interface RecordVerification {
  /** True when every check passed. */
  readonly stands: boolean;
  readonly checks: readonly RuleCheck[];
}

/** A clock may be this many milliseconds behind the newest entry of the audit log. */
const CLOCK_SLACK = 5 * 60_000;

const check = (rule: ConsentRule, passed: boolean, good: string, bad: string, todo: string): RuleCheck =>
  passed ? { rule, passed, found: good } : { rule, passed, found: bad, todo };

/** Who has to have signed: role and key. Records of before may name no licensee; those never stand. */
export function requiredSigners(record: ConsentRecord): { role: ConsentSignature['role']; did: string }[] {
  const { subject, licensee } = record;
  const signers: { role: ConsentSignature['role']; did: string }[] = [];
  if (subject.representative === null) signers.push({ role: 'subject', did: subject.did });
  else signers.push({ role: 'representative', did: subject.representative.did });
  if (licensee !== null) signers.push({ role: 'licensee', did: licensee.did });
  return signers;
}

function signatureCheck(envelope: ConsentEnvelope): RuleCheck {
  const { record, signatures } = envelope;
  const digest = digestOf(record);
  const rule = 'consent.signature';
  const named: Record<ConsentSignature['role'], string | undefined> = {
    subject: record.subject.did,
    representative: record.subject.representative?.did,
    licensee: record.licensee?.did,
  };
  // Every signature has to hold, also those that are not required: a false one beside a true one is a forgery.
  for (const s of signatures) {
    if (s.kid !== named[s.role])
      return check(
        rule,
        false,
        '',
        `the signature as ${s.role} is by ${s.kid}, whom the record does not name`,
        'Have it signed with the key the record names.',
      );
    if (!verifyWith(s.kid, signedBytes(digest, s.role, s.created, s.tokenHash), s.value))
      return check(
        rule,
        false,
        '',
        `the signature as ${s.role} does not hold`,
        'Use the record as it was signed, or have it signed again.',
      );
  }
  if (record.licensee === null)
    return check(
      rule,
      false,
      '',
      'it names no licensee, so only one side can have signed',
      'Make a new record, which both sign: "likeness consent new ... --licensee-key <key>".',
    );
  const missing = requiredSigners(record).filter(
    ({ role, did }) => !signatures.some((s) => s.role === role && s.kid === did),
  );
  const who = missing.map((m) => m.role).join(' and ');
  return check(
    rule,
    missing.length === 0,
    `signed by ${signatures.map((s) => s.role).join(' and ')}`,
    `it is not signed by the ${who}`,
    'Sign it with "likeness consent sign".',
  );
}

function capacityCheck(record: ConsentRecord): RuleCheck {
  const { adult, capacity, representative, deceased } = record.subject;
  const rule = 'consent.subject.capacity';
  const todo = 'Make a record that names a representative, who signs it.';
  if (deceased)
    return check(
      rule,
      representative?.relation === 'estate',
      'the estate acts for the deceased',
      'the subject is dead and no estate is named',
      todo,
    );
  if (!adult)
    return check(
      rule,
      representative?.relation === 'guardian',
      'a guardian acts for the minor',
      'the subject is a minor and no guardian is named',
      todo,
    );
  if (capacity === 'represented')
    return check(
      rule,
      representative !== null,
      'a representative acts for the subject',
      'the subject does not decide alone and no representative is named',
      todo,
    );
  return check(
    rule,
    representative === null,
    'the subject is of age and decides alone',
    'the record names a representative and says that the subject decides alone',
    'Make a new record.',
  );
}

function termCheck(record: ConsentRecord, now: Date): RuleCheck {
  const { notBefore, notAfter } = record.term;
  const rule = 'consent.term';
  const from = Date.parse(notBefore);
  const to = Date.parse(notAfter);
  if (!(now.getTime() >= from))
    return check(
      rule,
      false,
      '',
      `its term begins on ${notBefore}, today is ${now.toISOString()}`,
      'Wait, or ask for a record that begins earlier.',
    );
  return check(
    rule,
    now.getTime() < to,
    `the term runs to ${notAfter}`,
    `its term ended on ${notAfter}`,
    'Ask the subject for a new record.',
  );
}

/** Withdrawal by statement, log and list, suspension, and whether the lists can be relied on. */
function standingChecks(envelope: ConsentEnvelope, now: Date, log: readonly AuditEntry[]): RuleCheck[] {
  const todo = 'Stop using this likeness, and ask the subject.';
  const revoked = revokedBecause(envelope, log) ?? undefined;
  const problem = statusProblem(envelope, now, log);
  const found = (rule: ConsentRule): string | undefined => (problem?.rule === rule ? problem.found : undefined);
  const withdrawn = revoked ?? found('consent.revoked');
  return [
    check('consent.revoked', withdrawn === undefined, 'not withdrawn', withdrawn ?? '', todo),
    check(
      'consent.suspended',
      found('consent.suspended') === undefined,
      'not suspended',
      found('consent.suspended') ?? '',
      'Wait until its issuer lifts the suspension, and take in the new list.',
    ),
    check(
      'consent.status',
      found('consent.status') === undefined,
      envelope.record.revocation.status.length === 0 ? 'it names no status list' : 'its status lists are good',
      found('consent.status') ?? '',
      'Fetch the list from its address and take it in: likeness consent status import <file>.',
    ),
  ];
}

/** Term, withdrawal and status alone: what can change while a render runs. No reading of the log, so it is cheap. */
export function stillStands(envelope: ConsentEnvelope, now: Date): RuleCheck[] {
  return [termCheck(envelope.record, now), ...standingChecks(envelope, now, [])];
}

/** {@link verifyRecord} at a given time and with a log that was read. */
export function verifyRecordAt(envelope: ConsentEnvelope, now: Date, log: readonly AuditEntry[]): RecordVerification {
  const { record } = envelope;
  const newest = log.reduce((latest, entry) => Math.max(latest, Date.parse(entry.at)), 0);
  const successor = knownRecords().find(
    (other) =>
      other.record.supersedes === record.id &&
      other.record.subject.did === record.subject.did &&
      other.digest === digestOf(other.record) &&
      signatureCheck(other).passed,
  );
  const checks = [
    check(
      'consent.digest',
      digestOf(record) === envelope.digest,
      'the digest holds',
      'it was changed after it was made: the digest is that of another record',
      'Use the record as it was signed.',
    ),
    signatureCheck(envelope),
    capacityCheck(record),
    check(
      'consent.clock',
      now.getTime() >= newest - CLOCK_SLACK,
      'the clock runs forward',
      `the clock says ${now.toISOString()}, but the audit log has an entry of ${new Date(newest).toISOString()}`,
      'Set the clock of this machine.',
    ),
    termCheck(record, now),
    ...standingChecks(envelope, now, log),
    evidenceCheck(record),
    check(
      'consent.superseded',
      successor === undefined,
      'it is the latest',
      `it was replaced by ${successor?.record.id ?? ''}`,
      'Use the later record.',
    ),
  ];
  return { stands: checks.every((c) => c.passed), checks };
}

/**
 * Whether a record stands now: digest, every signature by the key the record names, capacity, term, revocation (the list
 * on this machine and its audit log), later records.
 *
 * @throws LikenessError `consent.audit.broken` where the log of this machine cannot be trusted
 */
export async function verifyRecord(envelope: ConsentEnvelope): Promise<RecordVerification> {
  return verifyRecordAt(envelope, new Date(), await readAudit());
}
