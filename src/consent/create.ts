/** Making and signing records. */
import { randomBytes, randomUUID } from 'node:crypto';
import { LikenessError, sha256 } from '../base/index.js';
import type { Identity } from '../faces/index.js';
import { ruleset } from '../law/index.js';
import { appendAudit } from './audit.js';
import { digestOf, signedBytes } from './canonical.js';
import type { ShownTerms } from './describe.js';
import type { SigningKey } from './keys.js';
import { plainName } from './plain-text.js';
import {
  type ConsentEnvelope,
  type ConsentRecord,
  type ConsentSignature,
  parseEnvelope,
  RECORD_VERSION,
} from './record.js';
import { rememberRecord } from './registry.js';
import { keepShown } from './shown.js';
import { storeTemplate } from './template.js';

/** What has to be said to make a record; everything else has a careful default. */
export interface NewRecord {
  readonly subject: {
    /** `did:key` of the subject's key. */
    readonly did: string;
    readonly displayName: string;
    readonly adult: boolean;
    readonly ageAssurance?: ConsentRecord['subject']['ageAssurance'];
    readonly representative?: ConsentRecord['subject']['representative'];
    readonly deceased?: boolean;
  };
  /** Measured faces of the subject: several poses make a better template. */
  readonly faces: readonly Identity[];
  /** SHA-256 (hex) of the picture or video the faces were measured on. */
  readonly referenceSha256?: string;
  /** What a live capture says, in the place of reference footage alone. */
  readonly evidence?: ConsentRecord['evidence'];
  /** Who may use it, and signs too. Left out: who signs for the subject, who then signs in both parts. */
  readonly licensee?: NonNullable<ConsentRecord['licensee']>;
  readonly project: { readonly title: string; readonly id?: string; readonly description?: string };
  readonly scope: {
    readonly roles: ConsentRecord['scope']['roles'];
    readonly operations: ConsentRecord['scope']['operations'];
    readonly uses: ConsentRecord['scope']['uses'];
    readonly prohibitedUses?: ConsentRecord['scope']['prohibitedUses'];
    readonly media?: ConsentRecord['scope']['media'];
    readonly territories?: ConsentRecord['scope']['territories'];
    readonly channels?: ConsentRecord['scope']['channels'];
    readonly languages?: ConsentRecord['scope']['languages'];
    readonly scriptApproval?: ConsentRecord['scope']['scriptApproval'];
    readonly count?: ConsentRecord['scope']['count'];
    readonly visibleLabel?: boolean;
    readonly watermark?: boolean;
  };
  readonly term: { readonly from: Date; readonly to: Date; readonly postTerm?: ConsentRecord['term']['postTerm'] };
  readonly compensation?: ConsentRecord['compensation'];
  readonly revocation?: Partial<ConsentRecord['revocation']>;
  readonly legal?: Partial<ConsentRecord['legal']>;
  readonly supersedes?: string | null;
  readonly language?: string;
}

/** What a record prohibits unless its maker says otherwise. */
export const DEFAULT_PROHIBITED_USES = ['sexual', 'deception', 'political', 'endorsement'] as const;

/** UTC without milliseconds: one spelling per second. */
const instant = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

function referenceEvidence({ referenceSha256, faces }: NewRecord): ConsentRecord['evidence'] {
  if (referenceSha256 === undefined) return null;
  return {
    method: 'referenceFootage',
    footageHash: `sha256:${referenceSha256}`,
    transcriptHash: null,
    challenge: null,
    checks: { referenceFaces: faces.length },
    captureHash: null,
    review: null,
    retentionUntil: null,
  };
}

/**
 * Makes an unsigned record and stores the subject's face template in the vault.
 *
 * @throws LikenessError `consent.structure` where a field is not as documented, `consent.template.*`
 */
