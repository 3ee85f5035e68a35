/**
 * Media that carries its label: the only thing that may be written to where a user finds it. `SealedMedia` comes from
 * `seal()` alone, and `publish()` moves it into place whole or not at all.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileError, hasErrno, LikenessError, sha256File, temporaryBeside } from '../base/index.js';
import { appendAudit, type Grant } from '../consent/index.js';

/** What is known of sealed media that is not published yet. */
export interface SealedInfo {
  /** SHA-256 (hex) of the labelled file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly title: string;
  readonly mime: string;
  /** Whether the label lies in the file or in a `.c2pa` file beside it. */
  readonly carries: 'embedded' | 'sidecar';
  /** Ids of the grants it was made under. */
  readonly grants: readonly string[];
  /** What its maker should be told, such as a time stamp that could not be had. */
  readonly remarks: readonly string[];
}

/** Everything `publish()` needs. */
interface Sealed extends SealedInfo {
  readonly path: string;
  readonly sidecar: string | null;
  readonly authority: readonly Grant[];
  /** Files that must never be written over. */
  readonly inputs: readonly string[];
}

const MINT = Symbol('mint');

/** Set by the class itself, which alone can reach its constructor and its field. */
let mintSealed: (sealed: Sealed) => SealedMedia;
let take: (media: SealedMedia) => Sealed;
let spend: (media: SealedMedia) => void;

/** Labelled media, still at a temporary place. A copy, a look-alike or a proxy is none. */
export class SealedMedia {
  readonly #sealed: Sealed;
  #spent = false;

  /** Throws for everyone but `seal()`. */
  private constructor(mint: symbol, sealed: Sealed) {
    if (mint !== MINT)
      throw new LikenessError('label.sealed.forged', 'Sealed media comes from seal() alone.', {
        hint: 'Call seal() with the finished file and its grant.',
      });
    this.#sealed = sealed;
    Object.freeze(this);
  }

  static {
    mintSealed = (sealed) => new SealedMedia(MINT, sealed);
    take = (media) => {
      if (media.#spent)
        throw new LikenessError('label.sealed.used', `"${media.#sealed.title}" was published or thrown away already.`);
      return media.#sealed;
    };
    spend = (media) => {
      media.#spent = true;
    };
  }

  /** Whether `thing` was made by `seal()` in this process. */
  static is(thing: unknown): thing is SealedMedia {
    return typeof thing === 'object' && thing !== null && #sealed in thing;
  }

  /** What is known of it. */
  get info(): SealedInfo {
    const { sha256, bytes, title, mime, carries, grants, remarks } = this.#sealed;
    return { sha256, bytes, title, mime, carries, grants, remarks };
  }

  /** Throws it away. */
  async discard(): Promise<void> {
    const { path, sidecar } = take(this);
    spend(this);
    await rm(path, { force: true });
    if (sidecar !== null) await rm(sidecar, { force: true });
  }
}
Object.freeze(SealedMedia.prototype);
Object.freeze(SealedMedia);

/** For `seal()`: not part of the room's interface. */
export function makeSealed(sealed: Sealed): SealedMedia {
  return mintSealed(sealed);
}

/** Where published media lies. */
export interface Published {
  readonly path: string;
  /** The `.c2pa` file with the label, where the format cannot carry it. */
  readonly sidecar?: string;
  /** What its maker should be told, such as a time stamp that could not be had. */
  readonly remarks: readonly string[];
}

/** The name of the label file beside `path`: `clip.webm.c2pa`. */
export const sidecarOf = (path: string): string => `${path}.c2pa`;

/** What lies under a name, or nothing where it cannot be reached. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (cause) {
    if (hasErrno(cause, 'ENOTDIR')) return undefined;
    throw fileError(path, 'looking at it', cause);
  }
}

/** True where both names lead to one file, whatever links are in between. */
export function sameFile(x: string, y: string): boolean {
  if (resolve(x) === resolve(y)) return true;
  const a = statOf(x);
  const b = statOf(y);
  return a !== undefined && b !== undefined && a.ino !== 0n && a.ino === b.ino && a.dev === b.dev;
}

async function assertFree(sealed: Sealed, destination: string): Promise<void> {
  const refuse = (what: string): never => {
    throw new LikenessError('label.destination.input', `${destination} is ${what}; it is not written over.`, {
      hint: 'Choose another name for the result.',
    });
  };
  for (const input of sealed.inputs) if (sameFile(input, destination)) refuse('one of the files this was made from');
  const there = statOf(destination);
  if (there === undefined) return;
  if (there.isDirectory())
    throw new LikenessError('file.directory', `${destination} is a folder, a file was expected.`, {
      hint: 'Name a file.',
    });
  const hash = await sha256File(destination);
  for (const { terms } of sealed.authority)
    if (hash === terms.source.footageSha256 || hash === terms.replaced?.footageSha256)
      refuse('footage that this was made from');
}

/** Moves a file, over file systems too; `to` is the old file or the new one at every moment. */
async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    return;
  } catch (cause) {
    if (!hasErrno(cause, 'EXDEV')) throw cause;
  }
  const part = temporaryBeside(to);
  try {
    await copyFile(from, part);
    const handle = await open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, to);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw cause;
  }
  await rm(from, { force: true });
}

/**
 * Puts sealed media where its user wants it. The last look at consent happens here: what was withdrawn while it was made
 * does not come out.
 *
 * @throws LikenessError `label.sealed.forged|used|changed`, `label.destination.input`, `file.*`
 * @throws ConsentRefusedError where a record does not stand any more
 */
export async function publish(media: SealedMedia, destination: string): Promise<Published> {
  if (!SealedMedia.is(media))
    throw new LikenessError('label.sealed.forged', 'Only what seal() returned can be published.', {
      hint: 'Call seal() with the finished file and its grant.',
    });
  const sealed = take(media);
  for (const grant of sealed.authority) {
    for (const operation of grant.terms.operations) grant.assertCovers({ operation });
  }
  const target = resolve(destination);
  await assertFree(sealed, target);
  if ((await sha256File(sealed.path)) !== sealed.sha256)
    throw new LikenessError('label.sealed.changed', `"${sealed.title}" was changed after it was sealed.`, {
      hint: 'Render it again; something else writes to the temporary folder.',
    });
  const sidecar = sealed.sidecar === null ? null : sidecarOf(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    // The label first: at no moment is there media without one.
    if (sealed.sidecar !== null && sidecar !== null) await moveInto(sealed.sidecar, sidecar);
    await moveInto(sealed.path, target);
  } catch (cause) {
    throw fileError(target, 'putting the result there', cause);
  }
  spend(media);
  await appendAudit('publish', { file: basename(target), sha256: sealed.sha256, grants: [...sealed.grants] });
  return { path: target, remarks: sealed.remarks, ...(sidecar === null ? {} : { sidecar }) };
}
