/**
 * Many people at once on one studio: each uploads, polls and listens. Counts requests that failed, and how long reads took.
 *
 *   node scripts/run.mjs bench/load.ts [clients 200] [seconds 120] [render or analyze]
 *
 * With a third word the studio has jobs of that kind under way all the time, one after the other.
 *
 * Also says how long the studio took from start to the first page, and its memory at rest and under load. Every client is a
 * browser of its own: a key, a stream of events, a small picture uploaded every ten seconds, a read every second. All of it on
 * the machine that serves it.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { rgbaFrame, writePicture } from '../src/media/index.js';
import { JobsMeanwhile } from './load-jobs.js';
import { StudioProcess } from './studio-process.js';

const [clients = 200, seconds = 120] = process.argv.slice(2, 4).map(Number);
const meanwhile = process.argv[4] === 'render' || process.argv[4] === 'analyze' ? process.argv[4] : null;
/** Processes that waited for the processors on average over the last minute: what else the machine did. */
const load = (): string => loadavg()[0]?.toFixed(1) ?? '';
const loadBefore = load();
const work = resolve('.cache/bench/load');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const picture = join(work, 'picture.png');
await writePicture(picture, rgbaFrame(new Uint8Array(4 * 64 * 64).fill(200), 64, 64));

const first = new StudioProcess(join(work, 'home'), 4872);
await first.start();
await first.kill('SIGTERM');
const studio = new StudioProcess(join(work, 'home'), 4872);
await studio.start();
await studio.signIn();
await new Promise((done) => setTimeout(done, 3000));
const rest = studio.memory;
const jobs = meanwhile === null ? null : await JobsMeanwhile.prepare(studio, work, meanwhile);

const reads: number[] = [];
const writes: number[] = [];
let failed = 0;
let events = 0;
const reasons = new Map<string, number>();
const fail = (why: string): void => {
  failed++;
  reasons.set(why, (reasons.get(why) ?? 0) + 1);
};

/** A person of the studio with a key of their own. */
async function invite(n: number): Promise<Record<string, string>> {
  const { link } = (await studio.ask('POST', '/api/v1/invitations', { role: 'maker' })) as { link: string };
  const json = { 'content-type': 'application/json', origin: studio.origin };
  const person = {
    token: link.split('#invitation=')[1],
    name: `Person ${n}`,
    email: `person${n}@example.org`,
    password: 'correct horse battery',
  };
  const answer = await fetch(`${studio.origin}/api/v1/invitations/accept`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(person),
  });
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0]);
  return { authorization: `Bearer ${await studio.newKey({ ...json, cookie: cookie.join('; ') })}` };
}

const PATHS = ['/api/v1/session', '/api/v1/jobs', '/api/v1/media', '/api/v1/projects', '/api/v1/settings'];

async function read(headers: Record<string, string>, path: string): Promise<void> {
  const started = performance.now();
  try {
    const answer = await fetch(`${studio.origin}${path}`, { headers });
    await answer.arrayBuffer();
    if (answer.status !== 200) return fail(`${path} ${answer.status}`);
    reads.push(performance.now() - started);
  } catch (thrown) {
    fail(`${path} ${String(thrown)}`);
  }
}

async function client(n: number, headers: Record<string, string>): Promise<void> {
  const stop = new AbortController();
  const listening = (async () => {
    try {
      const stream = await fetch(`${studio.origin}/api/v1/events`, { headers, signal: stop.signal });
      if (stream.status !== 200) return fail(`events ${stream.status}`);
      for await (const _ of stream.body as unknown as AsyncIterable<Uint8Array>) events++;
    } catch (thrown) {
      if (!stop.signal.aborted) fail(`events ${String(thrown)}`);
    }
  })();
  await new Promise((done) => setTimeout(done, (1000 * n) / clients));
  for (let round = n; performance.now() < until; round++) {
    if (round % 10 === 0) {
      const started = performance.now();
      await studio.upload(picture, `picture ${n}.png`, headers).then(
        () => writes.push(performance.now() - started),
        (thrown: unknown) => fail(`upload ${String(thrown).slice(0, 120)}`),
      );
    }
    await read(headers, PATHS[round % PATHS.length] ?? '');
    await new Promise((done) => setTimeout(done, 1000));
  }
  stop.abort();
  await listening;
}

// Eight people, as many as may join at once; the clients are their browsers.
const people: Record<string, string>[] = [];
for (let n = 0; n < 8; n++) people.push(await invite(n));
await jobs?.start();
const until = performance.now() + seconds * 1000;
await Promise.all(Array.from({ length: clients }, (_, n) => client(n, people[n % people.length] ?? {})));
const busy = studio.memory;
const loadAfter = load();
const did = await jobs?.stop();
await studio.kill('SIGTERM');

const quantile = (values: number[], q: number): number =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
const ms = (value: number): string => `${value.toFixed(0)} ms`;
process.stdout.write(
  [
    `page / first answer: ${ms(first.page)} / ${ms(first.ready)} with a new database, ${ms(studio.page)} / ${ms(studio.ready)} after that`,
    `memory: ${(rest / 1e6).toFixed(0)} MB at rest, ${(busy / 1e6).toFixed(0)} MB under load`,
    ...(did === undefined ? [] : [`meanwhile: ${did}`]),
    `load of the machine: ${loadBefore} before, ${loadAfter} at the end`,
    `${clients} clients, ${seconds} s: ${reads.length} reads, ${writes.length} uploads, ${events} pieces of events`,
    `failed: ${failed}${failed > 0 ? ` (${[...reasons].map(([why, n]) => `${n} x ${why}`).join('; ')})` : ''}`,
    `reads: p50 ${ms(quantile(reads, 0.5))}, p95 ${ms(quantile(reads, 0.95))}, p99 ${ms(quantile(reads, 0.99))}`,
    `uploads: p50 ${ms(quantile(writes, 0.5))}, p95 ${ms(quantile(writes, 0.95))}`,
    '',
  ].join('\n'),
);
