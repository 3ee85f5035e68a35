/** Attempts to get past the gate with records, requests and grants. None gets a picture out. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../src/consent/canonical.js';
import { authorizeWith } from '../src/consent/grant.js';
import {
  type AuthorizationRequest,
  type ConsentEnvelope,
  createKey,
  createRecord,
  SigningKey,
  signRecord,
  writeEnvelope,
} from '../src/consent/index.js';
import { madeUpFace, usual } from './consent-people.js';
import { type Attempt, GateWorld, type Plan } from './gate-world.js';

const w = new GateWorld();
beforeAll(async () => w.build());
afterEach(() => w.restore());
afterAll(() => w.remove());

const asks = (request: Partial<AuthorizationRequest>): Partial<Plan> => ({ request });
const freshKey = (): SigningKey => new SigningKey(generateKeyPairSync('ed25519').privateKey);
const source = (change: Partial<AuthorizationRequest['source']>): Partial<Plan> =>
  asks({ source: { envelope: w.ann.envelope, identities: w.ann.face(12), footageSha256: 'a'.repeat(64), ...change } });

it('the honest way leads out', async () => {
  await w.go({});
  expect(await w.published()).toBe(true);
});

describe('a record', () => {
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['a use added', /digest/, () => w.changed((e) => void e.record.scope.uses.push('advertising'))],
    ['a prohibition taken out', /digest/, () => w.changed((e) => void e.record.scope.prohibitedUses.pop())],
    ['an operation added', /digest/, () => w.changed((e) => void e.record.scope.operations.push('lipSync'))],
    ['a longer term', /digest/, () => w.edited((t) => t.replace(/"notAfter": "\d{4}/, '"notAfter": "2999'))],
    ['more renders', /digest/, () => w.changed((e) => void Object.assign(e.record.scope, { count: 999 }))],
    [
      'an edit with the digest made anew',
      /signature/,
      async () => {
        const { digestOf } = await import('../src/consent/canonical.js');
        return w.changed((e) => {
          e.record.scope.uses.push('advertising');
          e.digest = digestOf(e.record);
        });
      },
    ],
    ['no signatures', /signature/, () => w.changed((e) => void e.signatures.splice(0))],
    [
      'a signature by another key',
      /signature/,
      () => {
        const key = freshKey();
        return w.changed((e) => {
          for (const s of e.signatures) Object.assign(s, { kid: key.did, value: key.sign(Buffer.from('x')) });
        });
      },
    ],
    [
      'the signature of another record',
      /signature/,
      async () => {
        const other = await signRecord(await createRecord(usual(w.ann.key, 'Ann', w.ann.face(3))), w.ann.key);
        return w.changed((e) => void e.signatures.splice(0, 9, ...other.signatures));
      },
    ],
    [
      'a signature beside a forged one',
      /signature/,
      () =>
        w.changed((e) => void e.signatures.push({ ...(e.signatures[0] as object), value: 'A'.repeat(86) } as never)),
    ],
    [
      'the date of a signature changed',
      /signature/,
      () => w.changed((e) => void Object.assign(e.signatures[0] ?? {}, { created: '2020-01-01T00:00:00Z' })),
    ],
    [
      'the role of a signature changed',
      /signature/,
      () => w.changed((e) => void Object.assign(e.signatures[0] ?? {}, { role: 'licensee' })),
    ],
    [
      'the word taken out of a signature',
      /signature/,
      () => w.changed((e) => void delete (e.signatures[0] as { tokenHash?: string }).tokenHash),
    ],
    [
      'a longer spelling of a signature',
      /structure/,
      () => w.changed((e) => void Object.assign(e.signatures[0] ?? {}, { value: `${e.signatures[0]?.value}==` })),
    ],
    ['a field twice', /structure/, () => w.edited((t) => t.replace('"uses":', '"uses": ["advertising"], "uses":'))],
    [
      'a field twice, once in escapes',
      /structure/,
      () => w.edited((t) => t.replace('"uses":', '"us\\u0065s": ["advertising"], "uses":')),
    ],
    ['the digest twice', /structure/, () => w.edited((t) => t.replace('"digest":', '"digest": "x", "digest":'))],
    [
      '__proto__ in the record',
      /structure/,
      () => w.edited((t) => t.replace('"scope": {', '"scope": { "__proto__": {"uses": ["advertising"]},')),
    ],
    [
      '__proto__ in the scores',
      /structure/,
      () =>
        w.edited((t) =>
          t.replace(
            '"evidence": null',
            '"evidence": {"method": "referenceFootage", "footageHash": null, "transcriptHash": null, "challenge": null, "checks": {"__proto__": 1}, "captureHash": null, "review": null, "retentionUntil": null}',
          ),
        ),
    ],
    [
      'constructor in the record',
      /structure/,
      () => w.edited((t) => t.replace('"scope": {', '"scope": { "constructor": {"prototype": {}},')),
    ],
    ['an unknown field', /structure/, () => w.changed((e) => void Object.assign(e.record, { override: true }))],
    ['a number beyond all numbers', /structure/, () => w.edited((t) => t.replace('"count": null', '"count": 1e999'))],
    ['a count in words', /structure/, () => w.edited((t) => t.replace('"count": null', '"count": "1"'))],
    ['a count below nothing', /structure/, () => w.edited((t) => t.replace('"count": null', '"count": -1'))],
    [
      'an id that climbs out of its folder',
      /structure/,
      () => w.edited((t) => t.replace(/urn:uuid:[^"]*/, 'urn:uuid:../../../../etc/passwd')),
    ],
    ['an id in look-alike letters', /structure/, () => w.edited((t) => t.replace(/urn:uuid:./, 'urn:uuid:\u0430'))],
    [
      'an id in capitals',
      /structure|digest/,
      () =>
        w.edited((t) =>
          t.replace(/urn:uuid:[^"]*/, (id) => id.toUpperCase().replace('URN:UUID', 'urn:uuid').replace(/\d/, 'A')),
        ),
    ],
    ['a key in look-alike letters', /structure/, () => w.edited((t) => t.replace(/did:key:z6/, 'did:key:z\u0431'))],
    [
      'a vault entry that climbs out',
      /structure/,
      () => w.edited((t) => t.replace(/vault:[0-9a-f]{32}/, 'vault:../../../../../tmp/mine0000000')),
    ],
    [
      'a record ten megabytes long',
      /structure/,
      () => w.edited((t) => t.replace('"description": ""', `"description": "${'x'.repeat(10_000_000)}"`)),
    ],
    [
      'a record a thousand deep',
      /structure/,
      () =>
        w.edited((t) => t.replace('"compensation": null', `"compensation": ${'['.repeat(1000)}${']'.repeat(1000)}`)),
    ],
    ['a list of records', /structure/, () => w.edited((t) => `[${t}]`)],
    ['two records in one file', /structure/, () => w.edited((t) => t + t)],
    ['half a record', /structure/, () => w.edited((t) => t.slice(0, t.length / 2))],
    [
      'the record of somebody else for this face',
      /face\.source/,
      () => ({ sourceConsent: w.path('bob.consent.json') }),
    ],
    [
      'a record of a stranger on the template of Ann',
      /template\.claimed/,
      async () => {
        const key = await createKey('stranger');
        const made = await createRecord(usual(key, 'Stranger', w.bob.face(3)));
        const { digestOf } = await import('../src/consent/canonical.js');
        const record = { ...made.record, likeness: w.ann.envelope.record.likeness };
        const envelope = await signRecord({ record, digest: digestOf(record), signatures: [] }, key);
        await writeEnvelope(w.path('s.consent.json'), envelope);
        return { sourceConsent: w.path('s.consent.json') };
      },
    ],
    [
      'a template put into another record of the same person',
      /template\.tampered/,
      async () => {
        const made = await createRecord(usual(w.ann.key, 'Ann', w.ann.face(3)));
        const { digestOf } = await import('../src/consent/canonical.js');
        const [entry] = made.record.likeness;
        if (entry === undefined) throw new Error('no entry');
        const hash = w.bob.envelope.record.likeness[0]?.templateHash ?? '';
        const record = { ...made.record, likeness: [{ ...entry, templateHash: hash }] };
        const envelope = await signRecord({ record, digest: digestOf(record), signatures: [] }, w.ann.key);
        await writeEnvelope(w.path('t.consent.json'), envelope);
        return { sourceConsent: w.path('t.consent.json') };
      },
    ],
    [
      'a record for training alone',
      /scope\.operation/,
      () => w.signed((r) => ({ ...r, scope: { ...r.scope, operations: ['train'] } })),
    ],
    [
      'a record for video alone',
      /scope\.medium/,
      () => w.signed((r) => ({ ...r, scope: { ...r.scope, media: ['video'] } })),
    ],
    [
      'a record whose term is over',
      /term/,
      () => w.signed((r) => ({ ...r, term: { from: new Date('2020-01-01'), to: new Date('2021-01-01') } })),
    ],
    [
      'a record given to somebody who is not here',
      /licensee/,
      async () => {
        const studio = freshKey();
        const licensee = { did: studio.did, name: 'Studio', contact: null, sublicensable: false };
        const made = await createRecord({ ...usual(w.ann.key, 'Ann', w.ann.face(3)), licensee });
        await writeEnvelope(w.path('l.consent.json'), await signRecord(await signRecord(made, w.ann.key), studio));
        return { sourceConsent: w.path('l.consent.json') };
      },
    ],
    [
      'a record that the licensee has not signed',
      /signature/,
      () =>
        w.signed((r) => ({
          ...r,
          licensee: { did: freshKey().did, name: 'Studio', contact: null, sublicensable: false },
        })),
    ],
    [
      'a record that names no licensee, as they were made before',
      /signature/,
      async () => {
        const made = await createRecord(usual(w.ann.key, 'Ann', w.ann.face(3)));
        const record = { ...made.record, licensee: null };
        const old = await signRecord({ record, digest: digestOf(record), signatures: [] }, w.ann.key);
        await writeEnvelope(w.path('n.consent.json'), old);
        return { sourceConsent: w.path('n.consent.json') };
      },
    ],
    [
      'the signature as licensee taken out',
      /signature/,
      () => w.changed((e) => void e.signatures.splice(0, 9, ...e.signatures.filter((s) => s.role !== 'licensee'))),
    ],
    [
      'the signature as subject taken out',
      /signature/,
      () => w.changed((e) => void e.signatures.splice(0, 9, ...e.signatures.filter((s) => s.role !== 'subject'))),
    ],
    ['a minor who signs alone', /capacity/, () => w.signed((r) => ({ ...r, subject: { ...r.subject, adult: false } }))],
    [
      'somebody dead who signs',
      /capacity/,
      () => w.signed((r) => ({ ...r, subject: { ...r.subject, deceased: true } })),
    ],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));
});

