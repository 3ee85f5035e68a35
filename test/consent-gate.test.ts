/** The gate: what is granted, what is refused and by which rule, and that a grant cannot be made up. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizeWith } from '../src/consent/grant.js';
import {
  type AuthorizationRequest,
  authorize,
  CONSENT_RULES,
  ConsentRefusedError,
  type ConsentRule,
  createRecord,
  Grant,
  type NewRecord,
  type Party,
  readAudit,
  revoke,
  SigningKey,
  signRecord,
} from '../src/consent/index.js';
import {
  goodRequest,
  madeUpFace,
  makePerson,
  type Person,
  SOURCE_HASH,
  TARGET_HASH,
  temporaryHome,
  usual,
} from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  at = temporaryHome();
  ann = await makePerson('ann', 1);
  bob = await makePerson('bob', 2);
});
afterEach(() => at.remove());

/** Asks, and gives the refusal. */
async function refusal(request: AuthorizationRequest, now?: Date): Promise<ConsentRefusedError> {
  const asked = now === undefined ? authorize(request) : authorizeWith(request, () => now);
  return asked.then(
    () => {
      throw new Error('it was granted');
    },
    (error: unknown) => {
      if (error instanceof ConsentRefusedError) return error;
      throw error;
    },
  );
}

const withSource = (change: Partial<Party>): AuthorizationRequest => {
  const request = goodRequest(ann, bob);
  return { ...request, source: { ...request.source, ...change } };
};
const withReplaced = (change: Partial<Party>): AuthorizationRequest => {
  const request = goodRequest(ann, bob);
  return { ...request, replaced: { ...(request.replaced as Party), ...change } };
};
/** Ann's record with another scope or term, signed by her. */
async function annWith(change: (record: NewRecord) => NewRecord): Promise<AuthorizationRequest> {
  const envelope = await signRecord(await createRecord(change(usual(ann.key, 'Ann', ann.face(8)))), ann.key);
  return withSource({ envelope });
}

