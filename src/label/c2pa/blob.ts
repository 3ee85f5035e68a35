/**
 * The two Web APIs that the C2PA library reads files through, for Node.js: something with `size` and `slice()`, and a
 * `FileReaderSync`. Ours reads from an open file, so that a large file never lies in memory as a whole.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { fileError, LikenessError, type Veil } from '../../base/index.js';

/** A stretch of bytes that can be cut and read, in memory or in a file. */
interface Stretch {
  readonly size: number;
  read(from: number, to: number): Uint8Array;
}

/** Looks like a `Blob` as far as the library uses one. */
export class ByteSource {
  readonly #stretch: Stretch;
  readonly #from: number;
  readonly #to: number;

  /** @param stretch where the bytes are; `from` and `to` cut it */
  constructor(stretch: Stretch, from = 0, to: number = stretch.size) {
    this.#stretch = stretch;
    this.#from = from;
    this.#to = to;
  }

  /** Bytes. */
  get size(): number {
    return this.#to - this.#from;
  }

  /** As `Blob.slice`, for positions that are not negative. */
  slice(start = 0, end: number = this.size): ByteSource {
    const from = Math.min(this.#from + start, this.#to);
    return new ByteSource(this.#stretch, from, Math.max(from, Math.min(this.#from + end, this.#to)));
  }

  /** The bytes themselves, a copy. */
  bytes(): Uint8Array {
    return this.#stretch.read(this.#from, this.#to);
  }

  /** Given to the library where it wants a `Blob`: it asks for no more than this class offers. */
  asBlob(): Blob {
    return this as unknown as Blob;
  }
}

/** Bytes in memory. */
export function memorySource(data: Uint8Array): ByteSource {
  return new ByteSource({
    size: data.byteLength, // Not data.slice(): a Buffer's would share the memory of its pool.
    read: (from, to) => Uint8Array.from(data.subarray(from, to)),
  });
}

/**
 * Lends a file to `work` without reading it into memory; closes it afterwards.
 *
 * @param veil what the file was encrypted with, if it was
 */
export async function withFileSource<T>(
  path: string,
  work: (source: ByteSource) => Promise<T>,
  veil?: Veil,
): Promise<T> {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw fileError(path, 'reading it', cause);
  }
  try {
    const size = fstatSync(handle).size;
    const read = (from: number, to: number): Uint8Array => {
      const out = new Uint8Array(to - from);
      for (let at = 0; at < out.length; ) {
        const got = readSync(handle, out, at, out.length - at, from + at);
        if (got === 0)
          throw new LikenessError('file.changed', `${path} became shorter while it was read.`, {
            hint: 'Wait until nothing writes to it.',
          });
        at += got;
      }
      return veil ? Uint8Array.from(veil.apply(out, from)) : out;
    };
    return await work(new ByteSource({ size, read }));
  } finally {
    closeSync(handle);
  }
}

/** Bytes that are read at a time where all of them are. */
const PIECE = 1 << 20;

function* piecesOf(source: ByteSource): Generator<Uint8Array> {
  for (let at = 0; at < source.size; at += PIECE) yield source.slice(at, at + PIECE).bytes();
}

/** SHA-256 of all bytes, one source after the other. */
export function hashOf(...sources: readonly ByteSource[]): Buffer {
  const hash = createHash('sha256');
  for (const source of sources) for (const piece of piecesOf(source)) hash.update(piece);
  return hash.digest();
}

/** Writes all bytes to a new file. */
export function copyTo(source: ByteSource, path: string): void {
  let handle: number | null = null;
  try {
    handle = openSync(path, 'wx', 0o644);
    for (const piece of piecesOf(source))
      for (let done = 0; done < piece.length; ) done += writeSync(handle, piece, done, piece.length - done);
    fsyncSync(handle);
  } catch (cause) {
    throw fileError(path, 'writing it', cause);
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

/** The part of `FileReaderSync` that the library calls. */
class FileReaderSyncOfByteSources {
  readAsArrayBuffer(source: ByteSource): ArrayBufferLike {
    return source.bytes().buffer;
  }
}

/** Puts the reader where the library looks for it. */
export function installFileReader(): void {
  const scope = globalThis as { FileReaderSync?: unknown };
  scope.FileReaderSync ??= FileReaderSyncOfByteSources;
}
