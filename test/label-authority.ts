/** Certificate authorities and a time-stamp authority for tests, made on the spot. */
import 'reflect-metadata';
import { createHash, createPrivateKey, sign as nodeSign, randomBytes, webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  id_signedData,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { PKIStatus, PKIStatusInfo, TimeStampReq, TimeStampResp, TSTInfo } from '@peculiar/asn1-tsp';
import { AlgorithmIdentifier, Certificate } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const DAY = 86_400_000;
/** Key usages that tests give. */
export const EKU = {
  email: '1.3.6.1.5.5.7.3.4',
  claim: '1.3.6.1.4.1.62558.2.1',
  time: '1.3.6.1.5.5.7.3.8',
  server: '1.3.6.1.5.5.7.3.1',
};

const KINDS = {
  'P-256': [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  'P-384': [
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', hash: 'SHA-384' },
  ],
  'P-521': [
    { name: 'ECDSA', namedCurve: 'P-521' },
    { name: 'ECDSA', hash: 'SHA-512' },
  ],
  Ed25519: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
  RSA: [
    { name: 'RSA-PSS', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
    { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  ],
  'RSA-1024': [
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 1024 },
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ],
} as const;
/** Kinds of keys. */
export type KeyKind = keyof typeof KINDS;

/** A certificate with its key. */
export interface Issued {
  readonly kind: KeyKind;
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  /** PEM. */
  readonly pem: string;
  readonly keyPem: string;
}

const serial = (): string => Buffer.concat([Buffer.from([0x2a]), randomBytes(8)]).toString('hex');

/** Issues a certificate, signed by `by` or by itself. */
export async function issue(options: {
  name: string;
  kind?: KeyKind;
  by?: Issued;
  ca?: boolean;
  usages?: string[];
  from?: number;
  days?: number;
}): Promise<Issued> {
  const { name, kind = 'P-256', by, ca = false, usages, from = -1, days = 365 } = options;
  const [generate] = KINDS[kind];
  const keys = (await webcrypto.subtle.generateKey(generate as never, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const subject = `O=Test, CN=${name}`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: by?.certificate.subject ?? subject,
    notBefore: new Date(Date.now() + from * DAY),
    notAfter: new Date(Date.now() + (from + days) * DAY),
    signingAlgorithm: KINDS[by?.kind ?? kind][1] as never,
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      new x509.KeyUsagesExtension(
        ca ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(usages === undefined ? [] : [new x509.ExtendedKeyUsageExtension(usages, usages.includes(EKU.time))]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(by?.certificate.publicKey ?? keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    kind,
    certificate,
    keys,
    pem: certificate.toString('pem'),
    keyPem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

const SHA256 = new AlgorithmIdentifier({ algorithm: '2.16.840.1.101.3.4.2.1' });
const ECDSA_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const TST_INFO_DER = Buffer.from('060b2a864886f70d0109100104', 'hex');

/** A short DER element. */
const der = (tag: number, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
};
/** An attribute of PKCS#9, by its last number. */
const attribute = (number: number, value: Uint8Array): Buffer =>
  der(0x30, Buffer.from([0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, number]), der(0x31, value));

/** How a time-stamp authority misbehaves. */
export interface Mischief {
  /** Minutes that its clock is off. */
  minutes?: number;
  /** Stamps something else. */
  other?: boolean;
  /** Forgets the nonce. */
  noNonce?: boolean;
  /** Changes the time after signing. */
  forge?: boolean;
  refuse?: boolean;
  /** HTTP status. */
  status?: number;
  body?: Uint8Array;
}

function stamp(request: TimeStampReq, by: Issued, chain: readonly Issued[], how: Mischief): ContentInfo {
  const imprint = request.messageImprint;
  if (how.other === true) imprint.hashedMessage = new OctetString(randomBytes(32));
  const info = new TSTInfo({
    policy: '1.2.3.4.1',
    messageImprint: imprint,
    serialNumber: Uint8Array.from([1, ...randomBytes(7)]).buffer,
    genTime: new Date(Date.now() + (how.minutes ?? 0) * 60_000),
  });
  if (request.nonce !== undefined && how.noNonce !== true) info.nonce = request.nonce;
  const content = Buffer.from(AsnConvert.serialize(info));
  const digest = createHash('sha256').update(content).digest();
  const attributes = [attribute(3, TST_INFO_DER), attribute(4, der(0x04, digest))];
  const key = createPrivateKey(by.keyPem);
  const signature = nodeSign('sha256', der(0x31, ...attributes), key);
  if (how.forge === true) {
    const at = content.indexOf('Z', content.indexOf(Buffer.from([0x18])));
    content[at - 1] = content[at - 1] === 0x30 ? 0x31 : 0x30;
  }
  const certificate = AsnConvert.parse(by.certificate.rawData, Certificate);
  const { issuer, serialNumber } = certificate.tbsCertificate;
  const data = new SignedData({
    version: 3,
    digestAlgorithms: new DigestAlgorithmIdentifiers([SHA256]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: TST_INFO,
      eContent: new EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new CertificateSet(
      [by, ...chain].map(
        (c) => new CertificateChoices({ certificate: AsnConvert.parse(c.certificate.rawData, Certificate) }),
      ),
    ),
    signerInfos: new SignerInfos([
      new SignerInfo({
        version: 1,
        sid: new SignerIdentifier({ issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }) }),
        digestAlgorithm: SHA256,
        signedAttrs: attributes.map((a) => AsnConvert.parse(a, Attribute)),
        signatureAlgorithm: ECDSA_SHA256,
        signature: new OctetString(signature),
      }),
    ]),
  });
  return new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(data) });
}

/** A time-stamp authority on loopback. */
export interface Tsa {
  readonly url: string;
  /** PEM of its root. */
  readonly root: string;
  /** Changed by tests to make it misbehave. */
  readonly how: Mischief;
  /** How often it was asked. */
  asked: number;
  close(): Promise<void>;
}

/** Starts one. */
export async function startTsa(): Promise<Tsa> {
  const root = await issue({ name: 'Time root', ca: true, days: 3650 });
  const signer = await issue({ name: 'Time signer', by: root, usages: [EKU.time] });
  const how: Mischief = {};
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      tsa.asked++;
      const asked = AsnConvert.parse(Buffer.concat(parts), TimeStampReq);
      const answer = new TimeStampResp({
        status: new PKIStatusInfo({ status: how.refuse ? PKIStatus.rejection : PKIStatus.granted }),
      });
      if (how.refuse !== true) answer.timeStampToken = stamp(asked, signer, [root], how);
      response.writeHead(how.status ?? 200, { 'content-type': 'application/timestamp-reply' });
      response.end(how.body ?? Buffer.from(AsnConvert.serialize(answer)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tsa: Tsa = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stamp`,
    root: root.pem,
    how,
    asked: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return tsa;
}
