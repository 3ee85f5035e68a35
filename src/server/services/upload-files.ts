/** Files of uploads under way. Where the disk fills up, what arrived stays, and the upload goes on from there later. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { isDiskFull } from '../../base/index.js';
import { freeBytes, KEEP } from '../../jobs/index.js';
import { fullDisk } from '../problem.js';

/** Bytes that are taken between two looks at the disk. */
const STEP = 4 * 1024 * 1024;

/** What a full disk says to whoever uploads. */
export const fullForUpload = (): ReturnType<typeof fullDisk> =>
  fullDisk('Free some space, then upload the same file again: it goes on where it was.');

/** See the head of this file. */
export class UploadFiles extends FileStore {
  /** Uploads whose latest piece found the disk full: of an error the library does not tell which it was. */
  readonly #full = new Set<string>();

  constructor(directory: string, expires: number) {
    super({ directory, expirationPeriodInMilliseconds: expires });
  }

  /** Whether the latest piece of an upload found the disk full; true once. */
  foundFull(id: string): boolean {
    return this.#full.delete(id);
  }

  override async write(...[readable, id, offset]: Parameters<FileStore['write']>): Promise<number> {
    let taken = 0;
    let looked = -STEP;
    const gate = new Transform({
      transform(chunk: Buffer, _, done) {
        taken += chunk.length;
        if (taken - looked < STEP) return done(null, chunk);
        looked = taken;
        void freeBytes().then((free) => (free < KEEP ? done(fullForUpload()) : done(null, chunk)));
      },
    });
    const file = createWriteStream(join(this.directory, id), { flags: 'r+', start: offset });
    try {
      await pipeline(readable, gate, file);
    } catch (thrown) {
      if (isDiskFull(thrown)) this.#full.add(id);
      throw thrown;
    }
    return offset + taken;
  }
}
