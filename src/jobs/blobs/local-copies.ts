/**
 * Copies of a bucket's files on this disk, and how many stay: what has not been used for the longest time goes first, never
 * what a job of this machine works with, and never what the bucket does not have. Several processes may share the folder.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isAlive, temporaryBeside } from '../../base/index.js';

/** Milliseconds between two looks at how much there is. */
const EVERY = 30_000;
/** This machine, as a part of a file's name. */
const HERE = encodeURIComponent(hostname());
/** Milliseconds after which what a process of another machine works with counts as given up: nobody can ask whether it lives. */
const STRANGE = 86_400_000;
/** Folders that hold copies; each file lies in one more folder below. */
const FOLDERS = ['media', 'jobs'];
/** Beside a copy, by its time, when it was last used: the time of the file itself is a witness that nobody changed it. */
const USED = '.used';

interface Copy {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** See the head of this file. */
export class LocalCopies {
  readonly #root: string;
  readonly #limit: number;
  readonly #isStored: (path: string, bytes: number) => Promise<boolean>;
  #looked = 0;

  /**
   * @param limit bytes
   * @param isStored whether the bucket has the file with this length
   */
  constructor(root: string, limit: number, isStored: (path: string, bytes: number) => Promise<boolean>) {
    this.#root = root;
    this.#limit = limit;
    this.#isStored = isStored;
  }

  get #pins(): string {
    return join(this.#root, 'pins');
  }

  /** Keeps copies until the returned function is called, or this process ends. */
  async pin(paths: readonly string[]): Promise<() => Promise<void>> {
    await mkdir(this.#pins, { recursive: true, mode: 0o700 });
    const at = join(this.#pins, `${process.pid}~${HERE}~${randomUUID()}.json`);
    await writeFile(at, JSON.stringify(paths), { mode: 0o600 });
    return () => rm(at, { force: true });
  }

  async #pinned(): Promise<Set<string>> {
    const all = new Set<string>();
    for (const name of await readdir(this.#pins).catch(() => [])) {
      const at = join(this.#pins, name);
      const [pid, host] = name.split('~');
      const age = Date.now() - ((await stat(at).catch(() => null))?.mtimeMs ?? 0);
      if (host === HERE ? !isAlive(Number(pid)) : age > STRANGE) await rm(at, { force: true });
      else
        for (const path of JSON.parse(await readFile(at, 'utf8').catch(() => '[]')) as readonly string[]) all.add(path);
    }
    return all;
  }

  /** Notes that a copy was made or used, and lets others go where there are too many. */
  async used(path: string): Promise<void> {
    const mark = join(this.#root, dirname(path), USED);
    const now = new Date();
    await utimes(mark, now, now).catch(() => writeFile(mark, '', { mode: 0o600 }).catch(() => undefined));
    if (Date.now() - this.#looked < EVERY) return;
    this.#looked = Date.now();
    await this.#shrink(path);
  }

  async #copies(): Promise<Copy[]> {
    const all: Copy[] = [];
    for (const folder of FOLDERS)
      for (const id of await readdir(join(this.#root, folder)).catch(() => [])) {
        const mark = await stat(join(this.#root, folder, id, USED)).catch(() => null);
        if (mark === null) continue;
        for (const name of await readdir(join(this.#root, folder, id)).catch(() => [])) {
          if (name.startsWith('.')) continue;
          const path = `${folder}/${id}/${name}`;
          const facts = await stat(join(this.#root, path)).catch(() => null);
          if (facts?.isFile() === true) all.push({ path, bytes: facts.size, usedAt: mark.mtimeMs });
        }
      }
    return all.sort((a, b) => a.usedAt - b.usedAt);
  }

  async #shrink(latest: string): Promise<void> {
    const copies = await this.#copies();
    let sum = copies.reduce((total, { bytes }) => total + bytes, 0);
    for (const { path, bytes } of copies) {
      if (sum <= this.#limit) return;
      if (path === latest || (await this.#pinned()).has(path)) continue;
      if (!(await this.#isStored(path, bytes).catch(() => false))) continue;
      if (await this.#drop(path)) sum -= bytes;
    }
  }

  /** A job may pin a file while it goes: it is put aside first, and back again where that happened. */
  async #drop(path: string): Promise<boolean> {
    const at = join(this.#root, path);
    const aside = temporaryBeside(at);
    await rename(at, aside);
    if ((await this.#pinned()).has(path)) {
      await rename(aside, at);
      return false;
    }
    await rm(aside, { force: true });
    return true;
  }
}
