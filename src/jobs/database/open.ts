/** Which database the studio of this machine uses. */
import { join } from 'node:path';
import { likenessHome } from '../../base/index.js';
import { openEmbedded } from './embedded.js';
import { type InstanceLock, lockInstance } from './instance-lock.js';
import { openServer } from './server.js';
import type { Database } from './types.js';

/** Where the studio keeps what is its own. */
export const studioFolder = (): string => join(likenessHome(), 'studio');

/**
 * Where media, uploads, and what jobs make lie: `LIKENESS_DATA`, else the studio's folder. With a bucket it holds copies, and
 * is each machine's own.
 */
export const dataFolder = (): string => process.env['LIKENESS_DATA'] || studioFolder();

/** Where the lock of the embedded database lies. */
export const instanceLockPath = (): string => join(studioFolder(), 'studio.lock');

/** An open database, and the lock where it is an embedded one. */
export interface OpenDatabase {
  readonly db: Database;
  readonly lock: InstanceLock | null;
  close(): Promise<void>;
}

/**
 * Opens PostgreSQL where `DATABASE_URL` names one, else the embedded database in the studio's folder.
 *
 * @throws LikenessError `studio.busy`, `studio.database`, `file.*`
 */
export async function openDatabase(): Promise<OpenDatabase> {
  const address = process.env['DATABASE_URL'];
  if (address !== undefined && address !== '') {
    const db = await openServer(address);
    return { db, lock: null, close: () => db.close() };
  }
  const lock = lockInstance(instanceLockPath());
  try {
    const db = await openEmbedded(join(studioFolder(), 'database'));
    return {
      db,
      lock,
      close: async () => {
        await db.close();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}
