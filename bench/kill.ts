/**
 * `kill -9` at random moments of a render and a training: of the studio, of a worker, or of the process that does the job. What
 * is lost or doubled, and whether the file is the one of an undisturbed run.
 *
 *   node scripts/run.mjs bench/kill.ts [kills of a render 20] [kills of a training 10] [seed 1] [alone or pool] [seconds of film 12]
 *     [mesh or gan]
 *
 * The engine of the render is `mesh`, or `gan` with the pair that the bench trains first. A film of more than 16 seconds is
 * shared out, stretch by stretch. `alone` is a studio with its embedded database; `pool` a
 * PostgreSQL server, a studio that does no work, and a worker. Each round starts a job anew, kills once at a moment drawn evenly
 * from the length of an undisturbed job, the victims in turn, starts again what died, and waits. A film is compared box by box
 * but for its label, whose signature and date are new ones; a training by the bytes of the exported net. A bench that was stopped
 * goes on where it was: rounds that are done stand in .cache/bench/kill-*.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { Random, sha256 } from '../src/base/index.js';
import { createKey, createRecord, readAudit, signRecord } from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import { KillPool, type Victim } from './kill-pool.js';
import type { Json } from './studio-process.js';

const [renders = 20, trainings = 10, seed = 1] = process.argv.slice(2, 5).map(Number);
const mode = process.argv[5] === 'pool' ? 'pool' : 'alone';
const seconds = Number(process.argv[6] ?? 12);
const engine = process.argv[7] === 'gan' ? 'gan' : 'mesh';
const length = seconds === 12 ? '' : `-${seconds}`;
const work = resolve(`.cache/bench/kill-${mode}-${seed}${length}${engine === 'mesh' ? '' : '-gan'}`);
const home = join(work, 'home');
const ROUNDS = join(work, 'rounds.jsonl');
const SETUP = join(work, 'setup.json');
if (!existsSync(SETUP)) rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
process.env['LIKENESS_HOME'] = home;

/** One kind of job, undisturbed. */
interface Undisturbed {
  readonly project: string;
  readonly length: number;
  readonly expected: string;
}

/** What a bench that goes on finds. */
interface Setup {
  readonly headers: Record<string, string>;
  readonly render: Undisturbed;
  readonly training: Undisturbed;
}

/** How one round ended. */
interface Round {
  readonly what: 'render' | 'training';
  readonly round: number;
  readonly victim: Victim;
  readonly moment: number;
  readonly state: string;
  readonly attempts: number;
  readonly same: boolean;
  readonly published: number;
  readonly entered: number;
  readonly seconds: number;
  readonly error: unknown;
}

/** Draws a clip and signs a record for its person; the id of the record. */
async function person(name: string, seedOf: number, seconds: number): Promise<string> {
  const path = join(work, `${name}.mp4`);
  const states = perform(seedOf, { seconds: seconds / 4, fps: 12, style: 'lively' });
  // Three frames a second: many segments, few frames.
  await writeActorClip(path, { actor: createActor(seedOf), states, width: 192, height: 192, fps: 3 });
  const { tracks } = await cachedAnalysis(path, join(home, 'analysis'));
  const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const key = await createKey(name);
  const record = await createRecord({
    subject: { did: key.did, displayName: `Actor ${name}`, adult: true },
    faces,
    project: { title: 'Bench' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 7 * 86_400_000) },
  });
  return (await signRecord(record, key)).record.id.slice('urn:uuid:'.length);
}

/** A film without its label. */
function film(path: string): string {
  const bytes = readFileSync(path);
  const parts: string[] = [];
  for (let p = 0; p < bytes.length; ) {
    const size = bytes.readUInt32BE(p);
    const length = size === 1 ? Number(bytes.readBigUInt64BE(p + 8)) : size;
    if (bytes.toString('latin1', p + 4, p + 8) !== 'uuid') parts.push(sha256(bytes.subarray(p, p + length)));
    p += length;
  }
  return sha256(parts.join());
}

const pool = new KillPool(home, mode, join(work, 'postgres'));
const { studio } = pool;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const seals = async (): Promise<number> => (await readAudit()).filter(({ kind }) => kind === 'publish').length;

/** Asks for a job anew: a pair is trained from the start. */
async function begin(what: Round['what'], project: string): Promise<string> {
  if (what === 'render') return String((await studio.ask('POST', '/api/v1/jobs', { kind: 'render', project }))['id']);
  rmSync(join(home, 'studio', 'training'), { recursive: true, force: true });
  return String((await studio.ask('POST', '/api/v1/jobs', { kind: 'train', project, route: 0 }))['id']);
}

/** What a finished job made, as a hash. */
async function outcome(what: Round['what'], job: string): Promise<string> {
  if (what === 'render') {
    const path = join(work, 'made.mp4');
    const answer = await fetch(`${studio.origin}/api/v1/media/${job}/file`, { headers: studio.headers });
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    return film(path);
  }
  const folder = join(home, 'studio', 'training');
  const [only = ''] = existsSync(folder) ? readdirSync(folder) : [];
  return sha256(readFileSync(join(folder, only, 'pair.onnx')));
}

async function undisturbed(what: Round['what'], project: string): Promise<Undisturbed> {
  const before = performance.now();
  const job = await begin(what, project);
  const whole = await studio.ended(job);
  if (whole['state'] !== 'done') throw new Error(JSON.stringify(whole['error']));
  const length = performance.now() - before;
  say(`${what}: ${(length / 1000).toFixed(1)} s undisturbed`);
  return { project, length, expected: await outcome(what, job) };
}

