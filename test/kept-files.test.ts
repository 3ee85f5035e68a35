/** What commands write beside their answer, in fresh processes: nothing that lay there is lost. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { createKey, createRecord, signRecord, writeEnvelope } from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { writePicture } from '../src/media/index.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-kept-'));
const at = (name: string): string => join(folder, name);
const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LIKENESS_HOME: at('home') },
  });

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  const key = await createKey('ada');
  const record = await createRecord({
    subject: { did: key.did, displayName: 'Ada', adult: true },
    faces: [{ a: unit(1024), b: unit(192) } as Identity],
    project: { title: 'Short' },
    scope: { roles: ['source'], operations: ['faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  await writeEnvelope(at('ada.consent.json'), await signRecord(record, key));
  await writePicture(at('p.png'), renderActor(createActor(3), restState({}), { width: 160, height: 160 }).frame);
  writeFileSync(at('mine.html'), '<!doctype html><title>Mine</title>');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a page', () => {
  it('is never written over the record that it shows, nor over a page of somebody else', () => {
    const record = readFileSync(at('ada.consent.json'), 'utf8');
    const asked = run('consent', 'show', 'ada.consent.json', '--html', 'ada.consent.json');
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('does not end in .html')]);
    expect(readFileSync(at('ada.consent.json'), 'utf8')).toBe(record);
    for (const args of [
      ['consent', 'show', 'ada.consent.json'],
      ['verify', 'p.png'],
      ['check', 'p.png'],
    ]) {
      const found = run(...args, '--html', 'mine.html');
      expect([args[0], found.status]).toEqual([args[0], 3]);
      expect(found.stderr).toContain('mine.html exists already, and is no page that Likeness wrote');
      expect(readFileSync(at('mine.html'), 'utf8')).toContain('<title>Mine</title>');
    }
  }, 120_000);

  it('takes the place of an earlier one', () => {
    for (const command of ['verify', 'check'])
      for (let i = 0; i < 2; i++) {
        const made = run(command, 'p.png', '--html', `${command}.html`);
        expect(made.stderr).not.toContain('exists already');
        expect(readFileSync(at(`${command}.html`), 'utf8')).toContain('name="generator" content="Likeness"');
      }
    for (let i = 0; i < 2; i++) expect(run('consent', 'show', 'ada.consent.json', '--html', 'c.html').status).toBe(0);
  }, 120_000);
});

describe('a withdrawal', () => {
  it('is never written over the record, and nothing is withdrawn then', () => {
    const refused = run('consent', 'revoke', 'ada.consent.json', '--key', 'ada', '--out', 'ada.consent.json');
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('exists already')]);
    const standing = (): unknown => {
      const { verification } = JSON.parse(run('consent', 'show', 'ada.consent.json', '--json').stdout) as {
        verification: { checks: { rule: string; passed: boolean }[] };
      };
      return verification.checks.find(({ rule }) => rule === 'consent.revoked')?.passed;
    };
    expect(standing()).toBe(true);
    const made = run('consent', 'revoke', 'ada.consent.json', '--key', 'ada', '--out', 'ada.revocation.json');
    expect(made.status, made.stderr).toBe(0);
    expect(JSON.parse(readFileSync(at('ada.revocation.json'), 'utf8'))).toHaveProperty('statement');
    expect(standing()).toBe(false);
  }, 120_000);
});
