/**
 * The consent record: who allows whom to do what with which likeness, where, and until when. This file is its shape and
 * nothing else. Unknown fields are refused, so that a record never says more than what is checked.
 */

import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { fileError, hasErrno, LikenessError, writeAtomic } from '../base/index.js';
import { parseJson } from './json.js';

/** The version of the record's shape that this house writes and reads. */
export const RECORD_VERSION = '1.1.0';

/** What can be done with a likeness. */
export const OPERATIONS = [
  'train',
  'faceSwap',
  'faceReenact',
  'lipSync',
  'portraitAnimate',
  'voiceClone',
  'translateDub',
] as const;
/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** The two people of a swap: whose face is shown, and whose face gives way to it. */
export const ROLES = ['source', 'replaced'] as const;
/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Kinds of media that a record can allow. */
export const MEDIA = ['video', 'picture', 'audio'] as const;
/** One of {@link MEDIA}. */
export type Medium = (typeof MEDIA)[number];

const did = z.string().regex(/^did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}$/, 'expected a did:key of an Ed25519 key');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits');
const instant = z.iso.datetime('expected a UTC time such as 2026-12-01T00:00:00Z');
/** base64url, 64 bytes. */
const signatureValue = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'expected a base64url Ed25519 signature');
const text = z.string().min(1).max(4000);
/** Dotted words from general to special: `training.internal`. A use covers what stands under it. */
const use = z.string().regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/, 'expected dotted words such as film.fiction');
/** ISO 3166 code of a country, or of a part of one; `worldwide` for everywhere. */
const territory = z.string().regex(/^([A-Z]{2}(-[A-Z0-9]{1,3})?|worldwide)$/, 'expected a code such as DE or US-CA');

/** Where a record stands in a W3C Bitstring Status List (2025-05-15), and who alone may sign that list. */
export const statusEntrySchema = z.strictObject({
  type: z.literal('BitstringStatusListEntry'),
  statusPurpose: z.enum(['revocation', 'suspension']),
  /** The place in the list, as the standard has it: digits. */
  statusListIndex: z.string().regex(/^(0|[1-9][0-9]{0,8})$/, 'expected the digits of an index'),
  statusListCredential: z.url(),
  /** Key of the list. Not part of the standard: here it is signed with the record. */
  issuer: did,
});

/** See {@link statusEntrySchema}. */
export type StatusEntry = z.infer<typeof statusEntrySchema>;

/** What a person who looked at a captured recording says; signed by them over `reviewedBytes`. */
export const reviewSchema = z.strictObject({
  /** `did:key` of the reviewer. */
  by: did,
  at: instant,
  /** `false`: what could not be measured is not as it should be. */
  accepted: z.boolean(),
  note: z.string().max(2000),
  value: signatureValue,
});

/** See {@link reviewSchema}. */
export type Review = z.infer<typeof reviewSchema>;

