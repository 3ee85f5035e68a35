/** Time-stamp tokens (RFC 3161 in CMS, RFC 5652): what one says, and whether its signature holds. */
import { constants, createHash, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import {
  ContentInfo,
  id_contentType,
  id_messageDigest,
  id_signedData,
  SignedData,
  type SignerInfo,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { TSTInfo } from '@peculiar/asn1-tsp';
import { LikenessError, messageOf } from '../../base/index.js';
import { issued, USAGES } from '../signer/certificates.js';

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const RSA_PSS = '1.2.840.113549.1.1.10';
/** Names of signatures by kind of key. */
const SIGNATURES: Readonly<Record<string, RegExp>> = {
  ec: /^1\.2\.840\.10045\.4\.3\.[234]$/,
  rsa: /^1\.2\.840\.113549\.1\.1\.(1|10|11|12|13)$/,
  ed25519: /^1\.3\.101\.112$/,
};
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** What a token says. */
export interface TimestampToken {
  readonly time: Date;
  /** Its nonce, as it is encoded; `null` where it has none. */
  readonly nonce: Uint8Array | null;
  /** Who signed it; nothing here says whether they are to be trusted. */
  readonly signer: X509Certificate;
  /** The certificates in it, the signer's own first. */
  readonly chain: readonly X509Certificate[];
}

const wrong = (why: string, cause?: unknown): LikenessError =>
  new LikenessError('label.timestamp.invalid', `The time stamp does not hold: ${why}.`, {
    hint: 'Seal again; if it stays so, choose another time-stamp authority.',
    cause,
  });

function hashWith(oid: string, data: Uint8Array): Buffer {
  const name = HASHES[oid];
  if (name === undefined) throw wrong(`it uses the hash ${oid}`);
  return createHash(name).update(data).digest();
}

function signerOf(info: SignerInfo, certificates: readonly X509Certificate[]): X509Certificate {
  const serial = info.sid.issuerAndSerialNumber?.serialNumber;
  const wanted =
    serial === undefined
      ? null
      : Buffer.from(serial)
          .toString('hex')
          .replace(/^(00)+/, '');
  // By key identifier there is no telling from the outside; the signature tells.
  const found = certificates.filter(
    (c) => (wanted === null && !c.ca) || c.serialNumber.toLowerCase().replace(/^(00)+/, '') === wanted,
  );
  if (found.length !== 1 || found[0] === undefined) throw wrong('the certificate of its signer is not in it');
  return found[0];
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The elements of a stretch of DER: tag, content, and the whole. */
function elements(der: Buffer): { tag: number; content: Buffer; whole: Buffer }[] {
  const found: { tag: number; content: Buffer; whole: Buffer }[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der.readUInt8(at + 1);
    const wide = first < 128 ? 0 : first - 128;
    const length = wide === 0 ? first : der.readUIntBE(at + 2, wide);
    const start = at + 2 + wide;
    if (wide > 3 || start + length > der.length) throw wrong('it is cut off');
    found.push({
      tag: der[at] ?? 0,
      content: der.subarray(start, start + length),
      whole: der.subarray(at, start + length),
    });
    at = start + length;
  }
  return found;
}

/** The certificates of SignedData byte for byte: parsed and written again, some changed bytes would be gone. */
function rawCertificates(signedData: Buffer): Buffer[] {
  const set = elements(elements(signedData)[0]?.content ?? Buffer.alloc(0)).find((e) => e.tag === 0xa0);
  return set === undefined ? [] : elements(set.content).map((e) => e.whole);
}

/** Whether the signer is named by the issuer in their certificate, byte for byte. */
function namesIssuer(signedData: Buffer, certificate: Buffer): boolean {
  const inside = (der: Buffer | undefined): { content: Buffer; whole: Buffer }[] => elements(der ?? Buffer.alloc(0));
  const infos = inside(elements(signedData)[0]?.content).at(-1)?.content;
  const sid = inside(inside(infos)[0]?.content)[1]?.content;
  const issuer = inside(inside(inside(certificate)[0]?.content)[0]?.content)[3]?.whole;
  return issuer !== undefined && inside(sid)[0]?.whole.equals(issuer) === true;
}

/** A SET OF in DER: what is signed, whatever form it has in the file (RFC 5652, 5.4). */
function derSet(items: Buffer[]): Buffer {
  const body = Buffer.concat(items.sort(Buffer.compare));
  const { length } = body;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([0x31, ...head]), body]);
}

function signatureHolds(info: SignerInfo, content: Uint8Array, signer: X509Certificate): boolean {
  const attribute = (oid: string): ArrayBuffer | undefined =>
    info.signedAttrs?.find((a) => a.attrType === oid)?.attrValues[0];
  const digest = attribute(id_messageDigest);
  if (digest === undefined || attribute(id_contentType) === undefined) return false;
  const said = new Uint8Array(AsnConvert.parse(digest, OctetString).buffer);
  const { algorithm } = info.digestAlgorithm;
  if (!same(said, hashWith(algorithm, content))) return false;
  const signed = derSet((info.signedAttrs ?? []).map((a) => Buffer.from(AsnConvert.serialize(a))));
  const key = signer.publicKey;
  if (SIGNATURES[key.asymmetricKeyType ?? '']?.test(info.signatureAlgorithm.algorithm) !== true) return false;
  const pss = info.signatureAlgorithm.algorithm === RSA_PSS;
  const options = pss
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { key };
  const hash = key.asymmetricKeyType === 'ed25519' ? null : (HASHES[algorithm] ?? null);
  return verify(hash, signed, options, Buffer.from(info.signature.buffer));
}

/**
 * Whether the certificates are the signer's own and those above it, each issued by the next, the last by itself or by one
 * that is not here; so that a changed byte in one of them shows.
 */
function chained(certificates: readonly X509Certificate[], signer: X509Certificate): boolean {
  const rest = new Set(certificates);
  for (let last = signer; rest.delete(last); ) {
    const next = [...rest].find((c) => issued(c, last));
    if (next === undefined) return rest.size === 0 && (last.subject !== last.issuer || last.verify(last.publicKey));
    last = next;
  }
  return false;
}

/** The token, byte for byte: some programs keep the whole answer of the authority (TimeStampResp), a status before it. */
function tokenIn(data: Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  const [first, second] = elements(elements(bytes)[0]?.content ?? Buffer.alloc(0));
  return first?.tag === 0x30 && second !== undefined ? second.whole : bytes;
}

/** A token taken apart. */
interface Opened {
  readonly token: TimestampToken;
  readonly info: TSTInfo;
  /** What is signed. */
  readonly content: Uint8Array;
  readonly signedData: Buffer;
  readonly only: SignerInfo;
  /** Hashes that it says it uses. */
  readonly named: readonly string[];
  readonly certificates: readonly X509Certificate[];
}

function open(data: Uint8Array): Opened {
  const outer = AsnConvert.parse(tokenIn(data), ContentInfo);
  if (outer.contentType !== id_signedData) throw wrong('it is not signed');
  const signed = AsnConvert.parse(outer.content, SignedData);
  const single = signed.encapContentInfo.eContent?.single;
  if (signed.encapContentInfo.eContentType !== TST_INFO || single === undefined) throw wrong('it holds no time');
  const content = new Uint8Array(single.buffer);
  const info = AsnConvert.parse(content, TSTInfo);
  const signedData = Buffer.from(outer.content);
  const certificates = rawCertificates(signedData).map((der) => new X509Certificate(der));
  const [only, ...more] = [...signed.signerInfos];
  if (only === undefined || more.length > 0) throw wrong('it is not signed by one authority');
  const signer = signerOf(only, certificates);
  const token = {
    time: info.genTime,
    nonce: info.nonce === undefined ? null : new Uint8Array(info.nonce),
    signer,
    chain: [signer, ...certificates.filter((c) => c !== signer)],
  };
  const named = [...signed.digestAlgorithms].map((a) => a.algorithm);
  return { token, info, content, signedData, only, named, certificates };
}

function check({ token, info, content, signedData, only, named, certificates }: Opened, over: Uint8Array): void {
  const { signer } = token;
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  if (!same(new Uint8Array(hashedMessage.buffer), hashWith(hashAlgorithm.algorithm, over)))
    throw wrong('it is over something else');
  if (named.length !== 1 || named[0] !== only.digestAlgorithm.algorithm)
    throw wrong('it names other hashes than it uses');
  const byName = only.sid.issuerAndSerialNumber !== undefined;
  if (byName && !namesIssuer(signedData, signer.raw)) throw wrong('it names another signer');
  if (!signatureHolds(only, content, signer)) throw wrong('its signature does not fit');
  if (!(signer.keyUsage ?? []).includes(USAGES.timeStamping)) throw wrong('its signer may not stamp times');
  if (info.genTime < new Date(signer.validFrom) || info.genTime > new Date(signer.validTo))
    throw wrong('the certificate of its signer was not valid then');
  if (!chained(certificates, signer)) throw wrong('the certificates in it do not belong together');
}

function orWrong<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof LikenessError ? cause : wrong(`it cannot be read (${messageOf(cause)})`, cause);
  }
}

/**
 * Reads a token and checks nothing: for one whose signature somebody else found to hold.
 *
 * @param data TimeStampToken, or the TimeStampResp around it, DER
 * @throws LikenessError `label.timestamp.invalid` where it cannot be read
 */
export const readToken = (data: Uint8Array): TimestampToken => orWrong(() => open(data).token);

/**
 * Reads a token and checks that it is over these bytes, and that its signature and the certificates in it hold.
 *
 * @param data TimeStampToken, or the TimeStampResp around it, DER
 * @throws LikenessError `label.timestamp.invalid`
 */
export function checkToken(data: Uint8Array, over: Uint8Array): TimestampToken {
  return orWrong(() => {
    const opened = open(data);
    check(opened, over);
    return opened.token;
  });
}
