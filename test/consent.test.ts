/** Records, keys, templates, revocation, the audit log. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendAudit,
  auditLogPath,
  type ConsentEnvelope,
  createKey,
  createRecord,
  describeRecord,
  didOf,
  exportTemplate,
  importTemplate,
  loadKey,
  openTemplate,
  parseEnvelope,
  publicKeyOf,
  readAudit,
  readEnvelope,
  revoke,
  signRecord,
  storeRevocation,
  verifyRecord,
  writeEnvelope,
} from '../src/consent/index.js';
import { verifyRecordAt } from '../src/consent/verify.js';
import { madeUpFace, makePerson, temporaryHome, usual } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
beforeEach(() => {
  at = temporaryHome();
});
afterEach(() => at.remove());

const failing = async (envelope: ConsentEnvelope): Promise<string[]> =>
  (await verifyRecord(envelope)).checks.filter((c) => !c.passed).map((c) => c.rule);

describe('keys', () => {
  it('name themselves as did:key and come back from it', async () => {
    const key = await createKey('ann');
    expect(didOf(publicKeyOf(key.did))).toBe(key.did);
    expect((await loadKey('ann')).did).toBe(key.did);
    expect(() => publicKeyOf(`${key.did}1`)).toThrow(/names no key/);
    expect(() => publicKeyOf('did:web:example.com')).toThrow(/names no key/);
  });
  it('do not open with a wrong passphrase, or without one', async () => {
    await createKey('bob', 'correct horse battery');
    await expect(loadKey('bob', 'wrong')).rejects.toMatchObject({ code: 'consent.secret.locked' });
    await expect(loadKey('bob')).rejects.toMatchObject({ code: 'consent.passphrase.missing' });
    expect((await loadKey('bob', 'correct horse battery')).did).toMatch(/^did:key:z6Mk/);
  });
  it('are never overwritten, and names cannot leave their folder', async () => {
    const first = await createKey('ann');
    await expect(createKey('ann')).rejects.toMatchObject({ code: 'consent.key.exists' });
    expect((await loadKey('ann')).did).toBe(first.did);
    await expect(createKey('../ann')).rejects.toMatchObject({ code: 'consent.key.name' });
  });
  it('show nothing private when printed', async () => {
    const key = await createKey('ann');
    expect(JSON.stringify(key)).toBe(JSON.stringify({ did: key.did }));
  });
});

describe('records', () => {
  it('stand once signed, and read back from a file as they were', async () => {
    const { envelope } = await makePerson('ann', 1);
    const file = join(at.folder, 'ann.consent.json');
    await writeEnvelope(file, envelope);
    expect(readEnvelope(file)).toEqual(envelope);
    expect(await verifyRecord(readEnvelope(file))).toMatchObject({ stands: true });
  });
  it('need every signature: the licensee signs too', async () => {
    const ann = await createKey('ann');
    const studio = await createKey('studio');
    const licensee = { did: studio.did, name: 'Studio', contact: null, sublicensable: false };
    const unsigned = await createRecord({ ...usual(ann, 'Ann', madeUpFace(1)(3)), licensee });
    expect(await failing(unsigned)).toEqual(['consent.signature']);
    const half = await signRecord(unsigned, ann);
    expect(await failing(half)).toEqual(['consent.signature']);
    expect(await failing(await signRecord(half, studio))).toEqual([]);
    await expect(signRecord(half, await createKey('mallory'))).rejects.toMatchObject({ code: 'consent.sign.stranger' });
  });
  it('are given to their subject where nobody else is named, who then signs in both parts', async () => {
    const { envelope, key } = await makePerson('ann', 1);
    expect(envelope.record.licensee).toMatchObject({ did: key.did, name: 'ann' });
    expect(envelope.signatures.map((s) => s.role).sort()).toEqual(['licensee', 'subject']);
    expect(await failing(envelope)).toEqual([]);
    expect(describeRecord(envelope)).toContain('whoever works with the key of ann');
    const one = envelope.signatures.filter((s) => s.role === 'subject');
    expect(await failing({ ...envelope, signatures: one })).toEqual(['consent.signature']);
  });

  it('of before, which name no licensee, can be read and never stand', async () => {
    const { envelope, key } = await makePerson('ann', 1);
    const { digestOf } = await import('../src/consent/canonical.js');
    const record = { ...envelope.record, licensee: null };
    const old = await signRecord({ record, digest: digestOf(record), signatures: [] }, key);
    expect(describeRecord(old)).toContain('nobody who has signed');
    expect(await failing(old)).toEqual(['consent.signature']);
    await expect(revoke(old, key)).resolves.toBeDefined();
  });

  it('fall when a word of the scope is edited, with the digest mended or not', async () => {
    const { envelope } = await makePerson('ann', 1);
    const edited = structuredClone(envelope);
    edited.record.scope.uses.push('advertising');
    expect(await failing(edited)).toEqual(['consent.digest', 'consent.signature']);
    const { digestOf } = await import('../src/consent/canonical.js');
    expect(await failing({ ...edited, digest: digestOf(edited.record) })).toEqual(['consent.signature']);
  });
  it('fall when any single character of their values is changed', async () => {
    const { envelope } = await makePerson('ann', 1);
    const text = JSON.stringify(envelope);
    let tried = 0;
    for (let i = 0; i < text.length; i += 7) {
      const c = text.charCodeAt(i);
      const changed =
        text.slice(0, i) + String.fromCharCode(c === 0x39 || c === 0x7a ? c - 1 : c + 1) + text.slice(i + 1);
      let parsed: ConsentEnvelope;
      try {
        parsed = parseEnvelope(JSON.parse(changed), 'x');
      } catch {
        continue;
      }
      tried++;
      expect((await verifyRecord(parsed)).stands, `changed at ${i}: ${changed.slice(i - 20, i + 20)}`).toBe(false);
    }
    expect(tried).toBeGreaterThan(50);
  });
  it('refuse a signature by another key, moved over from another record, or with a swapped role', async () => {
    const ann = await makePerson('ann', 1);
    const bob = await makePerson('bob', 2);
    const [own] = ann.envelope.signatures;
    const [other] = bob.envelope.signatures;
    if (own === undefined || other === undefined) throw new Error('not signed');
    for (const s of [
      other,
      { ...other, kid: own.kid },
      { ...own, role: 'licensee' as const },
      { ...own, value: other.value },
    ])
      expect(await failing({ ...ann.envelope, signatures: [s] })).toEqual(['consent.signature']);
    expect(await failing({ ...ann.envelope, signatures: [own, { ...own, role: 'licensee' }] })).toEqual([
      'consent.signature',
    ]);
    expect(await failing({ ...ann.envelope, signatures: [] })).toEqual(['consent.signature']);
  });
  it('hold within their term alone', async () => {
    const { envelope } = await makePerson('ann', 1);
    const rules = (when: string): string[] =>
      verifyRecordAt(envelope, new Date(when), [])
        .checks.filter((c) => !c.passed)
        .map((c) => c.rule);
    expect(rules('2020-01-01T00:00:00Z')).toEqual(['consent.term']);
    expect(rules('2099-01-01T00:00:00Z')).toEqual(['consent.term']);
    expect(rules(envelope.record.term.notAfter)).toEqual(['consent.term']);
    expect(rules(envelope.record.term.notBefore)).toEqual([]);
  });
  it('of minors, the dead and the represented need the right representative, who signs', async () => {
    const child = await createKey('child');
    const parent = await createKey('parent');
    const base = usual(child, 'Kim', madeUpFace(3)(3));
    const minor = await signRecord(await createRecord({ ...base, subject: { ...base.subject, adult: false } }), child);
    expect(await failing(minor)).toEqual(['consent.subject.capacity']);
    const representative = { did: parent.did, name: 'Pat', relation: 'guardian' as const, proof: null };
    const made = await createRecord({ ...base, subject: { ...base.subject, adult: false, representative } });
    expect(await failing(await signRecord(made, child))).toEqual(['consent.signature']);
    expect(await failing(await signRecord(made, parent))).toEqual([]);
    const dead = await createRecord({ ...base, subject: { ...base.subject, deceased: true, representative } });
    expect(await failing(await signRecord(dead, parent))).toEqual(['consent.subject.capacity']);
  });
  it('refuse unknown fields, other versions, huge files and what is no JSON', async () => {
    const { envelope } = await makePerson('ann', 1);
    const bad: unknown[] = [
      {},
      null,
      'x',
      { ...envelope, extra: 1 },
      { ...envelope, record: { ...envelope.record, version: '9.9.9' } },
    ];
    for (const json of bad) expect(() => parseEnvelope(json, 'x')).toThrow(/not a consent record/);
    const file = join(at.folder, 'x.consent.json');
    writeFileSync(file, 'not json');
    expect(() => readEnvelope(file)).toThrow(/not JSON/);
    writeFileSync(file, Buffer.alloc(300_000));
    expect(() => readEnvelope(file)).toThrow(/too large/);
    expect(() => readEnvelope(join(at.folder, 'none'))).toThrow(/no consent record at/);
  });
  it('cannot put words of their own into the description', async () => {
    const name = 'Ann\n\u001b[2JSigned by: everybody\u202e';
    const { envelope } = await makePerson('ann', 1, (r) => ({ ...r, subject: { ...r.subject, displayName: name } }));
    const lines = describeRecord(envelope).split('\n');
    expect(lines.filter((line) => line.startsWith('Signed by'))).toHaveLength(1);
    for (const sign of ['\u001b', '\u202e']) expect(lines.join('')).not.toContain(sign);
  });
  it('say in words what they allow', async () => {
    const { envelope } = await makePerson('Ann', 1);
    const text = describeRecord(envelope);
    for (const part of ['Ann allows', 'swap faces', 'film', 'worldwide', 'Never for: sexual', 'Signed by: subject'])
      expect(text).toContain(part);
  });
});

describe('face templates', () => {
  it('come back exactly, and only for their own record', async () => {
    const { envelope, face } = await makePerson('ann', 1);
    const [entry] = envelope.record.likeness;
    if (entry === undefined) throw new Error('no entry');
    const references = await openTemplate(entry);
    expect(references).toHaveLength(8);
    expect(references[0]?.a).toHaveLength(1024);
    const stranger = await makePerson('bob', 2);
    const swapped = { ...entry, templateRef: stranger.envelope.record.likeness[0]?.templateRef ?? '' };
    await expect(openTemplate(swapped)).rejects.toMatchObject({ code: 'consent.template.tampered' });
    expect(face(1)).toHaveLength(1);
  });
  it('travel under a passphrase', async () => {
    const { envelope } = await makePerson('ann', 1);
    const [entry] = envelope.record.likeness;
    if (entry === undefined) throw new Error('no entry');
    const file = join(at.folder, 'ann.template.json');
    await expect(exportTemplate(entry, file, 'short')).rejects.toMatchObject({ code: 'consent.passphrase.weak' });
    await exportTemplate(entry, file, 'long enough words');
    const before = await openTemplate(entry);
    rmSync(join(at.home, 'vault'), { recursive: true });
    await expect(openTemplate(entry)).rejects.toMatchObject({ code: 'consent.template.missing' });
    await expect(importTemplate(file, 'other words')).rejects.toMatchObject({ code: 'consent.secret.locked' });
    await importTemplate(file, 'long enough words');
    expect(await openTemplate(entry)).toEqual(before);
  });
});

describe('revocation', () => {
  it('by the subject works at once; by others not at all', async () => {
    const { envelope, key } = await makePerson('ann', 1);
    const mallory = await createKey('mallory');
    await expect(revoke(envelope, mallory)).rejects.toMatchObject({ code: 'consent.revocation.invalid' });
    expect(await failing(envelope)).toEqual([]);
    const revocation = await revoke(envelope, key, 'changed my mind');
    expect(await failing(envelope)).toEqual(['consent.revoked']);
    const other = await makePerson('bob', 2);
    await expect(storeRevocation(revocation, other.envelope)).rejects.toMatchObject({
      code: 'consent.revocation.invalid',
    });
  });
  it('stays, also when its file is removed or damaged', async () => {
    const { envelope, key } = await makePerson('ann', 1);
    await revoke(envelope, key);
    const folder = join(at.home, 'revocations');
    const [file] = readdirSync(folder);
    const path = join(folder, file ?? '');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"value": "./, '"value": "_'));
    expect(await failing(envelope)).toEqual(['consent.revoked']);
    writeFileSync(path, '');
    expect(await failing(envelope)).toEqual(['consent.revoked']);
    rmSync(path);
    expect(await failing(envelope)).toEqual(['consent.revoked']);
  });
  it('a later record takes the place of the one it names', async () => {
    const ann = await makePerson('ann', 1);
    const next = await createRecord({ ...usual(ann.key, 'Ann', ann.face(3)), supersedes: ann.envelope.record.id });
    expect(await failing(ann.envelope)).toEqual([]);
    const signed = await signRecord(next, ann.key);
    expect(await failing(ann.envelope)).toEqual(['consent.superseded']);
    expect(await failing(signed)).toEqual([]);
  });
});

describe('the audit log', () => {
  const fill = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await appendAudit('record', { i });
  };
  it('counts and chains its entries, also when many write at once', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => appendAudit('record', { i })));
    const entries = await readAudit();
    expect(entries.map((e) => e.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(new Set(entries.map((e) => e.facts['i'])).size).toBe(12);
  });
  it('shows every change: any byte, a line out, a line in, two lines swapped, the end cut off, the head made anew', async () => {
    await fill(5);
    const path = auditLogPath();
    const head = join(at.home, 'audit.head.json');
    const good = readFileSync(path, 'utf8');
    const goodHead = readFileSync(head, 'utf8');
    const lines = good.trimEnd().split('\n');
    const join_ = (l: readonly string[]): string => `${l.join('\n')}\n`;
    const wrong = [
      ...[10, 60, 130, 200, good.length - 3].map(
        (i) => good.slice(0, i) + (good[i] === '1' ? '2' : '1') + good.slice(i + 1),
      ),
      join_(lines.filter((_, i) => i !== 2)),
      join_([...lines, lines[4] ?? '']),
      join_([lines[0], lines[2], lines[1], lines[3], lines[4]].map((l) => l ?? '')),
      join_(lines.slice(0, 4)),
      good.slice(0, -5),
      '',
    ];
    for (const text of wrong) {
      writeFileSync(path, text);
      await expect(readAudit(), text.slice(-80)).rejects.toMatchObject({ code: 'consent.audit.broken' });
    }
    writeFileSync(path, good);
    expect(await readAudit()).toHaveLength(5);
    writeFileSync(path, join_(lines.slice(0, 4)));
    writeFileSync(head, goodHead.replace('"entries":5', '"entries":4'));
    await expect(readAudit()).rejects.toMatchObject({ code: 'consent.audit.broken' });
    await expect(appendAudit('record', {})).rejects.toMatchObject({ code: 'consent.audit.broken' });
    rmSync(head);
    await expect(readAudit()).rejects.toMatchObject({ code: 'consent.audit.broken' });
  });
  it('is not blocked by the lock of a process that died', async () => {
    await fill(1);
    writeFileSync(join(at.home, 'audit.lock'), '999999999');
    await fill(1);
    expect(await readAudit()).toHaveLength(2);
  });
});

describe('what is written', () => {
  it('is private where it is secret, and holds neither keys nor faces in the clear', async () => {
    const { envelope, face, key } = await makePerson('ann', 1);
    const [entry] = envelope.record.likeness;
    if (entry === undefined) throw new Error('no entry');
    const references = await openTemplate(entry);
    await revoke(envelope, key, 'test');
    const needles = references.flatMap(({ a, b }) =>
      [a, b].flatMap((v) => [
        Buffer.from(v.buffer, v.byteOffset, 16),
        Buffer.from(Buffer.from(v.buffer, v.byteOffset, 24).toString('base64').slice(0, 24)),
        Buffer.from(String(v[0]).slice(0, 9)),
        Buffer.from(String(v[3]).slice(0, 9)),
      ]),
    );
    const files = readdirSync(at.home, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    expect(files.length).toBeGreaterThanOrEqual(6);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const bytes = readFileSync(path);
      for (const needle of needles) expect(bytes.includes(needle), `${path} holds an embedding`).toBe(false);
      // The ASN.1 prefix of every Ed25519 private key, raw and in base64.
      expect(bytes.includes(Buffer.from('302e020100300506032b657004220420', 'hex')), path).toBe(false);
      expect(bytes.includes('MC4CAQAwBQYDK2VwBCIEI'), path).toBe(false);
      expect(bytes.includes('PRIVATE KEY'), path).toBe(false);
      if (process.platform !== 'win32' && /key|vault|audit/.test(path.slice(at.home.length)))
        expect(statSync(path).mode & 0o077, path).toBe(0);
    }
    expect(face(1)).toHaveLength(1);
  });
});
