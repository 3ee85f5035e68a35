/** The public trust lists that come with Likeness, and lists of others in their place or beside them. */
import 'reflect-metadata';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { MessageImprint, TimeStampReq } from '@peculiar/asn1-tsp';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cborArray, cborBytes, cborInt, cborMap, cborText } from '../src/label/c2pa/cbor.js';
import { signatureParts } from '../src/label/c2pa/cose.js';
import {
  importSigner,
  importTrustList,
  inspect,
  listSummary,
  listsOff,
  removeTrustList,
  restoreTrustList,
  setTimestampAuthority,
  trustLists,
  verifyFile,
} from '../src/label/index.js';
import { checkAnswer } from '../src/label/timestamp/index.js';
import { signerFinding } from '../src/label/trust/index.js';
import { shippedFile } from '../src/label/trust/shipped.js';
import { EKU, type Issued, issue, startTsa, type Tsa } from './label-authority.js';
import { cli } from './label-cli.js';
import { filmBytes } from './label-film.js';
import { openStudio, type Studio } from './label-made.js';

const DAY = 86_400_000;
const PUBLIC = ['c2pa', 'c2pa-time'] as const;

/** The one entry of the lists whose issuer is on none of them. */
const WITHOUT_ISSUER = 'Adobe Product Issuing CA vault-a-or2.adobe.net cai';

