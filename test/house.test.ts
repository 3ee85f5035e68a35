// The checks of the house catch what they are there to catch.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NATIVE_MEMORY, packageRoot } from '../src/base/index.js';

interface SourceChecks {
  readonly ROOMS: readonly string[];
  checkBorders(file: string, text: string): string[];
  checkDocstrings(file: string, text: string): string[];
}
const url = new URL('../scripts/check-source.mjs', import.meta.url).href;
const { ROOMS, checkBorders, checkDocstrings } = (await import(url)) as SourceChecks;

describe('room borders', () => {
  it.each([
    ['a room above', 'src/faces/a.ts', `import { probe } from '../media/index.js';`],
    ['its own files', 'src/faces/nets/a.ts', `export { x } from '../b.js';`],
    ['node', 'src/base/a.ts', `import { join } from 'node:path';`],
    ['a folder of a room, by its index', 'src/cli/commands/a.ts', `await import('../../synth/swap/index.js')`],
    ['the package of the room', 'src/media/a.ts', `import sharp from 'sharp';`],
    ['an example in a comment', 'src/base/a.ts', ` * import { swap } from '../cli/swap.js'`],
  ])('allow %s', (_name, file, text) => {
    expect(checkBorders(file, text)).toEqual([]);
  });

  it.each([
    ['a room below', 'src/media/a.ts', `import { f } from '../faces/index.js';`, /media stands below faces/],
    ['the inside of a room', 'src/faces/a.ts', `import { f } from '../media/probe.js';`, /reaches into media/],
    ['a lazy import downwards', 'src/base/a.ts', `await import('../cli/index.js')`, /base stands below cli/],
    ['a codec outside of media', 'src/faces/a.ts', `import sharp from 'sharp';`, /only by media/],
    ['an unknown package', 'src/base/a.ts', `import x from 'left-pad';`, /no room may import/],
    ['a path out of src', 'src/base/a.ts', `import x from '../../test/x.js';`, /out of src/],
    ['a name without .js', 'src/base/a.ts', `import x from './b';`, /must end in \.js/],
    ['a room nobody knows', 'src/attic/a.ts', '', /attic is not a room/],
  ])('refuse %s', (_name, file, text, problem) => {
    expect(checkBorders(file, `\n${text}`)).toEqual([expect.stringMatching(problem)]);
  });

  it('know every folder of src', () => {
    const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(rooms.length).toBeGreaterThan(3);
    for (const room of rooms) expect(ROOMS).toContain(room);
  });
});

describe('docstrings', () => {
  it('are wanted on every exported symbol, with the line named', () => {
    const text = '/** Header. */\nimport x from "y";\n\nexport const a = 1;\n\n/* plain */\nexport class B {}\n';
    expect(checkDocstrings('src/base/a.ts', text)).toEqual([
      'src/base/a.ts:4 a is exported without a docstring',
      'src/base/a.ts:7 B is exported without a docstring',
    ]);
  });

  it('cover overloads and stand above lint remarks', () => {
    const text = [
      '/**',
      ' * Adds.',
      ' */',
      'export function add(a: number): number;',
      'export function add(a: string): string;',
      '/** A type. */',
      '// biome-ignore lint/style/x: because',
      'export type T = string;',
      '/** Places in a register. */',
      'export const X = 0;',
      'export const Y = 1;',
      "export * from './other.js';",
      'const inner = 1;',
    ].join('\n');
    expect(checkDocstrings('src/base/a.ts', text)).toEqual([]);
  });
});

describe('the program', () => {
  const bin = join(packageRoot, 'bin', 'likeness.mjs');

  it('is started with what native code needs to give memory back', () => {
    const [first = ''] = readFileSync(bin, 'utf8').split('\n');
    const given = Object.entries(NATIVE_MEMORY).map(([name, value]) => `${name}=${value}`);
    expect(first).toBe(`#!/usr/bin/env -S ${given.join(' ')} node`);
  });

  it.skipIf(process.platform === 'win32')('runs by its name', () => {
    expect(execFileSync(bin, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
