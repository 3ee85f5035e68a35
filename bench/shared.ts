/**
 * What it costs to share a render: the same film by one worker process and by two, on a real PostgreSQL server and the same
 * cores, in turn; by one process alone, as the command line does; and by the same in one piece, without any stretches. Seconds by the clock say something on a machine that does
 * nothing else; processor seconds of all who take part (workers, their processes, the database) hardly depend on that.
 *
 *   node scripts/run.mjs bench/shared.ts [seconds of film 64] [rounds 2] [width 640] [height 360]
 *
 * Linux. The films are compared, too: all must be the same but for their labels.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
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

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Processor seconds of a process, of those it has started, and of those that have ended. */
function busy(pid: number): number {
  let own = 0;
  try {
    // Behind the name in brackets: fields 14 to 17 are its own time and that of its children that have ended.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  } catch {
    return 0;
  }
  return childrenOf(pid).reduce((sum, child) => sum + busy(child), own);
}

const clips = resolve('.cache/bench/shared');
mkdirSync(clips, { recursive: true });

/** A drawn person, speaking; the long clip is a short one to and fro. */
async function clip(seed: number, length: number): Promise<string> {
  const path = join(clips, `actor-${seed}-${width}x${height}.mp4`);
  const states = perform(seed, { seconds: 6, fps: FPS, style: 'speaking' });
  if (!existsSync(path)) await writeActorClip(path, { actor: createActor(seed), states, width, height, fps: FPS });
  if (length <= 6) return path;
  const long = join(clips, `actor-${seed}-${width}x${height}-${length}.mp4`);
  if (!existsSync(long)) await toAndFro(path, long, length * FPS, FPS);
  return long;
}

const [source, target] = [await clip(11, 6), await clip(12, seconds)];
const server = new PostgresServer();
const why = await server.start(['studio']);
if (why !== null) throw new Error(why);
process.env['DATABASE_URL'] = server.address('studio');
const world = new RenderWorld();
await world.open({ quick: 1, long: 0 });
await world.signIn();
await world.cast('a', source);
await world.cast('b', target);
// Analyses are kept from now on: what is measured is the render.
for (const path of [source, target]) await cachedAnalysis(path, join(world.at('home'), 'analysis'));

interface Measured {
  readonly clock: number;
  readonly busy: number;
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
    film: JSON.stringify(film(out)),
  };
}

/** By so many workers. */
async function shared(name: string, count: number): Promise<Measured> {
  const workers: WorkerProcess[] = [];
  for (let i = 0; i < count; i++) workers.push(await WorkerProcess.start(['--quick', '0'], {}));
  const all = (): number => [...workers.map(({ pid }) => pid), server.pid].reduce((sum, pid) => sum + busy(pid), 0);
  const project = await world.project(name);
  const [started, before] = [performance.now(), all()];
  const id = await world.job({ kind: 'render', project });
  const job = await world.ended(id, world.owner);
  const measured = { clock: (performance.now() - started) / 1000, busy: all() - before };
  if (job['state'] !== 'done') throw new Error(JSON.stringify(job['error']));
  const parts = job['parts'] as { worker: string }[];
  const each = workers.map((worker) => parts.filter((part) => part.worker.includes(worker.name)).length);
  for (const worker of workers) await worker.stop();
  say(
    `  ${name}: ${measured.clock.toFixed(1)} s, processors ${measured.busy.toFixed(1)} s; stretches ${each.join(' + ')}`,
  );
  return { ...measured, film: JSON.stringify(film(join(world.at('home'), 'studio', 'jobs', id, `${name}.mp4`))) };
}

const found: Record<'piece' | 'alone' | 'one' | 'two', Measured[]> = { piece: [], alone: [], one: [], two: [] };
// The first run leaves face sets behind.
await alone('warm');
for (let round = 0; round < rounds; round++) {
  found.piece.push(await alone(`pc${round}x`, 1e6));
  found.alone.push(await alone(`ln${round}x`));
  found.one.push(await shared(`one${round}`, 1));
  found.two.push(await shared(`two${round}`, 2));
}
const least = (who: keyof typeof found, of: 'clock' | 'busy'): number =>
  Math.min(...found[who].map((each) => each[of]));
// A render in one piece has no run-ins: its film is another.
const films = new Set([...found.alone, ...found.one, ...found.two].map((each) => each.film));
say(`${width}x${height}, ${seconds * FPS} frames, least of ${rounds} rounds; films that differ: ${films.size - 1}`);
for (const who of ['piece', 'alone', 'one', 'two'] as const)
  say(`${who}: ${least(who, 'clock').toFixed(1)} s, processors ${least(who, 'busy').toFixed(1)} s`);
for (const [a, b] of [
  ['two', 'one'],
  ['one', 'alone'],
  ['alone', 'piece'],
] as const)
  say(
    `${a} against ${b}: ratio ${(least(a, 'clock') / least(b, 'clock')).toFixed(3)} by the clock, ` +
      `${(least(a, 'busy') / least(b, 'busy')).toFixed(3)} of processor time`,
  );
await stopModels();
await world.close();
await server.close();
