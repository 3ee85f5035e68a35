/** Who comes while the studio still opens its database waits, and gets an answer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startStudio } from '../src/server/index.js';

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** The first answer from a port on which nobody listens yet. */
async function firstAnswer(port: number, until: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return (await fetch(`http://127.0.0.1:${port}/health`, { signal: until })).status;
    } catch (cause) {
      if (until.aborted) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

it('a request that comes during the start is answered when it is over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-start-'));
  const home = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = join(folder, 'home');
  try {
    const port = await freePort();
    const asked = firstAnswer(port, AbortSignal.timeout(200_000));
    const studio = await startStudio({ port, writeLog: () => undefined });
    try {
      expect(await asked).toBe(200);
    } finally {
      await studio.close();
    }
  } finally {
    if (home === undefined) delete process.env['LIKENESS_HOME'];
    else process.env['LIKENESS_HOME'] = home;
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
