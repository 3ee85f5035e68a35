/**
 * The user's own certificate authority, made on first use: a root that never signs media, and a signer under it for one
 * year. Others see labels by it as intact but by nobody on their trust list; on this machine they are trusted. Both
 * private keys lie encrypted in the Likeness home.
 */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import { hasErrno, LikenessError, likenessHome, messageOf } from '../../base/index.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from '../../consent/index.js';
import { USAGES } from './certificates.js';
import { retireRoot } from './retired.js';

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGN = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** The organisation in the certificates where no other name is given. */
const OWNER = 'Likeness';
const DAY = 86_400_000;
/** A signer is renewed when less than this is left. */
const RENEW = 30 * DAY;

const authoritySchema = z.strictObject({
  type: z.literal('LikenessAuthority'),
  root: z.string(),
  signer: z.string(),
  rootKey: secretBoxSchema,
  signerKey: secretBoxSchema,
});
type AuthorityFile = z.infer<typeof authoritySchema>;

/** Where the authority lies. */
export const authorityPath = (): string => join(likenessHome(), 'ca', 'authority.json');

const serial = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
};

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
const pkcs8 = async (key: webcrypto.CryptoKey): Promise<Uint8Array> =>
  new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', key));

async function makeRoot(keys: webcrypto.CryptoKeyPair, owner: string): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [
      { O: [owner] },
      { CN: [owner === OWNER ? 'Likeness label authority of this machine' : `${owner} label authority`] },
    ],
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 3650 * DAY),
    signingAlgorithm: SIGN,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function makeSigner(
  root: x509.X509Certificate,
  rootKey: webcrypto.CryptoKey,
  publicKey: webcrypto.CryptoKey,
  owner: string,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ O: [owner] }, { CN: [owner === OWNER ? 'Likeness label signer' : `${owner} label signer`] }],
    issuer: root.subject,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 365 * DAY),
    signingAlgorithm: SIGN,
    publicKey,
    signingKey: rootKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([USAGES.emailProtection, USAGES.documentSigning], false),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  });
}

async function createAuthority(owner: string): Promise<AuthorityFile> {
  const rootKeys = await makeKeys();
  const signerKeys = await makeKeys();
  const root = await makeRoot(rootKeys, owner);
  const signer = await makeSigner(root, rootKeys.privateKey, signerKeys.publicKey, owner);
  return {
    type: 'LikenessAuthority',
    root: root.toString('pem'),
    signer: signer.toString('pem'),
    rootKey: await lockSecret(await pkcs8(rootKeys.privateKey), 'ca:root'),
    signerKey: await lockSecret(await pkcs8(signerKeys.privateKey), 'ca:signer'),
  };
}

/** A new signer under the same root, so that what was sealed before stays trusted. */
async function renewSigner(file: AuthorityFile): Promise<AuthorityFile> {
  const der = await unlockSecret(file.rootKey, 'ca:root', 'The key of the label authority');
  const rootKey = await webcrypto.subtle.importKey('pkcs8', der, KEY, false, ['sign']);
  der.fill(0);
  const signerKeys = await makeKeys();
  const root = new x509.X509Certificate(file.root);
  const owner = root.subjectName.getField('O')[0] ?? OWNER;
  const signer = await makeSigner(root, rootKey, signerKeys.publicKey, owner);
  return {
    ...file,
    signer: signer.toString('pem'),
    signerKey: await lockSecret(await pkcs8(signerKeys.privateKey), 'ca:signer'),
  };
}

function readAuthority(): AuthorityFile {
  try {
    return authoritySchema.parse(JSON.parse(readFileSync(authorityPath(), 'utf8')));
  } catch (cause) {
    throw new LikenessError('label.authority', `${authorityPath()} is damaged: ${messageOf(cause).slice(0, 200)}`, {
      hint: 'Restore it from a backup. If you move it away a new one is made, and labels sealed so far are no longer "trusted" here.',
      cause,
    });
  }
}

const serialise = (file: AuthorityFile): string => `${JSON.stringify(file, null, 2)}\n`;

/** The private key and certificates of the authority made here. */
export interface OwnSigner {
  readonly key: KeyObject;
  /** PEM of the signer's certificate. */
  readonly certificate: string;
  /** PEM of the root. */
  readonly root: string;
}

/**
 * Makes an authority: a root for ten years and a signer for one. The root of one that was there before stays trusted on
 * this machine, for the labels made under it; its private key is gone.
 *
 * @param owner organisation to name in the certificates
 */
export async function newAuthority(owner: string = OWNER): Promise<void> {
  const file = await createAuthority(owner);
  if (existsSync(authorityPath())) await retireRoot(readAuthority().root);
  await writePrivate(authorityPath(), serialise(file));
}

/** The signer made on this machine; makes the authority where there is none and renews a signer about to expire. */
export async function ownSigner(): Promise<OwnSigner> {
  if (!existsSync(authorityPath())) {
    try {
      await writePrivate(authorityPath(), serialise(await createAuthority(OWNER)), { exclusive: true });
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw cause;
    }
  }
  let file = readAuthority();
  if (new x509.X509Certificate(file.signer).notAfter.getTime() - Date.now() < RENEW) {
    file = await renewSigner(file);
    await writePrivate(authorityPath(), serialise(file));
  }
  const der = await unlockSecret(file.signerKey, 'ca:signer', 'The key of the label signer');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  if (!spki.equals(Buffer.from(new x509.X509Certificate(file.signer).publicKey.rawData)))
    throw new LikenessError('label.authority', `${authorityPath()} holds a certificate for another key.`, {
      hint: 'Restore it from a backup.',
    });
  return { key, certificate: file.signer, root: file.root };
}

/** Certificates of the authority made here, or `null` where there is none. Makes none. */
export function ownCertificates(): { readonly root: string; readonly signer: string } | null {
  return existsSync(authorityPath()) ? readAuthority() : null;
}
