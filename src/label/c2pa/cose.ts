/**
 * COSE_Sign1 (RFC 9052) as C2PA 2.x wants it: tag 18, detached payload, algorithm and certificate chain in the protected
 * header, a time stamp (`sigTst2`) in the unprotected one.
 */
import { constants, type KeyObject, sign } from 'node:crypto';
import { LikenessError } from '../../base/index.js';
import { CBOR_NULL, cborArray, cborBytes, cborInt, cborMap, cborTag, cborText, readCbor } from './cbor.js';

/** The algorithms that C2PA allows, by its names, with the numbers that COSE gives them. */
export const COSE_ALGORITHMS = { es256: -7, es384: -35, es512: -36, ps256: -37, ed25519: -8 } as const;
/** One of {@link COSE_ALGORITHMS}. */
export type CoseAlgorithm = keyof typeof COSE_ALGORITHMS;

/** Asks an authority when a signature was made. */
export interface Stamper {
  /** Bytes of the longest token to expect. */
  readonly room: number;
  /**
   * The TimeStampToken (RFC 3161, DER) over these bytes.
   *
   * @throws LikenessError `label.timestamp.*`
   */
  stamp(data: Uint8Array): Promise<Uint8Array>;
}

/** Signs claims. */
export interface ClaimSigner {
  readonly algorithm: CoseAlgorithm;
  /** DER certificates, the signer's first, the root left out. */
  readonly chain: readonly Uint8Array[];
  /** Bytes of every signature. */
  readonly reserve: number;
  /** The COSE_Sign1 of a claim, exactly `reserve` bytes. */
  sign(claim: Uint8Array): Promise<Uint8Array>;
  /** As long as a signature, but none: for a claim that will change. Asks no authority. */
  draft(): Uint8Array;
}

const HEADER_ALG = 1;
const HEADER_X5CHAIN = 33;

/** A COSE_Sign1; `pad` zeros fill it up where the length of a time stamp is not known beforehand. */
function coseSign1(header: Uint8Array, signature: Uint8Array, token: Uint8Array | null, pad: number | null): Buffer {
  const unprotected: [Buffer, Buffer][] = [];
  if (token !== null) {
    const tokens = cborArray([cborMap([[cborText('val'), cborBytes(token)]])]);
    unprotected.push([cborText('sigTst2'), cborMap([[cborText('tstTokens'), tokens]])]);
  }
  if (pad !== null) unprotected.push([cborText('pad'), cborBytes(new Uint8Array(pad))]);
  return cborTag(18, cborArray([cborBytes(header), cborMap(unprotected), CBOR_NULL, cborBytes(signature)]));
}

/** What a time stamp of a signature is over (C2PA 2.2, 10.3.2.5.3): its COSE countersignature structure. */
const stampedBytes = (header: Uint8Array, signature: Uint8Array): Buffer =>
  cborArray([
    cborText('CounterSignature'),
    cborBytes(header),
    cborBytes(new Uint8Array()),
    cborBytes(cborBytes(signature)),
  ]);

/** Fills a stamped signature up to its length. */
function padded(header: Uint8Array, signature: Uint8Array, token: Uint8Array, length: number): Buffer {
  const bare = coseSign1(header, signature, token, 0).length;
  // A byte string's own length takes 1 to 3 bytes, so two sums cannot be reached; a stamp of another length can.
  for (let pad = Math.max(0, length - bare - 3); pad <= length - bare; pad++) {
    const whole = coseSign1(header, signature, token, pad);
    if (whole.length === length) return whole;
  }
  throw new LikenessError('label.timestamp.size', 'The time stamp is longer than the one asked for as a trial.', {
    hint: 'Seal again; if it stays so, choose another time-stamp authority.',
  });
}

function signWith(algorithm: CoseAlgorithm, key: KeyObject, data: Uint8Array): Buffer {
  if (algorithm === 'ed25519') return sign(null, data, key);
  if (algorithm === 'ps256')
    return sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  const hash = { es256: 'sha256', es384: 'sha384', es512: 'sha512' }[algorithm];
  return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
}

