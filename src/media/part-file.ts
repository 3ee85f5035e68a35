/** The file a writer fills: under a temporary name beside its target until it is whole. */
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StreamTarget, type StreamTargetChunk } from 'mediabunny';
import { fileError, LikenessError, temporaryBeside, type Veil } from '../base/index.js';

/**
 * Refuses to write onto a file that is being read, whatever the two are called (links count as the same file).
 *
 * @throws LikenessError `media.same-file`
 */
export async function refuseSameFile(output: string, inputs: readonly string[]): Promise<void> {
  const facts = await stat(output).catch(() => null);
  if (!facts) return;
  for (const input of inputs) {
    const other = await stat(input).catch(() => null);
    if (other && other.dev === facts.dev && other.ino === facts.ino)
      throw new LikenessError('media.same-file', `${output} is the input itself; the output must be another file.`, {
        hint: 'Choose another output name.',
      });
  }
}

/** What a muxer fills: a file under construction, or memory. */
export interface Sink {
  /** The first thing that went wrong while writing, as an error to show; `null` while all is well. */
  readonly failure: LikenessError | null;
  /** Where a muxer writes to. */
  target(): StreamTarget;
  /** Writes bytes at a position. */
  write(data: Uint8Array, position: number): Promise<void>;
  /** Makes what was written final. */
  commit(): Promise<void>;
  /** Throws it away. */
  discard(): Promise<void>;
}

/** A muxer's way to a sink. */
function targetOf(sink: Sink): StreamTarget {
  const writable = new WritableStream<StreamTargetChunk>({
    write: async (chunk) => sink.write(chunk.data, chunk.position),
  });
  // Chunks of 1 MiB: two of them may wait in memory.
  return new StreamTarget(writable, { chunked: true, chunkSize: 1 << 20 });
}

/** A file under construction. */
export class PartFile implements Sink {
  readonly #path: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  readonly #veil: Veil | undefined;
  #failure: unknown = null;
  #open = true;

  private constructor(path: string, part: string, handle: FileHandle, veil: Veil | undefined) {
    this.#path = path;
    this.#part = part;
    this.#handle = handle;
    this.#veil = veil;
  }

  /**
   * @param veil encrypts what is written; the file is then for its owner's eyes as well
   * @throws LikenessError `file.*` where the folder cannot be written
   */
  static async create(path: string, veil?: Veil): Promise<PartFile> {
    const part = temporaryBeside(path);
    try {
      const facts = await stat(path).catch(() => null);
      if (facts?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
      await mkdir(dirname(path), { recursive: true });
      return new PartFile(path, part, await open(part, 'wx', veil ? 0o600 : 0o666), veil);
    } catch (cause) {
      throw fileError(path, 'creating it', cause);
    }
  }

  get failure(): LikenessError | null {
    return this.#failure === null ? null : fileError(this.#path, 'writing it', this.#failure);
  }

  target(): StreamTarget {
    return targetOf(this);
  }

  /** Writes bytes at a position; a short write is continued. */
  async write(plain: Uint8Array, position: number): Promise<void> {
    try {
      const data = this.#veil ? this.#veil.apply(plain, position) : plain;
      for (let done = 0; done < data.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(data, done, data.byteLength - done, position + done);
        done += bytesWritten;
      }
    } catch (cause) {
      this.#failure ??= cause;
      throw cause;
    }
  }

  /** Flushes to the disk and takes the final name. */
  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      await rename(this.#part, this.#path);
    } catch (cause) {
      throw fileError(this.#path, 'finishing it', cause);
    }
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    await rm(this.#part, { force: true }).catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

/** The same in memory, for short videos that must not touch the disk. */
export class MemoryFile implements Sink {
  readonly failure = null;
  #bytes = new Uint8Array(1 << 20);
  #length = 0;

  target(): StreamTarget {
    return targetOf(this);
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    const end = position + data.byteLength;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(data, position);
    this.#length = Math.max(this.#length, end);
  }

  async commit(): Promise<void> {}

  async discard(): Promise<void> {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }

  /** What was written; not a copy. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