describe.each(PUBLIC)('the list %s', (name) => {
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

let studio: Studio;
let tsa: Tsa | null = null;
beforeEach(async () => {
  studio = await openStudio();
});
afterEach(async () => {
  vi.useRealTimers();
  await tsa?.close();
  tsa = null;
  studio.remove();
});

/** Seals a film under a chain whose root is not in the label. */
async function sealedBy(...chain: readonly Issued[]): Promise<string> {
  const [leaf] = chain as readonly [Issued];
  await importSigner({
    chain: chain.map((c) => c.pem).join('\n'),
    chainName: 'chain.pem',
    key: leaf.keyPem,
    keyName: 'key.pem',
  });
  writeFileSync(studio.path('tmp'), filmBytes({ bytes: 3000, seed: 2 }));
  return studio.made('out.mp4', studio.path('tmp'));
}

/** From here on another machine looks, which did not make the label. */
function elsewhere(name = 'elsewhere'): void {
  process.env['LIKENESS_HOME'] = studio.path(name);
}

/** A list in the form in which C2PA publishes its own. */
function lote(entries: readonly [Issued, 'trusted' | 'untrusted'][], title = 'C2PA Trust List'): string {
  const list = {
    LoTE: {
      ListAndSchemeInformation: {
        LoTEVersionIdentifier: 1,
        LoTESequenceNumber: 7,
        SchemeName: [{ lang: 'en', value: title }],
        ListIssueDateTime: '2027-01-02T03:04:05Z',
        NextUpdate: '2028-01-02T03:04:05Z',
      },
      TrustedEntitiesList: entries.map(([{ certificate }, status]) => ({
        TrustedEntityInformation: { TEName: [{ lang: 'en', value: 'Test' }] },
        TrustedEntityServices: [
          {
            ServiceInformation: {
              ServiceName: [{ lang: 'en', value: certificate.subject }],
              ServiceDigitalIdentity: {
                X509Certificates: [{ val: Buffer.from(certificate.rawData).toString('base64') }],
              },
              ServiceStatus: `http://c2pa.org/conformance/trust-list/${status}`,
              StatusStartingTime: '2026-01-01T00:00:00Z',
            },
          },
        ],
      })),
    },
  };
  const path = studio.path(`list-${Math.random()}.json`);
  writeFileSync(path, JSON.stringify(list, null, 2));
  return path;
}

/** A root, an authority below it, and a signer below that. */
async function authorities(options: { days?: number } = {}): Promise<{ root: Issued; middle: Issued; leaf: Issued }> {
  const root = await issue({ name: 'Camera root', ca: true, days: 3650, kind: 'P-384' });
  const middle = await issue({
    name: 'Camera authority',
    ca: true,
    by: root,
    days: 3650,
    usages: [EKU.claim, EKU.email],
  });
  const leaf = await issue({ name: 'Camera 12', by: middle, usages: [EKU.claim, EKU.email], ...options });
  return { root, middle, leaf };
}

describe('the lists that come with Likeness', () => {
  it('count in a new process of a new user, and are shown with their days', async () => {
    const { stdout, code } = await cli(['label', 'trust', 'list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      off: [],
      lists: [
        { name: 'c2pa', purpose: 'labels', count: 29, valid: 29, importedAt: null },
        { name: 'c2pa-time', purpose: 'time', count: 22, valid: 22, importedAt: null },
      ],
    });
    expect((await cli(['label', 'trust', 'list'])).stdout).toMatch(
      /^c2pa\n {2}C2PA Trust List of 5 August 2026, the next due by 5 August 2027\n.*29 valid today[\s\S]*c2pa-time\n {2}C2PA TSA Trust List/,
    );
  });

  it('vouch for certificates that they name and for none that only borrow a name', async () => {
    const entries = shippedFile('c2pa').entries.map((entry) => Buffer.from(entry.certificate, 'base64'));
    for (const der of entries)
      expect(signerFinding([der])).toMatchObject({ list: 'c2pa', listTitle: 'C2PA Trust List of 5 August 2026' });
    // An authority for time stamps is none for labels.
    const only = shippedFile('c2pa-time').entries.find((entry) => entry.service.startsWith('Castlabs'));
    expect(signerFinding([Buffer.from(only?.certificate ?? '', 'base64')])).toMatchObject({ list: null });
    const google = await issue({ name: 'Google C2PA Root CA G3', ca: true });
    const leaf = await issue({ name: 'Pixel Camera', by: google, usages: [EKU.claim] });
    const chain = [leaf, google].map((c) => new Uint8Array(c.certificate.rawData));
    // Real certificates behind it that issued nothing of it do not help.
    expect(signerFinding([...chain, ...entries])).toMatchObject({ name: 'Pixel Camera', list: null });
    const out = await sealedBy(leaf);
    elsewhere();
    expect(await inspect(out)).toMatchObject({ state: 'valid', signer: { list: null } });
  });

  it('can be switched off, stay so, and be let in again', async () => {
    expect((await cli(['label', 'trust', 'remove', 'c2pa'])).stdout).toMatch(/no longer trusted[\s\S]*restore c2pa/);
    const listed = await cli(['label', 'trust', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ off: ['c2pa'], lists: [{ name: 'c2pa-time' }] });
    expect((await cli(['label', 'trust', 'list'])).stdout).toContain('switched off');
    const [entry] = shippedFile('c2pa').entries;
    const der = Buffer.from(entry?.certificate ?? '', 'base64');
    expect(signerFinding([der])).toMatchObject({ list: null });
    await expect(removeTrustList('c2pa')).rejects.toMatchObject({ code: 'label.trust.unknown' });
    expect((await cli(['label', 'trust', 'restore', 'c2pa'])).stdout).toContain('5 August 2026');
    expect(signerFinding([der])).toMatchObject({ list: 'c2pa' });
    expect(listsOff()).toEqual([]);
    await expect(restoreTrustList('harbour')).rejects.toMatchObject({ code: 'label.trust.unknown' });
  });

  it('say in verify that they are old, once the next one was due', async () => {
    // By name the signer is nobody; the list was asked all the same.
    const { leaf, middle } = await authorities({ days: 2000 });
    const out = await sealedBy(leaf, middle);
    elsewhere();
    const old = /The C2PA Trust List of 5 August 2026 is old: .* by 5 August 2027.*trust import <file> --name c2pa$/;
    expect((await verifyFile(out)).report.sentences.filter((line) => old.test(line))).toHaveLength(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-08-06') });
    const { report } = await verifyFile(out);
    expect(report.sentences.filter((line) => old.test(line))).toHaveLength(1);
    // No stamp, so the authorities for stamps were not asked.
    expect(report.sentences.join()).not.toContain('TSA Trust List');
    expect(trustLists().map((list) => listSummary(list).sentences[0])).toEqual([
      expect.stringContaining('(OLD)'),
      expect.stringContaining('(OLD)'),
    ]);
    await importTrustList(lote([[middle, 'trusted']]));
    await removeTrustList('c2pa-time');
    const newer = lote([[middle, 'trusted']]);
    await importTrustList(newer, { name: 'c2pa' });
    const { report: then } = await verifyFile(out);
    expect(then.label.state).toBe('trusted');
    expect(then.sentences.join()).not.toContain('is old');
  });
});

describe('a list in JSON', () => {
  it('is believed where it says "trusted", and takes the place of the one that comes with Likeness', async () => {
    const { root, middle, leaf } = await authorities();
    const out = await sealedBy(leaf, middle);
    elsewhere();
    const other = await issue({ name: 'Other root', ca: true });
    await importTrustList(
      lote([
        [root, 'untrusted'],
        [other, 'trusted'],
      ]),
      { name: 'c2pa' },
    );
    expect(await inspect(out)).toMatchObject({ state: 'valid', signer: { list: null } });
    const list = await importTrustList(
      lote([
        [root, 'trusted'],
        [other, 'untrusted'],
      ]),
      { name: 'c2pa' },
    );
    expect(listSummary(list)).toMatchObject({ count: 1, distrusted: 1, origin: { sequence: 7 } });
    const { report } = await verifyFile(out);
    expect(report.label).toMatchObject({
      state: 'trusted',
      signer: { list: 'c2pa', listTitle: 'C2PA Trust List of 2 January 2027' },
    });
    expect(report.sentences).toContain('The signer is vouched for by the C2PA Trust List of 2 January 2027 (c2pa).');
    expect(trustLists().map(({ name }) => name)).toEqual(['c2pa', 'c2pa-time']);
    // What was imported goes, and the list is off; restored, it is the one that came with Likeness.
    await removeTrustList('c2pa');
    expect((await inspect(out)).state).toBe('valid');
    expect(listsOff()).toEqual(['c2pa']);
    expect((await restoreTrustList('c2pa')).certificates).toHaveLength(29);
    await importTrustList(lote([[root, 'trusted']]), { name: 'c2pa' });
    await restoreTrustList('c2pa');
    expect(existsSync(join(studio.path('elsewhere'), 'trust', 'c2pa.json'))).toBe(false);
  });

  it('ends a path at a listed authority below a root, and leads through none that it distrusts', async () => {
    const { root, middle, leaf } = await authorities();
    const alone = await sealedBy(leaf);
    elsewhere();
    await importTrustList(lote([[middle, 'trusted']]), { name: 'c2pa' });
    expect(await inspect(alone)).toMatchObject({ state: 'trusted', signer: { list: 'c2pa' } });
    process.env['LIKENESS_HOME'] = studio.home;
    const out = await sealedBy(leaf, middle);
    elsewhere();
    expect((await inspect(out)).state).toBe('trusted');
    await importTrustList(lote([[root, 'trusted']]), { name: 'c2pa' });
    expect((await inspect(out)).state).toBe('trusted');
    await importTrustList(
      lote([
        [root, 'trusted'],
        [middle, 'untrusted'],
      ]),
      { name: 'c2pa' },
    );
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'valid', signer: { list: null } });
    expect(report.codes.failure).toEqual(['signingCredential.untrusted']);
    expect(report.codes.success).not.toContain('signingCredential.trusted');
    // Named both ways, it is not believed.
    await importTrustList(
      lote([
        [root, 'trusted'],
        [middle, 'trusted'],
        [middle, 'untrusted'],
      ]),
      { name: 'c2pa' },
    );
    expect((await inspect(out)).state).toBe('valid');
  });

  it('gets the short names of the C2PA lists by their files, and refuses the one under the name of the other', async () => {
    const { root } = await authorities();
    const text = readFileSync(lote([[root, 'trusted']], 'C2PA TSA Trust List'));
    writeFileSync(studio.path('C2PA-TSA-TRUST-LIST.json'), text);
    writeFileSync(studio.path('C2PA-TRUST-LIST.pem'), `Subject\tCN=x\n${root.pem}`);
    expect(await importTrustList(studio.path('C2PA-TSA-TRUST-LIST.json'))).toMatchObject({ name: 'c2pa-time' });
    expect(await importTrustList(studio.path('C2PA-TRUST-LIST.pem'))).toMatchObject({ name: 'c2pa', origin: null });
    await expect(importTrustList(studio.path('C2PA-TSA-TRUST-LIST.json'), { name: 'c2pa' })).rejects.toMatchObject({
      code: 'label.trust.name',
    });
  });

  it('is refused with one error where it is none, and nothing changes', async () => {
    const good = readFileSync(lote([[(await authorities()).root, 'trusted']]), 'utf8');
    const cases: [string, string, RegExp][] = [
      [good.slice(0, 700), 'json', /not JSON/],
      ['{"name":"likeness","version":"1"}', 'json', /LoTE/],
      ['[]', 'json', /no list of trusted entities/],
      [good.replace('2027-01-02T03:04:05Z', 'yesterday'), 'json', /ListIssueDateTime/],
      [good.replace('list/trusted', 'list/untrusted'), 'empty', /no certificate that is trusted/],
      [good.replace(/"TrustedEntitiesList": \[[\s\S]*\]/, '"TrustedEntitiesList": []'), 'empty', /no certificate/],
      [good.replace(/"val": "MII/, '"val": "AAA'), 'certificate', /cannot be read/],
    ];
    for (const [text, code, words] of cases) {
      writeFileSync(studio.path('bad.json'), text);
      await expect(importTrustList(studio.path('bad.json'), { name: 'c2pa' })).rejects.toMatchObject({
        code: `label.trust.${code}`,
        message: expect.stringMatching(words),
      });
    }
    writeFileSync(studio.path('big.json'), '{');
    truncateSync(studio.path('big.json'), 50 * 2 ** 20);
    const answer = await cli(['label', 'trust', 'import', studio.path('big.json'), '--name', 'c2pa']);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain('50 MB');
    expect(trustLists().every(({ importedAt }) => importedAt === null)).toBe(true);
    writeFileSync(studio.path('bad.json'), '{"LoTE":');
    expect((await cli(['label', 'trust', 'import', studio.path('bad.json')])).stderr).toMatch(/no list of trusted/);
  });
});

describe('time stamps', () => {
  /** A label by a certificate that ran out since, with a stamp from when it was valid. */
  async function longAgo(): Promise<{ out: string; middle: Issued; time: string }> {
    studio.remove();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 30 * DAY });
    studio = await openStudio();
    tsa = await startTsa();
    await setTimestampAuthority({ url: tsa.url, required: true });
    const { middle, leaf } = await authorities({ days: 10 });
    const out = await sealedBy(leaf, middle);
    vi.useRealTimers();
    elsewhere();
    writeFileSync(studio.path('time.pem'), tsa.root);
    writeFileSync(studio.path('both.pem'), `${middle.pem}\n${tsa.root}`);
    return { out, middle, time: studio.path('time.pem') };
  }

  it('count where their authority is on the list for them, and a label then outlives its certificate', async () => {
    const { out, middle, time } = await longAgo();
    await importTrustList(lote([[middle, 'trusted']]), { name: 'c2pa' });
    expect(await inspect(out)).toMatchObject({ state: 'invalid', timestamp: { trusted: false, list: null } });
    // On the list of signers an authority for stamps counts for nothing.
    await importTrustList(studio.path('both.pem'), { name: 'c2pa' });
    const wrong = await inspect(out);
    expect(wrong).toMatchObject({ state: 'invalid', timestamp: { trusted: false } });
    expect(wrong.codes.failure).toEqual(['signingCredential.expired']);
    expect(wrong.codes.informational).toContain('timeStamp.untrusted');
    await importTrustList(time, { name: 'c2pa-time' });
    const report = await inspect(out);
    expect(report).toMatchObject({
      state: 'trusted',
      signer: { list: 'c2pa' },
      timestamp: { trusted: true, list: 'c2pa-time', listTitle: null },
    });
    const { report: all } = await verifyFile(out);
    expect(all.sentences).toContain(
      'The time is stamped by Time signer, who is vouched for by the trust list "c2pa-time".',
    );
  });

  it('do not make signers of their authorities', async () => {
    const { out } = await longAgo();
    await importTrustList(studio.path('both.pem'), { name: 'c2pa-time' });
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'valid', signer: { list: null }, timestamp: { trusted: true } });
    expect(report.codes.failure).toEqual(['signingCredential.untrusted']);
    // A list of somebody else is for both.
    await importTrustList(studio.path('both.pem'), { name: 'harbour' });
    expect(await inspect(out)).toMatchObject({ state: 'trusted', signer: { list: 'harbour' } });
  });

  it('are found in labels of the older kind, too', async () => {
    tsa = await startTsa();
    const imprint = new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: '2.16.840.1.101.3.4.2.1' }),
      hashedMessage: new OctetString(createHash('sha256').update('claim').digest()),
    });
    const body = AsnConvert.serialize(new TimeStampReq({ messageImprint: imprint, certReq: true }));
    const answer = new Uint8Array(await (await fetch(tsa.url, { method: 'POST', body })).arrayBuffer());
    const stamps = cborMap([[cborText('tstTokens'), cborArray([cborMap([[cborText('val'), cborBytes(answer)]])])]]);
    const header = cborBytes(cborMap([[cborInt(1), cborInt(-7)]]));
    const cose = cborArray([header, cborMap([[cborText('sigTst'), stamps]]), cborBytes(answer), cborBytes(answer)]);
    const stamp = signatureParts(cose)?.stamp;
    expect(stamp?.over).toBeNull();
    const { chain } = checkAnswer(stamp?.token ?? answer);
    expect(chain.map((c) => c.subject.split('\n').at(-1))).toEqual(['CN=Time signer', 'CN=Time root']);
    expect(() => checkAnswer(answer.subarray(0, 9))).toThrow(/does not hold/);
  });
});
