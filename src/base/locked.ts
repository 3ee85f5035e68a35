/** Bytes under lock and key: AES-256-GCM, whoever keeps the key. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV = 12;
const TAG = 16;

/**
 * Encrypts: AES-256-GCM, a fresh nonce of 12 bytes first, the tag of 16 bytes last.
 *
 * @param key 32 bytes
 * @param purpose bound to the bytes: they open only under the same purpose
 */
export function lockWith(key: Uint8Array, plain: Uint8Array, purpose: string): Uint8Array {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what {@link lockWith} made, or gives null where the key, the purpose or a bit is not the same. */
export function unlockWith(key: Uint8Array, locked: Uint8Array, purpose: string): Uint8Array | null {
  if (locked.length < IV + TAG) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, locked.subarray(0, IV));
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(locked.subarray(locked.length - TAG));
    return Buffer.concat([decipher.update(locked.subarray(IV, locked.length - TAG)), decipher.final()]);
  } catch {
    return null;
  }
}
