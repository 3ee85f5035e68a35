/**
 * The two Web APIs that the C2PA library reads files through, for Node.js: something with `size` and `slice()`, and a
 * `FileReaderSync`. Ours reads from an open file, so that a large file never lies in memory as a whole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileError, LikenessError } from '../../base/index.js';

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

/** Lends a file to `work` without reading it into memory; closes it afterwards. */
export async function withFileSource<T>(path: string, work: (source: ByteSource) => Promise<T>): Promise<T> {
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
      return out;
    };
    return await work(new ByteSource({ size, read }));
  } finally {
    closeSync(handle);
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
