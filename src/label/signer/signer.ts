/** Who signs the labels of this machine: the signer that was brought, else the one that the authority made here issued. */
import { X509Certificate } from 'node:crypto';
import { type ClaimSigner, claimSigner } from '../c2pa/cose.js';
import { timestamper } from '../timestamp/index.js';
import { newAuthority, ownCertificates, ownSigner } from './authority.js';
import { openBrought, readBrought, retireBrought, storeBrought } from './brought.js';
import { algorithmOf, assertCurrent, certificateError, checkSigner, commonName } from './certificates.js';
import { retiredRoots } from './retired.js';

/** A signer, and what is to be said about the labels it makes. */
export interface LabelSigner {
  readonly signer: ClaimSigner;
  /** Whether its root is known here, so that its labels read back as trusted. */
  readonly rooted: boolean;
  /** Remarks for whoever seals: a time stamp that could not be had. */
  readonly remarks: readonly string[];
}

const der = (pem: string): Uint8Array => new Uint8Array(new X509Certificate(pem).raw);

/**
 * The signer of this machine's labels, ready to sign.
 *
 * @param options.stamped false asks nobody for the time
 * @throws LikenessError `label.certificate.*` where the certificate that was brought does not hold any more,
 * `label.authority`, `label.timestamp.*` where a time stamp is required and cannot be had
 */
export async function labelSigner({ stamped = true } = {}): Promise<LabelSigner> {
  const { stamper, remarks } = stamped ? await timestamper() : { stamper: null, remarks: [] };
  const file = readBrought();
  if (file !== null) {
    const { algorithm, key, chain, root } = await openBrought(file);
    const signer = claimSigner(
      algorithm,
      key,
      chain.map((c) => new Uint8Array(c.node.raw)),
      stamper,
    );
    return { signer, rooted: root !== null, remarks };
  }
  const own = await ownSigner();
  assertCurrent(new X509Certificate(own.certificate), 'the authority of this machine');
  return { signer: claimSigner('es256', own.key, [der(own.certificate)], stamper), rooted: true, remarks };
}

/** PEM of the roots whose labels are this machine's own, also of signers used earlier. Makes none. */
export function ownRoots(): string[] {
  const brought = readBrought();
  const own = ownCertificates();
  return [
    ...(own === null ? [] : [own.root]),
    ...(brought === null ? [] : [brought.root ?? brought.chain.at(-1) ?? '']),
    ...retiredRoots(),
  ].filter((pem) => pem !== '');
}

/** The certificate that signs, as it is shown. */
export interface SignerInfo {
  /** `own`: made on this machine; `brought`: imported; `none`: made at the first seal. */
  readonly kind: 'own' | 'brought' | 'none';
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly algorithm: string | null;
  readonly serialNumber: string | null;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string | null;
  /** ISO 8601. */
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly expired: boolean;
  /** PEM of the root that others would have to trust, or `null` where it is not here. */
  readonly root: string | null;
}

/** What signs the labels of this machine. Makes nothing, opens no key. */
export function signerInfo(): SignerInfo {
  const brought = readBrought();
  const own = ownCertificates();
  const pem = brought?.chain[0] ?? own?.signer;
  if (pem === undefined)
    return {
      kind: 'none',
      subject: null,
      issuer: null,
      algorithm: null,
      serialNumber: null,
      fingerprint: null,
      validFrom: null,
      validTo: null,
      expired: false,
      root: null,
    };
  const certificate = new X509Certificate(pem);
  return {
    kind: brought === null ? 'own' : 'brought',
    subject: commonName(certificate),
    issuer: commonName(certificate, 'issuer'),
    algorithm: algorithmOf(certificate.publicKey, 'the signer'),
    serialNumber: certificate.serialNumber.toLowerCase(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    expired: new Date(certificate.validTo) < new Date(),
    root: brought === null ? (own?.root ?? null) : brought.root,
  };
}

/**
 * Makes an authority of this machine's own, and lets it sign from now on.
 *
 * @param options.owner organisation to name in the certificates
 * @param options.replace go on where a signer is there already
 * @throws LikenessError `label.certificate.exists`
 */
export async function createSigner(options: {
  readonly owner?: string;
  readonly replace?: boolean;
}): Promise<SignerInfo> {
  const { kind, subject } = signerInfo();
  if (kind !== 'none' && options.replace !== true)
    throw certificateError(
      'exists',
      `Labels of this machine are signed by "${subject}" already.`,
      'To sign with a new authority from now on, add --replace. What was labelled so far stays trusted here.',
    );
  await newAuthority(options.owner);
  await retireBrought();
  return signerInfo();
}

/**
 * Lets a certificate and key of the user's own sign from now on.
 *
 * @throws LikenessError `label.certificate.*` that says what does not fit
 */
export async function importSigner(
  files: Parameters<typeof checkSigner>[0],
  passphrase?: string | undefined,
): Promise<SignerInfo> {
  await storeBrought(checkSigner(files, passphrase));
  return signerInfo();
}
