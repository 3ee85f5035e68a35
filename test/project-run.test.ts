/** A project that the studio exported is one file: it runs without the studio, to the same film, and comes back as it went. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { stopModels } from '../src/models/index.js';
import { film } from './long-film.js';
import { RenderWorld } from './render-world.js';

const world = new RenderWorld();
let exported = '';
let made: [string, string][] = [];

/** `likeness project run` in a process of its own. */
function run(...words: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), 'project', 'run', ...words], {
    encoding: 'utf8',
    cwd: world.at('elsewhere'),
  });
}

const projectFile = (name: string, change: (text: string) => string): string => {
  writeFileSync(world.at(name), change(exported));
  return world.at(name);
};

describe('a project that was exported', () => {
  beforeAll(async () => {
    await world.open();
    await world.signIn();
    for (const [name, seed] of [
      ['a', 3],
      ['b', 21],
    ] as const)
      await writeActorClip(world.at(`${name}.mp4`), {
        actor: createActor(seed),
        states: perform(seed, { seconds: 2, fps: 12, style: 'lively' }).slice(0, 14),
        width: 160,
        height: 160,
        fps: 3,
        sound: name === 'b',
      });
    await world.cast('a', world.at('a.mp4'));
    await world.cast('b', world.at('b.mp4'));
    await stopModels();
    const project = await world.project('film');
    const job = await world.job({ kind: 'render', project });
    expect(await world.ended(job, world.owner)).toMatchObject({ state: 'done' });
    made = film(world.at(`home/studio/jobs/${job}/film.mp4`));
    exported = await (await world.get(`/api/v1/projects/${project}/file`, world.owner)).text();
    mkdirSync(world.at('elsewhere'));
  }, 300_000);

  afterAll(() => world.close());

  it('comes back as it went when it is imported', async () => {
    const answer = await world.post('/api/v1/projects', exported, world.owner);
    const { id, problems } = (await answer.json()) as { id: string; problems: unknown[] };
    expect(problems).toEqual([]);
    expect(await (await world.get(`/api/v1/projects/${id}/file`, world.owner)).text()).toBe(exported);
  });

  it('gives the same film without the studio, but for its label', async () => {
    // The name of the result is that of the studio's: names of one length give labels of one length.
    const done = run(
      projectFile('film.project.json', (text) => text),
      '--out',
      world.at('elsewhere/film.mp4'),
    );
    expect(done.status, done.stderr).toBe(0);
    expect(film(world.at('elsewhere/film.mp4'))).toEqual(made);
  }, 300_000);

  it('is refused where its media, records or nets are not there, and nothing is written', () => {
    mkdirSync(world.at('swapped'));
    copyFileSync(world.at('a.mp4'), world.at('swapped/b.mp4'));
    copyFileSync(world.at('b.mp4'), world.at('swapped/a.mp4'));
    const before = readdirSync(world.at('elsewhere'));
    const same = projectFile('same.project.json', (text) => text);
    const cases: [string[], RegExp][] = [
      [[same, '--media', world.at('swapped')], /is not the file that the project means/],
      [[same, '--media', world.at('nowhere')], /a\.mp4.*(does not exist|no such|not there)/i],
      [[projectFile('up.project.json', (t) => t.replaceAll('"a.mp4"', '"../a.mp4"'))], /no plain file name/],
      [[projectFile('gan.project.json', (t) => t.replace('"mesh"', '"gan"'))], /training|trained/],
      [[projectFile('cut.project.json', (t) => t.slice(0, 40))], /cut\.project\.json/],
      [[world.at('absent.project.json')], /absent\.project\.json/],
    ];
    for (const [words, said] of cases) {
      const { status, stderr } = run(...words);
      expect(status, stderr).not.toBe(0);
      expect(stderr).toMatch(said);
      expect(stderr).not.toMatch(/ at .*\.(js|ts):/);
    }
    expect(readdirSync(world.at('elsewhere'))).toEqual(before);
    expect(
      existsSync(world.at('elsewhere/film.mp4')) && readFileSync(world.at('elsewhere/film.mp4')).length,
    ).toBeGreaterThan(0);
  }, 120_000);
});