/** Zod schema of a record. */
export const consentRecordSchema = z.strictObject({
  type: z.literal('LikenessConsentRecord'),
  version: z.literal(RECORD_VERSION),
  id: z.string().regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected urn:uuid:...'),
  subject: z.strictObject({
    did,
    displayName: text,
    adult: z.boolean(),
    /** How the age is known. */
    ageAssurance: z.enum(['stated', 'document', 'reviewed']),
    /** Whether the subject decides alone. */
    capacity: z.enum(['self', 'represented']),
    representative: z
      .strictObject({ did, name: text, relation: z.enum(['guardian', 'attorney', 'estate']), proof: digest.nullable() })
      .nullable(),
    deceased: z.boolean(),
  }),
  likeness: z
    .array(
      z.strictObject({
        kind: z.enum(['face', 'voice']),
        /** Salted SHA-256 of the template; the template itself never enters the record. */
        templateHash: digest,
        templateAlgorithm: text,
        /** Name of the vault entry that holds template and salt. */
        templateRef: z.string().regex(/^vault:[0-9a-f]{32}$/),
      }),
    )
    .min(1)
    .max(8),
  // `null` in records of before: they can be read and withdrawn, and allow nothing.
  licensee: z.strictObject({ did, name: text, contact: text.nullable(), sublicensable: z.boolean() }).nullable(),
  project: z.strictObject({ id: text, title: text, description: z.string().max(4000) }),
  scope: z.strictObject({
    /** Whether the subject's face may be put onto others (`source`), or be replaced (`replaced`). */
    roles: z.array(z.enum(ROLES)).min(1),
    operations: z.array(z.enum(OPERATIONS)).min(1),
    uses: z.array(use).min(1),
    prohibitedUses: z.array(use),
    media: z.array(z.enum(MEDIA)).min(1),
    languages: z.array(text),
    territories: z.array(territory).min(1),
    channels: z.array(text),
    /** How many renders it is good for; `null` for any number. Training does not count. */
    count: z.number().int().min(1).max(1_000_000).nullable(),
    scriptApproval: z.enum(['none', 'perItem']),
    labelRequired: z.strictObject({ visible: z.boolean(), c2pa: z.literal(true), watermark: z.boolean() }),
  }),
  term: z.strictObject({
    notBefore: instant,
    notAfter: instant,
    postTerm: z.enum(['deleteModels', 'deleteModelsKeepPublished', 'keepPublished']),
  }),
  compensation: z
    .strictObject({ kind: z.enum(['none', 'fee', 'share', 'other']), note: z.string(), amountHash: digest.nullable() })
    .nullable(),
  /** Consent can always be withdrawn; this says how, and what follows. */
  revocation: z.strictObject({
    noticeHours: z.number().int().min(0),
    effect: z.enum(['stopNewGeneration', 'stopNewGenerationAndUnpublishWhereFeasible']),
    endpoint: z.url().nullable(),
    /** At most one entry for each purpose; empty where no list is kept. */
    status: z.array(statusEntrySchema).max(2),
  }),
  legal: z.strictObject({
    basis: text,
    noticeHash: digest.nullable(),
    contractHash: digest.nullable(),
    governingLaw: text.nullable(),
    rulesetVersion: text.nullable(),
  }),
  evidence: z
    .strictObject({
      method: z.enum(['referenceFootage', 'liveVideoChallenge']),
      footageHash: digest.nullable(),
      transcriptHash: digest.nullable(),
      challenge: z
        .strictObject({
          id: z.string().regex(/^[0-9a-f]{32}$/),
          words: text,
          moves: z.array(text),
          issuedAt: instant,
          recordedAt: instant,
        })
        .nullable(),
      /** Measured scores by the name of the check. */
      checks: z.record(z.string().regex(/^[a-z][A-Za-z]{0,31}$/), z.number()),
      /** Digest of the capture report that the scores are from; for `liveVideoChallenge`. */
      captureHash: digest.nullable(),
      /** `null` where nothing has to be reviewed, or the review has not been made yet. */
      review: reviewSchema.nullable(),
      retentionUntil: instant.nullable(),
    })
    .nullable(),
  createdAt: instant,
  supersedes: z.string().startsWith('urn:uuid:').nullable(),
  /** BCP 47 tag of the texts inside. */
  language: text,
});

/** A consent record. */
export type ConsentRecord = z.infer<typeof consentRecordSchema>;

/** Zod schema of one signature, over the JCS form of `{type, digest, role, created}`: see `signedBytes`. */
export const signatureSchema = z.strictObject({
  role: z.enum(['subject', 'representative', 'licensee']),
  alg: z.literal('EdDSA'),
  /** `did:key` of the signer. */
  kid: did,
  canon: z.literal('RFC8785'),
  created: instant,
  /** SHA-256 of a word that withdraws the record, known to the signer alone; absent where they asked for none. */
  tokenHash: digest.optional(),
  value: signatureValue,
});

/** See {@link signatureSchema}. */
export type ConsentSignature = z.infer<typeof signatureSchema>;

/** Zod schema of a `*.consent.json` file. */
export const envelopeSchema = z.strictObject({
  record: consentRecordSchema,
  /** SHA-256 of the JCS form of the record. */
  digest,
  signatures: z.array(signatureSchema).max(8),
});

/** A record with its digest and signatures: the content of a `*.consent.json` file. */
export type ConsentEnvelope = z.infer<typeof envelopeSchema>;

/** No honest record comes near this many bytes. */
const MAX_BYTES = 256 * 1024;

/**
 * Gives untrusted JSON the shape of an envelope. Says nothing about its signatures: see `verifyRecord`.
 *
 * @param where named in messages, usually the path
 * @throws LikenessError `consent.structure` that lists what is wrong
 */
export function parseEnvelope(json: unknown, where: string): ConsentEnvelope {
  const parsed = envelopeSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`)
    .join('; ');
  throw new LikenessError('consent.structure', `${where} is not a consent record: ${wrong}.`, {
    hint: 'Make records with "likeness consent new"; a record that was edited by hand no longer stands.',
  });
}

/** Reads a `*.consent.json` file. */
export function readEnvelope(path: string): ConsentEnvelope {
  let content: string;
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new LikenessError('consent.structure', `${path} is too large to be a consent record.`, {
        hint: 'Name a *.consent.json file.',
      });
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT'))
      throw new LikenessError('consent.missing', `There is no consent record at ${path}.`, {
        hint: 'Make one with "likeness consent new", or check the path.',
        cause,
      });
    throw fileError(path, 'reading a consent record', cause);
  }
  return parseEnvelope(parseJson(content, path), path);
}

/** Writes a `*.consent.json` file, whole or not at all. It holds no biometrics and may be shown to others. */
export async function writeEnvelope(path: string, envelope: ConsentEnvelope): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(envelope, null, 2)}\n`);
}
