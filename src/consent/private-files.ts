/**
 * Secrets at rest. Everything private (signing keys, face templates, the label authority's key) lies in the user's
 * Likeness home as AES-256-GCM, under a key that scrypt makes from a passphrase or, where none is given, under a machine
 * key file that only its owner may read. The machine key guards against a copied or synced file, not against someone who
 * can already read the owner's files: only a passphrase does that.
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { constants, existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fileError, hasErrno, LikenessError, likenessHome, temporaryBeside } from '../base/index.js';

/** scrypt cost: 64 MB and about a fifth of a second, so that guessing passphrases is dear. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 } as const;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** A sealed secret as it lies in a file. */
export const secretBoxSchema = z.strictObject({
  box: z.literal('likeness.secret/1'),
  lock: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('machine') }),
    z.strictObject({ kind: z.literal('passphrase'), salt: base64, cost: z.literal(SCRYPT.N) }),
  ]),
  nonce: base64,
  tag: base64,
  data: base64,
});

/** See {@link secretBoxSchema}. */
export type SecretBox = z.infer<typeof secretBoxSchema>;

/**
 * Writes a file that only its owner may read (mode 0600 in a folder of mode 0700), whole or not at all.
 *
 * @param mode.exclusive fail with `EEXIST` in place of replacing an existing file
 */
export async function writePrivate(
  path: string,
  data: Uint8Array | string,
  mode: { readonly exclusive?: boolean } = {},
): Promise<void> {
  const part = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // link() fails where the name is taken, rename() replaces: of two processes that race, one keeps its file.
    if (mode.exclusive === true) {
      await link(part, path).catch(async (cause: unknown) => {
        if (hasErrno(cause, 'EEXIST')) throw cause;
        // A file system without hard links.
        await copyFile(part, path, constants.COPYFILE_EXCL);
      });
      await rm(part, { force: true });
    } else await rename(part, path);
    await chmod(path, 0o600);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    if (mode.exclusive === true && hasErrno(cause, 'EEXIST')) throw cause;
    throw fileError(path, 'writing it', cause);
  }
}

/** Where the machine key lies. */
export const machineKeyPath = (): string => join(likenessHome(), 'machine.key');

/** The 32-byte key of this machine; made on first use. Never leaves this process but in its own file. */
export async function machineKey(): Promise<Buffer> {
  const path = machineKeyPath();
  if (!existsSync(path)) {
    try {
      await writePrivate(path, randomBytes(32), { exclusive: true });
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw cause;
    }
  }
  let key: Buffer;
  try {
    key = readFileSync(path);
  } catch (cause) {
    throw fileError(path, 'reading the machine key', cause);
  }
  if (key.length !== 32)
    throw new LikenessError('consent.machineKey', `${path} holds ${key.length} bytes in place of 32.`, {
      hint: 'Restore it from a backup; keys and templates that were stored without a passphrase need it.',
    });
  return key;
}

async function keyFor(lock: SecretBox['lock'], passphrase: string | undefined, what: string): Promise<Buffer> {
  if (lock.kind === 'machine') return machineKey();
  if (passphrase === undefined || passphrase === '')
    throw new LikenessError('consent.passphrase.missing', `${what} is locked with a passphrase and none was given.`, {
      hint: 'Give it when asked, or in the environment variable LIKENESS_PASSPHRASE.',
    });
  return scryptSync(passphrase.normalize('NFKC'), Buffer.from(lock.salt, 'base64'), 32, SCRYPT);
}

/**
 * Encrypts a secret.
 *
 * @param purpose bound into the seal, so that a box cannot stand in for another one
 * @param passphrase without one the machine key is used
 */
export async function lockSecret(
  secret: Uint8Array,
  purpose: string,
  passphrase?: string | undefined,
): Promise<SecretBox> {
  const lock: SecretBox['lock'] =
    passphrase === undefined || passphrase === ''
      ? { kind: 'machine' }
      : { kind: 'passphrase', salt: randomBytes(16).toString('base64'), cost: SCRYPT.N };
  const key = await keyFor(lock, passphrase, 'The secret');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(purpose, 'utf8'));
  const data = Buffer.concat([cipher.update(secret), cipher.final()]);
  key.fill(0);
  return {
    box: 'likeness.secret/1',
    lock,
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
}

/**
 * Opens a box again.
 *
 * @param what how messages call the thing, at the start of a sentence: `The key "alex"`
 * @throws LikenessError `consent.secret.locked` when the key is wrong or a bit of the box was changed
 */
export async function unlockSecret(
  box: SecretBox,
  purpose: string,
  what: string,
  passphrase?: string | undefined,
): Promise<Buffer> {
  const key = await keyFor(box.lock, passphrase, what);
  try {
    const tag = Buffer.from(box.tag, 'base64');
    if (tag.length !== 16) throw new Error('short tag');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(box.nonce, 'base64'), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(purpose, 'utf8'));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(Buffer.from(box.data, 'base64')), decipher.final()]);
  } catch (cause) {
    throw new LikenessError('consent.secret.locked', `${what} does not open: wrong key, or the file was changed.`, {
      hint:
        box.lock.kind === 'passphrase'
          ? 'Check the passphrase, or restore the file from a backup.'
          : `It was locked with ${machineKeyPath()} as that was when it was made; restore the file from a backup.`,
      cause,
    });
  } finally {
    key.fill(0);
  }
}