async function setUp(): Promise<Setup> {
  const sourceConsent = await person('a', 3, 6);
  const targetConsent = await person('b', 21, seconds);
  await stopModels();
  await pool.start();
  await studio.signIn();
  for (const name of ['a.mp4', 'b.mp4']) await studio.upload(join(work, name), name);
  const file = (name: string): Json => ({ sha256: sha256(readFileSync(join(work, name))), name });
  const projectOf = async (name: string, engine: string, training: Json | null): Promise<string> => {
    const route = { person: 1, engine, source: file('a.mp4'), sourceConsent, targetConsent, training };
    const project = await studio.ask('POST', '/api/v1/projects', { name, target: file('b.mp4'), routes: [route] });
    return String(project['id']);
  };
  const pair = await projectOf('Pair', 'gan', { preset: 'draft', seed: 5, steps: 12, minutes: null });
  const training = await undisturbed('training', pair);
  const render = await undisturbed('render', engine === 'gan' ? pair : await projectOf('Kill', 'mesh', null));
  const setup = { headers: studio.headers, render, training };
  writeFileSync(SETUP, JSON.stringify(setup));
  return setup;
}

/** Milliseconds that a job that nobody disturbed took the last time. */
const lengths = { render: Number.POSITIVE_INFINITY, training: Number.POSITIVE_INFINITY };

async function oneRound(
  what: Round['what'],
  round: number,
  { project, length, expected }: Undisturbed,
): Promise<Round> {
  // Of the round alone, so that a bench that goes on draws what it would have drawn.
  const random = new Random(1000 * seed + 2 * round + (what === 'render' ? 0 : 1));
  const wanted = pool.victims[round % pool.victims.length] ?? 'studio';
  let before = 0;
  let started = 0;
  let moment = 0;
  let id = '';
  // A machine that is quicker now than it was: a kill after the end says nothing, the round begins anew with another moment.
  for (let state = 'done'; state === 'done'; ) {
    moment = random.range(0, Math.min(length, lengths[what]));
    before = await seals();
    started = performance.now();
    id = await begin(what, project);
    await pause(moment);
    const job = await studio.ask('GET', `/api/v1/jobs/${id}`);
    state = String(job['state']);
    if (state === 'done') lengths[what] = Date.parse(String(job['endedAt'])) - Date.parse(String(job['createdAt']));
  }
  const victim = await pool.kill(wanted);
  const job = await studio.ended(id);
  const { items } = (await studio.ask('GET', '/api/v1/media')) as { items: Json[] };
  return {
    what,
    round,
    victim,
    moment: Math.round(moment) / 1000,
    state: String(job['state']),
    attempts: Number(job['attempts']),
    same: job['state'] === 'done' && (await outcome(what, id)) === expected,
    published: (await seals()) - before,
    entered: items.filter((each) => each['id'] === id).length,
    seconds: Math.round(performance.now() - started) / 1000,
    error: job['error'],
  };
}

const line = ({ what, round, victim, moment, state, attempts, same, published, seconds, error }: Round): string =>
  `  ${what} ${round}: ${victim} killed at ${moment.toFixed(1)} s, ${state} after ${seconds.toFixed(0)} s, attempts ${attempts}, ` +
  `${same ? 'same file' : 'OTHER FILE'}, published ${published} times${state === 'done' ? '' : ` ${JSON.stringify(error)}`}`;

const isDoubled = ({ what, published, entered }: Round): boolean =>
  what === 'render' ? published !== 1 || entered !== 1 : published !== 0;

function summary(rounds: readonly Round[]): string {
  const lines = [];
  for (const what of ['render', 'training'] as const)
    for (const victim of pool.victims) {
      const some = rounds.filter((each) => each.what === what && each.victim === victim);
      const count = (test: (round: Round) => boolean): number => some.filter(test).length;
      lines.push(
        `${mode}, ${what}, ${victim}: ${some.length} kills, ${count(({ state }) => state !== 'done')} lost, ` +
          `${count(isDoubled)} doubled, ${count(({ state, same }) => state === 'done' && !same)} with another file, ` +
          `attempts at most ${Math.max(0, ...some.map(({ attempts }) => attempts))}`,
      );
    }
  return lines.join('\n');
}

let setup: Setup;
if (existsSync(SETUP)) {
  setup = JSON.parse(readFileSync(SETUP, 'utf8')) as Setup;
  studio.headers = setup.headers;
  await pool.start();
  // A bench that was stopped in the middle of a round left a job, and what that makes is not the next round's.
  for (const state of ['running', 'queued'])
    for (const job of ((await studio.ask('GET', `/api/v1/jobs?state=${state}`)) as { items: Json[] }).items)
      await studio.ended(String(job['id']));
} else setup = await setUp();
const done = existsSync(ROUNDS)
  ? readFileSync(ROUNDS, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Round)
  : [];
for (const [what, kills] of [
  ['render', renders],
  ['training', trainings],
] as const)
  for (let round = 1; round <= kills; round++) {
    if (done.some((each) => each.what === what && each.round === round)) continue;
    const ended = await oneRound(what, round, setup[what]);
    done.push(ended);
    appendFileSync(ROUNDS, `${JSON.stringify(ended)}\n`);
    say(line(ended));
  }
await pool.close();
say(summary(done));
