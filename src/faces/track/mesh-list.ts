/**
 * The landmarks of a track, frame by frame, without the memory that they take: 5.7 kB a face, 10 MB a minute and person.
 * The pages used last stay in memory, for all lists of the process together; the others go to one temporary file, under a
 * veil, because landmarks are somebody's face. Clips of a minute never touch the disk.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileError, Veil } from '../../base/index.js';
import { LANDMARK_COUNT } from '../geometry/index.js';

const ROW = 3 * LANDMARK_COUNT;
/** Meshes on a page. */
const ROWS = 16;
const PAGE = ROWS * ROW;
const PAGE_BYTES = 4 * PAGE;
/** Pages that stay in memory: 9 MB. */
const RESIDENT = 96;

interface Page {
  /** Null while it lies on the disk only. */
  data: Float32Array | null;
  /** Whether memory holds something that the disk does not. */
  changed: boolean;
  /** Its place in the file, in pages; -1 before it was there. */
  slot: number;
  /** Where its bytes stand in the stream of the veil: no stretch of that is used twice. */
  veiledAt: number;
}

/** The temporary file. Its name is gone as soon as it is open, where the system allows that. */
class SpillFile {
  readonly #veil = new Veil();
  readonly #free: number[] = [];
  #handle: number | null = null;
  #slots = 0;
  #veiled = 0;

  #open(): number {
    if (this.#handle !== null) return this.#handle;
    const folder = mkdtempSync(join(tmpdir(), 'likeness-tracks-'));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    try {
      const handle = openSync(join(folder, 'pages'), 'wx+', 0o600);
      this.#handle = handle;
      try {
        remove();
      } catch {
        // Windows keeps the name of an open file.
        process.once('exit', () => {
          closeSync(handle);
          remove();
        });
      }
      return handle;
    } catch (cause) {
      throw fileError(folder, 'making a temporary file for landmarks', cause);
    }
  }

  write(page: Page, data: Float32Array): void {
    const handle = this.#open();
    if (page.slot < 0) page.slot = this.#free.pop() ?? this.#slots++;
    page.veiledAt = this.#veiled;
    this.#veiled += PAGE_BYTES;
    const bytes = this.#veil.apply(new Uint8Array(data.buffer), page.veiledAt);
    try {
      for (let done = 0; done < PAGE_BYTES; )
        done += writeSync(handle, bytes, done, PAGE_BYTES - done, page.slot * PAGE_BYTES + done);
    } catch (cause) {
      throw fileError(tmpdir(), 'putting landmarks aside', cause);
    }
  }

  read(page: Page): Float32Array {
    const handle = this.#open();
    const bytes = new Uint8Array(PAGE_BYTES);
    for (let done = 0; done < PAGE_BYTES; ) {
      const got = readSync(handle, bytes, done, PAGE_BYTES - done, page.slot * PAGE_BYTES + done);
      if (got === 0) throw fileError(tmpdir(), 'reading landmarks again', new Error('the temporary file is too short'));
      done += got;
    }
    const data = new Float32Array(PAGE);
    new Uint8Array(data.buffer).set(this.#veil.apply(bytes, page.veiledAt));
    return data;
  }

  release(page: Page): void {
    if (page.slot >= 0) this.#free.push(page.slot);
    page.slot = -1;
  }
}

const spill = new SpillFile();
/** The pages in memory, the one used longest ago first. */
const resident = new Set<Page>();

/** Pages of lists that nobody holds any more. */
const registry = new FinalizationRegistry<readonly Page[]>((pages) => {
  for (const page of pages) {
    resident.delete(page);
    spill.release(page);
  }
});

/** The data of a page, from wherever it is; makes it the one used last. */
function load(page: Page): Float32Array {
  const data = page.data ?? (page.slot < 0 ? new Float32Array(PAGE) : spill.read(page));
  page.data = data;
  resident.delete(page);
  resident.add(page);
  if (resident.size > RESIDENT) {
    const [oldest] = resident;
    if (oldest?.data) {
      if (oldest.changed || oldest.slot < 0) spill.write(oldest, oldest.data);
      oldest.changed = false;
      oldest.data = null;
      resident.delete(oldest);
    }
  }
  return data;
}

/** Rows of a list and of what was cut from it. */
export class Rows {
  readonly #pages: Page[] = [];
  #count = 0;

  constructor() {
    registry.register(this, this.#pages);
  }

  /** A row and the page that it is on, which is now in memory. */
  row(index: number): { page: Page; view: Float32Array } {
    const page = this.#pages[Math.floor(index / ROWS)] as Page;
    const at = (index % ROWS) * ROW;
    return { page, view: load(page).subarray(at, at + ROW) };
  }

  /** Adds a copy. @returns its number */
  add(mesh: Float32Array): number {
    const index = this.#count++;
    if (index % ROWS === 0) this.#pages.push({ data: null, changed: true, slot: -1, veiledAt: 0 });
    const { page, view } = this.row(index);
    view.set(mesh);
    page.changed = true;
    return index;
  }
}

/** A list of meshes: 478 points, x y z each. */
export class MeshList {
  readonly #rows: Rows;
  readonly #order: number[];

  /** @param meshes what to begin with; copied */
  constructor(meshes: Iterable<Float32Array> = [], rows: Rows = new Rows(), order: number[] = []) {
    this.#rows = rows;
    this.#order = order;
    for (const mesh of meshes) this.push(mesh);
  }

  /** How many there are. */
  get length(): number {
    return this.#order.length;
  }

  /** Adds a copy at the end. */
  push(mesh: Float32Array): void {
    this.#order.push(this.#rows.add(mesh));
  }

  /** The mesh at a place, counted from the end where negative. To be read only: use {@link edit} for changes. */
  at(index: number): Float32Array | undefined {
    const row = this.#order[index < 0 ? index + this.#order.length : index];
    return row === undefined ? undefined : this.#rows.row(row).view;
  }

  /** The mesh at a place, to be changed before anything else is asked of any list. */
  edit(index: number): Float32Array {
    const { page, view } = this.#rows.row(this.#order[index] as number);
    page.changed = true;
    return view;
  }

  /** Puts copies in front of a place. */
  insert(index: number, meshes: readonly Float32Array[]): void {
    this.#order.splice(index, 0, ...meshes.map((mesh) => this.#rows.add(mesh)));
  }

  /** A part as a list of its own; what is changed in the one is changed in the other. */
  slice(from: number, to: number): MeshList {
    return new MeshList([], this.#rows, this.#order.slice(from, to));
  }
}
