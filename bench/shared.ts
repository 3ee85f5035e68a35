/**
 * What it costs to share a render: the same film by one worker process and by two, on a real PostgreSQL server and the same
 * cores, in turn; by the command line (`line`); half of it each by two command lines at once that share nothing (`apart`: what two
 * processes cost each other on these cores, whoever splits the work); and in this process, in stretches (`alone`) and in one piece, without any run-in
 * (`piece`). Seconds by the clock say something on a machine that does nothing else; processor seconds of all who render hardly
 * depend on that, and are told apart from those of looking for work and of the database.
 *
 *   node scripts/run.mjs bench/shared.ts [seconds of film 64] [rounds 2] [width 640] [height 360]
 *
 * Linux. The films are compared, too: but for their labels, and but for that in one piece, all must be the same.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { NATIVE_MEMORY, sha256 } from '../src/base/index.js';
import { knownRecordPath } from '../src/consent/index.js';
import { cachedAnalysis } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import { swapMedia } from '../src/synth/swap/index.js';
import { film, toAndFro } from '../test/long-film.js';
import { PostgresServer, WorkerProcess } from '../test/postgres.js';
import { RenderWorld } from '../test/render-world.js';
import { childrenOf } from './studio-process.js';

const [seconds = 64, rounds = 2, width = 640, height = 360] = process.argv.slice(2).map(Number);
const FPS = 25;
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const sum = (list: readonly number[]): number => list.reduce((all, each) => all + each, 0);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Processor seconds of a process alone (2 fields), or also of its children that have ended (4). */
function ownTime(pid: number, fields: 2 | 4): number {
  try {
    // Behind the name in brackets: fields 14 to 17 of the line.
    const found = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return sum(found.slice(11, 11 + fields).map(Number)) / TICKS;
  } catch {
    return 0;
  }
}

/** The same with those that it has started. */
const busy = (pid: number): number => ownTime(pid, 4) + sum(childrenOf(pid).map(busy));

const clips = resolve(`.cache/bench/shared/${width}x${height}`);
mkdirSync(clips, { recursive: true });

/** A drawn person, speaking; the long clip is a short one to and fro. Labels name them: they are called as in the studio. */
async function clip(name: string, seed: number, length: number): Promise<string> {
  const folder = join(clips, String(length));
  mkdirSync(folder, { recursive: true });
  const [short, path] = [join(clips, `${seed}.mp4`), join(folder, `${name}.mp4`)];
  const states = perform(seed, { seconds: 6, fps: FPS, style: 'speaking' });
  if (!existsSync(short)) await writeActorClip(short, { actor: createActor(seed), states, width, height, fps: FPS });
  if (!existsSync(path)) await toAndFro(short, path, length * FPS, FPS);
  return path;
}

const [source, target] = [await clip('a', 11, 6), await clip('b', 12, seconds)];
const halfTarget = await clip('b', 12, seconds / 2);
const server = new PostgresServer();
const why = await server.start(['studio']);
if (why !== null) throw new Error(why);
process.env['DATABASE_URL'] = server.address('studio');
const world = new RenderWorld();
await world.open({ quick: 1, long: 0 });
await world.signIn();
// Analyses are kept: what is measured is the render.
for (const [name, path] of [
  ['a', source],
  ['b', target],
] as const)
  await world.cast(name, path, await cachedAnalysis(path, join(world.at('home'), 'analysis')));

interface Measured {
  readonly clock: number;
  /** Processor seconds of those who render. */
  readonly busy: number;
  /** Processor seconds of those who look for work, and of the database. */
  readonly beside: number;
  readonly film: string;
}

const record = (name: string): string => knownRecordPath(`urn:uuid:${world.of(name).consent}`);

/** In this very process, as `likeness swap` does. */
async function alone(name: string, stretchSeconds = 16): Promise<Measured> {
  const out = world.at(`${name}.mp4`);
  const [started, before] = [performance.now(), process.cpuUsage()];
  await swapMedia({
    target,
    out,
    overwrite: true,
    use: 'film',
    stretchSeconds,
    routes: [{ engine: 'mesh', source, sourceConsent: record('a'), targetConsent: record('b') }],
  });
  const { user, system } = process.cpuUsage(before);
  return {
    clock: (performance.now() - started) / 1000,
    busy: (user + system) / 1e6,
    beside: 0,
    film: sha256(JSON.stringify(film(out))),
  };
}

