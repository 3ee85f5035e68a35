/**
 * Which studio a LIKENESS_HOME is of. Keys, records and the log of a studio lie there; a worker that has another one may look
 * at files, but cannot ask for consent or seal.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError } from '../base/index.js';
import { writePrivate } from '../consent/index.js';
import { type Database, studioFolder } from '../jobs/index.js';

/** The id of the studio whose LIKENESS_HOME this is; made on first use. */
async function ownHouse(): Promise<string> {
  const path = join(studioFolder(), 'house.id');
  await writePrivate(path, randomUUID(), { exclusive: true }).catch((cause: unknown) => {
    if (!hasErrno(cause, 'EEXIST')) throw cause;
  });
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError(path, 'reading which studio this is', cause);
  });
}

/** A studio says which one it is: from now on, workers with another LIKENESS_HOME are guests. */
export async function claimHouse(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO studio_settings (name, value) VALUES ('house', $1::jsonb)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [JSON.stringify(await ownHouse())],
  );
}

/**
 * Whether a worker is a guest: its LIKENESS_HOME is not that of the studio.
 *
 * @param shared whether files lie where a machine with another disk sees them
 * @throws LikenessError `worker.home` for a guest that cannot see the files, or where no studio was opened yet
 */
export async function isGuest(db: Database, shared: boolean): Promise<boolean> {
  const rows = await db.query<{ value: unknown }>("SELECT value FROM studio_settings WHERE name = 'house'");
  const house = rows[0]?.value;
  if (house === undefined)
    throw new LikenessError('worker.home', 'No studio has been opened with this database yet.', {
      hint: 'Open the studio first, then start its workers.',
    });
  if (house === (await ownHouse())) return false;
  if (shared) return true;
  throw new LikenessError('worker.home', 'This LIKENESS_HOME is not that of the studio, and there is no bucket.', {
    hint: 'Share LIKENESS_HOME between the machines, or keep files in a bucket (docs/studio.md).',
  });
}
