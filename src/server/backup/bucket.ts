/** What lies in a bucket, in a backup: fetched file by file, never whole in memory, and put back. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LikenessError, type LongWork, sha256File } from '../../base/index.js';
import type { BlobStore } from '../../jobs/index.js';
import type { KnownFiles } from './tables.js';

/** All folders of a bucket. */
const FOLDERS = ['media', 'jobs', 'training'] as const;
/** In the folder of a training, the list of its files at the latest moment. */
const LATEST = 'latest.json';
/** Times a training is fetched that goes on meanwhile. */
const TRIES = 5;

const goneOrChanged = (thrown: unknown): 'gone' | 'changed' => {
  if (thrown instanceof LikenessError && thrown.code === 'blobs.missing') return 'gone';
  if (thrown instanceof LikenessError && thrown.code === 'blobs.changed') return 'changed';
  throw thrown;
};

/** Whether a file below `media` or `jobs` belongs to something that was there at the moment of the tables. */
export function isOfThen(path: string, { ids }: KnownFiles): boolean {
  const [folder, id = ''] = path.split('/');
  return (folder !== 'media' && folder !== 'jobs') || ids.has(id);
}

/** Paths in a bucket that belong to the moment of the tables. */
export async function pathsInBucket(blobs: BlobStore, known: KnownFiles | null): Promise<string[]> {
  const all: string[] = [];
  for (const folder of FOLDERS) all.push(...(await blobs.list(folder)));
  return all.filter((path) => known === null || isOfThen(path, known));
}

/** See {@link saveBucket}. */
export interface SavedBucket {
  /** Hashes by path. */
  readonly saved: Record<string, string>;
  /** What was fetched, and is not what was put there. */
  readonly changed: readonly string[];
}

class Saving {
  readonly saved: Record<string, string> = {};
  readonly changed: string[] = [];
  readonly #blobs: BlobStore;
  readonly #to: string;
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #work: LongWork;

  constructor(blobs: BlobStore, to: string, known: KnownFiles | null, work: LongWork) {
    this.#blobs = blobs;
    this.#to = to;
    this.#hashes = new Map((known?.files ?? []).map(({ path, sha256 }) => [path, sha256]));
    this.#work = work;
  }

  /** Fetches one; false where it is not there any more. */
  async one(path: string): Promise<boolean> {
    const { signal } = this.#work;
    signal?.throwIfAborted();
    const at = join(this.#to, ...path.split('/'));
    try {
      await this.#blobs.bringAs(path, at, this.#hashes.get(path) ?? null, { signal });
    } catch (thrown) {
      if (goneOrChanged(thrown) === 'gone') return false;
      this.changed.push(path);
      return true;
    }
    this.saved[path] = await sha256File(at);
    return true;
  }

  /** Fetches a training as it was at one moment: the list, then what it names. Where that was replaced meanwhile, again. */
  async training(folder: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const root = join(this.#to, ...folder.split('/'));
      await rm(root, { recursive: true, force: true });
      for (const path of Object.keys(this.saved)) if (path.startsWith(`${folder}/`)) delete this.saved[path];
      // Without a list nobody could go on with it.
      if (!(await this.one(`${folder}/${LATEST}`))) return;
      const { files } = JSON.parse(await readFile(join(root, LATEST), 'utf8')) as { files: Record<string, string> };
      let whole = true;
      for (const hash of new Set(Object.values(files))) whole &&= await this.one(`${folder}/${hash}`);
      if (whole) return;
    }
    throw new LikenessError('backup.training', `The training ${folder} changes faster than it can be saved.`, {
      hint: 'Pause it, or try again later.',
    });
  }
}

/**
 * Fetches files of a bucket into a folder.
 *
 * @param known what the tables say of them
 * @throws LikenessError `blobs.*`, `file.*`, `backup.training`
 */
export async function saveBucket(
  blobs: BlobStore,
  paths: readonly string[],
  to: string,
  known: KnownFiles | null,
  work: LongWork,
): Promise<SavedBucket> {
  const saving = new Saving(blobs, to, known, work);
  const trainings = new Set<string>();
  for (const [i, path] of paths.entries()) {
    const [folder, id] = path.split('/');
    if (folder === 'training') trainings.add(`${folder}/${id}`);
    else await saving.one(path);
    work.onProgress?.({ stage: 'fetching', done: i + 1, total: paths.length, unit: 'files' });
  }
  for (const folder of trainings) await saving.training(folder);
  return saving;
}

/** Puts files of a backup into the bucket. @throws LikenessError `blobs.*` */
export async function fillBucket(
  blobs: BlobStore,
  hashes: Readonly<Record<string, string>>,
  from: string,
  work: LongWork,
): Promise<void> {
  const all = Object.entries(hashes);
  for (const [i, [path, hash]] of all.entries()) {
    await blobs.keepAs(join(from, ...path.split('/')), path, hash, { signal: work.signal });
    work.onProgress?.({ stage: 'filling', done: i + 1, total: all.length, unit: 'files' });
  }
}
