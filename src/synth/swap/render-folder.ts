/**
 * What a render has finished so far, on disk, so that a run that was stopped or killed goes on from there. One folder for
 * each target and output, in the user's own Likeness home; one file for each segment, named after everything that decides
 * its pixels, and one for what all stretches begin with. A segment holds frames that are not labelled yet: it is locked
 * (`render-locks.ts`), bound to its place in its render, and opened again only behind the gate.
 */
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { fileError, hasErrno, likenessHome, sha256, writeAtomic } from '../../base/index.js';
import type { ExplicitScore } from '../../consent/index.js';
import type { Box, Waypoint } from '../../faces/index.js';
import { type FolderLock, lockFolder } from './lock.js';
import { MACHINE_LOCKS, type RenderLocks } from './render-locks.js';

/** Leftovers of other renders are kept for so long, and take up so much together, oldest first. */
const KEEP_DAYS = 7;
const KEEP_BYTES = 4 * 2 ** 30;

/** A finished segment of a render. */
export interface FinishedSegment {
  /** Frames up to its end, those before it included. */
  readonly end: number;
  /** The target's last frame in it, from where decoding goes on; null at the end of a stretch. */
  readonly border: Waypoint | null;
  /** Frames of it in which a face was replaced. */
  readonly swapped: number;
  /** What was touched, by frame. */
  readonly touched: readonly (readonly [number, readonly Box[]])[];
  /** What was seen of it when it was looked at for explicit content. */
  readonly looks: readonly ExplicitScore[];
  /** What the renderer carries over into the next one; empty at the end of a stretch. */
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
  /** Null where several processes share it, each of them writing whole files alone. */
  readonly #lock: FolderLock | null;
  readonly #locks: RenderLocks;
  #key = '';
  #gone = false;

  private constructor(path: string, lock: FolderLock | null, locks: RenderLocks) {
    this.path = path;
    this.#lock = lock;
    this.#locks = locks;
  }

  static async #make(path: string): Promise<void> {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw fileError(path, 'making the work folder of the render', cause);
    });
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
    await RenderFolder.#make(path);
    const lock = await lockFolder(path, { code: 'render.busy', what: output, option: '--out' });
    return new RenderFolder(path, lock, MACHINE_LOCKS);
  }

  /**
   * Opens a folder that several processes share, whoever looks after it.
   *
   * @throws LikenessError `file.*`
   */
  static async shared(path: string, locks: RenderLocks): Promise<RenderFolder> {
    await RenderFolder.#make(path);
    return new RenderFolder(path, null, locks);
  }

  /**
   * Takes up the render with this key. Where nobody shares the folder, segments of the same output with other settings are
   * thrown away: they are of no use any more.
   *
   * @param segments how many the film has
   */
  async begin(key: string, segments: number): Promise<void> {
    this.#key = key;
    if (this.#lock === null) return;
    const mine = new Set(['.lock', this.planName, ...Array.from({ length: segments }, (_, i) => this.nameOf(i))]);
    for (const name of await readdir(this.path)) if (!mine.has(name)) await rm(join(this.path, name), { force: true });
  }

  /** File name of a piece. */
  #name(piece: string, ending: string): string {
    return `${sha256(`${this.#key}${this.#locks.id} ${piece}`)}.${ending}`;
  }

  /** File name of a segment: the same wherever the same pixels are made. */
  nameOf(index: number): string {
    return this.#name(`segment ${index}`, 'segment');
  }

  /** File name of what every stretch begins with. */
  get planName(): string {
    return this.#name('plan', 'plan');
  }

  /** File name of a piece of what a machine elsewhere needs, see `cast-pack.ts`. */
  castName(piece: string): string {
    return this.#name(`cast ${piece}`, 'cast');
  }

  async #open(name: string, what: string, piece = what): Promise<Uint8Array | null> {
    const path = join(this.path, name);
    try {
      // What is not there needs no leave to be opened.
      const locked = await readFile(path);
      return await this.#locks.of(piece).unlock(locked, `likeness.render/1 ${this.#key} ${what}`);
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return null;
      throw fileError(path, 'reading a finished segment', cause);
    }
  }

  async #keep(name: string, what: string, bytes: Uint8Array, piece = what): Promise<void> {
    const locked = await this.#locks.of(piece).lock(bytes, `likeness.render/1 ${this.#key} ${what}`);
    await writeAtomic(join(this.path, name), locked, 0o600);
  }

  /** The segment with this number, or null where it is not finished, or was changed. */
  async read(index: number): Promise<FinishedSegment | null> {
    const plain = await this.#open(this.nameOf(index), `segment ${index}`);
    return plain === null ? null : (deserialize(plain) as FinishedSegment);
  }

  /** Keeps a finished segment: whole or not at all, on the disk when this returns. */
  write(index: number, segment: FinishedSegment): Promise<void> {
    return this.#keep(this.nameOf(index), `segment ${index}`, serialize(segment));
  }

  /** What every stretch begins with, or null. */
  readPlan(): Promise<Uint8Array | null> {
    return this.#open(this.planName, 'plan');
  }

  /** Keeps what every stretch begins with. */
  writePlan(plan: Uint8Array): Promise<void> {
    return this.#keep(this.planName, 'plan', plan);
  }

  /** A piece of what a machine elsewhere needs, or null. */
  readCast(piece: string): Promise<Uint8Array | null> {
    return this.#open(this.castName(piece), `cast ${piece}`, 'cast');
  }

  /** Keeps a piece of what a machine elsewhere needs. */
  writeCast(piece: string, bytes: Uint8Array): Promise<void> {
    return this.#keep(this.castName(piece), `cast ${piece}`, bytes, 'cast');
  }

  /** The key of the render that was taken up. */
  get key(): string {
    return this.#key;
  }

  /** Names of all that is kept of this render, and of others. */
  names(): Promise<string[]> {
    return readdir(this.path).catch((): string[] => []);
  }

  /** Lets go of the folder; what is in it stays for the next run. */
  async close(): Promise<void> {
    if (this.#gone || this.#lock === null) return;
    // Nothing was finished: nothing stays.
    const empty = !(await this.names()).some((name) => name.endsWith('.segment'));
    if (empty) await rm(join(this.path, this.planName), { force: true });
    await this.#lock.release();
    await rmdir(this.path).catch(() => undefined);
  }

  /** Removes the folder with all that is in it. */
  async remove(): Promise<void> {
    this.#gone = true;
    if (this.#lock !== null) await clear(this.path, this.#lock);
    else await rm(this.path, { recursive: true, force: true });
  }
}
