/** Certificates as files bring them: read, put in order, and held against what C2PA asks of a signer. */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { LikenessError, messageOf } from '../../base/index.js';
import type { CoseAlgorithm } from '../c2pa/cose.js';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/** Usages of a key, as OIDs. */
export const USAGES = {
  emailProtection: '1.3.6.1.5.5.7.3.4',
  documentSigning: '1.3.6.1.5.5.7.3.36',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  claimSigning: '1.3.6.1.4.1.62558.2.1',
} as const;

/** Usages that are accepted when a label is validated. */
export const ACCEPTED_USAGES: readonly string[] = Object.values(USAGES);

/** A certificate that can be read; `what` names it in errors. */
export interface ReadCertificate {
  readonly pem: string;
  readonly node: X509Certificate;
  readonly full: x509.X509Certificate;
}

/** One refusal of a certificate, code `label.certificate.<reason>`. */
export function certificateError(reason: string, message: string, hint: string, cause?: unknown): LikenessError {
  return new LikenessError(`label.certificate.${reason}`, message, { hint, cause });
}

/**
 * All certificates of a PEM text, in its order.
 *
 * @param where how errors call the text
 * @throws LikenessError `label.certificate.pem`
 */
export function readCertificates(pem: string, where: string): ReadCertificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    throw certificateError(
      'pem',
      `${where} holds no certificate in PEM form.`,
      'It must hold blocks that begin with -----BEGIN CERTIFICATE-----.',
    );
  return blocks.map((block, at) => {
    try {
      const node = new X509Certificate(block);
      return { pem: node.toString(), node, full: new x509.X509Certificate(block) };
    } catch (cause) {
      throw certificateError(
        'pem',
        `Certificate ${at + 1} of ${where} cannot be read: ${messageOf(cause)}.`,
        'Export it again.',
        cause,
      );
    }
  });
}

/** The last name in a subject: `CN=Anna Film` gives `Anna Film`. */
export function commonName(certificate: X509Certificate, which: 'subject' | 'issuer' = 'subject'): string {
  const lines = certificate[which].split('\n');
  return (lines.find((line) => line.startsWith('CN=')) ?? lines.at(-1) ?? '').replace(/^[A-Z]+=/, '');
}

/** Whether a certificate signed itself. */
export const selfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);

/** Whether `issuer` issued `certificate`, by name and by signature. */
export const issued = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** What the clock says about a certificate; throws where it is not valid now. */
export function assertCurrent(certificate: X509Certificate, where: string, now = new Date()): void {
  const name = commonName(certificate);
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (now < from)
    throw certificateError(
      'early',
      `The certificate "${name}" of ${where} is valid from ${from.toISOString()}, and it is ${now.toISOString()}.`,
      'Check the clock of this machine, or wait.',
    );
  if (now > to)
    throw certificateError(
      'expired',
      `The certificate "${name}" of ${where} expired on ${to.toISOString()}.`,
      'Bring a current one: likeness label certificate import. Or use an authority of your own: likeness label certificate new --replace.',
    );
}

/** The algorithm that a public key signs with. */
export function algorithmOf(key: KeyObject, where: string): CoseAlgorithm {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const curves: Record<string, CoseAlgorithm> = { prime256v1: 'es256', secp384r1: 'es384', secp521r1: 'es512' };
  const algorithm =
    key.asymmetricKeyType === 'ed25519'
      ? 'ed25519'
      : key.asymmetricKeyType === 'rsa' && modulusLength >= 2048
        ? 'ps256'
        : curves[namedCurve ?? ''];
  if (algorithm !== undefined) return algorithm;
  const found =
    key.asymmetricKeyType === 'rsa' ? `RSA with ${modulusLength} bits` : (namedCurve ?? key.asymmetricKeyType);
  throw certificateError(
    'algorithm',
    `The key of ${where} is ${found}, which C2PA does not take.`,
    'It takes ECDSA on P-256, P-384 and P-521, Ed25519, and RSA from 2048 bits.',
  );
}

/** A private key in PEM form: PKCS#8, or the older forms that OpenSSL writes. */
export function readPrivateKey(pem: string, where: string, passphrase?: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const locked = pem.includes('ENCRYPTED');
    throw certificateError(
      'key',
      locked
        ? `${where} is locked, and ${passphrase === undefined ? 'no passphrase was given' : 'the passphrase does not open it'}.`
        : `${where} holds no private key that can be read.`,
      locked
        ? 'Set LIKENESS_PASSPHRASE, or give the passphrase when asked.'
        : 'Give it as PEM in PKCS#8 form: -----BEGIN PRIVATE KEY-----.',
      cause,
    );
  }
}

