/**
 * What a render has finished so far, on disk, so that a run that was stopped or killed goes on from there. One folder for
 * each target and output, in the user's own Likeness home; one file for each segment, named after everything that decides
 * its pixels. A segment holds frames that are not labelled yet: it is locked with the key of this machine, bound to its
 * place in its render, and opened again only behind the gate.
 */
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { fileError, hasErrno, likenessHome, sha256, writeAtomic } from '../../base/index.js';
import { type Box, lockBytes, unlockBytes } from '../../faces/index.js';
import { type FolderLock, lockFolder } from './lock.js';

/** Leftovers of other renders are kept for so long, and take up so much together, oldest first. */
const KEEP_DAYS = 7;
const KEEP_BYTES = 4 * 2 ** 30;

/** A finished stretch of a render. */
export interface Segment {
  /** Frames up to its end, those before it included. */
  readonly end: number;
  /** Whether the film ends with it. */
  readonly last: boolean;
  /** Time (microseconds) and SHA-256 of the target's last frame in it: where decoding goes on. */
  readonly timestamp: number;
  readonly sha256: string;
  /** Frames of it in which a face was replaced. */
  readonly swapped: number;
  /** What was touched, by frame. */
  readonly touched: readonly (readonly [number, readonly Box[]])[];
  /** What the renderer carries over into the next one. */
  readonly state: Uint8Array;
  /** The masks of its frames, packed; null where they are not kept. */
  readonly masks: Uint8Array | null;
  /** The encoded frames: a file of the output's container, in memory. */
  readonly media: Uint8Array;
}

/** Bytes of all files of a folder, and when the youngest was written. */
async function usage(folder: string): Promise<{ bytes: number; at: number }> {
  let bytes = 0;
  let at = 0;
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const facts = await stat(join(folder, name)).catch(() => null);
    bytes += facts?.size ?? 0;
    at = Math.max(at, facts?.mtimeMs ?? 0);
  }
  return { bytes, at };
}

/** Removes a folder that is locked; its lock last, for whoever waits for it. */
async function clear(folder: string, lock: FolderLock): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => []))
    if (name !== '.lock') await rm(join(folder, name), { recursive: true, force: true });
  await lock.release();
  // Another run may have taken it up at once.
  await rmdir(folder).catch(() => undefined);
}

/** Removes what other renders left, where it is old or too much; those that are at work are left alone. */
async function sweep(root: string, own: string): Promise<void> {
  const names = await readdir(root).catch((): string[] => []);
  const found: { folder: string; bytes: number; at: number }[] = [];
  for (const name of names)
    if (name !== own) found.push({ folder: join(root, name), ...(await usage(join(root, name))) });
  let bytes = 0;
  for (const each of found.sort((a, b) => b.at - a.at)) {
    bytes += each.bytes;
    if (Date.now() - each.at < KEEP_DAYS * 86_400_000 && bytes <= KEEP_BYTES) continue;
    const lock = await lockFolder(each.folder).catch(() => null);
    if (lock !== null) await clear(each.folder, lock);
  }
}

/** The work folder of one render; see the head of the file. */
export class RenderFolder {
  readonly path: string;
  readonly #lock: FolderLock;
  #key = '';
  #gone = false;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Opens the folder of a render, and clears away what other renders left behind too long ago.
   *
   * @throws LikenessError `render.busy` when another run makes the same output, `file.*`
   */
  static async open(targetSha256: string, output: string): Promise<RenderFolder> {
    const root = join(likenessHome(), 'renders');
    const name = sha256(JSON.stringify([targetSha256, resolve(output)])).slice(0, 32);
    await sweep(root, name);
    const path = join(root, name);
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw fileError(path, 'making the work folder of the render', cause);
    });
    return new RenderFolder(path, await lockFolder(path, { code: 'render.busy', what: output, option: '--out' }));
  }

  /** Takes up the render with this key. Segments of the same output with other settings are of no use any more. */
  async begin(key: string): Promise<void> {
    this.#key = key;
    const mine = new Set<string>();
    const names = await readdir(this.path);
    for (let i = 0; i < names.length; i++) mine.add(basename(this.#file(i)));
    for (const name of names) if (name !== '.lock' && !mine.has(name)) await rm(join(this.path, name), { force: true });
  }

  #file(index: number): string {
    return join(this.path, `${sha256(`${this.#key} segment ${index}`)}.segment`);
  }

  #purpose(index: number): string {
    return `likeness.render/1 ${this.#key} segment ${index}`;
  }

  /** The segment with this number, or null where it is not finished, or was changed. */
  async read(index: number): Promise<Segment | null> {
    const path = this.#file(index);
    let locked: Buffer;
    try {
      locked = await readFile(path);
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return null;
      throw fileError(path, 'reading a finished segment', cause);
    }
    const plain = await unlockBytes(locked, this.#purpose(index));
    return plain === null ? null : (deserialize(plain) as Segment);
  }

  /** Keeps a finished segment: whole or not at all, on the disk when this returns. */
  async write(index: number, segment: Segment): Promise<void> {
    await writeAtomic(this.#file(index), await lockBytes(serialize(segment), this.#purpose(index)), 0o600);
  }

  /** Lets go of the folder; what is in it stays for the next run. */
  async close(): Promise<void> {
    if (this.#gone) return;
    await this.#lock.release();
    // Nothing was finished: nothing stays.
    await rmdir(this.path).catch(() => undefined);
  }

  /** Removes the folder with all that is in it. */
  async remove(): Promise<void> {
    this.#gone = true;
    await clear(this.path, this.#lock);
  }
}
