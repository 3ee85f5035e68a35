/** The words of the pages: every key in every language, with the same places, used, and no text beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { AUDIT_KINDS } from '../src/consent/audit.js';
import { STUDIO_ROLES } from '../src/server/access.js';
import { CONSENT_STATES } from '../src/server/services/consents.js';
import { DEMO_STEPS } from '../src/server/services/demo.js';

const root = join(import.meta.dirname, '..', 'web', 'src');
type Words = Readonly<Record<string, string>>;

/** The pages are checked by their own compiler settings, so that they are loaded by their path. */
async function words(language: string): Promise<Words> {
  const loaded = (await import(join(root, 'lib', 'i18n', `${language}.ts`))) as Readonly<Record<string, Words>>;
  return loaded[language] ?? {};
}

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(svelte|ts)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/i18n.(en|de|es)\b/.test(relative(root, path)));
const sources = files.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

/** What the log of decisions may say, as the routes write it. */
const server = join(import.meta.dirname, '..', 'src', 'server');
const decided = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => [
    ...readFileSync(join(server, name), 'utf8').matchAll(/decisions\.add\((?:[^,()]|\([^()]*\))*,\s*'([a-z.]+)'/g),
  ])
  .map(([, action = '']) => action);

describe('the words of the pages', async () => {
  const en = await words('en');
  const keys = Object.keys(en);

  it.each(['de', 'es'])('are all there in %s, with the same places', async (language) => {
    const other = await words(language);
    expect(keys.length).toBeGreaterThan(300);
    expect(keys.filter((key) => !(key in other))).toEqual([]);
    expect(Object.keys(other).filter((key) => !(key in en))).toEqual([]);
    expect(keys.filter((key) => other[key]?.trim() === '')).toEqual([]);
    for (const key of keys) expect(places(other[key] ?? ''), key).toEqual(places(en[key] ?? ''));
  });

  it.each(['de', 'es'])('are translated in %s, not copied', async (language) => {
    const other = await words(language);
    // Long sentences that are the same in two languages were forgotten.
    expect(keys.filter((key) => (en[key] ?? '').split(' ').length > 4 && other[key] === en[key])).toEqual([
      'check.kinds',
    ]);
  });

  it('are asked for by keys that there are', () => {
    const missing = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w.])t\(\s*'([^']+)'/g)].flatMap(([, key = '']) =>
        key in en ? [] : [`${relative(root, path)}: ${key}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    ['consent.status', CONSENT_STATES],
    ['make.record', [...CONSENT_STATES.filter((state) => state !== 'stands'), 'unknown']],
    ['role', STUDIO_ROLES],
    ['demo.step', DEMO_STEPS],
    ['audit', AUDIT_KINDS],
    ['audit', decided],
  ] as const)('are there for all that the server says of %s', (prefix, said) => {
    expect(said.filter((word) => !(`${prefix}.${word}` in en))).toEqual([]);
  });

  it('are all used', () => {
    const all = sources.map(({ text }) => text).join('\n');
    const prefixes = [...all.matchAll(/`([a-z][\w.]*\.)\$\{/g), ...all.matchAll(/named\(\s*'([\w.]+)'/g)].map(
      ([, prefix = '']) => (prefix.endsWith('.') ? prefix : `${prefix}.`),
    );
    const unused = keys.filter(
      (key) =>
        !all.includes(`'${key}'`) &&
        !prefixes.some((prefix) => key.startsWith(prefix)) &&
        !(key.endsWith('.one') && key.slice(0, -4) in en),
    );
    expect(unused).toEqual([]);
  });

  it('stand in the dictionaries, not in the pages', () => {
    // The name of the program, what is typed at a terminal, and a unit.
    const allowed = /^(Likeness|· Likeness|px|likeness studio|likeness consent [\s\S]*|0:00)$/;
    const found: string[] = [];
    for (const { path, text } of sources.filter((each) => each.path.endsWith('.svelte'))) {
      const visit = (node: unknown): void => {
        if (Array.isArray(node)) {
          for (const child of node) visit(child);
          return;
        }
        if (typeof node !== 'object' || node === null) return;
        const { type, data, name, value } = node as Readonly<Record<string, unknown>>;
        if (type === 'Text' && typeof data === 'string' && /\p{L}{2}/u.test(data) && !allowed.test(data.trim()))
          found.push(`${relative(root, path)}: ${data.trim()}`);
        if (type === 'Attribute') {
          const spoken = ['title', 'alt', 'placeholder', 'aria-label', 'label'].includes(String(name));
          if (spoken) visit(value);
          return;
        }
        if (type === 'Script' || type === 'StyleSheet') return;
        for (const child of Object.values(node)) visit(child);
      };
      visit(parse(text, { modern: true, filename: path }).fragment);
    }
    expect(found).toEqual([]);
  });
});
