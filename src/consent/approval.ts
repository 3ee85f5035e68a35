/**
 * Approval of single items. Where a record asks for it (`scriptApproval: perItem`), every film or picture that something is
 * made of needs a statement of its own: signed by whoever decides for the subject, over the SHA-256 of the file as it is
 * before. So they see the scene, and hear what is said in it, before their face is in it. An approval ends with its record.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, messageOf, writeAtomic } from '../base/index.js';
import { appendAudit } from './audit.js';
import { canonicalBytes, digestOf } from './canonical.js';
import { verifyWith } from './did.js';
import { parseJson } from './json.js';
import type { SigningKey } from './keys.js';
import type { ConsentEnvelope, ConsentRecord } from './record.js';
import type { RuleCheck } from './rules.js';

const hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected the 64 hex digits of a SHA-256');

/** Zod schema of an approval file. */
export const approvalSchema = z.strictObject({
  statement: z.strictObject({
    type: z.literal('LikenessApproval'),
    version: z.literal('1.0.0'),
    recordId: z.string(),
    recordDigest: z.string(),
    /** SHA-256 of the film or picture that is changed, as it is before. */
    item: hex,
    approvedAt: z.iso.datetime(),
    note: z.string().max(2000).nullable(),
  }),
  kid: z.string(),
  value: z.string(),
});

/** An approval: see the head of this file. */
export type Approval = z.infer<typeof approvalSchema>;

/** Key of whoever decides for the subject of a record. */
const deciderOf = ({ subject }: ConsentRecord): string => subject.representative?.did ?? subject.did;

const pathOf = (recordId: string, item: string): string =>
  join(likenessHome(), 'approvals', recordId.slice('urn:uuid:'.length), `${item}.approval.json`);

/** Whether an approval is of this record, of whoever decides, and of nothing but what it says. */
function approvalHolds({ statement, kid, value }: Approval, { record }: ConsentEnvelope): boolean {
  return (
    statement.recordId === record.id &&
    statement.recordDigest === digestOf(record) &&
    kid === deciderOf(record) &&
    verifyWith(kid, canonicalBytes(statement), value)
  );
}

/**
 * Keeps an approval that was made here or elsewhere, and writes it into the audit log.
 *
 * @throws LikenessError `consent.approval.invalid`
 */
export async function storeApproval(approval: Approval, envelope: ConsentEnvelope): Promise<void> {
  if (!approvalHolds(approval, envelope))
    throw new LikenessError(
      'consent.approval.invalid',
      `This approval does not hold for ${envelope.record.id}: it is for another record, or not signed by its subject.`,
      { hint: 'Only the subject, or the representative named in the record, can approve an item.' },
    );
  const { item } = approval.statement;
  await writeAtomic(pathOf(envelope.record.id, item), `${JSON.stringify(approval, null, 2)}\n`);
  await appendAudit('approval', { record: envelope.record.id, digest: envelope.digest, item, by: approval.kid });
}

/**
 * Approves one item under a record, and keeps the statement.
 *
 * @param key of the subject, or of whoever represents them
 * @param item SHA-256 (hex) of the film or picture that is to be changed
 * @throws LikenessError `consent.approval.invalid` for another key
 */
export async function approveItem(
  envelope: ConsentEnvelope,
  key: SigningKey,
  item: string,
  note: string | null = null,
): Promise<Approval> {
  const statement: Approval['statement'] = {
    type: 'LikenessApproval',
    version: '1.0.0',
    recordId: envelope.record.id,
    recordDigest: digestOf(envelope.record),
    item,
    approvedAt: new Date().toISOString(),
    note,
  };
  const approval: Approval = { statement, kid: key.did, value: key.sign(canonicalBytes(statement)) };
  await storeApproval(approval, envelope);
  return approval;
}

/**
 * Reads an approval file. Says nothing about its signature: {@link storeApproval} does.
 *
 * @throws LikenessError `consent.approval.damaged`, `file.*`
 */
export function readApproval(path: string): Approval {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading an approval', cause);
  }
  try {
    return approvalSchema.parse(parseJson(text, path));
  } catch (cause) {
    throw new LikenessError('consent.approval.damaged', `${path} is not an approval: ${messageOf(cause)}.`, { cause });
  }
}

/** The approval of an item that is on file here, where it holds. One that cannot be read approves nothing. */
function approvalOf(envelope: ConsentEnvelope, item: string): Approval | null {
  const path = pathOf(envelope.record.id, item);
  if (!existsSync(path)) return null;
  try {
    const approval = readApproval(path);
    return approval.statement.item === item && approvalHolds(approval, envelope) ? approval : null;
  } catch {
    return null;
  }
}

/** Every approval under a record that is on file here and holds, oldest first. */
export function approvalsOf(envelope: ConsentEnvelope): Approval[] {
  const folder = dirname(pathOf(envelope.record.id, ''));
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => approvalOf(envelope, name.replace(/\.approval\.json$/, '')) ?? [])
    .sort((a, b) => (a.statement.approvedAt < b.statement.approvedAt ? -1 : 1));
}

/**
 * The rule `consent.scope.approval`.
 *
 * @param item SHA-256 (hex) of the film or picture that is to be changed; `null` for training, which shows nobody anything
 */
export function approvalCheck(envelope: ConsentEnvelope, item: string | null): RuleCheck {
  const rule = 'consent.scope.approval';
  if (envelope.record.scope.scriptApproval === 'none')
    return { rule, passed: true, found: 'no approval of single items is asked' };
  if (item === null) return { rule, passed: true, found: 'nothing is made yet that they would have to approve' };
  return approvalOf(envelope, item) !== null
    ? { rule, passed: true, found: 'this item is approved' }
    : {
        rule,
        passed: false,
        found: 'the subject approves every item, and has not approved this one',
        todo: 'Show them the file that is to be changed; they sign: likeness consent approve <record> <file> --key <key>.',
      };
}
