/**
 * Signing keys of the people who sign: Ed25519, one file each in the Likeness home, the private half always encrypted.
 * A `SigningKey` signs; it cannot be printed, serialised or asked for its private half.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, hasErrno, LikenessError, likenessHome, messageOf } from '../base/index.js';
import { didOf } from './did.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from './private-files.js';

const keyFileSchema = z.strictObject({
  type: z.literal('LikenessKey'),
  name: z.string(),
  did: z.string(),
  created: z.string(),
  secret: secretBoxSchema,
});

/** What may be known of a stored key without opening it. */
export interface KeyInfo {
  readonly name: string;
  readonly did: string;
  readonly created: string;
  readonly lockedBy: 'passphrase' | 'machine';
  readonly path: string;
}

/** A private key that can sign and nothing else. */
export class SigningKey {
  /** `did:key` of the public half. */
  readonly did: string;
  readonly #key: KeyObject;

  /** @param key an Ed25519 private key */
  constructor(key: KeyObject) {
    this.#key = key;
    this.did = didOf(createPublicKey(key));
  }

  /** Ed25519 signature as base64url. */
  sign(data: Uint8Array): string {
    return sign(null, data, this.#key).toString('base64url');
  }
}

const keyFolder = (): string => join(likenessHome(), 'keys');

function keyPath(name: string): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name))
    throw new LikenessError('consent.key.name', `"${name}" is no key name.`, {
      hint: 'Use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.',
    });
  return join(keyFolder(), `${name}.key.json`);
}

const purposeOf = (name: string): string => `key:${name}`;

/**
 * Makes a key pair and stores it.
 *
 * @param passphrase without one the private half is locked with this machine's key
 * @throws LikenessError `consent.key.exists`: a key is never overwritten
 */
export async function createKey(name: string, passphrase?: string | undefined): Promise<SigningKey> {
  const path = keyPath(name);
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = new SigningKey(privateKey);
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const file: z.infer<typeof keyFileSchema> = {
    type: 'LikenessKey',
    name,
    did: key.did,
    created: new Date().toISOString(),
    secret: await lockSecret(secret, purposeOf(name), passphrase),
  };
  secret.fill(0);
  try {
    await writePrivate(path, `${JSON.stringify(file, null, 2)}\n`, { exclusive: true });
  } catch (cause) {
    if (hasErrno(cause, 'EEXIST'))
      throw new LikenessError('consent.key.exists', `There is a key called "${name}" already: ${path}.`, {
        hint: 'Choose another name. A key that signed something must not be lost.',
      });
    throw cause;
  }
  return key;
}

function readKeyFile(path: string): z.infer<typeof keyFileSchema> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a key', cause);
  }
  try {
    return keyFileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LikenessError('consent.key.damaged', `${path} is not a Likeness key file.`, {
      hint: 'Restore it from a backup.',
      cause: messageOf(cause),
    });
  }
}

/** Opens a stored key for signing. */
export async function loadKey(name: string, passphrase?: string | undefined): Promise<SigningKey> {
  const path = keyPath(name);
  if (!existsSync(path))
    throw new LikenessError('consent.key.missing', `There is no key called "${name}".`, {
      hint: 'Make it with "likeness consent keygen <name>", or see "likeness consent keygen --list".',
    });
  const file = readKeyFile(path);
  const der = await unlockSecret(file.secret, purposeOf(name), `The key "${name}"`, passphrase);
  const key = new SigningKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  der.fill(0);
  if (key.did !== file.did)
    throw new LikenessError('consent.key.damaged', `${path} names another key than it holds.`, {
      hint: 'Restore it from a backup.',
    });
  return key;
}

/** All stored keys, by name. */
export function listKeys(): KeyInfo[] {
  if (!existsSync(keyFolder())) return [];
  return readdirSync(keyFolder())
    .filter((file) => file.endsWith('.key.json') && !file.startsWith('.'))
    .sort()
    .map((file) => {
      const path = join(keyFolder(), file);
      const { name, did, created, secret } = readKeyFile(path);
      return { name, did, created, lockedBy: secret.lock.kind, path };
    });
}
