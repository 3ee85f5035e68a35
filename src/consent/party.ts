/** One side of a request: its record, its footage, and every rule that both must keep. */
import { LikenessError } from '../base/index.js';
import type { Identity } from '../faces/index.js';
import { approvalCheck } from './approval.js';
import type { AuditEntry } from './audit.js';
import { listKeys } from './keys.js';
import { matchFaces } from './match.js';
import { type ConsentEnvelope, parseEnvelope, type Role } from './record.js';
import { knownRecords } from './registry.js';
import { ConsentRefusedError, type RuleCheck } from './rules.js';
import { type Purpose, scopeChecks } from './scope.js';
import { openTemplate } from './template.js';
import { verifyRecordAt } from './verify.js';

/** One side of the work: a record, and the footage it is held against. */
export interface Party {
  /** The content of the `*.consent.json`. */
  readonly envelope: ConsentEnvelope;
  /** Faces measured all over the footage, in order of time. */
  readonly identities: readonly Identity[];
  /** SHA-256 (hex) of the footage file. */
  readonly footageSha256: string;
}

/** How messages call the two sides. */
export const PARTY_WORDS: Record<Role, string> = { source: 'source person', replaced: 'replaced person' };

/** Freezes plain data to its last leaf. */
export function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freezeDeep(inner);
  return Object.freeze(value);
}

/** A record is for whom it was given to alone, unless they may pass it on; they have signed it. */
function licenseeCheck({ licensee }: ConsentEnvelope['record']): RuleCheck {
  const rule = 'consent.licensee';
  if (licensee === null)
    return {
      rule,
      passed: false,
      found: 'it names nobody whom it was given to',
      todo: 'Make a new record: "likeness consent new ... --licensee-key <key>".',
    };
  if (licensee.sublicensable) return { rule, passed: true, found: `given to ${licensee.name}, who may pass it on` };
  const here = listKeys().some((key) => key.did === licensee.did);
  return here
    ? { rule, passed: true, found: `given to ${licensee.name}, whose key is here` }
    : {
        rule,
        passed: false,
        found: `it was given to ${licensee.name}, whose key is not on this machine`,
        todo: 'Only they may use it; ask the subject for a record of your own.',
      };
}

/** Whether the face is another person's by the records seen here: a template serves the subject it was made for alone. */
function claimedCheck({ subject, likeness }: ConsentEnvelope['record']): RuleCheck {
  const rule = 'consent.template.claimed';
  const refs = new Set(likeness.map((entry) => entry.templateRef));
  const other = knownRecords().find(
    ({ record }) => record.subject.did !== subject.did && record.likeness.some((entry) => refs.has(entry.templateRef)),
  );
  return other === undefined
    ? { rule, passed: true, found: 'the template is its own' }
    : {
        rule,
        passed: false,
        found: `its face template belongs to the record ${other.record.id} of another person`,
        todo: 'Make a record from footage of the person who signs.',
      };
}

/**
 * All rules for one side. The face is only looked at when the record stands: an invalid record opens no vault.
 *
 * @param item SHA-256 (hex) of the film or picture that is to be changed; `null` for training
 */
export async function checkParty(
  role: Role,
  party: Party,
  purpose: Purpose,
  item: string | null,
  now: Date,
  log: readonly AuditEntry[],
): Promise<RuleCheck[]> {
  const { record } = party.envelope;
  const checks = [...verifyRecordAt(party.envelope, now, log).checks, ...scopeChecks(record, role, purpose)];
  checks.push(approvalCheck(party.envelope, item), licenseeCheck(record), claimedCheck(record), {
    rule: 'consent.footage',
    passed: /^[0-9a-f]{64}$/.test(party.footageSha256),
    found: 'the footage has no SHA-256 to its name',
    todo: 'Hash the footage file.',
  });
  if (checks.some((c) => !c.passed)) return checks;
  const rule = role === 'source' ? 'consent.face.source' : 'consent.face.target';
  const entries = record.likeness.filter((entry) => entry.kind === 'face');
  if (entries.length === 0)
    return [
      ...checks,
      { rule, passed: false, found: 'the record is not about a face', todo: 'Ask for a record that is.' },
    ];
  const references: Identity[] = [];
  for (const entry of entries) {
    try {
      references.push(...(await openTemplate(entry)));
    } catch (cause) {
      if (!(cause instanceof LikenessError)) throw cause;
      const code = cause.code;
      if (
        code !== 'consent.template.missing' &&
        code !== 'consent.template.tampered' &&
        code !== 'consent.template.algorithm'
      )
        throw cause;
      const todo = cause.hint === undefined ? {} : { todo: cause.hint };
      return [...checks, { rule: code, passed: false, found: cause.message.replace(/\.$/, ''), ...todo }];
    }
  }
  const match = matchFaces(references, party.identities);
  return [
    ...checks,
    {
      rule,
      passed: match.matches,
      found: match.matches
        ? `${Math.round(match.agree * 100)} % of ${match.samples} measured faces are the subject's`
        : `the face in the footage is not ${record.subject.displayName}'s: ${match.why}`,
      todo: 'Use footage of the person who signed, and check which track is meant.',
    },
  ];
}

/** Takes copies, so that nothing changes under the checks. */
export function snapshot(party: Party, role: Role): Party {
  try {
    return {
      envelope: freezeDeep(parseEnvelope(party.envelope, 'The record')),
      identities: party.identities.map(({ a, b }) => ({ a: Float32Array.from(a), b: Float32Array.from(b) })),
      footageSha256: String(party.footageSha256),
    };
  } catch (cause) {
    if (!(cause instanceof LikenessError)) throw cause;
    const todo = cause.hint === undefined ? {} : { todo: cause.hint };
    throw new ConsentRefusedError(
      { rule: 'consent.structure', passed: false, found: cause.message.replace(/\.$/, ''), ...todo },
      null,
      PARTY_WORDS[role],
    );
  }
}
