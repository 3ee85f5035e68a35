/** Signing by link: the key opens with the word that only the person has, and the same word withdraws. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConsentEnvelope,
  createKey,
  createRecord,
  newRevocationToken,
  revokeWithToken,
  verifyRecord,
} from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { captureTermsSchema, type Database, type JobStore } from '../src/jobs/index.js';
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
  captures = new Captures(db as unknown as Database, jobs as unknown as JobStore, media as unknown as MediaStore);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a record by link', () => {
  it('shows the record itself before it is signed', async () => {
    const seen = await captures.view(row);
    expect(seen.state).toBe('ready');
    expect(seen.words.join(' ')).toContain('Alex allows');
  });

  it('says before there is one what is asked, also of an invitation that knew of less', async () => {
    const words = async (terms: object): Promise<string> => {
      const seen = await captures.view({ ...row, report: null, terms: { ...row.terms, ...terms } as Capture['terms'] });
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
  });

  it('is not signed with another word', async () => {
    await expect(captures.sign(row, newRevocationToken().token)).rejects.toMatchObject({
      code: 'consent.secret.locked',
    });
    await expect(captures.sign(row, '')).rejects.toMatchObject({ code: 'consent.passphrase.missing' });
    expect(consent).toBeNull();
  });

  it('is signed with the word, once, stands, and is withdrawn with the same word', async () => {
    const signed = await captures.sign(row, word);
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
