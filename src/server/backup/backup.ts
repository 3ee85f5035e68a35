/**
 * Backup and restore: the whole of LIKENESS_HOME, keys and database included, as a folder with a list of hashes. Of a
 * studio on a PostgreSQL server the tables are in it, too, and the files of a bucket. Such a studio may be at work meanwhile: the
 * tables are read first, all of one moment, then the files that they know, so that nothing is known that is not there.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import {
  fileError,
  hasErrno,
  LikenessError,
  type LongWork,
  likenessHome,
  sha256File,
  temporaryBeside,
} from '../../base/index.js';
import { instanceLockPath, instanceOwner, openBlobs, openDatabase } from '../../jobs/index.js';
import { fillBucket, isOfThen, pathsInBucket, saveBucket } from './bucket.js';
import { type BackupGap, type BackupList, BUCKET, HOME, LIST, listSchema, TABLES } from './list.js';
import { exportTables, importTables, isUsed, type KnownFiles } from './tables.js';

/** What belongs to a running process, or is made again by itself. */
const LEFT_OUT = [
  /^studio\/studio\.lock$/,
  /^studio\/link\.token$/,
  /^studio\/uploads\//,
  /^studio\/database\.reserve$/,
  /(^|\/)\.[^/]*\.part$/,
  /\.lock$/,
];

/** Copies of what a bucket has, which is saved from there. */
const COPIES = /^studio\/(media|jobs|training|pins)\//;

/** What a backup holds. */
export interface BackupFacts {
  readonly folder: string;
  readonly files: number;
  /** Files of a bucket that are in it. */
  readonly bucket: number;
  /** Files of a bucket that were left out as it was asked for. */
  readonly leftOut: number;
  /** Files that the database knows and the backup has not: deleted while it was made, or not what they were. */
  readonly missing: readonly BackupGap[];
}

/** What of a studio is saved. */
export interface BackupOptions extends LongWork {
  /** Leaves out what lies in a bucket; its paths are noted. */
  readonly withoutBucket?: boolean;
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

/** What is said of a backup that cannot be used. */
type Damaged = (what: string, cause?: unknown) => LikenessError;

/** @throws LikenessError where a path of a backup leads out of it */
function refuseOutside(name: string, damaged: Damaged): void {
  if (name.split('/').includes('..') || name.startsWith('/') || /[\\:]/.test(name))
    throw damaged(`it names ${name}, which leads elsewhere`);
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to).catch((cause: unknown) => {
    throw fileError(from, 'copying it', cause);
  });
}

/** Writes the tables of one moment; what they know of files. */
async function saveTables(path: string): Promise<KnownFiles> {
  const { db, close } = await openDatabase();
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      return await exportTables(db, async (line) => void (await file.write(line)));
    } finally {
      await file.close();
    }
  } finally {
    await close();
  }
}

/** Copies files of LIKENESS_HOME; their hashes. On a server others may delete some meanwhile. */
async function saveHome(
  names: readonly string[],
  to: string,
  live: boolean,
  work: LongWork,
): Promise<Record<string, string>> {
  const home = likenessHome();
  const files: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    work.signal?.throwIfAborted();
    try {
      await copyInto(join(home, name), join(to, name));
      files[name] = await sha256File(join(to, name));
    } catch (thrown) {
      const gone = thrown instanceof LikenessError && hasErrno(thrown.cause, 'ENOENT');
      if (!live || !gone) throw thrown;
    }
    work.onProgress?.({ stage: 'saving', done: i + 1, total: names.length, unit: 'files' });
  }
  return files;
}

/** Where a file of the data folder lies in a backup of LIKENESS_HOME. */
const inHome = (path: string): string => `studio/${path}`;

/** What the tables know and was not saved as they know it, and whatever else of a bucket is not what was put there. */
function gapsOf(known: KnownFiles | null, list: BackupList, changed: readonly string[]): BackupGap[] {
  const gaps = new Map(changed.map((path): [string, BackupGap] => [path, { path, name: null, why: 'changed' }]));
  const left = new Set(list.leftOut);
  for (const { path, name, sha256 } of known?.files ?? []) {
    const found = list.bucket[path] ?? list.files[inHome(path)];
    if (found === sha256 || left.has(path)) continue;
    gaps.set(path, { path, name, why: found === undefined && !gaps.has(path) ? 'gone' : 'changed' });
  }
  return [...gaps.values()];
}

function refuseTarget(target: string): void {
  const home = likenessHome();
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
}

/**
 * Copies everything into a new folder, whole or not at all. Whoever has it has the keys.
 *
 * @throws LikenessError `studio.busy` while an embedded studio is open, `backup.exists`, `blobs.*`, `file.*`
 */
