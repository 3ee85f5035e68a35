/**
 * Locks what is kept on this machine only. The key is 32 random bytes in the user's own folder, readable by nobody else;
 * what it locks is worth nothing on another machine.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  fileError,
  hasErrno,
  LikenessError,
  likenessHome,
  lockWith,
  temporaryBeside,
  unlockWith,
} from '../../base/index.js';

/** The key of this machine; made on first use. Two processes that make it at once end up with the same one. */
async function machineKey(): Promise<Buffer> {
  const path = join(likenessHome(), 'analysis.key');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const key = await readFile(path);
      if (key.length === 32) return key;
      throw new LikenessError('file.damaged', `${path} is not a key of 32 bytes.`, {
        hint: 'Delete it; a new one is made, and cached analyses are computed again.',
      });
    } catch (cause) {
      if (!hasErrno(cause, 'ENOENT')) throw fileError(path, 'reading the key of this machine', cause);
    }
    const part = temporaryBeside(path);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const handle = await open(part, 'wx', 0o600);
      try {
        await handle.writeFile(randomBytes(32));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await chmod(part, 0o600);
      // A link fails where the name is taken, so the first of two writers wins and both read its key.
      await link(part, path).catch((cause: unknown) => {
        if (!hasErrno(cause, 'EEXIST')) throw cause;
      });
    } catch (cause) {
      throw fileError(path, 'making the key of this machine', cause);
    } finally {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }
  throw new LikenessError('file.failed', `${path} cannot be kept.`);
}

/**
 * Encrypts for this machine: AES-256-GCM, as `lockWith` does.
 *
 * @param purpose bound to the bytes: they open only under the same purpose
 */
export async function lockBytes(plain: Uint8Array, purpose: string): Promise<Uint8Array> {
  return lockWith(await machineKey(), plain, purpose);
}

/** Opens what {@link lockBytes} made, or gives null where the key, the purpose or a bit is not the same. */
export async function unlockBytes(locked: Uint8Array, purpose: string): Promise<Uint8Array | null> {
  return unlockWith(await machineKey(), locked, purpose);
}