/** Puts a chain in order, the signer's own first; what does not belong to it is left out. */
function ordered(certificates: readonly ReadCertificate[], leaf: ReadCertificate): ReadCertificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length < 10 && !selfSigned(last.node); ) {
    const next = certificates.find((c) => !chain.includes(c) && issued(c.node, last.node));
    if (next === undefined) break;
    chain.push(next);
    last = next;
  }
  return chain;
}

function assertSigner({ node, full }: ReadCertificate, where: string): void {
  const name = commonName(node);
  if (selfSigned(node))
    throw certificateError(
      'self-signed',
      `The certificate "${name}" of ${where} signed itself; C2PA wants one that an authority issued.`,
      'Use the certificate that your authority issued to you, or make an authority: likeness label certificate new.',
    );
  const usage = full.getExtension(x509.KeyUsagesExtension)?.usages ?? x509.KeyUsageFlags.digitalSignature;
  if (node.ca || (usage & x509.KeyUsageFlags.digitalSignature) === 0)
    throw certificateError(
      'usage',
      `The certificate "${name}" of ${where} is ${node.ca ? 'an authority' : 'not for signatures'}, so it cannot sign labels.`,
      'Use a certificate whose key usage is digital signature.',
    );
  const extended = full.getExtension(x509.ExtendedKeyUsageExtension)?.usages.map(String) ?? [];
  const allowed: readonly string[] = [USAGES.emailProtection, USAGES.documentSigning, USAGES.claimSigning];
  if (!extended.some((oid) => allowed.includes(oid)))
    throw certificateError(
      'usage',
      `The certificate "${name}" of ${where} is for ${extended.length === 0 ? 'no named use' : extended.join(', ')}; C2PA takes none of these.`,
      'Its extended key usage must name e-mail protection, document signing or C2PA claim signing.',
    );
}

/** A signer that was brought, checked. */
export interface CheckedSigner {
  readonly algorithm: CoseAlgorithm;
  readonly key: KeyObject;
  /** The signer's certificate and those above it, the root left out. */
  readonly chain: readonly ReadCertificate[];
  /** The root, where the file holds it. */
  readonly root: ReadCertificate | null;
}

/**
 * Checks certificates and a private key for signing labels: the key matches one of them, that one may sign, every issuer
 * is there in turn, all are valid now.
 *
 * @throws LikenessError `label.certificate.pem|key|algorithm|self-signed|usage|chain|early|expired`
 */
export function checkSigner(
  files: { readonly chain: string; readonly chainName: string; readonly key: string; readonly keyName: string },
  passphrase?: string | undefined,
): CheckedSigner {
  const { chainName: where, keyName } = files;
  const certificates = readCertificates(files.chain, where);
  const key = readPrivateKey(files.key, keyName, passphrase);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const leaf = certificates.find((c) => c.node.publicKey.export({ format: 'der', type: 'spki' }).equals(spki));
  if (leaf === undefined)
    throw certificateError(
      'mismatch',
      `${keyName} is not the key of any certificate in ${where}.`,
      'Give the certificate and the key that were made together.',
    );
  const algorithm = algorithmOf(createPublicKey(key), keyName);
  assertSigner(leaf, where);
  const chain = ordered(certificates, leaf);
  for (const { node } of chain) assertCurrent(node, where);
  for (const { node } of chain.slice(1))
    if (!node.ca)
      throw certificateError(
        'chain',
        `"${commonName(node)}" in ${where} issued a certificate but is no authority.`,
        'Ask your authority for the right chain.',
      );
  const stray = certificates.filter((c) => !chain.includes(c) && c !== leaf);
  if (stray.length > 0 && chain.length === 1)
    throw certificateError(
      'chain',
      `No certificate in ${where} issued "${commonName(leaf.node)}": "${commonName(leaf.node, 'issuer')}" is missing.`,
      'Put the whole chain into the file, from your certificate up to the root.',
    );
  const top = chain.at(-1);
  const root = top !== undefined && top !== leaf && selfSigned(top.node) ? top : null;
  return { algorithm, key, chain: root === null ? chain : chain.slice(0, -1), root };
}
