// What the documents say about the house is so.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import { EXIT } from '../src/cli/exit-codes.js';

const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');
const docs = readdirSync(join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)];

describe('documents', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] as string);
    for (const link of links.filter((each) => !/^[a-z]+:/.test(each)))
      expect(existsSync(join(packageRoot, dirname(page), link)), `${page}: ${link}`).toBe(true);
  });

  it('are all listed in docs/README.md', () => {
    for (const name of docs.filter((each) => each !== 'README.md'))
      expect(read('docs/README.md')).toContain(`(${name})`);
  });

  it('say every exit code', () => {
    for (const code of Object.values(EXIT))
      expect(read('README.md')).toMatch(new RegExp(`^\\| [^|]*\\b${code}\\b[^|]* \\|`, 'm'));
  });

  it('show every picture with words for those who do not see it', () => {
    for (const page of pages)
      for (const [, words] of read(page).matchAll(/!\[([^\]]*)\]/g)) expect(words?.length, page).toBeGreaterThan(20);
  });
});

describe('the command line', () => {
  it('has every command of the README', () => {
    const commands = readdirSync(join(packageRoot, 'src/cli/commands')).map((name) => name.replace('.ts', ''));
    const named = new Set([...read('README.md').matchAll(/^likeness ([a-z]+)/gm)].map((match) => match[1] as string));
    expect(named.size).toBeGreaterThan(4);
    for (const name of named) expect(commands).toContain(name);
  });
});

describe('models', () => {
  it('are each as large as their card says', () => {
    const cards = readdirSync(join(packageRoot, 'models')).filter((name) => name.endsWith('.json'));
    for (const name of cards) {
      const card = JSON.parse(read(`models/${name}`)) as { bytes?: number; licence?: string };
      if (card.bytes === undefined) continue;
      const files = ['.onnx', '.bin'].map((ending) => join(packageRoot, 'models', name.replace('.json', ending)));
      const file = files.find((each) => existsSync(each));
      expect(file === undefined ? 0 : statSync(file).size, name).toBe(card.bytes);
      expect(card.licence?.length, name).toBeGreaterThan(1);
    }
  });
});
