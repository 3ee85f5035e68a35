/** The one byte form of a JSON value (JCS, RFC 8785): what is hashed and signed. */
import canonicalizeModule from 'canonicalize';
import { LikenessError, sha256 } from '../base/index.js';

// The package is CommonJS while its types describe an ES module.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** JCS bytes of a JSON value. */
export function canonicalBytes(value: unknown): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) throw new LikenessError('consent.canonical', 'This value has no JSON form.');
  return Buffer.from(text, 'utf8');
}

/** `sha256:<hex>` of the JCS form. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalBytes(value))}`;
}

/**
 * What a signature on a record is made over: the record by its digest, and everything that stands beside the signature.
 *
 * @param digest `sha256:<hex>` of the record's JCS form, computed, not taken from a file
 * @param tokenHash see `ConsentSignature`
 */
export function signedBytes(digest: string, role: string, created: string, tokenHash?: string): Uint8Array {
  const token = tokenHash === undefined ? {} : { tokenHash };
  return canonicalBytes({ type: 'LikenessConsentSignature', digest, role, created, ...token });
}
