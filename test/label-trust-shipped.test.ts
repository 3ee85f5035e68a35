/** Every certificate of the trust lists that come with Likeness, held against what it says of itself and against the others. */
import 'reflect-metadata';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { shippedFile } from '../src/label/trust/shipped.js';
import { EKU } from './label-authority.js';

/** The one entry of the lists whose issuer is on none of them. */
const WITHOUT_ISSUER = 'Adobe Product Issuing CA vault-a-or2.adobe.net cai';

describe.each(['c2pa', 'c2pa-time'] as const)('the list %s', (name) => {
  const file = shippedFile(name);
  const certificates = file.entries.map((entry) => new X509Certificate(Buffer.from(entry.certificate, 'base64')));

  it('says where it is from', () => {
    expect(file).toMatchObject({
      operator: 'C2PA - Coalition for Content Provenance and Authenticity',
      source: { repository: 'https://github.com/c2pa-org/conformance-public' },
      sequence: 1,
      licence: 'O-UDA-1.0',
    });
    expect([file.issued.slice(0, 10), file.nextUpdate.slice(0, 10)]).toEqual(['2026-08-05', '2027-08-05']);
    expect(file.entries).toHaveLength(name === 'c2pa' ? 29 : 22);
    expect(new Set(file.entries.map((entry) => entry.certificate)).size).toBe(file.entries.length);
    expect(readFileSync('src/label/trust/data/LICENCE.md', 'utf8')).toMatch(
      /WITHOUT WARRANTIES.*\n.*WITHOUT LIMITATION/,
    );
  });

  it.each(file.entries)('$organisation: $service', ({ certificate, service, since }) => {
    const der = Buffer.from(certificate, 'base64');
    const node = new X509Certificate(der);
    const full = new x509.X509Certificate(der);
    expect(der.toString('base64')).toBe(certificate);
    expect(node.raw.equals(der)).toBe(true);
    expect(node.subject.replaceAll('\\', '')).toContain(service);
    expect(node.ca).toBe(true);
    // Every signature was made by somebody on the list, often by the certificate itself.
    const by = certificates.find((c) => node.checkIssued(c) && node.verify(c.publicKey));
    expect(by === undefined).toBe(service === WITHOUT_ISSUER);
    if (node.subject === node.issuer) expect(by?.fingerprint256).toBe(node.fingerprint256);
    const bits = AsnConvert.parse(full.publicKey.rawData, SubjectPublicKeyInfo).subjectPublicKey;
    const id = createHash('sha1').update(Buffer.from(bits)).digest('hex');
    expect(full.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId).toBe(id);
    const [from, to] = [new Date(node.validFrom), new Date(node.validTo)];
    expect(from.getTime()).toBeGreaterThan(Date.parse('2025-05-01'));
    expect(to.getTime()).toBeGreaterThan(Date.parse('2030-01-01'));
    expect(to.getTime()).toBeLessThan(Date.parse('2056-01-01'));
    // The one that came after the list was issued is listed from another day than that of its certificate.
    if (service.startsWith('Castlabs')) expect(new Date(since).getTime()).toBeGreaterThan(from.getTime());
    else expect(new Date(since).getTime()).toBe(from.getTime());
    const wanted = name === 'c2pa' ? EKU.claim : EKU.time;
    if (node.keyUsage !== undefined) expect(node.keyUsage).toContain(wanted);
  });
});
