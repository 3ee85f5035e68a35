/** Secrets of the studio itself, locked with the machine key in the owner's folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, LikenessError } from '../base/index.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from '../consent/index.js';
import { studioFolder } from '../jobs/index.js';

/**
 * A random secret of this studio, made on first use.
 *
 * @param name file name and purpose, such as `session`
 * @returns 32 bytes in base64url
 * @throws LikenessError `consent.secret.locked`, `studio.secret` where the file is damaged
 */
export async function studioSecret(name: string): Promise<string> {
  const path = join(studioFolder(), `${name}.secret.json`);
  const purpose = `studio.${name}`;
  if (!existsSync(path)) {
    const fresh = randomBytes(32);
    await writePrivate(path, JSON.stringify(await lockSecret(fresh, purpose)));
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a secret of the studio', cause);
  }
  try {
    const box = secretBoxSchema.parse(JSON.parse(text));
    return (await unlockSecret(box, purpose, `The secret "${name}"`)).toString('base64url');
  } catch (cause) {
    if (cause instanceof LikenessError) throw cause;
    throw new LikenessError('studio.secret', `${path} is damaged.`, {
      hint: 'Restore it with "likeness restore", or delete it: everybody signs in again then.',
      cause,
    });
  }
}
