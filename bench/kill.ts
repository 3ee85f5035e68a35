/**
 * `kill -9` of the studio, or of the process that does a job, at random moments of a render and a training: what is lost or
 * doubled, and whether the file is the one of an undisturbed run.
 *
 *   node scripts/run.mjs bench/kill.ts [kills of a render 20] [kills of a training 10] [seed 1]
 *
 * Each round starts a job anew, kills once at a moment drawn evenly from the length of an undisturbed job, starts the studio
 * again where that was what died, and waits. A film is compared box by box but for its label, whose signature and date are
 * new ones; a training by the bytes of the exported net.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { Random, sha256 } from '../src/base/index.js';
import { createKey, createRecord, readAudit, signRecord } from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import { type Json, StudioProcess } from './studio-process.js';

const [renders = 20, trainings = 10, seed = 1] = process.argv.slice(2).map(Number);
const work = resolve('.cache/bench/kill');
const home = join(work, 'home');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
process.env['LIKENESS_HOME'] = home;

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

const studio = new StudioProcess(home, 4871);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const random = new Random(seed);

const sourceConsent = await person('a', 3, 6);
const targetConsent = await person('b', 21, 12);
await stopModels();
await studio.start();
await studio.signIn();
await studio.upload(join(work, 'a.mp4'), 'a.mp4');
await studio.upload(join(work, 'b.mp4'), 'b.mp4');
const file = (name: string): Json => ({ sha256: sha256(readFileSync(join(work, `${name}.mp4`))), name: `${name}.mp4` });
const projectOf = async (name: string, engine: string, training: Json | null): Promise<string> => {
  const route = { person: 1, engine, source: file('a'), sourceConsent, targetConsent, training };
  const project = await studio.ask('POST', '/api/v1/projects', { name, target: file('b'), routes: [route] });
  return String(project['id']);
};

/** The made film of a job. */
async function made(id: string): Promise<string> {
  const path = join(work, 'made.mp4');
  const answer = await fetch(`${studio.origin}/api/v1/media/${id}/file`, { headers: studio.headers });
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return film(path);
}

const trained = (): string => {
  const folder = join(home, 'studio', 'training');
  const [only = ''] = existsSync(folder) ? readdirSync(folder) : [];
  return sha256(readFileSync(join(folder, only, 'pair.onnx')));
};

interface Outcome {
  readonly differs: number;
  readonly lost: number;
  readonly doubled: number;
}

async function rounds(
  what: string,
  kills: number,
  begin: () => Promise<string>,
  result: (job: string) => Promise<string>,
): Promise<Outcome> {
  const before = performance.now();
  const first = await begin();
  const whole = await studio.ended(first);
  if (whole['state'] !== 'done') throw new Error(JSON.stringify(whole['error']));
  const length = performance.now() - before;
  const expected = await result(first);
  const out = { differs: 0, lost: 0, doubled: 0 };
  process.stdout.write(`${what}: ${(length / 1000).toFixed(1)} s undisturbed\n`);
  for (let round = 0; round < kills; round++) {
    const sealsBefore = (await readAudit()).filter(({ kind }) => kind === 'publish').length;
    const id = await begin();
    const moment = random.range(0, length);
    await pause(moment);
    const victims = studio.children;
    const child = random.float() < 0.5 && victims.length > 0 ? victims[random.int(victims.length)] : undefined;
    if (child === undefined) {
      await studio.kill();
      await studio.start();
    } else
      try {
        process.kill(child, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    const job = await studio.ended(id);
    const same = job['state'] === 'done' && (await result(id)) === expected;
    const seals = (await readAudit()).filter(({ kind }) => kind === 'publish').length - sealsBefore;
    if (job['state'] !== 'done') out.lost++;
    else if (!same) out.differs++;
    const { items } = (await studio.ask('GET', '/api/v1/media')) as { items: Json[] };
    const entered = items.filter((each) => each['id'] === id).length;
    if (what === 'render' && (seals !== 1 || entered !== 1)) out.doubled++;
    process.stdout.write(
      `  ${round + 1}: ${child === undefined ? 'studio' : 'child'} killed at ${(moment / 1000).toFixed(1)} s, ` +
        `${job['state']}, attempts ${job['attempts']}, ${same ? 'same file' : 'OTHER FILE'}, published ${seals} times` +
        `${job['state'] === 'done' ? '' : ` ${JSON.stringify(job['error'])}`}\n`,
    );
  }
  return out;
}

const mesh = await projectOf('Kill', 'mesh', null);
const render = await rounds(
  'render',
  renders,
  async () => String((await studio.ask('POST', '/api/v1/jobs', { kind: 'render', project: mesh }))['id']),
  made,
);
const pair = await projectOf('Pair', 'gan', { preset: 'draft', seed: 5, steps: 30, minutes: null });
const training = await rounds(
  'training',
  trainings,
  async () => {
    rmSync(join(home, 'studio', 'training'), { recursive: true, force: true });
    return String((await studio.ask('POST', '/api/v1/jobs', { kind: 'train', project: pair, route: 0 }))['id']);
  },
  async () => trained(),
);
await studio.kill('SIGTERM');
const show = (what: string, kills: number, { lost, doubled, differs }: Outcome): string =>
  `${what}: ${kills} kills, ${lost} lost, ${doubled} doubled, ${differs} with another file\n`;
process.stdout.write(show('render', renders, render) + show('training', trainings, training));
