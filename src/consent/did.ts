/**
 * Public keys as names: `did:key` of an Ed25519 key (W3C CCG did:key, multicodec 0xed01, base58btc). The name is the
 * key, so whoever holds a record can check its signatures without asking anyone.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { base58btc } from 'multiformats/bases/base58';
import { LikenessError } from '../base/index.js';

const PREFIX = 'did:key:';
/** Multicodec `ed25519-pub`, as two varint bytes. */
const ED25519 = [0xed, 0x01] as const;

/** The `did:key` of an Ed25519 public key. */
export function didOf(publicKey: KeyObject): string {
  const { x } = publicKey.export({ format: 'jwk' });
  if (publicKey.asymmetricKeyType !== 'ed25519' || x === undefined)
    throw new LikenessError('consent.key.type', 'Only Ed25519 keys sign consent records.');
  return PREFIX + base58btc.encode(Uint8Array.from([...ED25519, ...Buffer.from(x, 'base64url')]));
}

/**
 * The public key inside a `did:key`.
 *
 * @throws LikenessError `consent.did` for any other kind of name or key
 */
export function publicKeyOf(did: string): KeyObject {
  let bytes: Uint8Array;
  try {
    if (!did.startsWith(PREFIX)) throw new Error('it does not start with did:key:');
    bytes = base58btc.decode(did.slice(PREFIX.length));
    if (bytes.length !== 34 || bytes[0] !== ED25519[0] || bytes[1] !== ED25519[1])
      throw new Error('it is not an Ed25519 key');
    // One key must have one name, or a comparison of names could be talked into a mismatch.
    if (PREFIX + base58btc.encode(bytes) !== did) throw new Error('it is not in its canonical form');
    return createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes.subarray(2)).toString('base64url') },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new LikenessError('consent.did', `"${did.slice(0, 80)}" names no key: ${why}.`, { cause });
  }
}

/** True when `signature` (base64url) over `data` was made by the key that `did` names; false for anything unreadable. */
export function verifyWith(did: string, data: Uint8Array, signature: string): boolean {
  try {
    const value = Buffer.from(signature, 'base64url');
    // Node's decoder skips what it does not know; a signature has exactly one spelling here.
    return (
      value.length === 64 && value.toString('base64url') === signature && verify(null, data, publicKeyOf(did), value)
    );
  } catch {
    return false;
  }
}
