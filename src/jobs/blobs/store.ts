/**
 * The files of the studio by their path below its data folder. On a disk they simply lie there. With a bucket, the bucket has
 * them, and the folder holds copies of those that are worked with: fetched whole, checked by their hash, bounded in size.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LikenessError, sha256File } from '../../base/index.js';
import { dataFolder } from '../database/open.js';
import { Bucket, type ByteRange, type TransferOptions } from './bucket.js';
import { LocalCopies } from './local-copies.js';
import { bucketSettings, cacheLimit } from './settings.js';

/** See the head of this file. */
export interface BlobStore {
  /** True where files lie in a bucket, so that other machines without this disk see them. */
  readonly shared: boolean;
  /**
   * Looks whether files can be stored.
   *
   * @throws LikenessError `blobs.*`
   */
  check(): Promise<void>;
  /**
   * Stores what lies at a path, for good: from now on other machines see it.
   *
   * @throws LikenessError `blobs.*`, `file.*`
   */
  keep(path: string, options?: TransferOptions): Promise<void>;
  /**
   * Makes sure that a file lies in the data folder.
   *
   * @param hash what its bytes must be; null where that is not known
   * @returns its absolute path
   * @throws LikenessError `blobs.missing`, `blobs.changed`, `blobs.*`; on a disk it is not looked for
   */
  bring(path: string, hash: string | null, options?: TransferOptions): Promise<string>;
  /** Its length in bytes, or null where it is not there. */
  size(path: string): Promise<number | null>;
  /**
   * Its bytes, or a part of them, without a copy on this disk.
   *
   * @param hash where it is given and all bytes are read, the last of them come only if they are what they must be
   */
  read(path: string, range: ByteRange | null, hash: string | null): Promise<ReadableStream<Uint8Array>>;
  /** Stores a file of this disk under another path than its own; of no effect on a disk. */
  keepAs(file: string, path: string, hash: string, options?: TransferOptions): Promise<void>;
  /** Fetches a file to another place than its own; of no effect on a disk. */
  bringAs(path: string, file: string, hash: string | null, options?: TransferOptions): Promise<void>;
  /** Deletes one file from the bucket alone. */
  remove(path: string): Promise<void>;
  /** Deletes all files below a folder, from the bucket alone: what lies on the disk is its owner's to delete. */
  removeFolder(folder: string): Promise<void>;
  /** Paths of all files below a folder that other machines see; none on a disk. */
  list(folder: string): Promise<string[]>;
  /** Local copies of these files stay until the returned function is called. */
  pin(paths: readonly string[]): Promise<() => Promise<void>>;
}

/** All bytes of a file that is small. @throws LikenessError `blobs.*` */
export async function wholeBlob(blobs: BlobStore, path: string): Promise<Buffer> {
  return Buffer.from(await new Response(await blobs.read(path, null, null)).arrayBuffer());
}

const local = (path: string): string => join(dataFolder(), path);

const sizeOf = async (path: string): Promise<number | null> =>
  stat(local(path)).then(
    ({ size }) => size,
    () => null,
  );

function readLocal(path: string, range: ByteRange | null): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(local(path), range ?? {})) as ReadableStream<Uint8Array>;
}

/** Holds the last piece back until the hash is known to be right. */
function checked(stream: ReadableStream<Uint8Array>, path: string, hash: string): ReadableStream<Uint8Array> {
  const found = createHash('sha256');
  let held: Uint8Array | null = null;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        found.update(chunk);
        if (held !== null) controller.enqueue(held);
        held = chunk;
      },
      flush(controller) {
        if (found.digest('hex') !== hash)
          controller.error(
            new LikenessError('blobs.changed', `The bucket's ${path} is not the file that was put there.`),
          );
        else if (held !== null) controller.enqueue(held);
      },
    }),
  );
}

const DISK: BlobStore = {
  shared: false,
  check: async () => undefined,
  keep: async () => undefined,
  bring: async (path) => local(path),
  size: sizeOf,
  read: async (path, range) => readLocal(path, range),
  keepAs: async () => undefined,
  bringAs: async () => undefined,
  remove: async () => undefined,
  removeFolder: async () => undefined,
  list: async () => [],
  pin: async () => async () => undefined,
};

class BucketStore implements BlobStore {
  readonly shared = true;
  readonly #bucket: Bucket;
  readonly #copies: LocalCopies;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.#copies = new LocalCopies(dataFolder(), cacheLimit(), async (path, bytes) => {
      const facts = await bucket.facts(path);
      return facts?.bytes === bytes;
    });
  }

  check(): Promise<void> {
    return this.#bucket.check();
  }

  async keep(path: string, options: TransferOptions = {}): Promise<void> {
    await this.#bucket.put(local(path), path, await sha256File(local(path)), options);
    await this.#copies.used(path);
  }

  async bring(path: string, hash: string | null, options: TransferOptions = {}): Promise<string> {
    const at = local(path);
    const known = existsSync(at) && (hash === null || (await sha256File(at).catch(() => '')) === hash);
    if (!known) await this.#bucket.fetch(path, at, hash, options);
    await this.#copies.used(path);
    return at;
  }

  async size(path: string): Promise<number | null> {
    return (await sizeOf(path)) ?? (await this.#bucket.facts(path))?.bytes ?? null;
  }

  async read(path: string, range: ByteRange | null, hash: string | null): Promise<ReadableStream<Uint8Array>> {
    if (existsSync(local(path))) return readLocal(path, range);
    const stream = await this.#bucket.read(path, range);
    return range === null && hash !== null ? checked(stream, path, hash) : stream;
  }

  keepAs(file: string, path: string, hash: string, options: TransferOptions = {}): Promise<void> {
    return this.#bucket.put(file, path, hash, options);
  }

  bringAs(path: string, file: string, hash: string | null, options: TransferOptions = {}): Promise<void> {
    return this.#bucket.fetch(path, file, hash, options);
  }

  remove(path: string): Promise<void> {
    return this.#bucket.remove(path);
  }

  async removeFolder(folder: string): Promise<void> {
    for (const name of await this.#bucket.list(folder)) await this.#bucket.remove(name);
  }

  list(folder: string): Promise<string[]> {
    return this.#bucket.list(folder);
  }

  pin(paths: readonly string[]): Promise<() => Promise<void>> {
    return this.#copies.pin(paths);
  }
}

/**
 * The files of the studio, as the environment says.
 *
 * @throws LikenessError `blobs.settings`, `file.*`
 */
export function openBlobs(): BlobStore {
  const settings = bucketSettings();
  if (settings !== null) return new BucketStore(new Bucket(settings));
  if ((process.env['LIKENESS_DATA'] ?? '') !== '')
    throw new LikenessError('blobs.settings', 'LIKENESS_DATA is set, but no bucket is.', {
      hint: 'Without a bucket the files belong into LIKENESS_HOME, where a backup finds them: leave LIKENESS_DATA out.',
    });
  return DISK;
}
