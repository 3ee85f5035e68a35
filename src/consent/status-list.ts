/**
 * W3C Bitstring Status List (Recommendation of 2025-05-15): one bit for every record of an issuer, in a verifiable
 * credential (VC 2.0) that its issuer signs with the Data Integrity suite `eddsa-jcs-2022`. This file is the format and
 * its checks; where lists lie and what they mean for a record is in `status.ts`.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { base58btc } from 'multiformats/bases/base58';
import { base64url } from 'multiformats/bases/base64';
import { z } from 'zod';
import { LikenessError, messageOf } from '../base/index.js';
import { canonicalBytes } from './canonical.js';
import { verifyWith } from './did.js';
import type { SigningKey } from './keys.js';

/** The smallest list the standard allows: 16 KB, so that one record does not stand out. */
export const STATUS_LIST_ENTRIES = 131_072;
/** No honest list unpacks to more than this many bytes (8 million records). */
const MAX_BYTES = 2 ** 20;

/** What a list's bits mean. */
export const STATUS_PURPOSES = ['revocation', 'suspension'] as const;
/** One of {@link STATUS_PURPOSES}. */
export type StatusPurpose = (typeof STATUS_PURPOSES)[number];

const instant = z.iso.datetime();
const CONTEXT = 'https://www.w3.org/ns/credentials/v2';

const bodySchema = z.strictObject({
  '@context': z.tuple([z.literal(CONTEXT)]),
  id: z.url(),
  type: z.tuple([z.literal('VerifiableCredential'), z.literal('BitstringStatusListCredential')]),
  issuer: z.string().startsWith('did:key:z'),
  validFrom: instant,
  validUntil: instant,
  credentialSubject: z.strictObject({
    id: z.string(),
    type: z.literal('BitstringStatusList'),
    statusPurpose: z.enum(STATUS_PURPOSES),
    /** Multibase base64url without padding of the gzipped bits, first record leftmost. */
    encodedList: z.string().regex(/^u[A-Za-z0-9_-]+$/),
  }),
});

const proofSchema = z.strictObject({
  '@context': z.tuple([z.literal(CONTEXT)]),
  type: z.literal('DataIntegrityProof'),
  cryptosuite: z.literal('eddsa-jcs-2022'),
  created: instant,
  verificationMethod: z.string(),
  proofPurpose: z.literal('assertionMethod'),
  /** Multibase base58btc of the signature. */
  proofValue: z.string().startsWith('z'),
});

/** Zod schema of a status list as it is published. */
export const statusListSchema = z.strictObject({ ...bodySchema.shape, proof: proofSchema });
/** See {@link statusListSchema}. */
export type StatusList = z.infer<typeof statusListSchema>;
type Body = z.infer<typeof bodySchema>;

/** eddsa-jcs-2022: the hash of the proof's own settings, then that of the document. */
function signedHashes(body: Body, settings: Omit<StatusList['proof'], 'proofValue'>): Uint8Array {
  const hash = (value: unknown): Buffer => createHash('sha256').update(canonicalBytes(value)).digest();
  return Buffer.concat([hash(settings), hash(body)]);
}

/** `did:key:z6Mk...#z6Mk...`: the one key of a `did:key`. */
const methodOf = (did: string): string => `${did}#${did.slice('did:key:'.length)}`;

function pack(bits: Uint8Array): string {
  const zipped = gzipSync(bits, { level: 9 });
  // The operating system's number in the header is all that would differ between machines.
  zipped[9] = 255;
  return base64url.encode(zipped);
}

function unpack(list: StatusList): Uint8Array {
  let bits: Uint8Array;
  try {
    bits = gunzipSync(base64url.decode(list.credentialSubject.encodedList), { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new LikenessError('consent.status.damaged', `The status list ${list.id} cannot be unpacked.`, {
      hint: 'Fetch it again.',
      cause: messageOf(cause),
    });
  }
  if (bits.length * 8 < STATUS_LIST_ENTRIES)
    throw new LikenessError(
      'consent.status.damaged',
      `The status list ${list.id} has ${bits.length * 8} entries; ${STATUS_LIST_ENTRIES} is the least.`,
      { hint: 'Ask its issuer for one that keeps to the standard.' },
    );
  return bits;
}

/** What a list is made from. */
export interface StatusListFacts {
  /** Where it is published; also its name. */
  readonly url: string;
  readonly purpose: StatusPurpose;
  /** Indexes whose bit is set. */
  readonly set: Iterable<number>;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/** Makes and signs a list. */
export function signStatusList(facts: StatusListFacts, key: SigningKey): StatusList {
  const bits = new Uint8Array(STATUS_LIST_ENTRIES / 8);
  for (const index of facts.set) {
    if (!Number.isInteger(index) || index < 0 || index >= STATUS_LIST_ENTRIES)
      throw new LikenessError('consent.status.index', `${index} is no place in a list of ${STATUS_LIST_ENTRIES}.`);
    bits[index >> 3] = (bits[index >> 3] as number) | (0x80 >> (index & 7));
  }
  const body: Body = {
    '@context': [CONTEXT],
    id: facts.url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: key.did,
    validFrom: facts.validFrom.toISOString(),
    validUntil: facts.validUntil.toISOString(),
    credentialSubject: {
      id: `${facts.url}#list`,
      type: 'BitstringStatusList',
      statusPurpose: facts.purpose,
      encodedList: pack(bits),
    },
  };
  const settings: Omit<StatusList['proof'], 'proofValue'> = {
    '@context': [CONTEXT],
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    created: body.validFrom,
    verificationMethod: methodOf(key.did),
    proofPurpose: 'assertionMethod',
  };
  const signature = Buffer.from(key.sign(signedHashes(body, settings)), 'base64url');
  return { ...body, proof: { ...settings, proofValue: base58btc.encode(signature) } };
}

/**
 * Gives untrusted JSON the shape of a list and checks its signature.
 *
 * @throws LikenessError `consent.status.damaged`
 */
export function parseStatusList(json: unknown, where: string): StatusList {
  const parsed = statusListSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LikenessError(
      'consent.status.damaged',
      `${where} is not a status list: ${issue?.path.join('.') || 'file'}: ${issue?.message ?? ''}.`,
      { hint: 'Fetch it again from the address in the record.' },
    );
  }
  const { proof, ...body } = parsed.data;
  const { proofValue, ...settings } = proof;
  let signature = '';
  try {
    signature = Buffer.from(base58btc.decode(proofValue)).toString('base64url');
  } catch {
    // Stays empty, which no key verifies.
  }
  if (
    proof.verificationMethod !== methodOf(body.issuer) ||
    !verifyWith(body.issuer, signedHashes(body, settings), signature)
  )
    throw new LikenessError('consent.status.damaged', `The signature of the status list ${where} does not hold.`, {
      hint: 'Fetch it again from the address in the record.',
    });
  return parsed.data;
}

/**
 * Whether the bit of an index is set.
 *
 * @throws LikenessError `consent.status.index` beyond the list's end
 */
export function statusAt(list: StatusList, index: number): boolean {
  const bits = unpack(list);
  if (!Number.isInteger(index) || index < 0 || index >= bits.length * 8)
    throw new LikenessError('consent.status.index', `${list.id} has no entry ${index}.`, {
      hint: 'The record and the list do not belong together.',
    });
  return ((bits[index >> 3] as number) & (0x80 >> (index & 7))) !== 0;
}

/** All indexes whose bit is set. */
export function statusesSet(list: StatusList): number[] {
  const out: number[] = [];
  unpack(list).forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) out.push(at * 8 + bit);
  });
  return out;
}
