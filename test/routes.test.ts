/** Several people in one shot: each gets the face that the routing table says, and who is not in it keeps their own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { createKey, createRecord, signRecord, writeEnvelope } from '../src/consent/index.js';
import { analyzeFile, type Identity, type Track } from '../src/faces/index.js';
import { openVideo } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-routes-'));
const at = (name: string): string => join(folder, name);
const SCENE = { width: 768, height: 256, fps: 8 };
/** Left, middle, right. */
const PLACES = [0.18, 0.5, 0.82];
const SEEDS = [21, 4, 35];
const sources = { first: 3, second: 12 };

const identities = (track: Track | undefined): Identity[] =>
  (track?.faces ?? []).map((face) => face.identity).filter((each): each is Identity => each !== null);

/** Cosine of the mean looks of two people. */
function alike(one: readonly Identity[], other: readonly Identity[]): number {
  const mean = (list: readonly Identity[]): number[] =>
    Array.from(list[0]?.b ?? [], (_, i) => list.reduce((sum, { b }) => sum + (b[i] ?? 0), 0));
  const [x, y] = [mean(one), mean(other)];
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

async function sign(name: string, faces: readonly Identity[], roles: ('source' | 'replaced')[]): Promise<void> {
  const key = await createKey(name);
  const record = await createRecord({
    subject: { did: key.did, displayName: name, adult: true },
    faces,
    project: { title: 'Test' },
    scope: { roles, operations: ['faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  await writeEnvelope(at(`${name}.consent.json`), await signRecord(record, key));
}

/** Tracks of a clip from left to right. */
async function people(path: string): Promise<Track[]> {
  const { tracks } = await analyzeFile(path);
  const x = ({ faces }: Track): number => faces[0]?.landmarks[0] ?? 0;
  return [...tracks].sort((a, b) => x(a) - x(b));
}

/** Mean difference of luma between two films in each third of the picture, levels of 255. */
async function differences(one: string, other: string): Promise<number[]> {
  const films = [await openVideo(one), await openVideo(other)] as const;
  const [a, b] = films.map((film) => film.frames());
  const sums = [0, 0, 0];
  let frames = 0;
  if (a === undefined || b === undefined) throw new Error('there are two');
  for await (const frame of a) {
    const { value, done } = await b.next();
    if (done === true) break;
    frames++;
    // The first plane is luma.
    for (let i = 0; i < frame.width * frame.height; i++) {
      const third = Math.floor((3 * (i % frame.width)) / frame.width);
      sums[third] = (sums[third] ?? 0) + Math.abs((frame.pixels[i] ?? 0) - (value.pixels[i] ?? 0));
    }
  }
  for (const film of films) film.close();
  return sums.map((sum) => (3 * sum) / (frames * SCENE.width * SCENE.height));
}

const looks: Record<string, Identity[]> = {};

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  const states = (seed: number, x: number, scale: number) =>
    perform(seed, { seconds: 2, fps: SCENE.fps, style: 'lively', base: { position: [x, 0.5], scale } });
  await writeActorClip(at('scene.mp4'), {
    actors: SEEDS.map((seed, i) => ({ actor: createActor(seed), states: states(seed, PLACES[i] ?? 0.5, 0.5) })),
    ...SCENE,
  });
  for (const [name, seed] of Object.entries(sources)) {
    await writeActorClip(at(`${name}.mp4`), {
      actor: createActor(seed),
      states: states(seed, 0.5, 0.5),
      width: 256,
      height: 256,
      fps: SCENE.fps,
    });
    looks[name] = identities((await people(at(`${name}.mp4`)))[0]);
    await sign(name, looks[name], ['source']);
  }
  const [left, middle, right] = await people(at('scene.mp4'));
  for (const [name, track] of Object.entries({ left, middle, right })) {
    looks[name] = identities(track);
    await sign(name, looks[name], ['replaced']);
  }
  const row = (track: Track | undefined, source: string, name: string) => ({
    person: track?.id,
    engine: 'mesh',
    source: `${source}.mp4`,
    sourceConsent: `${source}.consent.json`,
    targetConsent: `${name}.consent.json`,
  });
  writeFileSync(at('table.json'), JSON.stringify([row(left, 'first', 'left'), row(right, 'second', 'right')]));
  writeFileSync(at('wrong.json'), JSON.stringify([row(left, 'first', 'left'), row(right, 'second', 'middle')]));
  await stopModels();
}, 600_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

const swap = (table: string, out: string) =>
  spawnSync(
    process.execPath,
    [
      ...[join(packageRoot, 'bin/likeness.mjs'), 'swap', at('scene.mp4'), '--routes', at(table)],
      ...['--out', at(out), '--use', 'film', '--no-report'],
    ],
    { encoding: 'utf8', env: process.env },
  );

describe('a routing table', () => {
  it('gives each person the face it says, and leaves the third alone', async () => {
    const { status, stderr } = swap('table.json', 'out.mp4');
    expect(stderr).not.toContain('Error');
    expect(status).toBe(0);
    const [left, middle, right] = (await people(at('out.mp4'))).map(identities);
    if (left === undefined || middle === undefined || right === undefined) throw new Error('three are seen');
    const of = (name: string): Identity[] => looks[name] ?? [];
    expect(alike(left, of('first'))).toBeGreaterThan(alike(left, of('left')));
    expect(alike(left, of('first'))).toBeGreaterThan(alike(left, of('second')));
    expect(alike(right, of('second'))).toBeGreaterThan(alike(right, of('right')));
    expect(alike(right, of('second'))).toBeGreaterThan(alike(right, of('first')));
    expect(alike(middle, of('middle'))).toBeGreaterThan(0.95);
    // What is left in the middle are the invisible watermark and what encoding again costs.
    const [l = 0, m = 0, r = 0] = await differences(at('scene.mp4'), at('out.mp4'));
    expect(m).toBeLessThan(1.5);
    expect(l).toBeGreaterThan(3 * m);
    expect(r).toBeGreaterThan(3 * m);
  });

  it('needs the consent of the very person in each row', () => {
    const { status, stderr } = swap('wrong.json', 'none.mp4');
    expect(status).toBe(4);
    expect(stderr).toMatch(/not middle's/);
  });
});