export async function createRecord(options: NewRecord): Promise<ConsentEnvelope> {
  const { subject, scope, term } = options;
  if (!(term.from < term.to))
    throw new LikenessError('consent.term', 'The term ends before it begins.', { hint: 'Give a later end.' });
  const representative = subject.representative ?? null;
  const record: ConsentRecord = {
    type: 'LikenessConsentRecord',
    version: RECORD_VERSION,
    id: `urn:uuid:${randomUUID()}`,
    subject: {
      did: subject.did,
      displayName: plainName(subject.displayName),
      adult: subject.adult,
      ageAssurance: subject.ageAssurance ?? 'stated',
      capacity: representative === null ? 'self' : 'represented',
      representative,
      deceased: subject.deceased ?? false,
    },
    likeness: [await storeTemplate(options.faces)],
    licensee: options.licensee ?? {
      did: representative?.did ?? subject.did,
      name: representative?.name ?? subject.displayName,
      contact: null,
      sublicensable: false,
    },
    project: {
      id: options.project.id ?? `prj_${randomUUID().slice(0, 8)}`,
      title: plainName(options.project.title),
      description: options.project.description ?? '',
    },
    scope: {
      roles: scope.roles,
      operations: scope.operations,
      uses: scope.uses,
      prohibitedUses: scope.prohibitedUses ?? [...DEFAULT_PROHIBITED_USES],
      media: scope.media ?? ['video', 'picture'],
      languages: scope.languages ?? [],
      territories: scope.territories ?? ['worldwide'],
      channels: scope.channels ?? [],
      count: scope.count ?? null,
      scriptApproval: scope.scriptApproval ?? 'none',
      labelRequired: { visible: scope.visibleLabel ?? false, c2pa: true, watermark: scope.watermark ?? false },
    },
    term: {
      notBefore: instant(term.from),
      notAfter: instant(term.to),
      postTerm: term.postTerm ?? 'deleteModelsKeepPublished',
    },
    compensation: options.compensation ?? null,
    revocation: { noticeHours: 0, effect: 'stopNewGeneration', endpoint: null, status: [], ...options.revocation },
    legal: {
      basis: 'consent',
      noticeHash: null,
      contractHash: null,
      governingLaw: null,
      rulesetVersion: ruleset().version,
      ...options.legal,
    },
    evidence: options.evidence ?? referenceEvidence(options),
    createdAt: instant(new Date()),
    supersedes: options.supersedes ?? null,
    language: options.language ?? 'en',
  };
  return parseEnvelope({ record, digest: digestOf(record), signatures: [] }, 'The new record');
}

/** Which parts a key may sign in: by the names in the record. */
function rolesOf(record: ConsentRecord, did: string): ConsentSignature['role'][] {
  const roles: ConsentSignature['role'][] = [];
  if (record.subject.did === did) roles.push('subject');
  if (record.subject.representative?.did === did) roles.push('representative');
  if (record.licensee?.did === did) roles.push('licensee');
  return roles;
}

/** A word that withdraws a record: known to its subject alone, good once. */
export interface RevocationToken {
  readonly token: string;
  /** `sha256:<hex>`: what the signature says of it. */
  readonly hash: string;
}

/** Makes a new word, from 32 random bytes. */
export function newRevocationToken(): RevocationToken {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: `sha256:${sha256(token)}` };
}

/**
 * Adds the signatures a key can give, in every part the record names it.
 *
 * @param withToken also agrees that whoever knows this word may withdraw the record; for the subject and their
 *   representative alone
 * @param shown the text that the signer was shown before; its language and hash go into the audit log, and a copy is kept
 * @throws LikenessError `consent.sign.stranger` where the record does not name the key, `consent.sign.word` where a word
 *   was wanted for a licensee, `consent.digest` where the record was changed after it was made
 */
export async function signRecord(
  envelope: ConsentEnvelope,
  key: SigningKey,
  withToken: RevocationToken | null = null,
  shown: ShownTerms | null = null,
): Promise<ConsentEnvelope> {
  const { record } = envelope;
  if (digestOf(record) !== envelope.digest)
    throw new LikenessError(
      'consent.digest',
      `The record ${record.id} was changed after it was made; it is not signed.`,
      {
        hint: 'Make a new record.',
      },
    );
  const roles = rolesOf(record, key.did);
  if (roles.length === 0)
    throw new LikenessError('consent.sign.stranger', `The record ${record.id} does not name the key ${key.did}.`, {
      hint: 'Sign with the key of the subject, their representative or the licensee.',
    });
  if (withToken !== null && roles.every((role) => role === 'licensee'))
    throw new LikenessError('consent.sign.word', `${record.id} is not withdrawn by its licensee: they get no word.`, {
      hint: 'Sign without a word; the subject has theirs from their own signature.',
    });
  const created = instant(new Date());
  const made = roles.map((role): ConsentSignature => {
    const tokenHash = role === 'licensee' ? undefined : withToken?.hash;
    return {
      role,
      alg: 'EdDSA',
      kid: key.did,
      canon: 'RFC8785',
      created,
      ...(tokenHash === undefined ? {} : { tokenHash }),
      value: key.sign(signedBytes(envelope.digest, role, created, tokenHash)),
    };
  });
  const kept = envelope.signatures.filter((s) => !roles.includes(s.role));
  const signed: ConsentEnvelope = { ...envelope, signatures: [...kept, ...made] };
  await rememberRecord(signed);
  if (shown !== null) await keepShown(shown);
  await appendAudit('record', {
    record: record.id,
    digest: envelope.digest,
    signedAs: [...roles],
    by: key.did,
    ...(shown === null ? {} : { language: shown.language, text: `sha256:${shown.sha256}` }),
  });
  return signed;
}