/** The command line itself, with the low priority that jobs have. */
async function line(name: string, of = target): Promise<Measured> {
  const out = world.at(`${name}.mp4`);
  const words = ['swap', of, '--engine', 'mesh', '--source', source, '--out', out, '--no-report'];
  const consents = ['--source-consent', record('a'), '--target-consent', record('b')];
  const started = performance.now();
  const child = spawn(process.execPath, [resolve('bin/likeness.mjs'), ...words, ...consents], {
    stdio: 'ignore',
    // As the program has it when it is started by its name, and every child of a worker.
    env: { ...process.env, ...NATIVE_MEMORY },
  });
  setPriority(child.pid ?? 0, constants.priority.PRIORITY_BELOW_NORMAL);
  let used = 0;
  // Reading one file costs nothing; asking for children would, of the time that is measured.
  const timer = setInterval(() => {
    used = Math.max(used, ownTime(child.pid ?? 0, 4));
  }, 200);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`likeness swap ended with ${code}`);
  const clock = (performance.now() - started) / 1000;
  say(`  ${name}: ${clock.toFixed(1)} s, processors ${used.toFixed(1)} s`);
  return { clock, busy: used, beside: 0, film: sha256(JSON.stringify(film(out))) };
}

/** By two command lines at once, half of the film each. */
async function apart(name: string): Promise<Measured> {
  const started = performance.now();
  const halves = await Promise.all([line(`${name}1`, halfTarget), line(`${name}2`, halfTarget)]);
  return {
    clock: (performance.now() - started) / 1000,
    busy: sum(halves.map((half) => half.busy)),
    beside: 0,
    film: halves.map((half) => half.film).join(),
  };
}

/** By so many workers. */
async function shared(name: string, count: number): Promise<Measured> {
  const workers: WorkerProcess[] = [];
  for (let i = 0; i < count; i++) workers.push(await WorkerProcess.start(['--quick', '0'], {}));
  const all = (): number => sum(workers.map(({ pid }) => busy(pid)));
  const beside = (): number => sum(workers.map(({ pid }) => ownTime(pid, 2))) + busy(server.pid);
  const project = await world.project(name);
  const started = performance.now();
  const before = { all: all(), beside: beside(), database: busy(server.pid) };
  const id = await world.job({ kind: 'render', project });
  const job = await world.ended(id, world.owner);
  const clock = (performance.now() - started) / 1000;
  const more = beside() - before.beside;
  const rendered = all() - before.all - (more - (busy(server.pid) - before.database));
  if (job['state'] !== 'done') throw new Error(JSON.stringify(job['error']));
  const parts = job['parts'] as { worker: string }[];
  const each = workers.map((worker) => parts.filter((part) => part.worker.includes(worker.name)).length);
  for (const worker of workers) await worker.stop();
  say(
    `  ${name}: ${clock.toFixed(1)} s, processors ${rendered.toFixed(1)} s and beside it ${more.toFixed(1)} s; stretches ${each.join(' + ')}`,
  );
  const made = sha256(JSON.stringify(film(join(world.at('home'), 'studio', 'jobs', id, `${name}.mp4`))));
  return { clock, busy: rendered, beside: more, film: made };
}

const found: Record<'piece' | 'alone' | 'line' | 'apart' | 'one' | 'two', Measured[]> = {
  piece: [],
  alone: [],
  line: [],
  apart: [],
  one: [],
  two: [],
};
// The first runs leave face sets and analyses behind.
await alone('warm');
await line('warm2', halfTarget);
for (let round = 0; round < rounds; round++) {
  found.piece.push(await alone(`pc${round}x`, 1e6));
  found.alone.push(await alone(`ln${round}x`));
  found.line.push(await line(`cl${round}x`));
  found.apart.push(await apart(`ap${round}x`));
  found.one.push(await shared(`one${round}`, 1));
  found.two.push(await shared(`two${round}`, 2));
}
const least = (who: keyof typeof found, of: 'clock' | 'busy' | 'beside'): number =>
  Math.min(...found[who].map((each) => each[of]));
// A render in one piece has no run-ins: its film is another.
const films = new Set([...found.alone, ...found.line, ...found.one, ...found.two].map((each) => each.film));
say(`${width}x${height}, ${seconds * FPS} frames, least of ${rounds} rounds; films that differ: ${films.size - 1}`);
for (const who of ['piece', 'alone', 'line', 'apart', 'one', 'two'] as const)
  say(
    `${who}: ${least(who, 'clock').toFixed(1)} s, processors ${least(who, 'busy').toFixed(1)} s and beside it ${least(who, 'beside').toFixed(1)} s`,
  );
for (const [a, b] of [
  ['two', 'one'],
  ['apart', 'line'],
  ['one', 'line'],
  ['alone', 'piece'],
] as const)
  say(
    `${a} against ${b}: ratio ${(least(a, 'clock') / least(b, 'clock')).toFixed(3)} by the clock, ` +
      `${(least(a, 'busy') / least(b, 'busy')).toFixed(3)} of processor time`,
  );
await stopModels();
await world.close();
await server.close();
