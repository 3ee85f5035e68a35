/** The manifest store beside the audit log: what it answers for was sealed, whenever the process that sealed ended. */
import { readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random, sha256File } from '../src/base/index.js';
import { authorize, createRecord, type Grant, readAudit, signRecord } from '../src/consent/index.js';
import { seal, settleStore, storePath, verifyFile, wholeStore } from '../src/label/index.js';
import { prepareEntry } from '../src/label/store/store.js';
import { goodRequest, usual } from './consent-people.js';
import { filmBytes } from './label-film.js';
import { openStudio, type Studio } from './label-made.js';

let studio: Studio;
const DAY = 86_400_000;
const pending = (): string[] => readdirSync(storePath()).filter((name) => name.endsWith('.pending'));
const film = (name: string, seed: number): string => {
  writeFileSync(studio.path(name), filmBytes({ bytes: 3000, seed }));
  return studio.path(name);
};

/** An entry as a seal writes it, of a file that nobody sealed. */
const unsealed = (seed: number) => {
  const random = new Random(seed);
  const hex = (): string => Array.from({ length: 64 }, () => random.int(16).toString(16)).join('');
  return prepareEntry({
    title: 'never',
    mime: 'video/mp4',
    operation: 'faceSwap',
    sha256: hex(),
    content: hex(),
    parent: hex(),
    watermark: null,
    perceptual: [],
    consent: [],
    manifest: null,
  });
};

beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio.remove());

describe('a seal', () => {
  it('leaves one entry, for which the audit log speaks', async () => {
    await studio.made('one.mp4', film('tmp1.mp4', 1));
    expect(pending()).toEqual([]);
    const { entries } = wholeStore();
    const sealed = (await readAudit()).filter(({ kind }) => kind === 'seal').map(({ facts }) => facts['sha256']);
    expect(entries.map((entry) => entry.sha256)).toEqual(sealed);
  });

  it('that ended behind the line in the log is answered for by the next look', async () => {
    const made = await studio.made('two.mp4', film('tmp2.mp4', 2));
    const before = wholeStore().entries.length;
    // As a process leaves it that is killed before the entry counts.
    const name = readdirSync(storePath()).sort().at(-1) ?? '';
    renameSync(join(storePath(), name), join(storePath(), `${name}.pending`));
    expect(wholeStore().entries).toHaveLength(before - 1);
    expect((await verifyFile(made)).report.store).toMatchObject({ by: 'file', confirmed: true });
    expect(wholeStore().entries).toHaveLength(before);
    expect(pending()).toEqual([]);
  });

  it('that ended before the line in the log is never answered for, and swept after a day', async () => {
    const before = wholeStore().entries.length;
    await unsealed(5);
    await settleStore();
    expect(wholeStore().entries).toHaveLength(before);
    const [left = ''] = pending();
    const old = (Date.now() - 2 * DAY) / 1000;
    utimesSync(join(storePath(), left), old, old);
    await settleStore();
    expect(pending()).toEqual([]);
    expect(wholeStore().entries).toHaveLength(before);
  });

  it('that the log refuses leaves nothing', async () => {
    const { ann, bob } = studio;
    const counted = await signRecord(
      await createRecord({
        ...usual(ann.key, 'Ann', ann.face(8)),
        scope: { ...usual(ann.key, 'Ann', ann.face(8)).scope, count: 2 },
      }),
      ann.key,
    );
    const parent = studio.path('original.mp4');
    const request = goodRequest(ann, bob);
    const grant: Grant = await authorize({
      ...request,
      medium: 'video',
      source: { ...request.source, envelope: counted },
      replaced: { envelope: bob.envelope, identities: bob.face(20), footageSha256: await sha256File(parent) },
    });
    const again = (seed: number) =>
      seal({
        operation: 'faceSwap',
        title: 'counted',
        description: 'Face replaced with documented consent',
        agent: { name: 'gan draft', version: '1' },
        changes: ['face'],
        file: film(`tmp-${seed}.mp4`, seed),
        parent,
        grant,
      });
    await again(7);
    const before = wholeStore().entries.length;
    await expect(again(8)).rejects.toMatchObject({ code: 'consent.scope.count' });
    expect(wholeStore().entries).toHaveLength(before);
    expect(pending()).toEqual([]);
  });
});
