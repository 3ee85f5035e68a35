/** Terms of a record beside its scope: that they can be given, are read out, and what those that promise something do. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { sha256 } from '../src/base/index.js';
import { signedBytes } from '../src/consent/canonical.js';
import {
  approveItem,
  authorize,
  type ConsentEnvelope,
  createKey,
  createRecord,
  describeRecord,
  newRevocationToken,
  readApproval,
  readEnvelope,
  revoke,
  revokeWithToken,
  signRecord,
  storeApproval,
  verifyRecord,
} from '../src/consent/index.js';
import { writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { likeness } from './command.js';
import { goodRequest, makePerson, type Person, TARGET_HASH, temporaryHome, usual } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
const path = (name: string): string => join(at.folder, name);
let ann: Person;
let bob: Person;

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'granted',
    (thrown: { code: string }) => thrown.code,
  );

beforeAll(async () => {
  at = temporaryHome();
  await writePicture(path('me.png'), renderActor(createActor(1), restState(), { width: 480, height: 480 }).frame);
  const each = (record: Parameters<typeof createRecord>[0]) => ({
    ...record,
    scope: { ...record.scope, scriptApproval: 'perItem' as const },
  });
  ann = await makePerson('ann', 1, each);
  bob = await makePerson('bob', 2);
  for (const name of ['drawn', 'house', 'mother']) await createKey(name);
});
afterAll(async () => {
  await stopModels();
  at.remove();
});

const asked = ['--name', 'Drawn Person', '--key', 'drawn', '--age', 'adult', '--use', 'film', '--project', 'Test'];

describe('consent new', () => {
  it('takes pay, law, approval and what follows a withdrawal, and reads them out', async () => {
    for (const paper of ['contract.pdf', 'told.pdf', 'pay.pdf']) writeFileSync(path(paper), `the ${paper}`);
    const file = path('terms.consent.json');
    const made = await likeness(
      ...['consent', 'new', path('me.png'), ...asked, '--out', file, '--description', 'About a harbour'],
      ...['--licensee-key', 'house', '--licensee-name', 'Harbour Films', '--licensee-contact', 'films@example.org'],
      ...['--sublicensable', '--approve-each', '--insist-on', 'visible,watermark', '--afterwards', 'deleteModels'],
      ...['--pay', 'fee', '--pay-note', '500 EUR', '--pay-file', path('pay.pdf'), '--legal-basis', 'contract'],
      ...['--governing-law', 'Germany', '--contract', path('contract.pdf'), '--privacy-notice', path('told.pdf')],
      ...['--notice-hours', '48', '--take-down', '--status-address', 'https://studio.example/status'],
      ...['--age-by', 'document', '--record-language', 'de'],
    );
    expect(made.code, made.err).toBe(0);
    const digest = (paper: string): string => `sha256:${sha256(`the ${paper}`)}`;
    const { record } = readEnvelope(file);
    expect(record).toMatchObject({
      subject: { ageAssurance: 'document' },
      licensee: { name: 'Harbour Films', contact: 'films@example.org', sublicensable: true },
      project: { description: 'About a harbour' },
      scope: { scriptApproval: 'perItem', labelRequired: { visible: true, watermark: true } },
      term: { postTerm: 'deleteModels' },
      compensation: { kind: 'fee', note: '500 EUR', amountHash: digest('pay.pdf') },
      legal: {
        basis: 'contract',
        governingLaw: 'Germany',
        contractHash: digest('contract.pdf'),
        noticeHash: digest('told.pdf'),
      },
      revocation: {
        noticeHours: 48,
        effect: 'stopNewGenerationAndUnpublishWhereFeasible',
        endpoint: 'https://studio.example/status',
      },
      language: 'de',
    });
    // Which law was known when it was made can be told later.
    expect(record.legal.rulesetVersion).toMatch(/^\d/);

    const read = [
      'Harbour Films (films@example.org)',
      'They may pass this on to others.',
      'Drawn Person approves every single film and picture before it is changed',
      'a fee: 500 EUR',
      'contract; law of Germany',
      '48 hours of notice of a withdrawal; Likeness does not wait for that.',
      'What was published is then taken down too',
      'can be asked at https://studio.example/status',
    ];
    const page = path('terms.html');
    const shown = await likeness('consent', 'show', file, '--language', 'en', '--html', page);
    for (const words of read) expect(shown.out).toContain(words);
    const html = readFileSync(page, 'utf8');
    for (const words of [...read.slice(1), digest('contract.pdf'), 'each, before it is changed'])
      expect(html).toContain(words);
  });

  it('says nothing of what was not agreed', async () => {
    const file = path('plain.consent.json');
    expect((await likeness('consent', 'new', path('me.png'), ...asked, '--out', file)).code).toBe(0);
    const envelope = readEnvelope(file);
    expect(envelope.record).toMatchObject({ compensation: null, revocation: { noticeHours: 0, endpoint: null } });
    const words = describeRecord(envelope);
    expect(words).toContain('No pay is agreed');
    for (const never of ['approves', 'notice', 'taken down', 'pass this on']) expect(words).not.toContain(never);
  });

  it('refuses what makes no sense, with the option to change', async () => {
    const out = path('never.consent.json');
    const fails = async (...more: string[]): Promise<{ code: number; err: string }> =>
      likeness('consent', 'new', path('me.png'), ...asked, '--out', out, ...more);
    expect(await fails('--proof', path('contract.pdf'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('--guardian-key'),
    });
    expect((await fails('--sublicensable')).err).toContain('--licensee-key');
    expect((await fails('--notice-hours', '-1')).code).toBe(2);
    expect((await fails('--insist-on', 'loud')).code).toBe(2);
    expect((await fails('--pay', 'thanks')).code).toBe(2);
    expect((await fails('--contract', path('gone.pdf'))).err).toContain('gone.pdf');
    expect(readdirSync(at.folder)).not.toContain('never.consent.json');
  });
});

describe('approval of single items', () => {
  /** A swap of Ann's face onto Bob in the film with this hash. */
  const onto = (footageSha256: string, source: ConsentEnvelope = ann.envelope) => {
    const request = goodRequest(ann, bob);
    const { replaced } = request;
    return authorize({
      ...request,
      operation: 'faceSwap',
      source: { ...request.source, envelope: source },
      replaced: { ...replaced, footageSha256 } as NonNullable<typeof request.replaced>,
    });
  };
  const approvals = (): string => join(at.home, 'approvals', ann.envelope.record.id.slice('urn:uuid:'.length));

  it('is asked for each film, and given for that film alone', async () => {
    expect(await codeOf(onto(TARGET_HASH))).toBe('consent.scope.approval');
    await approveItem(ann.envelope, ann.key, TARGET_HASH);
    expect(await codeOf(onto(TARGET_HASH))).toBe('granted');
    expect(await codeOf(onto('c'.repeat(64)))).toBe('consent.scope.approval');
    // Training shows nobody anything.
    expect(await codeOf(authorize({ ...goodRequest(ann, bob), operation: 'train', replaced: null }))).toBe('granted');
  });

  it('is given by the subject alone', async () => {
    for (const key of [bob.key, await createKey('passer-by')])
      await expect(approveItem(ann.envelope, key, 'd'.repeat(64))).rejects.toMatchObject({
        code: 'consent.approval.invalid',
      });
    expect(await codeOf(onto('d'.repeat(64)))).toBe('consent.scope.approval');
  });

  it('is not moved to another film or another record, nor believed where it cannot be read', async () => {
    const [own = ''] = readdirSync(approvals());
    const other = 'e'.repeat(64);
    writeFileSync(join(approvals(), `${other}.approval.json`), readFileSync(join(approvals(), own)));
    expect(await codeOf(onto(other))).toBe('consent.scope.approval');
    const approval = readApproval(join(approvals(), own));
    const edited = { ...approval, statement: { ...approval.statement, item: other } };
    writeFileSync(join(approvals(), `${other}.approval.json`), JSON.stringify(edited));
    expect(await codeOf(onto(other))).toBe('consent.scope.approval');
    await expect(storeApproval(edited, ann.envelope)).rejects.toMatchObject({ code: 'consent.approval.invalid' });
    writeFileSync(join(approvals(), `${other}.approval.json`), '{');
    expect(await codeOf(onto(other))).toBe('consent.scope.approval');
    expect(() => readApproval(join(approvals(), `${other}.approval.json`))).toThrow('is not an approval');

    const base = usual(ann.key, 'Ann', ann.face(6));
    const twin = await createRecord({ ...base, scope: { ...base.scope, scriptApproval: 'perItem' } });
    const second = await signRecord(twin, ann.key);
    await expect(storeApproval(approval, second)).rejects.toMatchObject({ code: 'consent.approval.invalid' });
    expect(await codeOf(onto(TARGET_HASH, second))).toBe('consent.scope.approval');
  });

  it('of a minor is given by the guardian, not by themselves', async () => {
    const mother = await createKey('guardian');
    const child = await createKey('child');
    const base = usual(child, 'Child', ann.face(6));
    const representative = { did: mother.did, name: 'Mother', relation: 'guardian' as const, proof: null };
    const made = await createRecord({
      ...base,
      subject: { ...base.subject, adult: false, representative },
      scope: { ...base.scope, scriptApproval: 'perItem' },
    });
    expect(describeRecord(made)).toContain('Mother approves every single film');
    await expect(approveItem(made, child, TARGET_HASH)).rejects.toMatchObject({ code: 'consent.approval.invalid' });
    expect((await approveItem(made, mother, TARGET_HASH)).kid).toBe(mother.did);
  });

  it('goes through the command line, from one machine to another', async () => {
    const file = path('each.consent.json');
    writeFileSync(path('take.mp4'), 'a film');
    await likeness('consent', 'new', path('me.png'), ...asked, '--approve-each', '--out', file);
    await likeness('consent', 'sign', file, '--key', 'drawn');
    const out = path('take.approval.json');
    const signed = await likeness('consent', 'approve', file, path('take.mp4'), '--key', 'drawn', '--out', out);
    expect(signed.code, signed.err).toBe(0);
    expect(signed.out).toContain(sha256('a film'));
    expect((await likeness('consent', 'approve', file, '--import', out)).code).toBe(0);
    expect((await likeness('consent', 'approve', file, path('take.mp4'), '--key', 'house')).code).not.toBe(0);
    expect((await likeness('consent', 'approve', file)).err).toContain('--import');
    expect((await likeness('consent', 'log', '--last', '50')).out).toContain('approval');
  });

  it('ends with its record', async () => {
    await revoke(ann.envelope, ann.key);
    expect(await codeOf(onto(TARGET_HASH))).toBe('consent.revoked');
  });
});

