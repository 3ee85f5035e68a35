/** Writing files so that a reader, or a crash, never sees half of one. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrno, LikenessError, messageOf } from './errors.js';

/** Turns a file-system failure on `path` into one clear error. */
export function fileError(path: string, doing: string, cause: unknown): LikenessError {
  if (cause instanceof LikenessError) return cause;
  if (hasErrno(cause, 'ENOENT'))
    return new LikenessError('file.missing', `${path} does not exist (while ${doing}).`, {
      hint: 'Check the path.',
      cause,
    });
  if (hasErrno(cause, 'EACCES') || hasErrno(cause, 'EPERM') || hasErrno(cause, 'EROFS'))
    return new LikenessError('file.permission', `No permission for ${path} (while ${doing}).`, {
      hint: 'Choose a folder you may write to, or change its permissions.',
      cause,
    });
  if (hasErrno(cause, 'ENOSPC') || hasErrno(cause, 'EDQUOT'))
    return new LikenessError('file.full', `The disk that holds ${path} is full (while ${doing}).`, {
      hint: 'Free some space and run the same command again; finished work is kept.',
      cause,
    });
  if (hasErrno(cause, 'EISDIR'))
    return new LikenessError('file.directory', `${path} is a folder, a file was expected.`, {
      hint: 'Name a file.',
      cause,
    });
  // Making folders over a file that is in the way fails with EEXIST.
  if (hasErrno(cause, 'ENOTDIR') || hasErrno(cause, 'EEXIST'))
    return new LikenessError('file.path', `A part of ${path} is a file, a folder was expected.`, {
      hint: 'Check the path.',
      cause,
    });
  return new LikenessError('file.failed', `${path}: ${messageOf(cause)} (while ${doing}).`, { cause });
}

/** A name beside `path` that nobody else uses; the same folder, so that a rename onto `path` is atomic. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
}

/**
 * Writes a whole file: to a temporary name, flushed, then renamed. After a crash the old file or the new one is there,
 * never a mixture.
 *
 * @param mode permissions of the new file, less those that the process takes away; `0o600` for its owner alone
 */
export async function writeAtomic(path: string, data: Uint8Array | string, mode = 0o666): Promise<void> {
  const part = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(part, 'wx', mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw fileError(path, 'writing it', cause);
  }
}

/** SHA-256 of a file as lower-case hex, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw fileError(path, 'reading it', cause);
  }
  return hash.digest('hex');
}

/** A file as it was at one moment: a later look can tell whether it is still the same. */
export interface FileWitness {
  /** Its real path: no link stands in it that could be turned to another file. */
  readonly path: string;
  readonly sha256: string;
  /** Device, inode, size and times; the change time is one that nobody can set back. */
  readonly mark: string;
}

async function markOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/**
 * Hashes a file and remembers which one it was.
 *
 * @throws LikenessError `file.changed` where it changes meanwhile, `file.*`
 */
export async function witnessFile(path: string): Promise<FileWitness> {
  let real: string;
  let mark: string;
  try {
    real = await realpath(path);
    mark = await markOf(real);
  } catch (cause) {
    throw fileError(path, 'looking at it', cause);
  }
  const witness = { path: real, sha256: await sha256File(real), mark };
  await assertUnchanged(witness);
  return witness;
}

/**
 * Makes sure that a file is the one that was hashed, untouched since.
 *
 * @throws LikenessError `file.changed`
 */
export async function assertUnchanged(witness: FileWitness): Promise<void> {
  const now = await markOf(witness.path).catch(() => '');
  if (now !== witness.mark)
    throw new LikenessError('file.changed', `${witness.path} was changed or replaced while it was worked with.`, {
      hint: 'Run the command again, and leave the file alone meanwhile.',
    });
}

/** SHA-256 of bytes or text as lower-case hex. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
