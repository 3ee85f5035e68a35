/** Status lists as the W3C standard (2025-05-15) has them, the printable page, strict JSON, the rule on explicit content. */
import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { base58btc } from 'multiformats/bases/base58';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { canonicalBytes } from '../src/consent/canonical.js';
import { publicKeyOf } from '../src/consent/did.js';
import {
  consentPage,
  describeRecord,
  EXPLICIT_LIMITS,
  explicitFrameScores,
  judgeExplicit,
  pageCode,
  SigningKey,
  statusAt,
  verifyRecord,
} from '../src/consent/index.js';
import { parseJson } from '../src/consent/json.js';
import { parseStatusList, signStatusList, statusesSet } from '../src/consent/status-list.js';
import { stopModels } from '../src/models/index.js';
import { makePerson, temporaryHome } from './consent-people.js';

const key = new SigningKey(generateKeyPairSync('ed25519').privateKey);
const list = (set: readonly number[]) =>
  signStatusList(
    {
      url: 'https://studio.example/status/1',
      purpose: 'revocation',
      set,
      validFrom: new Date('2026-11-24T10:00:00Z'),
      validUntil: new Date('2026-12-24T10:00:00Z'),
    },
    key,
  );

describe('a status list', () => {
  it('is a credential as the standard has it: multibase, gzip, 131,072 bits, the first leftmost', () => {
    const made = list([0, 9, 131_071]);
    expect(made).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: key.did,
      credentialSubject: { type: 'BitstringStatusList', statusPurpose: 'revocation' },
    });
    const { encodedList } = made.credentialSubject;
    expect(encodedList[0]).toBe('u');
    const bits = gunzipSync(Buffer.from(encodedList.slice(1), 'base64url'));
    expect(bits.length).toBe(16_384);
    expect([bits[0], bits[1], bits[16_383]]).toEqual([0b1000_0000, 0b0100_0000, 1]);
    expect(statusesSet(made)).toEqual([0, 9, 131_071]);
    expect([0, 1, 9, 131_071].map((i) => statusAt(made, i))).toEqual([true, false, true, true]);
    expect(() => statusAt(made, 131_072)).toThrow(/no entry/);
    expect(() => statusAt(made, -1)).toThrow(/no entry/);
    expect(() => list([131_072])).toThrow(/no place/);
  });

  it('is signed by the suite eddsa-jcs-2022, as another program would check it', () => {
    const { proof, ...body } = list([5]);
    const { proofValue, ...settings } = proof;
    expect(settings).toMatchObject({ type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022' });
    const hash = (value: unknown): Buffer => createHash('sha256').update(canonicalBytes(value)).digest();
    const signed = Buffer.concat([hash(settings), hash(body)]);
    expect(verify(null, signed, publicKeyOf(key.did), base58btc.decode(proofValue))).toBe(true);
  });

  it('is refused with any bit changed', () => {
    const good = JSON.stringify(list([5]));
    expect(parseStatusList(JSON.parse(good), 'x').issuer).toBe(key.did);
    for (const [from, to] of [
      ['2026-12-24', '2027-12-24'],
      ['"revocation"', '"suspension"'],
      ['status/1"', 'status/2"'],
      [key.did, new SigningKey(generateKeyPairSync('ed25519').privateKey).did],
      ['"encodedList":"u', '"encodedList":"uH'],
      ['"proofValue":"z', '"proofValue":"zz'],
    ] as const) {
      const text = good.replace(from, to);
      expect(text).not.toBe(good);
      expect(() => parseStatusList(JSON.parse(text), 'x'), from).toThrow(/signature|not a status list/);
    }
  });
});

describe('the page of a record', () => {
  let at: ReturnType<typeof temporaryHome>;
  beforeEach(() => {
    at = temporaryHome();
  });
  afterEach(() => at.remove());

  it('says what the record says, carries its code, and lets no name become markup', async () => {
    const { envelope } = await makePerson('ann', 1, (r) => ({
      ...r,
      subject: { ...r.subject, displayName: 'Ann <script>alert(1)</script>\u202e"x' },
      scope: { ...r.scope, count: 3, languages: ['en'] },
    }));
    const page = consentPage(envelope, await verifyRecord(envelope), new Date());
    expect(page).not.toContain('<script');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('it stands');
    expect(page).toContain(envelope.digest);
    expect(page).toMatch(/<svg role="img" aria-label="[^"]+"/);
    expect(page).not.toMatch(/(src|href)=/);
    expect(page).toContain('>3<');
    expect(pageCode(envelope)).toContain(envelope.digest);
    expect(describeRecord(envelope)).toContain('for 3 renders');
  });
});

describe('strict JSON', () => {
  it('reads what is plain and refuses what could be read in two ways', () => {
    const plain = { a: 1, b: [{ a: 2 }, { a: 'x": 1' }], c: { a: '\\' } };
    expect(parseJson(JSON.stringify(plain), 'x')).toEqual(plain);
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '[{"b":{"a":1, "a" :2}}]',
      '{"__proto__":{}}',
      '{"a":1',
      '',
      `${'['.repeat(65)}${']'.repeat(65)}`,
    ])
      expect(() => parseJson(text, 'x'), text).toThrow(/x is/);
  });
});

describe('explicit content', () => {
  const looks = (...scores: number[]) => scores.map((score, i) => ({ at: i / 2, score }));
  it('refuses one sure look, and a doubtful stretch, and nothing below', () => {
    const { single, mean } = EXPLICIT_LIMITS;
    expect(judgeExplicit(looks(0, 0.1, single, 0)).refused).toBe(true);
    expect(judgeExplicit(looks(0, 0.1, single, 0)).why).toContain('at 1.0 s');
    expect(judgeExplicit(looks(mean, mean, mean, mean, mean)).refused).toBe(true);
    expect(judgeExplicit(looks(mean, mean, 0, mean, mean)).refused).toBe(false);
    expect(judgeExplicit(looks(...Array.from({ length: 100 }, () => mean - 0.01))).refused).toBe(false);
    expect(judgeExplicit([]).refused).toBe(false);
    expect(judgeExplicit(looks(Number.NaN)).refused).toBe(true);
  });
  it('is not seen in drawn heads', async () => {
    async function* drawn() {
      for (const seed of [1, 2, 3])
        yield renderActor(createActor(seed), restState({}), { width: 160, height: 120 }).frame;
    }
    const scores = await explicitFrameScores(drawn());
    expect(scores).toHaveLength(3);
    for (const score of scores) expect(judgeExplicit(looks(score)).refused).toBe(false);
    await stopModels();
  });
});
