/** Room on the disks of the studio: what is begun finds some, and what is under way leaves some to the database. */
import { freeIn } from './database/keeper.js';
import { dataFolder, studioFolder } from './database/open.js';

/** Bytes that have to be free before something is begun. */
export const ROOM = 256 * 1024 * 1024;
/** Bytes that are left alone: with less, what is under way stops, so that the database can still write down why. */
export const KEEP = 64 * 1024 * 1024;

async function freeAt(folder: string): Promise<number> {
  try {
    return await freeIn(folder);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Free bytes where the studio keeps files and database, of two disks the lesser; infinite where that cannot be told. */
export async function freeBytes(): Promise<number> {
  return Math.min(await freeAt(dataFolder()), await freeAt(studioFolder()));
}
