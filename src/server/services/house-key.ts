/** Keys that the studio makes for itself on first use, without a passphrase: it signs by itself what it is given. */
import { LikenessError } from '../../base/index.js';
import { createKey, loadKey, type SigningKey } from '../../consent/index.js';

/** The key of a name; null where there is none. */
async function keyIfThere(name: string): Promise<SigningKey | null> {
  try {
    return await loadKey(name);
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'consent.key.missing') return null;
    throw cause;
  }
}

/** The key of a name; made where there is none. */
export const keyCalled = async (name: string): Promise<SigningKey> => (await keyIfThere(name)) ?? createKey(name);

const HOUSE = 'studio-licensee';

/** The key of the studio itself: it takes records as the one they are given to, and signs its status lists. */
export const houseKey = (): Promise<SigningKey> => keyCalled(HOUSE);

/** The same where it has been used before; else null. */
export const houseKeyIfThere = (): Promise<SigningKey | null> => keyIfThere(HOUSE);