describe('a request', () => {
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['a use in look-alike letters', /scope\.use/, () => asks({ use: 'f\u0456lm.short' })],
    ['a use with a zero byte', /scope\.use/, () => asks({ use: 'film\u0000' })],
    ['a use that begins alike', /scope\.use/, () => asks({ use: 'filmography' })],
    ['no use', /scope\.use/, () => asks({ use: '' })],
    ['a use called like a field of every object', /scope\.use/, () => asks({ use: '__proto__' })],
    ['a sexual use in capitals', /prohibited/, () => asks({ use: 'film.SEXUAL' })],
    ['a sexual use by another word', /prohibited/, () => asks({ use: 'film.pornography' })],
    ['undressing', /prohibited/, () => asks({ use: 'film.undressing' })],
    ['getting past an identity check', /prohibited/, () => asks({ use: 'film.kyc' })],
    ['an operation slipped in with others', /scope\.operation/, () => asks({ operation: ['faceSwap', 'voiceClone'] })],
    ['an operation nobody knows', /scope\.operation/, () => asks({ operation: 'toString' as never })],
    ['nobody replaced', /consent\.request/, () => asks({ replaced: null })],
    [
      'a place with a record for another',
      /scope\.territory/,
      async () => ({
        ...(await w.signed((r) => ({ ...r, scope: { ...r.scope, territories: ['DE'] } }))),
        ...asks({ territory: 'DE ' }),
      }),
    ],
    [
      'a channel outside',
      /scope\.channel/,
      async () => ({
        ...(await w.signed((r) => ({ ...r, scope: { ...r.scope, channels: ['intranet'] } }))),
        ...asks({ channel: 'Intranet' }),
      }),
    ],
    [
      'a record that says one thing when looked at and another when used',
      /digest|signature/,
      () => {
        let looks = 0;
        const twoFaced = new Proxy(w.ann.envelope, {
          get: (target, name) => {
            if (name !== 'record') return Reflect.get(target, name) as unknown;
            const record = structuredClone(target.record);
            if (looks++ % 2 === 0) record.scope.uses.push('advertising');
            return record;
          },
        });
        return source({ envelope: twoFaced });
      },
    ],
    ['footage named by another hash', /footage/, () => source({ footageSha256: 'f'.repeat(64) })],
    ['footage named by no hash', /footage/, () => source({ footageSha256: '../x' })],
    [
      'faces that are no numbers',
      /face\.source/,
      () => source({ identities: [{ a: new Float32Array(1024).fill(Number.NaN), b: new Float32Array(192) }] }),
    ],
    [
      'a face that answers to all',
      /face\.source/,
      () =>
        source({
          identities: [{ a: new Float32Array(1024).fill(Number.POSITIVE_INFINITY), b: new Float32Array(192).fill(1) }],
        }),
    ],
    [
      'a second face at minute nine',
      /face\.source/,
      () => ({ sourceFaces: [...w.ann.face(540), ...madeUpFace(9)(3), ...w.ann.face(60)] }),
    ],
    [
      'every other face somebody else',
      /face\.target/,
      () => ({ targetFaces: w.bob.face(20).flatMap((f) => [f, ...madeUpFace(9)(1)]) }),
    ],
    ['no faces', /face\.source/, () => ({ sourceFaces: [] })],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));

  it('a clock set back, and set forward and back', async () => {
    const request = {
      operation: 'faceSwap' as const,
      use: 'film',
      medium: 'picture' as const,
      source: { envelope: w.ann.envelope, identities: w.ann.face(9), footageSha256: 'a'.repeat(64) },
      replaced: { envelope: w.bob.envelope, identities: w.bob.face(9), footageSha256: 'b'.repeat(64) },
    };
    await expect(authorizeWith(request, () => new Date(Date.now() - 600_000))).rejects.toMatchObject({
      code: 'consent.clock',
    });
    let now = Date.now();
    const grant = await authorizeWith(request, () => new Date(now));
    now += 400 * 86_400_000;
    expect(() => grant.assertCovers({ operation: 'faceSwap' })).toThrow(/term ended/);
    now = Date.now() - 600_000;
    expect(() => grant.assertCovers({ operation: 'faceSwap' })).toThrow(/clock/);
  });
});

it('a record nobody can write is a record nobody reads', async () => {
  writeFileSync(w.path('e.consent.json'), '');
  await w.refused(() => ({ sourceConsent: w.path('e.consent.json') }), /structure/);
  await w.refused(() => ({ sourceConsent: w.path('nowhere.consent.json') }), /missing/);
  const none: Partial<ConsentEnvelope> = {};
  await w.refused(() => source({ envelope: none as ConsentEnvelope }), /structure/);
});