/**
 * A signer for a private key.
 *
 * @param chain DER certificates without the root, the key's own first
 * @param stamper asked for a time stamp of every signature, where there is one
 */
export function claimSigner(
  algorithm: CoseAlgorithm,
  key: KeyObject,
  chain: readonly Uint8Array[],
  stamper: Stamper | null = null,
): ClaimSigner {
  const [only] = chain;
  const x5chain = chain.length === 1 && only !== undefined ? cborBytes(only) : cborArray(chain.map(cborBytes));
  const header = cborMap([
    [cborInt(HEADER_ALG), cborInt(COSE_ALGORITHMS[algorithm])],
    [cborInt(HEADER_X5CHAIN), x5chain],
  ]);
  // All these algorithms give signatures of one length, so the size is known beforehand. Padding is used for time stamps
  // alone, and its bytes must be zeros when a label of ours is read: nothing else protects them.
  const blank = new Uint8Array(signWith(algorithm, key, new Uint8Array()).length);
  const token = stamper === null ? null : new Uint8Array(stamper.room);
  const reserve = coseSign1(header, blank, token, token === null ? null : 0).length;
  return {
    algorithm,
    chain,
    reserve,
    draft: () => new Uint8Array(reserve),
    async sign(claim) {
      const nothing = cborBytes(new Uint8Array());
      const toSign = cborArray([cborText('Signature1'), cborBytes(header), nothing, cborBytes(claim)]);
      const signature = signWith(algorithm, key, toSign);
      if (stamper === null) return coseSign1(header, signature, null, null);
      return padded(header, signature, await stamper.stamp(stampedBytes(header, signature)), reserve);
    },
  };
}

/** What a signature holds beside what is signed. */
export interface SignatureParts {
  /** DER certificates, the signer's first. */
  readonly chain: readonly Uint8Array[];
  /**
   * The time stamp, `null` where there is none: a token and the bytes that it is over (`sigTst2`). In older labels
   * (`sigTst`) these are not in the signature alone, and `over` is `null`.
   */
  readonly stamp: { readonly token: Uint8Array; readonly over: Uint8Array | null } | null;
  /** Built as ours are, down to the last byte. */
  readonly ours: boolean;
}

/** A time stamp as COSE headers of C2PA hold it. */
interface StampHeader {
  readonly tstTokens?: readonly { readonly val?: unknown }[];
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** Takes a COSE_Sign1 apart; `null` where it cannot be read here. */
export function signatureParts(cose: Uint8Array): SignatureParts | null {
  try {
    const [header, unprotected, , signature] = readCbor(cose[0] === 0xd2 ? cose.subarray(1) : cose, {
      numericKeys: true,
    }) as unknown[];
    if (!isBytes(header) || !isBytes(signature)) return null;
    const {
      sigTst,
      sigTst2,
      pad,
      x5chain: loose,
    } = (unprotected ?? {}) as { sigTst?: StampHeader; sigTst2?: StampHeader; pad?: unknown; x5chain?: unknown };
    const val = sigTst2?.tstTokens?.[0]?.val;
    const token = isBytes(val) ? val : null;
    const older = sigTst?.tstTokens?.[0]?.val;
    const held = readCbor(header, { numericKeys: true }) as Record<string, unknown>;
    const x5chain = held[String(HEADER_X5CHAIN)] ?? held['x5chain'] ?? loose;
    return {
      chain: (Array.isArray(x5chain) ? x5chain : [x5chain]).filter(isBytes),
      stamp:
        token !== null
          ? { token, over: stampedBytes(header, signature) }
          : isBytes(older)
            ? { token: older, over: null }
            : null,
      // Built again from what was read it must be the same: nothing else can be in it, and the padding is zeros.
      ours: coseSign1(header, signature, token, isBytes(pad) ? pad.length : null).equals(cose),
    };
  } catch (cause) {
    if (cause instanceof LikenessError) return null;
    throw cause;
  }
}
