/** Signing by link: the key opens with the word that only the person has, and the same word withdraws. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../src/base/index.js';
import {
  type ConsentEnvelope,
  createKey,
  createRecord,
  newRevocationToken,
  readAudit,
  revokeWithToken,
  verifyRecord,
} from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { captureTermsSchema, type Database, type JobStore } from '../src/jobs/index.js';
import type { StudioContext } from '../src/server/api.js';
import { languageOf } from '../src/server/language.js';
import { type Capture, Captures } from '../src/server/services/captures.js';
import type { MediaStore } from '../src/server/services/media-store.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-link-'));
const { token: word } = newRevocationToken();
const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));
const row: Capture = {
  id: '01234567-89ab-4def-8123-456789abcdef',
  name: 'Alex',
  terms: {
    ...captureTermsSchema.parse({ project: 'Short', uses: ['film'], roles: ['source'], operations: ['faceSwap'] }),
    material: 'm',
    person: null,
  },
  challenge: null,
  report: { job: 'j', key: 'alex-link', recording: 'r' },
  consent: null,
  expiresAt: new Date(Date.now() + 60_000),
};
/** Whose signature was written down. */
let consent: string | null = null;
let captures: Captures;

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = folder;
  const key = await createKey('alex-link', word);
  const studio = await createKey('studio-licensee');
  const envelope: ConsentEnvelope = await createRecord({
    subject: { did: key.did, displayName: 'Alex', adult: true },
    faces: [{ a: unit(1024), b: unit(192) } as Identity],
    licensee: { did: studio.did, name: 'This studio', contact: null, sublicensable: false },
    project: { title: 'Short' },
    scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'], scriptApproval: 'perItem' },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  // A recording takes minutes to draw and to measure (capture.test.ts does); here its job has ended well.
  const jobs = { get: async () => ({ state: 'done', result: { report: { checks: [] }, envelope } }) };
  const media = { list: async () => [] };
  const db = {
    query: async (text: string, values: readonly string[]) => {
      if (text.startsWith('SELECT')) return values[0] === consent ? [{ ...row, consent }] : [];
      consent = values[1] ?? null;
      return [];
    },
  };
  captures = new Captures(db as unknown as Database, jobs as unknown as JobStore, media as unknown as MediaStore, {
    current: async () => null,
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a record by link', () => {
  it('shows the record itself before it is signed', async () => {
    const seen = await captures.view(row, 'en');
    expect(seen.state).toBe('ready');
    expect(seen.words.join(' ')).toContain('Alex allows');
  });

  it('says before there is one what is asked, also of an invitation that knew of less', async () => {
    const words = async (terms: object): Promise<string> => {
      const seen = await captures.view(
        { ...row, report: null, terms: { ...row.terms, ...terms } as Capture['terms'] },
        'en',
      );
      return seen.words.join(' ');
    };
    const all = await words({
      scriptApproval: 'perItem',
      pay: { kind: 'fee', note: '500 EUR' },
      legalBasis: 'contract',
      governingLaw: 'Germany',
      noticeHours: 48,
      effect: 'stopNewGenerationAndUnpublishWhereFeasible',
      postTerm: 'deleteModels',
    });
    for (const part of [
      'You approve every single film and picture',
      'Pay: a fee: 500 EUR.',
      'Legal basis: contract; law of Germany.',
      '48 hours of notice of a withdrawal; Likeness does not wait for that.',
      'taken down too',
      'publications withdrawn',
    ])
      expect(all).toContain(part);
    const before = await words(
      Object.fromEntries(
        ['scriptApproval', 'pay', 'legalBasis', 'noticeHours', 'effect', 'postTerm'].map((k) => [k, undefined]),
      ),
    );
    expect(before).toContain('No pay is agreed.');
    expect(before).not.toContain('approve');
    expect(before).not.toContain('sign for');
    const guarded = await words({ signer: { name: 'Pat', relation: 'guardian' } });
    expect(guarded).toContain('Pat, you sign for Alex, a minor, as their guardian.');
    expect(guarded).toContain('with the word that you are given, Pat;');
  });

  it('speaks the language of the page, before and after there is a record', async () => {
    const early = await captures.view({ ...row, report: null }, 'de');
    expect(early).toMatchObject({ wordsLanguage: 'de', wordsSha256: null });
    for (const part of ['Ihr Gesicht darf anderen Personen aufgesetzt werden (Video, Bild).', 'Für 365 Tage'])
      expect(early.words.join(' ')).toContain(part);
    const late = await captures.view(row, 'es');
    expect(late.words.join(' ')).toContain('Alex permite lo siguiente a este estudio: intercambiar rostros.');
    expect(late.wordsSha256).toBe(sha256(`${late.words.join('\n')}\n`));
  });

  it('reads the language of a request: the address first, then the header, then English', () => {
    const asked = (header: string | undefined, query?: string) =>
      languageOf({ req: { header: () => header, query: () => query } } as unknown as StudioContext);
    expect(asked(undefined)).toBe('en');
    expect(asked('fr-FR, de-AT;q=0.8, en;q=0.5')).toBe('de');
    expect(asked('de', 'es')).toBe('es');
    expect(() => asked('de', 'fr')).toThrow('Records cannot be read in this language.');
  });

  it('is not signed where another text was read than the one it has', async () => {
    const shown = { language: 'de' as const, sha256: '0'.repeat(64) };
    await expect(captures.sign(row, word, shown)).rejects.toMatchObject({ status: 409, code: 'capture.words' });
    expect(consent).toBeNull();
  });

  it('is not signed with another word', async () => {
    await expect(captures.sign(row, newRevocationToken().token)).rejects.toMatchObject({
      code: 'consent.secret.locked',
    });
    await expect(captures.sign(row, '')).rejects.toMatchObject({ code: 'consent.passphrase.missing' });
    expect(consent).toBeNull();
  });

  it('is signed with the word, once, stands, and is withdrawn with the same word', async () => {
    const { wordsSha256 } = await captures.view(row, 'de');
    const signed = await captures.sign(row, word, { language: 'de', sha256: wordsSha256 ?? '' });
    // Which text the person read stands beside their signature, and beside the studio's none.
    const [own, house] = (await readAudit()).filter(({ kind }) => kind === 'record');
    expect(own?.facts).toMatchObject({ language: 'de', text: `sha256:${wordsSha256}` });
    expect(house?.facts).not.toHaveProperty('language');
    expect((await verifyRecord(signed)).stands).toBe(true);
    // Both sides: the person with their word, the studio with its own key.
    expect(signed.signatures.map((s) => s.role).sort()).toEqual(['licensee', 'subject']);
    expect(signed.record.licensee?.did).not.toBe(signed.record.subject.did);
    expect(`urn:uuid:${consent}`).toBe(signed.record.id);
    await expect(captures.sign({ ...row, consent }, word)).rejects.toMatchObject({ code: 'capture.state' });
    await expect(revokeWithToken(signed, newRevocationToken().token)).rejects.toMatchObject({
      code: 'consent.revocation.invalid',
    });
    // The same word opens the key for what they approve film by film; another one does not.
    const id = consent ?? '';
    expect((await captures.keyOf(id, `https://studio.example/withdraw#record=${id}&word=${word}`)).did).toBe(
      signed.record.subject.did,
    );
    await expect(captures.keyOf(id, newRevocationToken().token)).rejects.toMatchObject({
      code: 'consent.secret.locked',
    });
    await expect(captures.keyOf('another', word)).rejects.toMatchObject({ code: 'consent.approval.how' });
    await revokeWithToken(signed, word);
    expect((await verifyRecord(signed)).stands).toBe(false);
  });
});
