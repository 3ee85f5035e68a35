/**
 * Withdrawn consent. A revocation is a small statement, signed by the subject (or whoever represents them) or with the
 * word they were given when they signed, kept in the Likeness home and honoured before every segment of a running render. The audit log remembers it as well, so removing
 * the file does not bring the consent back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, messageOf, sha256, writeAtomic } from '../base/index.js';
import { type AuditEntry, appendAudit } from './audit.js';
import { canonicalBytes, digestOf, signedBytes } from './canonical.js';
import { verifyWith } from './did.js';
import { parseJson } from './json.js';
import type { SigningKey } from './keys.js';
import type { ConsentEnvelope, ConsentRecord } from './record.js';

const statementSchema = z.strictObject({
  type: z.literal('LikenessRevocation'),
  version: z.literal('1.0.0'),
  recordId: z.string(),
  recordDigest: z.string(),
  revokedAt: z.iso.datetime(),
  reason: z.string().max(2000).nullable(),
});

/** Zod schema of a revocation file: a statement that is signed, or one with the word that only its subject was given. */
export const revocationSchema = z.union([
  z.strictObject({ statement: statementSchema, kid: z.string(), value: z.string() }),
  z.strictObject({ statement: statementSchema, token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
]);

/** A revocation. */
export type Revocation = z.infer<typeof revocationSchema>;

/** Who may withdraw a record: the subject, and whoever signed for them. */
export function mayRevoke(record: ConsentRecord): readonly string[] {
  const { did, representative } = record.subject;
  return representative === null ? [did] : [did, representative.did];
}

const pathOf = (recordId: string): string =>
  join(likenessHome(), 'revocations', `${recordId.slice('urn:uuid:'.length)}.revocation.json`);

/** Whether the word's hash stands in a signature that holds, of someone who may withdraw the record. */
function tokenHolds(token: string, { record, signatures }: ConsentEnvelope): boolean {
  const hash = `sha256:${sha256(token)}`;
  return signatures.some(
    (s) =>
      s.tokenHash === hash &&
      s.role !== 'licensee' &&
      mayRevoke(record).includes(s.kid) &&
      verifyWith(s.kid, signedBytes(digestOf(record), s.role, s.created, s.tokenHash), s.value),
  );
}

/** Whether `revocation` withdraws `envelope`'s record by a key or word that may do so. */
export function revocationHolds(revocation: Revocation, envelope: ConsentEnvelope): boolean {
  if (revocation.statement.recordId !== envelope.record.id) return false;
  if ('token' in revocation) return tokenHolds(revocation.token, envelope);
  return (
    mayRevoke(envelope.record).includes(revocation.kid) &&
    verifyWith(revocation.kid, canonicalBytes(revocation.statement), revocation.value)
  );
}

/** Stores a revocation that was made here or elsewhere, and writes it into the audit log. */
export async function storeRevocation(revocation: Revocation, envelope: ConsentEnvelope): Promise<string> {
  if (!revocationHolds(revocation, envelope))
    throw new LikenessError(
      'consent.revocation.invalid',
      `This revocation does not withdraw ${envelope.record.id}: it is for another record, or not signed by its subject.`,
      { hint: 'Only the subject, or the representative named in the record, can withdraw it.' },
    );
  const path = pathOf(envelope.record.id);
  await writeAtomic(path, `${JSON.stringify(revocation, null, 2)}\n`);
  await appendAudit('revocation', {
    record: envelope.record.id,
    digest: envelope.digest,
    by: 'token' in revocation ? 'word' : revocation.kid,
  });
  return path;
}

const statementFor = (envelope: ConsentEnvelope, reason: string | null): Revocation['statement'] => ({
  type: 'LikenessRevocation',
  version: '1.0.0',
  recordId: envelope.record.id,
  recordDigest: envelope.digest,
  revokedAt: new Date().toISOString(),
  reason,
});

/**
 * Withdraws a record from now on.
 *
 * @param key the subject's key, or the representative's
 * @returns the statement, to be handed to everyone who uses the record
 */
export async function revoke(
  envelope: ConsentEnvelope,
  key: SigningKey,
  reason: string | null = null,
): Promise<Revocation> {
  const statement = statementFor(envelope, reason);
  const revocation: Revocation = { statement, kid: key.did, value: key.sign(canonicalBytes(statement)) };
  await storeRevocation(revocation, envelope);
  return revocation;
}

/**
 * Withdraws a record with the word its subject was given when they signed. It is good once: whoever finds it later can do
 * nothing with it.
 *
 * @param token the word, or the link it came in
 * @throws LikenessError `consent.revocation.used`, `consent.revocation.invalid`
 */
export async function revokeWithToken(
  envelope: ConsentEnvelope,
  token: string,
  reason: string | null = null,
): Promise<Revocation> {
  // A link ends in the word, behind "#" or "word=".
  const word = token.trim().replace(/^.*[#=]/s, '');
  const parsed = revocationSchema.safeParse({ statement: statementFor(envelope, reason), token: word });
  if (!parsed.success || !revocationHolds(parsed.data, envelope))
    throw new LikenessError('consent.revocation.invalid', `This word does not withdraw ${envelope.record.id}.`, {
      hint: 'Copy the whole word that was shown when the record was signed, and name the record it was for.',
    });
  // After the word: only those who have it are told.
  if (existsSync(pathOf(envelope.record.id)))
    throw new LikenessError('consent.revocation.used', `${envelope.record.id} is withdrawn already.`, {
      hint: 'Nothing more needs to be done.',
    });
  await storeRevocation(parsed.data, envelope);
  return parsed.data;
}

/** Reads a revocation file. */
export function readRevocation(path: string): Revocation {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a revocation', cause);
  }
  try {
    return revocationSchema.parse(parseJson(text, path));
  } catch (cause) {
    throw new LikenessError('consent.revocation.damaged', `${path} is not a revocation: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

/**
 * Why the record no longer stands, or `null` where nothing on this machine says so.
 *
 * @param log entries of the audit log, where they are at hand
 */
export function revokedBecause(envelope: ConsentEnvelope, log: readonly AuditEntry[] = []): string | null {
  const path = pathOf(envelope.record.id);
  if (existsSync(path)) {
    let revocation: Revocation;
    try {
      revocation = readRevocation(path);
    } catch {
      // A statement that cannot be read must not bring consent back.
      return `a revocation is on file that cannot be read (${path})`;
    }
    if (!revocationHolds(revocation, envelope))
      return `a revocation is on file whose signature does not hold (${path})`;
    return `it was withdrawn on ${revocation.statement.revokedAt}`;
  }
  const entry = log.find((e) => e.kind === 'revocation' && e.facts['record'] === envelope.record.id);
  return entry === undefined
    ? null
    : `it was withdrawn on ${entry.at}, as the audit log says (the statement itself is gone)`;
}

/** Whether a statement of withdrawal that holds is on file: what may not be undone rests on nothing less. */
export function withdrawn(envelope: ConsentEnvelope): boolean {
  const path = pathOf(envelope.record.id);
  if (!existsSync(path)) return false;
  try {
    return revocationHolds(readRevocation(path), envelope);
  } catch {
    return false;
  }
}
