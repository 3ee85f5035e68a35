/** The audit log under deaths and crowds: processes killed in the middle of writing, and many that write at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import { appendAudit, auditLogPath, readAudit } from '../src/consent/index.js';
import { temporaryHome } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
beforeEach(() => {
  at = temporaryHome();
});
afterEach(() => at.remove());

const room = pathToFileURL(join(packageRoot, 'dist', 'consent', 'index.js')).href;

/** A process that appends entries and says the number of each as soon as it is in the log. */
function writer(name: string, count: number): { child: ChildProcess; said: number[]; ended: Promise<void> } {
  const script = `
    import { appendAudit } from ${JSON.stringify(room)};
    for (let i = 0; i < ${count}; i++) {
      const entry = await appendAudit('record', { by: ${JSON.stringify(name)}, i });
      process.stdout.write(entry.n + '\\n');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, LIKENESS_HOME: at.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: number[] = [];
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    said.push(...lines.map(Number));
  });
  return { child, said, ended: new Promise((resolve) => child.on('close', () => resolve())) };
}

describe('the audit log', () => {
  it('stays whole when its writers are killed at any moment, and keeps every entry that was confirmed', async () => {
    for (let round = 0; round < 4; round++) {
      const one = writer(`round ${round}`, 10_000);
      const wanted = 2 + 3 * round;
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (one.said.length < wanted) return;
          clearInterval(timer);
          // Somewhere inside an append: they follow on one another without a pause.
          setTimeout(resolve, 1 + 2 * round);
        }, 1);
      });
      one.child.kill('SIGKILL');
      await one.ended;
      const entries = await readAudit();
      expect(entries.map((e) => e.n)).toEqual(entries.map((_, i) => i + 1));
      for (const n of one.said) expect(entries[n - 1]?.facts['by']).toBe(`round ${round}`);
      await appendAudit('record', { by: 'after', round });
    }
    expect(existsSync(join(at.home, 'audit.intent.json'))).toBe(false);
  });

  it('loses nothing where two processes write at once', async () => {
    const writers = [writer('a', 15), writer('b', 15)];
    await Promise.all(writers.map((w) => w.ended));
    const entries = await readAudit();
    expect(entries).toHaveLength(30);
    for (const name of ['a', 'b'])
      expect(entries.filter((e) => e.facts['by'] === name).map((e) => e.facts['i'])).toEqual(
        Array.from({ length: 15 }, (_, i) => i),
      );
  });

  it('finishes a line that was begun, and only one that this machine began', async () => {
    await appendAudit('record', { i: 0 });
    const log = readFileSync(auditLogPath(), 'utf8');
    const head = readFileSync(join(at.home, 'audit.head.json'));
    await appendAudit('record', { i: 1 });
    const line = readFileSync(auditLogPath(), 'utf8').slice(log.length);
    // The torn line of a crash, without the intent that every real crash leaves.
    writeFileSync(auditLogPath(), log + line.slice(0, 40));
    writeFileSync(join(at.home, 'audit.head.json'), head);
    await expect(readAudit()).rejects.toMatchObject({ code: 'consent.audit.broken' });
    // A whole, rightly chained line that nobody here wrote.
    writeFileSync(auditLogPath(), log + line);
    await expect(readAudit()).rejects.toMatchObject({ code: 'consent.audit.broken' });
    writeFileSync(auditLogPath(), log);
    writeFileSync(join(at.home, 'audit.intent.json'), JSON.stringify({ line, mac: '0'.repeat(64) }));
    await expect(readAudit()).rejects.toMatchObject({ code: 'consent.audit.broken' });
  });
});
