/** What was learned of people goes when their records say so, and not before. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import {
  createRecord,
  newRevocationToken,
  readAudit,
  rememberRecord,
  revoke,
  revokeWithToken,
  signRecord,
} from '../src/consent/index.js';
import { noteCopy, rememberPair, sweepPairs } from '../src/synth/swap/kept-pairs.js';
import { lockFolder } from '../src/synth/swap/lock.js';
import { projectPaths } from '../src/synth/swap/project.js';
import { makePerson, temporaryHome, usual } from './consent-people.js';

const { home, folder, remove } = temporaryHome();
const DAY = 86_400_000;
const YEAR = new Date(Date.now() + 366 * DAY);
let seed = 0;

beforeAll(() => mkdirSync(folder, { recursive: true }));
afterAll(remove);

/** A project folder with everything that a training leaves, and a file that somebody else put there. */
function pair(name: string, foreign = false): string {
  const paths = projectPaths(join(folder, name));
  for (const each of [paths.facesA, paths.facesB, paths.checkpoints]) mkdirSync(each, { recursive: true });
  const { pair, pairBack, dfm, preview, log, chart, settings } = paths;
  for (const path of [pair, pairBack, dfm, preview, log, chart, settings, join(paths.facesA, 'faces.bin')])
    writeFileSync(path, 'learned');
  if (foreign) writeFileSync(join(paths.root, 'notes.txt'), 'mine');
  return paths.root;
}

/** Two people and a pair that was trained under their records. */
async function trained(name: string, postTerm?: 'keepPublished' | 'deleteModels') {
  const [a, b] = [`${name}-a`, `${name}-b`];
  const change = (record: Parameters<typeof createRecord>[0]) =>
    postTerm === undefined ? record : { ...record, term: { ...record.term, postTerm } };
  const people = [await makePerson(a, ++seed, change), await makePerson(b, ++seed, change)] as const;
  for (const { envelope } of people) await rememberRecord(envelope);
  const path = pair(name, true);
  await rememberPair(
    path,
    people.map(({ envelope }) => envelope.record.id),
  );
  return { path, people };
}

const names = (swept: Awaited<ReturnType<typeof sweepPairs>>): string[] => swept.deleted.map(({ path }) => path);

describe('a trained pair', () => {
  it('stays while both records stand', async () => {
    const { path } = await trained('stands');
    expect(names(await sweepPairs())).toEqual([]);
    expect(existsSync(projectPaths(path).pair)).toBe(true);
    rmSync(path, { recursive: true });
    // Somebody deleted it by hand: its note goes, too.
    await sweepPairs();
    expect(readdirSync(join(home, 'pairs'))).toEqual([]);
  });

  it('goes after the term: faces, nets, checkpoints; and nothing that was not of it', async () => {
    const { path, people } = await trained('term', 'deleteModels');
    expect(names(await sweepPairs(YEAR))).toEqual([path]);
    expect(readdirSync(path)).toEqual(['notes.txt']);
    const entry = (await readAudit()).findLast(({ kind }) => kind === 'models');
    expect(entry?.facts).toMatchObject({ pair: path, why: 'term', what: 'deleted' });
    expect(entry?.facts['records']).toEqual(people.map(({ envelope }) => envelope.record.id));
    expect(names(await sweepPairs(YEAR))).toEqual([]);
  });

  it('goes when either person withdraws, by key or by word', async () => {
    const first = await trained('by-key');
    await revoke(first.people[1].envelope, first.people[1].key);
    expect(names(await sweepPairs())).toEqual([first.path]);
    const word = newRevocationToken();
    const { people, path } = await trained('by-word');
    const { key, face } = people[0];
    const envelope = await signRecord(await createRecord(usual(key, 'Second record', face(8))), key, word);
    await rememberRecord(envelope);
    await rememberPair(path, [envelope.record.id]);
    await revokeWithToken(envelope, word.token);
    // Their older record still stands and allows training.
    expect(names(await sweepPairs())).toEqual([]);
    await revoke(people[0].envelope, key);
    expect(names(await sweepPairs())).toEqual([path]);
  });

  it('may stay where the record says that what was made may stay', async () => {
    const { path } = await trained('kept', 'keepPublished');
    expect(names(await sweepPairs(YEAR))).toEqual([]);
    rmSync(path, { recursive: true });
  });

  it('is left alone while somebody trains it, and goes afterwards', async () => {
    const { path, people } = await trained('busy');
    await revoke(people[0].envelope, people[0].key);
    const lock = await lockFolder(path);
    expect(names(await sweepPairs())).toEqual([]);
    expect(existsSync(projectPaths(path).pair)).toBe(true);
    await lock.release();
    expect(names(await sweepPairs())).toEqual([path]);
  });

  it('of a copy is noted once: a later render under other records does not change what it was trained under', async () => {
    const { path, people } = await trained('copy');
    await noteCopy(path, []);
    await revoke(people[0].envelope, people[0].key);
    expect(names(await sweepPairs())).toEqual([path]);
  });

  it('goes under another name of the machine, too; one that lies elsewhere is told of, and keeps its note', async () => {
    const { path, people } = await trained('renamed');
    await revoke(people[0].envelope, people[0].key);
    const [name = ''] = readdirSync(join(home, 'pairs'));
    const note = join(home, 'pairs', name);
    const kept = JSON.parse(readFileSync(note, 'utf8')) as object;
    writeFileSync(note, JSON.stringify({ ...kept, host: 'an-older-name' }));
    expect(names(await sweepPairs())).toEqual([path]);
    writeFileSync(note, JSON.stringify({ ...kept, host: 'another-machine', path: join(folder, 'not-here') }));
    const { deleted, elsewhere } = await sweepPairs();
    expect(deleted).toEqual([]);
    expect(elsewhere.map(({ host }) => host)).toEqual(['another-machine']);
    rmSync(note);
  });

  it('goes with the next command, which says so', async () => {
    const { path, people } = await trained('command');
    await revoke(people[0].envelope, people[0].key);
    const run = (): string =>
      spawnSync(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), 'consent', 'log'], {
        env: { ...process.env, LIKENESS_HOME: home },
        encoding: 'utf8',
      }).stderr;
    expect(run()).toContain(`${path} is deleted: the consent that it was trained under has ended.`);
    expect(readdirSync(path)).toEqual(['notes.txt']);
    // It does not look at every command.
    const next = await trained('next');
    await revoke(next.people[0].envelope, next.people[0].key);
    run();
    expect(existsSync(projectPaths(next.path).pair)).toBe(true);
    const early = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(home, 'pairs-looked-at'), early, early);
    run();
    expect(existsSync(projectPaths(next.path).pair)).toBe(false);
  });
});
