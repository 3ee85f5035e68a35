/** Time stamps in labels of others: whose count, and for what. */
import 'reflect-metadata';
import { createHash, createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { MessageImprint, TimeStampReq } from '@peculiar/asn1-tsp';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { provenanceDetector } from '../src/detect/detectors/provenance.js';
import { memorySource } from '../src/label/c2pa/blob.js';
import { cborArray, cborBytes, cborInt, cborMap, cborText } from '../src/label/c2pa/cbor.js';
import { claimSigner, signatureParts } from '../src/label/c2pa/cose.js';
import { signAsset } from '../src/label/c2pa/library.js';
import { importTrustList, inspect, setTimestampAuthority, verifyFile } from '../src/label/index.js';
import { readToken } from '../src/label/timestamp/index.js';
import { judge } from '../src/label/trust/index.js';
import { probe } from '../src/media/index.js';
import { type Issued, startTsa, type Tsa } from './label-authority.js';
import { openStudio, type Studio } from './label-made.js';
import { authorities, elsewhere, lote, sealedBy } from './label-trust-lists.js';

const DAY = 86_400_000;
const unused = (): never => {
  throw new Error('a label needs no net and no sound');
};
const CAPTURED = 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture';
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

describe('time stamps', () => {
  /** A label by a certificate that ran out since, with a stamp from when it was valid. */
  async function longAgo(): Promise<{ out: string; middle: Issued; time: string }> {
    studio.remove();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 30 * DAY });
    studio = await openStudio();
    tsa = await startTsa();
    await setTimestampAuthority({ url: tsa.url, required: true });
    const { middle, leaf } = await authorities({ days: 10 });
    const out = await sealedBy(studio, leaf, middle);
    vi.useRealTimers();
    elsewhere(studio);
    writeFileSync(studio.path('time.pem'), tsa.root);
    writeFileSync(studio.path('both.pem'), `${middle.pem}\n${tsa.root}`);
    return { out, middle, time: studio.path('time.pem') };
  }

  it('count where their authority is on the list for them, and a label then outlives its certificate', async () => {
    const { out, middle, time } = await longAgo();
    await importTrustList(lote(studio, [[middle, 'trusted']]), { name: 'c2pa' });
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

  it('are left to the library where they lie elsewhere', () => {
    const success = ['timeStamp.trusted', 'signingCredential.trusted'];
    const said = { codes: { success, informational: [], failure: [], parents: [] }, state: 'trusted' } as const;
    const left = judge(said, { signer: null, timestamp: null }, new Date());
    // Nobody vouches for a signer whose certificate cannot be read.
    expect(left).toMatchObject({ state: 'valid', codes: { success: ['timeStamp.trusted'] } });
    expect(left.codes.failure).toEqual(['signingCredential.untrusted']);
  });

  it('are read as other programs keep them: the whole answer of the authority', async () => {
    tsa = await startTsa();
    const { url } = tsa;
    const ask = async (data: Uint8Array): Promise<Uint8Array> => {
      const imprint = new MessageImprint({
        hashAlgorithm: new AlgorithmIdentifier({ algorithm: '2.16.840.1.101.3.4.2.1' }),
        hashedMessage: new OctetString(createHash('sha256').update(data).digest()),
      });
      const body = AsnConvert.serialize(new TimeStampReq({ messageImprint: imprint, certReq: true }));
      return new Uint8Array(await (await fetch(url, { method: 'POST', body })).arrayBuffer());
    };
    const { middle, leaf } = await authorities();
    const stamper = { room: (await ask(new Uint8Array(1))).length + 160, stamp: ask };
    const chain = [leaf, middle].map((c) => new Uint8Array(c.certificate.rawData));
    const source = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#963' } })
      .png()
      .toBuffer();
    const signed = await signAsset({
      asset: { mime: 'image/png', source: memorySource(source) },
      manifest: {
        claim_generator_info: [{ name: 'Camera', version: '1' }],
        assertions: [
          {
            label: 'c2pa.actions.v2',
            data: { actions: [{ action: 'c2pa.created', digitalSourceType: CAPTURED }], allActionsIncluded: true },
          },
        ],
      },
      parent: null,
      signer: claimSigner('es256', createPrivateKey(leaf.keyPem), chain, stamper),
    });
    const out = studio.path('photo.png');
    writeFileSync(out, signed.asset);
    expect(await inspect(out)).toMatchObject({
      state: 'valid',
      timestamp: { authority: 'Time signer', trusted: false, list: null },
    });
    writeFileSync(studio.path('time.pem'), tsa.root);
    await importTrustList(studio.path('time.pem'), { name: 'c2pa-time' });
    await importTrustList(lote(studio, [[middle, 'trusted']]), { name: 'c2pa' });
    expect(await inspect(out)).toMatchObject({ state: 'trusted', timestamp: { trusted: true, list: 'c2pa-time' } });
    const { findings } = await provenanceDetector.examine({
      path: out,
      medium: 'picture',
      info: await probe(out),
      stills: [],
      people: [],
      motion: [],
      sound: unused,
      net: unused,
      copy: 'original',
    });
    expect(findings[0]).toMatchObject({
      certain: 'authentic',
      facts: { label: 'trusted', 'trust list': 'C2PA Trust List of 2 January 2027' },
    });
    // A stamp over something else is still found out.
    const bad = Buffer.from(signed.asset);
    const imprint = bad.indexOf(Buffer.from('0420', 'hex'), bad.indexOf('sigTst2'));
    bad[imprint + 5] = (bad[imprint + 5] ?? 0) ^ 1;
    writeFileSync(out, bad);
    expect((await inspect(out)).state).toBe('invalid');
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
    const { chain } = readToken(stamp?.token ?? answer);
    expect(chain.map((c) => c.subject.split('\n').at(-1))).toEqual(['CN=Time signer', 'CN=Time root']);
    expect(() => readToken(answer.subarray(0, 9))).toThrow(/does not hold/);
  });
});
