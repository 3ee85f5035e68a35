/** Who comes while the studio still opens its database sees the page at once; what else they ask waits, and is answered. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
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

/** Until when the first answer from a port took on which nobody listens yet, and what it was. */
async function firstAnswer(port: number, path: string, until: AbortSignal): Promise<{ at: number; answer: Response }> {
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: until });
      return { at: performance.now(), answer };
    } catch (cause) {
      if (until.aborted) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** What a page of another site gets whose name was turned to this machine, and when. */
function answerUnder(port: number, name: string): Promise<{ at: number; status: number | undefined }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', headers: { host: `${name}:${port}` } }, (answer) => {
      answer.resume();
      resolve({ at: performance.now(), status: answer.statusCode });
    }).on('error', reject);
  });
}

it('during the start the page comes at once, a resource when it is over, and nothing under a strange name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-start-'));
  const home = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = join(folder, 'home');
  try {
    // What a start left behind that was killed while it made the database.
    const left = join(folder, 'home', 'studio', '.database.0123456789ab.part');
    mkdirSync(join(left, 'base'), { recursive: true });
    const port = await freePort();
    const until = AbortSignal.timeout(200_000);
    const [page, health] = [firstAnswer(port, '/people', until), firstAnswer(port, '/health', until)];
    const session = firstAnswer(port, '/api/v1/session', until);
    const strange = page.then(() => answerUnder(port, 'studio.example'));
    const studio = await startStudio({ port, writeLog: () => undefined });
    try {
      const shown = await page;
      expect(shown.answer.status).toBe(200);
      expect(await shown.answer.text()).toContain('<title>Likeness</title>');
      expect(shown.answer.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect((await health).answer.status).toBe(200);
      expect((await session).answer.headers.get('content-type')).toContain('json');
      expect(shown.at).toBeLessThan((await health).at);
      const refused = await strange;
      expect(refused.status).toBe(421);
      // By the page alone: the studio was not open yet.
      expect(refused.at).toBeLessThan((await health).at);
      expect(existsSync(left)).toBe(false);
    } finally {
      await studio.close();
    }
  } finally {
    if (home === undefined) delete process.env['LIKENESS_HOME'];
    else process.env['LIKENESS_HOME'] = home;
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