describe('the word that withdraws', () => {
  it('is not given to a licensee, and one that they make up withdraws nothing', async () => {
    const file = path('word.consent.json');
    await likeness('consent', 'new', path('me.png'), ...asked, '--licensee-key', 'house', '--out', file);
    const refused = await likeness('consent', 'sign', file, '--key', 'house', '--word');
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('they get no word');
    expect(readEnvelope(file).signatures).toEqual([]);

    const house = await createKey('other-house');
    const licensee = { did: house.did, name: 'House', contact: null, sublicensable: false };
    const unsigned = await createRecord({ ...usual(bob.key, 'Bob', bob.face(6)), licensee });
    const { token, hash } = newRevocationToken();
    await expect(signRecord(unsigned, house, { token, hash })).rejects.toMatchObject({ code: 'consent.sign.word' });
    // As another program might write it: a licensee's signature that holds, with the hash of a word in it.
    const both = await signRecord(await signRecord(unsigned, bob.key), house);
    const signatures = both.signatures.map((s) =>
      s.role === 'licensee'
        ? { ...s, tokenHash: hash, value: house.sign(signedBytes(both.digest, s.role, s.created, hash)) }
        : s,
    );
    expect((await verifyRecord({ ...both, signatures })).stands).toBe(true);
    await expect(revokeWithToken({ ...both, signatures }, token)).rejects.toMatchObject({
      code: 'consent.revocation.invalid',
    });
    expect((await verifyRecord({ ...both, signatures })).stands).toBe(true);
  });
});
