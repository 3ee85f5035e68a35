/** Shapes of consent records. */
import { z } from '@hono/zod-openapi';
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
    media: z.array(z.string()),
    territories: z.array(z.string()),
    channels: z.array(z.string()),
    languages: z.array(z.string()),
    count: z.int().nullable(),
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
    /** About the person who asks. */
    mine: z.boolean(),
  })
  .openapi('Consent');

/** A list of them. */
export const consentListSchema = z.object({ items: z.array(consentSchema) }).openapi('ConsentList');

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
