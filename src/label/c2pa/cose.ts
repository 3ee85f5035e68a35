/**
 * COSE_Sign1 (RFC 9052) as C2PA 2.x wants it: tag 18, detached payload, algorithm and certificate chain in the protected
 * header.
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { CBOR_NULL, cborArray, cborBytes, cborInt, cborMap, cborTag, cborText } from './cbor.js';

/** Signs claims. */
export interface ClaimSigner {
  /** C2PA's name of the algorithm. */
  readonly algorithm: 'es256';
  /** DER certificates, the signer's first, the root left out. */
  readonly chain: readonly Uint8Array[];
  /** Bytes to reserve for one signature. */
  readonly reserve: number;
  /** The COSE_Sign1 of a claim, exactly `reserve` bytes. */
  sign(claim: Uint8Array): Uint8Array;
}

const ES256 = -7;
const HEADER_ALG = 1;
const HEADER_X5CHAIN = 33;

/**
 * A signer for an ECDSA P-256 key.
 *
 * @param privateKey PKCS#8 DER
 * @param chain DER certificates without the root
 */
export function es256Signer(privateKey: Uint8Array, chain: readonly Uint8Array[]): ClaimSigner {
  const key: KeyObject = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const [only] = chain;
  const x5chain = chain.length === 1 && only !== undefined ? cborBytes(only) : cborArray(chain.map(cborBytes));
  const header = cborMap([
    [cborInt(HEADER_ALG), cborInt(ES256)],
    [cborInt(HEADER_X5CHAIN), x5chain],
  ]);
  const cose = (value: Uint8Array): Buffer =>
    cborTag(18, cborArray([cborBytes(header), cborMap([]), CBOR_NULL, cborBytes(value)]));
  // An ES256 signature is always 64 bytes, so the exact size is known beforehand. Padding would be bytes that nothing
  // protects: a change there would go unnoticed.
  const reserve = cose(new Uint8Array(64)).length;
  return {
    algorithm: 'es256',
    chain,
    reserve,
    sign(claim) {
      const toSign = cborArray([
        cborText('Signature1'),
        cborBytes(header),
        cborBytes(new Uint8Array()),
        cborBytes(claim),
      ]);
      const value = sign('sha256', toSign, { key, dsaEncoding: 'ieee-p1363' });
      return cose(value);
    },
  };
}