export async function backup(folder: string, options: BackupOptions = {}): Promise<BackupFacts> {
  const target = resolve(folder);
  refuseTarget(target);
  if (!onServer()) refuseRunning('saved');
  const blobs = openBlobs();
  const part = temporaryBeside(target);
  try {
    await mkdir(join(part, HOME), { recursive: true, mode: 0o700 });
    const known = onServer() ? await saveTables(join(part, TABLES)) : null;
    const { files: names, folders } = await contentsOf(likenessHome());
    const ofThen = (name: string): boolean =>
      known === null || !name.startsWith('studio/') || isOfThen(name.slice('studio/'.length), known);
    const files = await saveHome(names.filter(ofThen), join(part, HOME), onServer(), options);
    const inBucket = blobs.shared ? await pathsInBucket(blobs, known) : [];
    const without = options.withoutBucket === true;
    const { saved, changed } = await saveBucket(blobs, without ? [] : inBucket, join(part, BUCKET), known, options);
    const list: BackupList = {
      backup: 'likeness-backup/2',
      madeAt: new Date().toISOString(),
      ...(known === null ? {} : { tablesAt: known.at }),
      files,
      folders: folders.filter(ofThen),
      bucket: saved,
      leftOut: without ? inBucket : [],
      missing: [],
    };
    const missing = gapsOf(known, list, changed);
    await writeFile(join(part, LIST), `${JSON.stringify({ ...list, missing }, null, 1)}\n`, { mode: 0o600 });
    await rename(part, target);
    const { length: bucket } = Object.keys(saved);
    return { folder: target, files: Object.keys(files).length, bucket, leftOut: list.leftOut.length, missing };
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown instanceof LikenessError ? thrown : fileError(target, 'saving', thrown);
  }
}

/** The list of a backup. @throws LikenessError `backup.damaged`, `file.*` */
async function readList(source: string, damaged: Damaged): Promise<BackupList> {
  const text = await readFile(join(source, LIST), 'utf8').catch((cause: unknown) => {
    throw fileError(join(source, LIST), 'reading the backup', cause);
  });
  let list: BackupList;
  try {
    list = listSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged('its list cannot be read', cause);
  }
  for (const name of [...Object.keys(list.files), ...Object.keys(list.bucket), ...list.folders])
    refuseOutside(name, damaged);
  return list;
}

/** Compares every file of a backup with its hash. @throws LikenessError `backup.damaged` */
async function compare(source: string, list: BackupList, damaged: Damaged, work: LongWork): Promise<void> {
  const all = [
    ...Object.entries(list.files).map(([name, hash]) => [`${HOME}/${name}`, hash] as const),
    ...Object.entries(list.bucket).map(([name, hash]) => [`${BUCKET}/${name}`, hash] as const),
  ];
  for (const [i, [name, hash]] of all.entries()) {
    work.signal?.throwIfAborted();
    const from = join(source, ...name.split('/'));
    if (!existsSync(from) || (await sha256File(from)) !== hash) throw damaged(`${name} is missing or was changed`);
    work.onProgress?.({ stage: 'comparing', done: i + 1, total: all.length, unit: 'files' });
  }
}

const inUse = (): LikenessError =>
  new LikenessError('backup.database', 'The database that DATABASE_URL names is in use by a studio.', {
    hint: 'Name an empty database.',
  });

async function refuseUsed(): Promise<void> {
  const { db, close } = await openDatabase();
  if (await isUsed(db).finally(close)) throw inUse();
}

/** Puts the tables of a backup into the database. @throws LikenessError `backup.database` */
async function restoreTables(path: string, missing: readonly BackupGap[]): Promise<void> {
  const { db, close } = await openDatabase();
  const file = await open(path, 'r');
  try {
    if (!(await importTables(db, () => file.readLines({ encoding: 'utf8' }), missing))) throw inUse();
  } finally {
    await file.close();
    await close();
  }
}

/**
 * Puts a backup where LIKENESS_HOME is, which must be empty, its tables into the database, which must be empty, too, and what lay
 * in a bucket into that of now, or onto the disk where there is none. Every file is compared with its hash before anything is put
 * in place.
 *
 * @throws LikenessError `backup.damaged`, `backup.home`, `backup.database`, `studio.busy`, `blobs.*`, `file.*`
 */
export async function restore(folder: string, work: LongWork = {}): Promise<BackupFacts> {
  const home = resolve(likenessHome());
  const source = resolve(folder);
  refuseRunning('restored');
  const damaged: Damaged = (what, cause) =>
    new LikenessError('backup.damaged', `${source} is no whole backup: ${what}.`, { hint: 'Use another one.', cause });
  const list = await readList(source, damaged);
  if (existsSync(home) && (await readdir(home)).length > 0)
    throw new LikenessError('backup.home', `${home} is not empty.`, {
      hint: 'Move it away first, or set LIKENESS_HOME to a new folder.',
    });
  const withTables = onServer() && existsSync(join(source, TABLES));
  if (withTables) await refuseUsed();
  await compare(source, list, damaged, work);
  const blobs = openBlobs();
  const part = temporaryBeside(home);
  const names = Object.keys(list.files);
  const inBucket = Object.keys(list.bucket);
  try {
    for (const [i, name] of names.entries()) {
      work.signal?.throwIfAborted();
      await copyInto(join(source, HOME, name), join(part, name));
      work.onProgress?.({ stage: 'restoring', done: i + 1, total: names.length, unit: 'files' });
    }
    for (const name of ['.', ...list.folders]) await mkdir(join(part, name), { recursive: true, mode: 0o700 });
    if (blobs.shared) await fillBucket(blobs, list.bucket, join(source, BUCKET), work);
    else for (const name of inBucket) await copyInto(join(source, BUCKET, name), join(part, inHome(name)));
    await rm(home, { recursive: true, force: true });
    await rename(part, home);
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown instanceof LikenessError ? thrown : fileError(home, 'restoring', thrown);
  }
  if (withTables) await restoreTables(join(source, TABLES), list.missing);
  const { leftOut, missing } = list;
  return { folder: home, files: names.length, bucket: inBucket.length, leftOut: leftOut.length, missing };
}
