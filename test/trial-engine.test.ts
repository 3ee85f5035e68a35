/** Which engine makes a trial in the studio while a pair is not trained yet. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineOf } from '../src/jobs/tasks/render.js';
import { projectPaths } from '../src/synth/swap/index.js';

const root = mkdtempSync(join(tmpdir(), 'likeness-trial-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the engine of a route', () => {
  const [trained, untrained] = [join(root, 'trained'), join(root, 'untrained')];
  const { pair } = projectPaths(trained);
  mkdirSync(dirname(pair), { recursive: true });
  writeFileSync(pair, 'nets');

  it('is the one chosen, once the pair is trained', () => {
    expect(engineOf('gan', trained, true)).toBe('gan');
    expect(engineOf('gan', trained, false)).toBe('gan');
  });

  it('stands in for it in a trial until then, and never in a whole film', () => {
    expect(engineOf('gan', untrained, true)).toBe('mesh');
    expect(engineOf('gan', untrained, false)).toBe('gan');
  });

  it('stays what it is where nothing is trained', () => {
    for (const trial of [true, false]) expect(engineOf('mesh', untrained, trial)).toBe('mesh');
  });
});
