/**
 * A folder that a job works in for hours, kept in the bucket as it was at one moment: a list of its files, and each file under its
 * hash. Whoever goes on elsewhere gets all of one moment, never a mixture of two.
 */
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { sha256, sha256File, writeAtomic } from '../../base/index.js';
import { dataFolder } from '../database/open.js';
import type { TransferOptions } from './bucket.js';
import { type BlobStore, wholeBlob } from './store.js';

/** The list beside the files on this disk: the moment that the folder goes on from. */
const LIST = 'snapshot.json';
/** The list in the bucket: the latest moment. */
const LATEST = 'latest.json';

const listSchema = z.strictObject({
  snapshot: z.literal(1),
  files: z.record(z.string().regex(/^(?!.*\.\.)[\w.-]+(\/[\w.-]+)*$/), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** What belongs to a running process, is not whole yet, or is this file's own. */
const LEFT_OUT = /(^|\/)(\.[^/]*|[^/]*\.lock|snapshot\.json)$/;

/** See the head of this file. */
export class Snapshots {
  readonly #blobs: BlobStore;
  /** By path, the hash of a file at a length and time: what has not changed is not read again. */
  readonly #hashes = new Map<string, { readonly mark: string; readonly hash: string }>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  async #hash(path: string): Promise<string> {
    const { size, mtimeMs } = await stat(path);
    const mark = `${size} ${mtimeMs}`;
    const known = this.#hashes.get(path);
    if (known?.mark === mark) return known.hash;
    const hash = await sha256File(path);
    this.#hashes.set(path, { mark, hash });
    return hash;
  }

  /**
   * Puts the folder into the bucket as it is. A file that goes or changes meanwhile is left to the next time.
   *
   * @param folder below the data folder
   */
  async push(folder: string, options: TransferOptions = {}): Promise<void> {
    const root = join(dataFolder(), folder);
    const files: Record<string, string> = {};
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const at = join(entry.parentPath, entry.name);
      const name = at
        .slice(root.length + 1)
        .split(sep)
        .join('/');
      if (!entry.isFile() || LEFT_OUT.test(name)) continue;
      try {
        const hash = await this.#hash(at);
        await this.#blobs.keepAs(at, `${folder}/${hash}`, hash, options);
        files[name] = hash;
      } catch (thrown) {
        // Old checkpoints go while new ones come.
        if ((await stat(at).catch(() => null)) !== null) throw thrown;
      }
    }
    if (Object.keys(files).length === 0) return;
    const text = JSON.stringify({ snapshot: 1, files });
    await writeAtomic(join(root, LIST), text);
    await this.#blobs.keepAs(join(root, LIST), `${folder}/${LATEST}`, sha256(text), options);
    const used = new Set([...Object.values(files), LATEST].map((name) => `${folder}/${name}`));
    for (const name of await this.#blobs.list(folder)) if (!used.has(name)) await this.#blobs.remove(name);
  }

  /**
   * Makes the folder what the bucket has, unless it already goes on from there.
   *
   * @throws LikenessError `blobs.*`
   */
  async pull(folder: string, options: TransferOptions = {}): Promise<void> {
    const root = join(dataFolder(), folder);
    if (!(await this.#blobs.list(folder)).includes(`${folder}/${LATEST}`)) return;
    const fresh = `${root}.fetched`;
    await rm(fresh, { recursive: true, force: true });
    await this.#blobs.bringAs(`${folder}/${LATEST}`, join(fresh, LIST), null, options);
    const text = await readFile(join(fresh, LIST), 'utf8');
    const here = await readFile(join(root, LIST), 'utf8').catch(() => '');
    if (here !== text) {
      const { files } = listSchema.parse(JSON.parse(text));
      for (const [name, hash] of Object.entries(files))
        await this.#blobs.bringAs(`${folder}/${hash}`, join(fresh, ...name.split('/')), hash, options);
      await rm(root, { recursive: true, force: true });
      await rename(fresh, root);
    }
    await rm(fresh, { recursive: true, force: true });
  }

  /** One file of the folder: of the latest snapshot where the folder here does not go on from it. Null where there is none. */
  async pick(folder: string, name: string): Promise<Buffer | null> {
    const root = join(dataFolder(), folder);
    const here = (): Promise<Buffer | null> => readFile(join(root, name)).catch(() => null);
    if (!this.#blobs.shared || (await this.#blobs.size(`${folder}/${LATEST}`)) === null) return here();
    const text = (await wholeBlob(this.#blobs, `${folder}/${LATEST}`)).toString('utf8');
    if (text === (await readFile(join(root, LIST), 'utf8').catch(() => ''))) return here();
    const hash = listSchema.parse(JSON.parse(text)).files[name];
    return hash === undefined ? null : wholeBlob(this.#blobs, `${folder}/${hash}`);
  }
}