describe('authorize', () => {
  it('grants what both records cover, and says so in the log', async () => {
    const grant = await authorize(goodRequest(ann, bob));
    expect(Grant.is(grant)).toBe(true);
    expect(grant.terms).toMatchObject({
      operations: ['train', 'faceSwap'],
      source: { recordId: ann.envelope.record.id, recordDigest: ann.envelope.digest, footageSha256: SOURCE_HASH },
      replaced: { recordId: bob.envelope.record.id, footageSha256: TARGET_HASH },
    });
    const last = (await readAudit()).at(-1);
    expect(last).toMatchObject({
      kind: 'grant',
      facts: { grant: grant.terms.id, sourceRecord: ann.envelope.record.id },
    });
  });

  it('grants a record that asks for a visible label and a watermark: everything made carries both', async () => {
    const asked = await annWith((r) => ({ ...r, scope: { ...r.scope, visibleLabel: true, watermark: true } }));
    const grant = await authorize(asked);
    expect(grant.terms.source.labelRequired).toMatchObject({ visible: true, watermark: true });
  });

  const cases: [
    name: string,
    rule: ConsentRule,
    request: () => AuthorizationRequest | Promise<AuthorizationRequest>,
  ][] = [
    [
      'an operation that is not in the record',
      'consent.scope.operation',
      () => ({ ...goodRequest(ann, bob), operation: 'lipSync' }),
    ],
    [
      'one operation more than is in the record',
      'consent.scope.operation',
      () => ({ ...goodRequest(ann, bob), operation: ['faceSwap', 'voiceClone'] }),
    ],
    ['another use', 'consent.scope.use', () => ({ ...goodRequest(ann, bob), use: 'advertising' })],
    ['a use that only begins alike', 'consent.scope.use', () => ({ ...goodRequest(ann, bob), use: 'filmography' })],
    [
      'a medium that is not in the record',
      'consent.scope.medium',
      () => ({ ...goodRequest(ann, bob), medium: 'audio' }),
    ],
    [
      'a use the record prohibits',
      'consent.prohibited',
      () =>
        annWith((r) => ({ ...r, scope: { ...r.scope, prohibitedUses: ['film.horror'] } })).then((q) => ({
          ...q,
          use: 'film.horror.zombies',
        })),
    ],
    [
      'a sexual use, even where the record would allow it',
      'consent.prohibited',
      () =>
        annWith((r) => ({ ...r, scope: { ...r.scope, uses: ['film', 'sexual'], prohibitedUses: [] } })).then((q) => ({
          ...q,
          use: 'sexual',
        })),
    ],
    ['a sexual use under another name', 'consent.prohibited', () => ({ ...goodRequest(ann, bob), use: 'film.sexual' })],
    [
      'a deceptive use',
      'consent.prohibited',
      () =>
        annWith((r) => ({ ...r, scope: { ...r.scope, uses: ['deception'], prohibitedUses: [] } })).then((q) => ({
          ...q,
          use: 'deception',
        })),
    ],
    [
      'a territory outside',
      'consent.scope.territory',
      () =>
        annWith((r) => ({ ...r, scope: { ...r.scope, territories: ['DE', 'US-CA'] } })).then((q) => ({
          ...q,
          territory: 'US-NY',
        })),
    ],
    [
      'no territory where the record is limited',
      'consent.scope.territory',
      () => annWith((r) => ({ ...r, scope: { ...r.scope, territories: ['DE'] } })),
    ],
    [
      'a channel outside',
      'consent.scope.channel',
      () =>
        annWith((r) => ({ ...r, scope: { ...r.scope, channels: ['intranet'] } })).then((q) => ({
          ...q,
          channel: 'web',
        })),
    ],
    [
      'a record that was given to somebody else',
      'consent.licensee',
      async () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const studio = new SigningKey(privateKey);
        const licensee = { did: studio.did, name: 'Studio', contact: null, sublicensable: false };
        const made = await createRecord({ ...usual(ann.key, 'Ann', ann.face(8)), licensee });
        return withSource({ envelope: await signRecord(await signRecord(made, ann.key), studio) });
      },
    ],
    [
      'a face shown that may only be replaced',
      'consent.scope.role',
      () => annWith((r) => ({ ...r, scope: { ...r.scope, roles: ['replaced'] } })),
    ],
    [
      'an unsigned record',
      'consent.signature',
      async () => withSource({ envelope: await createRecord(usual(ann.key, 'Ann', ann.face(3))) }),
    ],
    [
      'a record with an edited scope',
      'consent.digest',
      () => {
        const envelope = structuredClone(ann.envelope);
        envelope.record.scope.uses.push('advertising');
        return { ...withSource({ envelope }), use: 'advertising' };
      },
    ],
    ['a record without a shape', 'consent.structure', () => withSource({ envelope: {} as never })],
    ['another person in the source footage', 'consent.face.source', () => withSource({ identities: bob.face(30) })],
    ['another person replaced', 'consent.face.target', () => withReplaced({ identities: ann.face(30) })],
    [
      'somebody nobody signed for replaced',
      'consent.face.target',
      () => withReplaced({ identities: madeUpFace(77)(30) }),
    ],
    ['footage without a face', 'consent.face.source', () => withSource({ identities: [] })],
    [
      'faces that are not numbers',
      'consent.face.source',
      () =>
        withSource({
          identities: ann
            .face(5)
            .map(() => ({ a: new Float32Array(1024).fill(Number.NaN), b: new Float32Array(192).fill(Number.NaN) })),
        }),
    ],
    [
      'faces of zero length',
      'consent.face.source',
      () => withSource({ identities: [{ a: new Float32Array(1024), b: new Float32Array(192) }] }),
    ],
    [
      'a second person at minute nine',
      'consent.face.source',
      () => withSource({ identities: [...ann.face(180), ...madeUpFace(9)(20)] }),
    ],
    [
      'a second person for a moment in a long film',
      'consent.face.source',
      () => withSource({ identities: [...ann.face(500), ...madeUpFace(9)(4), ...ann.face(500)] }),
    ],
    [
      'two people mixed half and half',
      'consent.face.source',
      () => withSource({ identities: ann.face(30).flatMap((f) => [f, ...madeUpFace(9)(1)]) }),
    ],
    ['footage without a hash', 'consent.footage', () => withSource({ footageSha256: '' })],
    [
      'a template that is gone',
      'consent.template.missing',
      () => {
        rmSync(join(at.home, 'vault'), { recursive: true });
        return goodRequest(ann, bob);
      },
    ],
    [
      'a template file put in the place of another',
      'consent.template.tampered',
      () => {
        const [mine, other] = [ann, bob].map((p) =>
          join(at.home, 'vault', `${p.envelope.record.likeness[0]?.templateRef.slice(6)}.template.json`),
        );
        writeFileSync(mine ?? '', readFileSync(other ?? ''));
        return withSource({ identities: bob.face(30) });
      },
    ],
    [
      'a template with a changed byte',
      'consent.template.tampered',
      () => {
        const path = join(at.home, 'vault', `${ann.envelope.record.likeness[0]?.templateRef.slice(6)}.template.json`);
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.slice(0, 900) + (text[900] === 'A' ? 'B' : 'A') + text.slice(901));
        return goodRequest(ann, bob);
      },
    ],
    [
      'a withdrawn record',
      'consent.revoked',
      async () => {
        await revoke(ann.envelope, ann.key);
        return goodRequest(ann, bob);
      },
    ],
    [
      'a withdrawn record whose revocation was deleted',
      'consent.revoked',
      async () => {
        await revoke(bob.envelope, bob.key);
        rmSync(join(at.home, 'revocations'), { recursive: true });
        return goodRequest(ann, bob);
      },
    ],
    [
      'a record another one has replaced',
      'consent.superseded',
      async () => {
        await signRecord(
          await createRecord({ ...usual(ann.key, 'Ann', ann.face(3)), supersedes: ann.envelope.record.id }),
          ann.key,
        );
        return goodRequest(ann, bob);
      },
    ],
    [
      'an expired record',
      'consent.term',
      () => annWith((r) => ({ ...r, term: { from: new Date('2020-01-01'), to: new Date('2021-01-01') } })),
    ],
    [
      'a record that is not yet valid',
      'consent.term',
      () => annWith((r) => ({ ...r, term: { from: new Date('2090-01-01'), to: new Date('2091-01-01') } })),
    ],
  ];
  it.each(cases)('refuses %s: %s', async (_name, rule, request) => {
    const error = await refusal(await request());
    expect(error.rule, error.message).toBe(rule);
    expect(error.code).toBe(rule);
    expect(error.message).toMatch(/^Refused for the (source|replaced) person/);
    expect(error.hint).toContain(CONSENT_RULES[rule]);
    expect(error.party).toMatch(/person$/);
  });

  it('refuses a clock that was set back behind the log', async () => {
    const error = await refusal(goodRequest(ann, bob), new Date(Date.now() - 3_600_000));
    expect(error.rule).toBe('consent.clock');
  });
  it('does not go by a log that was tampered with', async () => {
    const path = join(at.home, 'audit.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(1).join('\n'));
    await expect(authorize(goodRequest(ann, bob))).rejects.toMatchObject({ code: 'consent.audit.broken' });
  });
  it('wants both people for a swap, one for training', async () => {
    await expect(authorize({ ...goodRequest(ann, bob), replaced: null })).rejects.toMatchObject({
      code: 'consent.request',
    });
    await expect(authorize({ ...goodRequest(ann, bob), operation: [] })).rejects.toMatchObject({
      code: 'consent.request',
    });
    expect(
      (await authorize({ ...goodRequest(ann, bob), operation: 'train', replaced: null })).terms.replaced,
    ).toBeNull();
  });
  it('puts refusals into the log, with the rule and without the face', async () => {
    await refusal(withSource({ identities: bob.face(30) }));
    const last = (await readAudit()).at(-1);
    expect(last).toMatchObject({ kind: 'refusal', facts: { rule: 'consent.face.source', party: 'source' } });
    expect(JSON.stringify(last).length).toBeLessThan(1500);
  });
  it('looks at copies: what is changed while it looks does not count', async () => {
    const envelope = structuredClone(ann.envelope);
    const identities = ann.face(30);
    const asked = authorize(withSource({ envelope, identities }));
    envelope.record.scope.uses.push('advertising');
    for (const face of identities) face.b.fill(0);
    const grant = await asked;
    expect(grant.terms.source.recordDigest).toBe(ann.envelope.digest);
  });
  it('lets a few blurred or turned faces pass', async () => {
    const blurred = ann.face(6).map(({ a, b }) => ({ a, b: b.map((x, i) => (i % 2 === 0 ? x : 0)) }));
    expect(Grant.is(await authorize(withSource({ identities: [...ann.face(24), ...blurred] })))).toBe(true);
  });
});

