/** Who signs labels: an authority made here, a certificate that was brought, time stamps, lists of trusted signers. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  importSigner,
  importTrustList,
  inspect,
  removeTrustList,
  setTimestampAuthority,
  signerInfo,
} from '../src/label/index.js';
import { EKU, type Issued, issue, startTsa, type Tsa } from './label-authority.js';
import { filmBytes } from './label-film.js';
import { openStudio, type Studio } from './label-made.js';

let studio: Studio;
beforeEach(async () => {
  studio = await openStudio();
});
afterEach(() => studio.remove());

const sealFilm = (name: string, seed = 2): Promise<string> => {
  writeFileSync(studio.path('tmp'), filmBytes({ bytes: 3000, seed }));
  return studio.made(name, studio.path('tmp'));
};
const bring = (chain: readonly Issued[], key: Issued): ReturnType<typeof importSigner> =>
  importSigner({
    chain: chain.map((c) => c.pem).join('\n'),
    chainName: 'chain.pem',
    key: key.keyPem,
    keyName: 'key.pem',
  });

describe('the authority made here', () => {
  it('is made in one step, under a name, and replaced only when asked', async () => {
    expect(signerInfo().kind).toBe('none');
    const info = await createSigner({ owner: 'Harbour Films' });
    expect(info).toMatchObject({
      kind: 'own',
      subject: 'Harbour Films label signer',
      algorithm: 'es256',
      expired: false,
    });
    const first = await sealFilm('first.mp4');
    expect(await inspect(first)).toMatchObject({ state: 'trusted', signedBy: 'Harbour Films label signer' });
    await expect(createSigner({})).rejects.toMatchObject({ code: 'label.certificate.exists' });
    await createSigner({ owner: 'Second', replace: true });
    expect(await inspect(await sealFilm('second.mp4'))).toMatchObject({
      state: 'trusted',
      signedBy: 'Second label signer',
    });
    // What the old root signed stays trusted here.
    expect((await inspect(first)).state).toBe('trusted');
  });
});

describe('a certificate that is brought', () => {
  it.each(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA'] as const)('signs with %s', async (kind) => {
    const root = await issue({ name: 'Root', ca: true, kind: kind === 'RSA' ? 'RSA' : 'P-256' });
    const middle = await issue({ name: 'Middle', ca: true, by: root });
    const leaf = await issue({ name: 'Anna Film', kind, by: middle, usages: [EKU.email] });
    const info = await bring([root, leaf, middle], leaf);
    expect(info).toMatchObject({ kind: 'brought', subject: 'Anna Film', issuer: 'Middle' });
    const out = await sealFilm('out.mp4');
    expect(await inspect(out)).toMatchObject({ state: 'trusted', changed: false, signedBy: 'Anna Film' });
    const stored = readFileSync(join(studio.home, 'ca', 'signer.json'), 'utf8');
    expect(stored).not.toContain('PRIVATE KEY');
    if (kind !== 'RSA') return;
    const good = readFileSync(out);
    for (let at = good.indexOf('jumb') + 40; at < good.length; at += 491) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x11;
      writeFileSync(studio.path('bad.mp4'), bad);
      expect(['invalid', null], `byte ${at}`).toContain((await inspect(studio.path('bad.mp4'))).state);
    }
  });

  it('reads as valid without its root, and as trusted where its root is on a list', async () => {
    const root = await issue({ name: 'Root', ca: true });
    const leaf = await issue({ name: 'Anna', by: root, usages: [EKU.claim] });
    await bring([leaf], leaf);
    const out = await sealFilm('out.mp4');
    expect((await inspect(out)).state).toBe('valid');
    writeFileSync(studio.path('list.pem'), root.pem);
    await importTrustList(studio.path('list.pem'), { name: 'Public List' });
    expect(await inspect(out)).toMatchObject({ state: 'trusted' });
    process.env['LIKENESS_HOME'] = studio.path('elsewhere');
    try {
      expect(await inspect(out)).toMatchObject({ state: 'valid', signer: { name: 'Anna', list: null } });
      await importTrustList(studio.path('list.pem'), { name: 'Public List' });
      expect(await inspect(out)).toMatchObject({ state: 'trusted', signer: { list: 'public-list' } });
      await removeTrustList('public-list');
      expect((await inspect(out)).state).toBe('valid');
    } finally {
      process.env['LIKENESS_HOME'] = studio.home;
    }
  });

  it('is refused where anything about it is wrong, and the old signer stays', async () => {
    const root = await issue({ name: 'Root', ca: true });
    const good = await issue({ name: 'Good', by: root, usages: [EKU.email] });
    const other = await issue({ name: 'Other', by: root, usages: [EKU.email] });
    const stranger = await issue({ name: 'Stranger', ca: true });
    const cases: [string, Issued[], Issued][] = [
      ['mismatch', [good, root], other],
      ['expired', [await issue({ name: 'Old', by: root, usages: [EKU.email], from: -20, days: 10 })], good],
      ['early', [await issue({ name: 'Soon', by: root, usages: [EKU.email], from: 5 })], good],
      ['usage', [await issue({ name: 'Server', by: root, usages: [EKU.server] })], good],
      ['usage', [await issue({ name: 'Nothing', by: root })], good],
      ['usage', [await issue({ name: 'Authority', by: root, ca: true, usages: [EKU.email] })], good],
      ['self-signed', [await issue({ name: 'Self', usages: [EKU.email] })], good],
      ['algorithm', [await issue({ name: 'Weak', kind: 'RSA-1024', by: root, usages: [EKU.email] })], good],
      ['chain', [good, stranger], good],
    ];
    for (const [code, chain, key] of cases) {
      const own = code === 'mismatch' || code === 'chain' ? key : (chain[0] as Issued);
      await expect(bring(chain, own), code).rejects.toMatchObject({ code: `label.certificate.${code}` });
    }
    for (const [chain, key, code] of [
      ['nothing', good.keyPem, 'pem'],
      [good.pem.replace(/M/g, 'N'), good.keyPem, 'pem'],
      [good.pem, 'nothing', 'key'],
      [good.pem, good.keyPem.replace('PRIVATE', 'ENCRYPTED PRIVATE').replace('PRIVATE KEY-----\n-', 'x'), 'key'],
    ] as const)
      await expect(importSigner({ chain, chainName: 'c', key, keyName: 'k' })).rejects.toMatchObject({
        code: `label.certificate.${code}`,
      });
    expect(existsSync(join(studio.home, 'ca', 'signer.json'))).toBe(false);
    expect((await inspect(await sealFilm('out.mp4'))).signedBy).toBe('Likeness label signer');
  });
});

describe('a time stamp', () => {
  let tsa: Tsa;
  beforeEach(async () => {
    tsa = await startTsa();
  });
  afterEach(() => tsa.close());

  it('is in the label, and trusted where its authority is', async () => {
    await setTimestampAuthority({ url: tsa.url, required: true });
    const out = await sealFilm('out.mp4');
    expect(await inspect(out)).toMatchObject({ state: 'trusted', timestamp: { trusted: false } });
    writeFileSync(studio.path('tsa.pem'), tsa.root);
    await importTrustList(studio.path('tsa.pem'));
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'trusted', timestamp: { trusted: true, authority: 'Time signer' } });
    expect(report.codes.success).toContain('timeStamp.validated');
    expect(report.codes.success).toContain('timeStamp.trusted');
    expect(Math.abs(Date.parse(report.timestamp?.time ?? '') - Date.now())).toBeLessThan(120_000);
    const good = readFileSync(out);
    const token = good.indexOf('sigTst2');
    const imprint = good.indexOf(Buffer.from('0420', 'hex'), token);
    const end = good.indexOf('pad', token);
    const missed: number[] = [];
    for (const at of [
      imprint + 2,
      imprint + 20,
      imprint + 45,
      imprint + 50,
      end - 60,
      end - 30,
      end - 5,
      end + 6,
      end + 20,
    ]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x01;
      writeFileSync(studio.path('bad.mp4'), bad);
      if (['trusted', 'valid'].includes((await inspect(studio.path('bad.mp4'))).state ?? '')) missed.push(at - token);
    }
    expect(missed).toEqual([]);
  });

  it.each(['out.png', 'out.webm'])('goes into every kind: %s', async (name) => {
    const sharp = (await import('sharp')).default;
    await setTimestampAuthority({ url: tsa.url, required: true });
    const before = tsa.asked;
    if (name.endsWith('png'))
      await sharp({ create: { width: 40, height: 30, channels: 3, background: '#963' } })
        .png()
        .toFile(studio.path('tmp'));
    else writeFileSync(studio.path('tmp'), Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(3000, 7)]));
    const out = await studio.made(name, studio.path('tmp'));
    expect(await inspect(out)).toMatchObject({
      state: 'trusted',
      changed: false,
      timestamp: { authority: 'Time signer' },
    });
    // One trial for the length, one for the signature: none for drafts.
    expect(tsa.asked - before).toBe(2);
  });

  it('is never left out silently', async () => {
    await setTimestampAuthority({ url: tsa.url, required: true });
    const cases: [string, Tsa['how']][] = [
      ['invalid', { other: true }],
      ['invalid', { forge: true }],
      ['answer', { noNonce: true }],
      ['answer', { refuse: true }],
      ['answer', { status: 503 }],
      ['answer', { body: Buffer.from('<html>') }],
      ['answer', { body: Buffer.alloc(100_000) }],
      ['clock', { minutes: 30 }],
      ['clock', { minutes: -30 }],
    ];
    for (const [code, how] of cases) {
      Object.assign(tsa.how, how);
      await expect(sealFilm('x.mp4'), JSON.stringify(how)).rejects.toMatchObject({ code: `label.timestamp.${code}` });
      for (const key of Object.keys(how)) delete tsa.how[key as keyof Tsa['how']];
    }
    const { url } = tsa;
    await tsa.close();
    await expect(sealFilm('x.mp4')).rejects.toMatchObject({ code: 'label.timestamp.unreachable' });
    expect(existsSync(studio.path('x.mp4'))).toBe(false);
    await expect(setTimestampAuthority({ url, required: false })).rejects.toMatchObject({
      code: 'label.timestamp.unreachable',
    });
    for (const bad of ['', 'ftp://x/', 'http://user:word@host/', 'not an address'])
      await expect(setTimestampAuthority({ url: bad, required: true })).rejects.toMatchObject({
        code: 'label.timestamp.url',
      });
    tsa = await startTsa();
    await setTimestampAuthority({ url: tsa.url, required: false });
    await tsa.close();
    const out = await sealFilm('without.mp4');
    expect(await inspect(out)).toMatchObject({ state: 'trusted', timestamp: null });
    expect(studio.remarks.at(-1)).toMatch(/Sealed without a time stamp/);
    writeFileSync(join(studio.home, 'timestamp.json'), '{"url":');
    await expect(sealFilm('x.mp4')).rejects.toMatchObject({ code: 'label.timestamp.settings' });
  });
});

describe('a trust list', () => {
  it('is refused where it is none', async () => {
    const root = await issue({ name: 'Root', ca: true });
    writeFileSync(studio.path('list.pem'), root.pem);
    writeFileSync(studio.path('empty.pem'), '');
    writeFileSync(studio.path('bad.cfg'), '1.2.3\nhello\n');
    await expect(importTrustList(studio.path('none.pem'))).rejects.toMatchObject({ code: 'file.missing' });
    await expect(importTrustList(studio.path('empty.pem'))).rejects.toMatchObject({ code: 'label.certificate.pem' });
    await expect(importTrustList(studio.path('list.pem'), { name: '../../x/' })).rejects.toMatchObject({
      code: 'label.trust.name',
    });
    await expect(importTrustList(studio.path('list.pem'), { usages: studio.path('bad.cfg') })).rejects.toMatchObject({
      code: 'label.trust.usages',
    });
    await expect(removeTrustList('../audit')).rejects.toMatchObject({ code: 'label.trust.unknown' });
  });
});
