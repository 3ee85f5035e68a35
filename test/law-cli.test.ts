/** `likeness law` as its users run it, each command in a process of its own, and the dialogue with a scripted person. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LikenessError, packageRoot } from '../src/base/index.js';
import { askPerson } from '../src/cli/law-dialogue.js';
import type { Answer } from '../src/law/index.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-law-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function law(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(packageRoot, 'bin', 'likeness.mjs'), 'law', ...args],
      { cwd: folder, env: { ...process.env, LIKENESS_HOME: join(folder, 'home') } },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('likeness law', () => {
  it('answers scripts in JSON, with sources', async () => {
    const args = ['--place', 'KR', '--activity', 'download,intimate', '--fact', 'realPerson=yes,consent=no', '--json'];
    const { code, out } = await law('ask', ...args);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as Answer & { answers: { question: string; verdict: string }[] };
    expect(answer.answers).toEqual([expect.objectContaining({ verdict: 'no', text: 'No: forbidden in KR.' })]);
    expect(answer.blocked[0]).toMatchObject({ id: 'kr-sexual-violence.possess', letter: 'S', place: 'KR' });
    expect(answer.disclaimer).toContain('not legal advice');
  });

  it('answers what people come with where no activity is named', async () => {
    const { code, out } = await law('ask', '--place', 'GB', '--date', '2026-11-24');
    expect(code).toBe(0);
    for (const question of ['May I download', 'May I make', 'May I publish', 'Must I label', 'If it shows me'])
      expect(out).toContain(question);
    expect(out).toContain('Not known yet: in GB it depends on');
  });

  it('shows a place, and where its rows come from', async () => {
    const [shown, sources] = await Promise.all([law('show', 'US-NY'), law('sources', 'GB', '--json')]);
    expect(shown.out).toContain('General Obligations Law § 5-302');
    expect(shown.out).not.toContain('ELVIS');
    expect(sources.code).toBe(0);
    expect(JSON.stringify(JSON.parse(sources.out))).toContain(
      'https://www.legislation.gov.uk/id/ukpga/2025/18/section/138/4',
    );
  });

  it('writes a letter to a file once, and says what it rests on', async () => {
    const out = join(folder, 'letter.txt');
    const args = [
      'letter',
      '--place',
      'US',
      '--fact',
      'intimate=yes',
      '--url',
      'https://example.com/a,b',
      '--out',
      out,
    ];
    const first = await law(...args);
    expect(first.code).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/https:\/\/example\.com\/a,b[\s\S]*TAKE IT DOWN Act[^\n]* 48 hours/);
    expect(first.err).toContain('Send it to: US:');
    const again = await law(...args);
    expect(again.code).toBe(3);
    expect(again.err).toContain('exists already');
  });

  it.each([
    ['an unknown place', ['ask', '--place', 'QQ', '--json'], 3, 'law.place'],
    ['no place', ['ask', '--activity', 'make', '--json'], 2, 'usage.place'],
    ['an unknown activity', ['ask', '--place', 'DE', '--activity', 'juggle', '--json'], 3, 'law.activity'],
    [
      'a topic and a fact that disagree',
      ['ask', '--place', 'DE', '--activity', 'intimate', '--fact', 'intimate=no', '--json'],
      3,
      'law.facts.contradiction',
    ],
    ['a place without rows', ['show', 'CH', '--json'], 3, 'law.place.empty'],
    [
      'a letter without the deciding fact',
      ['letter', '--place', 'US', '--out', 'none.txt', '--json'],
      3,
      'law.letter.facts',
    ],
  ])('answers %s with one clear error', async (_name, args, exitCode, code) => {
    const ended = await law(...args);
    expect(ended).toMatchObject({ code: exitCode, out: '' });
    expect(JSON.parse(ended.err)).toMatchObject({ error: { code, exitCode, hint: expect.any(String) } });
    expect(existsSync(join(folder, 'none.txt'))).toBe(false);
  });
});

describe('the dialogue', () => {
  /** Answers by the first key that the question contains; anything else is not known. */
  const person = (answers: Record<string, string>, heard: string[]) => async (question: string) => {
    heard.push(question);
    return Object.entries(answers).find(([key]) => question.includes(key))?.[1] ?? '';
  };

  it('asks for place and activity, then only what decides, each once', async () => {
    const heard: string[] = [];
    const reader = person(
      { 'Where:': 'gb', 'What is it about': 'make', 'real person': 'y', nudity: 'yes', agree: 'n', age: 'n' },
      heard,
    );
    const answer = await askPerson({ places: [], acts: [] }, reader, () => undefined);
    expect(answer.blocked.map((hit) => hit.id)).toContain('gb-dua-138.create');
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.some((question) => question.includes('candidate'))).toBe(false);
  });

  it('keeps open what the person does not know', async () => {
    const answer = await askPerson(
      { places: ['GB'], acts: ['make'] },
      async () => '?',
      () => undefined,
    );
    expect(answer.open.map((hit) => hit.id)).toContain('gb-dua-138.create');
    expect(answer.blocked).toEqual([]);
  });

  it('asks again after a typing error, and gives up after the third', async () => {
    const said: string[] = [];
    const lines = ['Germania', 'de', 'make'];
    const read = async (): Promise<string> => lines.shift() ?? '?';
    const answer = await askPerson({ places: [], acts: [] }, read, (text) => said.push(text));
    expect(said[0]).toContain('ISO 3166');
    expect(answer.asked.places).toEqual(['DE']);
    const cancelled = new LikenessError('usage.cancelled', 'The dialogue was ended.');
    let asked = 0;
    const gone = async (): Promise<string> => {
      asked++;
      throw cancelled;
    };
    await expect(askPerson({ places: [], acts: [] }, gone, () => undefined)).rejects.toBe(cancelled);
    expect(asked).toBe(1);
    await expect(
      askPerson(
        { places: [], acts: [] },
        async () => 'nowhere',
        () => undefined,
      ),
    ).rejects.toMatchObject({
      code: 'law.place',
    });
  });
});