describe('a grant', () => {
  it('covers its own operations and files, and no others', async () => {
    const grant = await authorize({ ...goodRequest(ann, bob), operation: 'faceSwap' });
    grant.assertCovers({ operation: 'faceSwap', sourceSha256: SOURCE_HASH, targetSha256: TARGET_HASH });
    const wrong = [
      { operation: 'train' as const },
      { operation: 'faceSwap' as const, sourceSha256: TARGET_HASH },
      { operation: 'faceSwap' as const, targetSha256: SOURCE_HASH },
    ];
    for (const deed of wrong) expect(() => grant.assertCovers(deed)).toThrow(ConsentRefusedError);
  });
  it('ends with a withdrawal, at once', async () => {
    const grant = await authorize(goodRequest(ann, bob));
    grant.assertCovers({ operation: 'faceSwap' });
    await revoke(bob.envelope, bob.key);
    expect(() => grant.assertCovers({ operation: 'faceSwap' })).toThrow(/replaced person.*withdrawn/);
  });
  it('ends with the term, and when the clock goes back', async () => {
    let now = new Date();
    const grant = await authorizeWith(goodRequest(ann, bob), () => now);
    grant.assertCovers({ operation: 'faceSwap' });
    now = new Date(Date.parse(ann.envelope.record.term.notAfter) + 1);
    expect(() => grant.assertCovers({ operation: 'faceSwap' })).toThrow(/term ended/);
    now = new Date(Date.now() - 3_600_000);
    expect(() => grant.assertCovers({ operation: 'faceSwap' })).toThrow(/clock/);
  });
  it('cannot be made up', async () => {
    const grant = await authorize(goodRequest(ann, bob));
    const Make = Grant as unknown as new (...args: unknown[]) => Grant;
    class Mine extends Make {}
    expect(() => new Make(Symbol('mint'), grant.terms, {})).toThrow(/authorize/);
    expect(() => new Make()).toThrow(/authorize/);
    expect(() => new Mine(Symbol('mint'), grant.terms)).toThrow(/authorize/);
    expect(() => Reflect.construct(Grant, [Symbol.for('mint'), grant.terms])).toThrow(/authorize/);
    const forged: unknown[] = [
      Object.create(Grant.prototype),
      Object.create(grant),
      Object.setPrototypeOf({ ...grant }, Grant.prototype),
      structuredClone(grant.terms),
      JSON.parse(JSON.stringify(grant)),
      new Proxy(grant, {}),
      { ...grant, assertCovers: () => undefined },
      null,
      undefined,
      'grant',
    ];
    for (const thing of forged) {
      expect(Grant.is(thing)).toBe(false);
      if (thing instanceof Grant) expect(() => thing.assertCovers({ operation: 'faceSwap' })).toThrow();
    }
  });
  it('cannot be bent: neither its terms nor its methods', async () => {
    const grant = await authorize(goodRequest(ann, bob));
    expect(() => Object.assign(grant, { assertCovers: () => undefined })).toThrow(TypeError);
    expect(() => Object.assign(Grant.prototype, { assertCovers: () => undefined })).toThrow(TypeError);
    expect(() => Object.assign(Grant, { is: () => true })).toThrow(TypeError);
    expect(() => Object.assign(grant.terms.source, { footageSha256: TARGET_HASH })).toThrow(TypeError);
    expect(() => (grant.terms.operations as string[]).push('voiceClone')).toThrow(TypeError);
  });
  it('names no faces in its file or in the log', async () => {
    const grant = await authorize(goodRequest(ann, bob));
    const text = JSON.stringify(grant) + readFileSync(join(at.home, 'audit.jsonl'), 'utf8');
    for (const face of [...ann.face(2), ...bob.face(2)]) expect(text).not.toContain(String(face.b[0]).slice(0, 8));
    expect(readdirSync(at.home)).not.toContain('faces');
  });
});
