/**
 * Backup and restore: the whole of LIKENESS_HOME, keys and database included, as a folder with a list of hashes. Of a
 * studio on a PostgreSQL server the tables are in it, too.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import {
  fileError,
  LikenessError,
  type LongWork,
  likenessHome,
  sha256File,
  temporaryBeside,
} from '../../base/index.js';
import { instanceLockPath, instanceOwner, openBlobs, openDatabase } from '../../jobs/index.js';
import { exportTables, importTables } from './tables.js';

/** What belongs to a running process, or is made again by itself. */
const LEFT_OUT = [
  /^studio\/studio\.lock$/,
  /^studio\/link\.token$/,
  /^studio\/uploads\//,
  /^studio\/database\.reserve$/,
  /(^|\/)\.[^/]*\.part$/,
  /\.lock$/,
];

/** Copies of what a bucket has: that is saved by its own means. */
const COPIES = /^studio\/(media|jobs|training|pins)\//;

const LIST = 'backup.json';
const TABLES = 'tables.jsonl';

const listSchema = z.strictObject({
  backup: z.literal('likeness-backup/1'),
  madeAt: z.iso.datetime(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  /** All folders, those without a file too: a database does not open without them. */
  folders: z.array(z.string()),
});

/** What a backup holds. */
export interface BackupFacts {
  readonly folder: string;
  readonly files: number;
}

const onServer = (): boolean => (process.env['DATABASE_URL'] ?? '') !== '';

function refuseRunning(doing: string): void {
  const owner = instanceOwner(instanceLockPath());
  if (owner !== null)
    throw new LikenessError('studio.busy', `The studio is open (process ${owner.pid}); it cannot be ${doing} now.`, {
      hint: 'Stop it first (Ctrl-C where it runs), then run this again.',
    });
}

/** Files and folders below a folder, by their path with forward slashes. */
async function contentsOf(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(folder, 'listing it', cause);
  });
  const named = entries.map((entry) => ({
    entry,
    name: relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'),
  }));
  const leftOut = openBlobs().shared ? [...LEFT_OUT, COPIES] : LEFT_OUT;
  const kept = named.filter(({ name }) => !leftOut.some((pattern) => pattern.test(name)));
  return {
    files: kept.flatMap(({ entry, name }) => (entry.isFile() ? [name] : [])).sort(),
    folders: kept.flatMap(({ entry, name }) => (entry.isDirectory() ? [name] : [])).sort(),
  };
}

/** @throws LikenessError where a path of a backup leads out of it */
function refuseOutside(name: string, damaged: (what: string) => LikenessError): void {
  if (name.split('/').includes('..') || name.startsWith('/') || /[\\:]/.test(name))
    throw damaged(`it names ${name}, which leads elsewhere`);
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to).catch((cause: unknown) => {
    throw fileError(from, 'copying it', cause);
  });
}

/**
 * Copies everything into a new folder, whole or not at all. Whoever has it has the keys.
 *
 * @throws LikenessError `studio.busy` while an embedded studio is open, `backup.exists`, `file.*`
 */
export async function backup(folder: string, work: LongWork = {}): Promise<BackupFacts> {
  const home = likenessHome();
  const target = resolve(folder);
  if (existsSync(target))
    throw new LikenessError('backup.exists', `${target} exists already.`, { hint: 'Name a new folder.' });
  if (!existsSync(home))
    throw new LikenessError('backup.empty', `There is nothing to save: ${home} does not exist.`, {
      hint: 'Set LIKENESS_HOME where the studio has another folder.',
    });
  if (`${target}${sep}`.startsWith(`${resolve(home)}${sep}`))
    throw new LikenessError('backup.inside', 'A backup cannot lie inside of what it saves.', {
      hint: 'Name a folder elsewhere, best on another disk.',
    });
  if (!onServer()) refuseRunning('saved');
  const part = temporaryBeside(target);
  const { files: names, folders } = await contentsOf(home);
  try {
    await mkdir(join(part, 'home'), { recursive: true, mode: 0o700 });
    const files: Record<string, string> = {};
    for (const [i, name] of names.entries()) {
      work.signal?.throwIfAborted();
      await copyInto(join(home, name), join(part, 'home', name));
      files[name] = await sha256File(join(part, 'home', name));
      work.onProgress?.({ stage: 'saving', done: i + 1, total: names.length, unit: 'files' });
    }
    if (onServer()) {
      const { db, close } = await openDatabase();
      await writeFile(join(part, TABLES), await exportTables(db), { mode: 0o600 }).finally(close);
    }
    const list = { backup: 'likeness-backup/1', madeAt: new Date().toISOString(), files, folders };
    await writeFile(join(part, LIST), `${JSON.stringify(list, null, 1)}\n`, { mode: 0o600 });
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown instanceof LikenessError ? thrown : fileError(target, 'saving', thrown);
  }
  return { folder: target, files: names.length };
}

/**
 * Puts a backup where LIKENESS_HOME is, which must be empty. Every file is compared with its hash before anything is put
 * in place.
 *
 * @throws LikenessError `backup.damaged`, `backup.home`, `backup.database`, `studio.busy`, `file.*`
 */
export async function restore(folder: string, work: LongWork = {}): Promise<BackupFacts> {
  const home = resolve(likenessHome());
  const source = resolve(folder);
  refuseRunning('restored');
  const text = await readFile(join(source, LIST), 'utf8').catch((cause: unknown) => {
    throw fileError(join(source, LIST), 'reading the backup', cause);
  });
  const damaged = (what: string, cause?: unknown): LikenessError =>
    new LikenessError('backup.damaged', `${source} is no whole backup: ${what}.`, { hint: 'Use another one.', cause });
  let list: z.infer<typeof listSchema>;
  try {
    list = listSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged('its list cannot be read', cause);
  }
  if (existsSync(home) && (await readdir(home)).length > 0)
    throw new LikenessError('backup.home', `${home} is not empty.`, {
      hint: 'Move it away first, or set LIKENESS_HOME to a new folder.',
    });
  const names = Object.keys(list.files);
  const part = temporaryBeside(home);
  try {
    for (const [i, name] of names.entries()) {
      work.signal?.throwIfAborted();
      refuseOutside(name, damaged);
      const from = join(source, 'home', name);
      if (!existsSync(from) || (await sha256File(from)) !== list.files[name])
        throw damaged(`${name} is missing or was changed`);
      await copyInto(from, join(part, name));
      work.onProgress?.({ stage: 'restoring', done: i + 1, total: names.length, unit: 'files' });
    }
    for (const name of ['.', ...list.folders]) {
      refuseOutside(name, damaged);
      await mkdir(join(part, name), { recursive: true, mode: 0o700 });
    }
    await rm(home, { recursive: true, force: true });
    await rename(part, home);
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown instanceof LikenessError ? thrown : fileError(home, 'restoring', thrown);
  }
  if (onServer() && existsSync(join(source, TABLES))) {
    const { db, close } = await openDatabase();
    const done = await importTables(db, await readFile(join(source, TABLES), 'utf8')).finally(close);
    if (!done)
      throw new LikenessError('backup.database', 'The database that DATABASE_URL names is in use by a studio.', {
        hint: 'The files are restored; name an empty database and restore into another LIKENESS_HOME.',
      });
  }
  return { folder: home, files: names.length };
}
