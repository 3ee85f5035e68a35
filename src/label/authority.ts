/**
 * The user's own certificate authority, made on first use: a root that never signs media, and a signer under it for one
 * year. Others see labels by it as intact but by nobody on their trust list; on this machine they are trusted. Both
 * private keys lie encrypted in the Likeness home.
 */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import { hasErrno, LikenessError, likenessHome, messageOf } from '../base/index.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from '../consent/index.js';
import { type ClaimSigner, es256Signer } from './c2pa/cose.js';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGN = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** C2PA asks a signer for one of these; the dedicated C2PA usage is not yet in the library's default list. */
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4';
const DOCUMENT_SIGNING = '1.3.6.1.5.5.7.3.36';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const CLAIM_SIGNING = '1.3.6.1.4.1.62558.2.1';

/** Usages that are accepted when a label is validated, one OID a line. */
export const ACCEPTED_USAGES = `${[EMAIL_PROTECTION, DOCUMENT_SIGNING, TIME_STAMPING, CLAIM_SIGNING].join('\n')}\n`;

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

async function makeRoot(keys: webcrypto.CryptoKeyPair): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'O=Likeness, CN=Likeness label authority of this machine',
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
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'O=Likeness, CN=Likeness label signer',
    issuer: root.subject,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 365 * DAY),
    signingAlgorithm: SIGN,
    publicKey,
    signingKey: rootKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([EMAIL_PROTECTION, DOCUMENT_SIGNING], false),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  });
}

async function createAuthority(): Promise<AuthorityFile> {
  const rootKeys = await makeKeys();
  const signerKeys = await makeKeys();
  const root = await makeRoot(rootKeys);
  const signer = await makeSigner(root, rootKeys.privateKey, signerKeys.publicKey);
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
  const signer = await makeSigner(new x509.X509Certificate(file.root), rootKey, signerKeys.publicKey);
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

/** The signer of this machine's labels; makes the authority where there is none and renews a signer about to expire. */
export async function labelSigner(): Promise<ClaimSigner> {
  if (!existsSync(authorityPath())) {
    try {
      await writePrivate(authorityPath(), serialise(await createAuthority()), { exclusive: true });
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
  const certificate = new x509.X509Certificate(file.signer);
  const ours = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  if (!ours.export({ format: 'der', type: 'spki' }).equals(Buffer.from(certificate.publicKey.rawData)))
    throw new LikenessError('label.authority', `${authorityPath()} holds a certificate for another key.`, {
      hint: 'Restore it from a backup.',
    });
  const signer = es256Signer(der, [new Uint8Array(certificate.rawData)]);
  der.fill(0);
  return signer;
}

/** PEM of this machine's root, or `null` where no label was made here yet. Reading a label makes no authority. */
export function ownRoot(): string | null {
  return existsSync(authorityPath()) ? readAuthority().root : null;
}
