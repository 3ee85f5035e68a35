/** Shapes of consent records. */
import { z } from '@hono/zod-openapi';
import { TERMS_LANGUAGES } from '../../consent/index.js';
import { CONSENT_STATES } from '../services/consents.js';

/** A record in short and in words. */
export const consentSchema = z
  .object({
    id: z.string(),
    digest: z.string(),
    name: z.string(),
    adult: z.boolean(),
    likeness: z.array(z.string()),
    licensee: z.string().nullable(),
    project: z.string(),
    roles: z.array(z.string()),
    operations: z.array(z.string()),
    uses: z.array(z.string()),
    prohibitedUses: z.array(z.string()),
    /** The same in the language of `words`. */
    usesInWords: z.string(),
    prohibitedInWords: z.string(),
    media: z.array(z.string()),
    territories: z.array(z.string()),
    channels: z.array(z.string()),
    languages: z.array(z.string()),
    count: z.int().nullable(),
    scriptApproval: z.enum(['none', 'perItem']),
    /** Films and pictures that were approved, where each needs it. */
    approvals: z.array(z.object({ sha256: z.string(), approvedAt: z.string() })),
    pay: z.object({ kind: z.string(), note: z.string() }).nullable(),
    legalBasis: z.string(),
    governingLaw: z.string().nullable(),
    /** A term between both sides: a withdrawal works at once. */
    noticeHours: z.int(),
    effect: z.string(),
    postTerm: z.string(),
    notBefore: z.string(),
    notAfter: z.string(),
    method: z.string().nullable(),
    signatures: z.array(z.object({ role: z.string(), created: z.string() })),
    createdAt: z.string(),
    status: z.enum(CONSENT_STATES),
    checks: z.array(
      z.object({ rule: z.string(), passed: z.boolean(), found: z.string(), todo: z.string().nullable() }),
    ),
    /** The record in plain sentences. */
    words: z.array(z.string()),
    /** Of the words: by `Accept-Language`. */
    wordsLanguage: z.enum(TERMS_LANGUAGES),
    /** About the person who asks. */
    mine: z.boolean(),
    /** Whether `/face` has a picture. */
    face: z.boolean(),
  })
  .openapi('Consent');

/** A list of them. */
export const consentListSchema = z.object({ items: z.array(consentSchema) }).openapi('ConsentList');

/** How a film or picture is approved, by whoever decides for the subject of a record. */
export const approveSchema = z
  .strictObject({
    /** Id of the film or picture that is to be changed. */
    media: z.uuid('is no id of a file'),
    /** The word that was shown when a record by link was signed. */
    word: z.string().max(500).optional(),
    /** Name of a key on this machine, with its passphrase: one that has none is refused. */
    key: z.string().max(100).optional(),
    passphrase: z.string().max(500).optional(),
    note: z.string().max(500).optional(),
  })
  .openapi('Approve');

/** How a record is withdrawn. */
export const withdrawSchema = z
  .strictObject({
    /** The word, or link, that was shown when the record was signed. Left out where the studio keeps the key. */
    word: z.string().max(500).optional(),
    /** Name of a key on this machine, with its passphrase where it has one. */
    key: z.string().max(100).optional(),
    passphrase: z.string().max(500).optional(),
    reason: z.string().max(500).optional(),
  })
  .openapi('Withdraw');
