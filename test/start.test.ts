/** `npm start` where there is no terminal: the studio answers, the guided demo runs in it, and the command ends. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect } from '../src/label/index.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'likeness-npm-start-'));
const home = join(folder, 'home');
// Where the signer of the demo is known, here as there.
process.env['LIKENESS_HOME'] = home;

interface End {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command; `onLink` is called with the address that signs in, as soon as it is printed. */
function start(onLink: (link: string) => Promise<void>): Promise<End> {
  const args = [join(root, 'bin', 'likeness.mjs'), 'start', '--port', '0', '--minutes', '0.1'];
  const child = spawn(process.execPath, [...args, '--folder', join(folder, 'demo')], {
    env: { ...process.env, LIKENESS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    let visit: Promise<void> | null = null;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      const link = /Open:\s+(http\S+)/.exec(err)?.[1];
      if (link === undefined || visit !== null) return;
      visit = onLink(link);
      visit.catch((cause: unknown) => {
        child.kill();
        reject(cause);
      });
    });
    child.on('close', (code) => void visit?.then(() => resolve({ code, out, err })));
  });
}

describe('npm start', () => {
  let end: End;
  const seen: Record<string, unknown> = {};

  beforeAll(async () => {
    end = await start(async (link) => {
      const { origin, hash } = new URL(link);
      seen['page'] = await (await fetch(origin)).text();
      const signedIn = await fetch(`${origin}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ link: hash.replace('#link=', '') }),
      });
      const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]);
      const headers = { cookie: cookie.join('; ') };
      const steps = async (): Promise<{ step: string; job: { state: string } | null }[]> => {
        const answer = await fetch(`${origin}/api/v1/demo`, { headers });
        return ((await answer.json()) as { demo: { steps: [] } | null }).demo?.steps ?? [];
      };
      while ((await steps()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
      seen['steps'] = (await steps()).map(({ step }) => step);
    });
  }, 900_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('serves the studio while the demo runs in it', () => {
    expect(seen['page']).toContain('<title>Likeness');
    expect(seen['steps']).toEqual(['cast', 'train', 'render', 'report']);
  });

  it('ends by itself and well, and prints the path of the sealed video alone on stdout', async () => {
    expect(end.code, end.err).toBe(0);
    const video = end.out.trim();
    expect(video).toBe(join(folder, 'demo', 'swapped.mp4'));
    const label = await inspect(video);
    expect(label.found).toBe('label');
    expect(label).toMatchObject({ state: 'trusted', changed: false });
    for (const sentence of label.sentences) expect(end.err).toContain(sentence);
  });

  it('leaves a quality report and names it', () => {
    const page = join(folder, 'demo', 'report', 'report.html');
    expect(end.err).toContain('Quality report:');
    expect(end.err).toContain('report.html');
    expect(readFileSync(page, 'utf8')).toContain('<html');
    expect(existsSync(join(folder, 'demo', 'report', 'report.json'))).toBe(true);
  });
});
