/**
 * What was learned of people goes when their records say so ("afterwards: models are deleted"): every pair in training is
 * noted in `LIKENESS_HOME/pairs`, with the records that it was last trained under, and deleted when one of them has ended.
 * Copies that somebody made elsewhere are theirs to delete.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { likenessHome, sha256, writeAtomic } from '../../base/index.js';
import { appendAudit, modelsEnd } from '../../consent/index.js';
import { lockFolder } from './lock.js';
import { projectPaths } from './project.js';

/** A pair whose faces and nets lie on a disk. */
export interface KeptPair {
  /** The project folder, absolute. */
  readonly path: string;
  /** The machine on whose disk it was noted: `LIKENESS_HOME` may be shared. */
  readonly host: string;
  /** Ids of the records. */
  readonly records: readonly string[];
}

const folder = (): string => join(likenessHome(), 'pairs');
const noteOf = ({ host, path }: Pick<KeptPair, 'host' | 'path'>): string =>
  join(folder(), `${sha256(`${host}\n${path}`).slice(0, 32)}.json`);

/** Notes a pair, or that it is trained under other records now. */
export async function rememberPair(project: string, records: readonly string[]): Promise<void> {
  const pair: KeptPair = { path: resolve(project), host: hostname(), records: records.filter((id) => id !== '') };
  await mkdir(folder(), { recursive: true });
  await writeAtomic(noteOf(pair), `${JSON.stringify(pair, null, 1)}\n`);
}

/** Notes a pair that came from another machine, or was trained before notes were kept; one that is noted stays as it is. */
export async function noteCopy(project: string, records: readonly string[]): Promise<void> {
  if (!existsSync(noteOf({ host: hostname(), path: resolve(project) }))) await rememberPair(project, records);
}

/** All pairs that are noted, of all machines that share `LIKENESS_HOME`; a note that cannot be read is passed over. */
async function keptPairs(): Promise<KeptPair[]> {
  if (!existsSync(folder())) return [];
  const pairs: KeptPair[] = [];
  for (const name of readdirSync(folder()).filter((each) => /^[0-9a-f]{32}\.json$/.test(each))) {
    try {
      const { path, host, records } = JSON.parse(await readFile(join(folder(), name), 'utf8')) as Partial<KeptPair>;
      if (typeof path === 'string' && typeof host === 'string' && Array.isArray(records))
        pairs.push({ path, host, records: records.map(String) });
    } catch {
      // Half of a note says nothing of what may be deleted.
    }
  }
  return pairs;
}

/** Faces, nets, checkpoints and what was drawn with them; nothing else that somebody put into the folder. */
async function clear(project: string): Promise<void> {
  const paths = projectPaths(project);
  const lock = await lockFolder(project);
  try {
    const { pair, pairBack, dfm, checkpoints, preview, log, chart, settings } = paths;
    for (const path of [pair, pairBack, dfm, checkpoints, dirname(paths.facesA), preview, log, chart, settings])
      await rm(path, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
  await rmdir(project).catch(() => undefined);
}

/**
 * Deletes the pairs of this machine whose time has come, and writes so into the audit log. One that is being trained is left
 * to a later round: its training stops by itself when it asks for leave.
 *
 * @param now the time to judge by
 * @returns what was deleted, and what is due on other machines (`host`), for whoever keeps copies of it
 */
export async function sweepPairs(now: Date = new Date()): Promise<{ deleted: KeptPair[]; elsewhere: KeptPair[] }> {
  const deleted: KeptPair[] = [];
  const elsewhere: KeptPair[] = [];
  for (const pair of await keptPairs()) {
    const ends = pair.records.map((id) => modelsEnd(id, now)).filter((end) => end !== null);
    const [why] = ends;
    // What lies here is here, whatever the machine was called when it was noted: names of laptops and containers change.
    if (!existsSync(projectPaths(pair.path).settings)) {
      if (pair.host === hostname()) await rm(noteOf(pair), { force: true });
      else if (why !== undefined) elsewhere.push(pair);
      continue;
    }
    if (why === undefined) continue;
    try {
      await clear(pair.path);
    } catch {
      continue;
    }
    await rm(noteOf(pair), { force: true });
    await appendAudit('models', { pair: pair.path, records: [...pair.records], why, what: 'deleted' });
    deleted.push(pair);
  }
  return { deleted, elsewhere };
}
