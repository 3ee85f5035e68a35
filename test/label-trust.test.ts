/** The public trust lists that come with Likeness, and lists of others in their place or beside them. */
import 'reflect-metadata';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  importTrustList,
  inspect,
  listSummary,
  listsOff,
  removeTrustList,
  restoreTrustList,
  trustLists,
  verifyFile,
} from '../src/label/index.js';
import { signerFinding } from '../src/label/trust/index.js';
import { shippedFile } from '../src/label/trust/shipped.js';
import { EKU, issue } from './label-authority.js';
import { cli } from './label-cli.js';
import { openStudio, type Studio } from './label-made.js';
import { authorities, elsewhere, lote, sealedBy } from './label-trust-lists.js';

let studio: Studio;
beforeEach(async () => {
  studio = await openStudio();
});
afterEach(() => {
  vi.useRealTimers();
  studio.remove();
});

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
    const out = await sealedBy(studio, leaf);
    elsewhere(studio);
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

  it('come back where what was imported in their place is damaged', async () => {
    const { root } = await authorities();
    await importTrustList(lote(studio, [[root, 'trusted']]), { name: 'c2pa' });
    writeFileSync(join(studio.home, 'trust', 'c2pa.json'), '{"type":');
    const answer = await cli(['label', 'trust', 'list']);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toMatch(/c2pa\.json is damaged[\s\S]*trust restore c2pa/);
    await restoreTrustList('c2pa');
    expect(trustLists()).toHaveLength(2);
  });

  it('say in verify that they are old, once the next one was due', async () => {
    // By name the signer is nobody; the list was asked all the same.
    const { leaf, middle } = await authorities({ days: 2000 });
    const out = await sealedBy(studio, leaf, middle);
    elsewhere(studio);
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
    await importTrustList(lote(studio, [[middle, 'trusted']]));
    await removeTrustList('c2pa-time');
    const newer = lote(studio, [[middle, 'trusted']]);
    await importTrustList(newer, { name: 'c2pa' });
    const { report: then } = await verifyFile(out);
    expect(then.label.state).toBe('trusted');
    expect(then.sentences.join()).not.toContain('is old');
  });
});

describe('a list in JSON', () => {
  it('is believed where it says "trusted", and takes the place of the one that comes with Likeness', async () => {
    const { root, middle, leaf } = await authorities();
    const out = await sealedBy(studio, leaf, middle);
    elsewhere(studio);
    const other = await issue({ name: 'Other root', ca: true });
    await importTrustList(
      lote(studio, [
        [root, 'untrusted'],
        [other, 'trusted'],
      ]),
      { name: 'c2pa' },
    );
    expect(await inspect(out)).toMatchObject({ state: 'valid', signer: { list: null } });
    const list = await importTrustList(
      lote(studio, [
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
    await importTrustList(lote(studio, [[root, 'trusted']]), { name: 'c2pa' });
    await restoreTrustList('c2pa');
    expect(existsSync(join(studio.path('elsewhere'), 'trust', 'c2pa.json'))).toBe(false);
  });

  it('is said to be older than the one whose place it takes, or to believe again whom that one did not', async () => {
    const { root, middle } = await authorities();
    elsewhere(studio);
    const older = lote(studio, [[root, 'trusted']], 'C2PA Trust List', '2025-11-03T00:00:00Z');
    const answer = await cli(['label', 'trust', 'import', older, '--name', 'c2pa']);
    expect(answer.code).toBe(0);
    expect(answer.stderr).toMatch(/older than .*C2PA Trust List of 5 August 2026.*trust restore c2pa/);
    const newer = lote(studio, [
      [root, 'untrusted'],
      [middle, 'trusted'],
    ]);
    expect((await importTrustList(newer, { name: 'c2pa' })).remarks).toEqual([]);
    const { remarks } = await importTrustList(older, { name: 'c2pa' });
    expect(remarks.filter((line) => line.includes('older than'))).toHaveLength(2);
    expect(remarks).toContainEqual(expect.stringMatching(/^1 certificate .* no longer trusted count/));
    // A PEM file says nothing of its day.
    writeFileSync(studio.path('root.pem'), root.pem);
    expect((await importTrustList(studio.path('root.pem'), { name: 'harbour' })).remarks).toEqual([]);
  });

  it('ends a path at a listed authority below a root, and leads through none that it distrusts', async () => {
    const { root, middle, leaf } = await authorities();
    const alone = await sealedBy(studio, leaf);
    elsewhere(studio);
    await importTrustList(lote(studio, [[middle, 'trusted']]), { name: 'c2pa' });
    expect(await inspect(alone)).toMatchObject({ state: 'trusted', signer: { list: 'c2pa' } });
    process.env['LIKENESS_HOME'] = studio.home;
    const out = await sealedBy(studio, leaf, middle);
    elsewhere(studio);
    expect((await inspect(out)).state).toBe('trusted');
    await importTrustList(lote(studio, [[root, 'trusted']]), { name: 'c2pa' });
    expect((await inspect(out)).state).toBe('trusted');
    await importTrustList(
      lote(studio, [
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
      lote(studio, [
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
    const text = readFileSync(lote(studio, [[root, 'trusted']], 'C2PA TSA Trust List'));
    writeFileSync(studio.path('C2PA-TSA-TRUST-LIST.json'), text);
    writeFileSync(studio.path('C2PA-TRUST-LIST.pem'), `Subject\tCN=x\n${root.pem}`);
    expect(await importTrustList(studio.path('C2PA-TSA-TRUST-LIST.json'))).toMatchObject({ name: 'c2pa-time' });
    expect(await importTrustList(studio.path('C2PA-TRUST-LIST.pem'))).toMatchObject({ name: 'c2pa', origin: null });
    await expect(importTrustList(studio.path('C2PA-TSA-TRUST-LIST.json'), { name: 'c2pa' })).rejects.toMatchObject({
      code: 'label.trust.name',
    });
  });

  it('is refused with one error where it is none, and nothing changes', async () => {
    const good = readFileSync(lote(studio, [[(await authorities()).root, 'trusted']]), 'utf8');
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
