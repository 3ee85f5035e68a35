/** All files under a folder, whatever hostile links and names it holds. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LikenessError } from './errors.js';
import { fileError } from './files.js';

const MOST_FILES = 100_000;

/**
 * Files under a folder, sorted. Hidden files are left out, what matches `leaveOut`, and folders that lead back to themselves.
 *
 * @throws LikenessError `file.*` where the folder cannot be read, `file.many` above 100,000 files
 */
export function filesUnder(
  folder: string,
  leaveOut?: RegExp,
): {
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
} {
  const files: string[] = [];
  const unreadable: string[] = [];
  const seen = new Set<string>();
  const walk = (here: string): void => {
    let names: string[];
    try {
      const real = realpathSync(here);
      if (seen.has(real)) return;
      seen.add(real);
      names = readdirSync(here).sort();
    } catch (cause) {
      if (here === folder) throw fileError(folder, 'reading the folder', cause);
      unreadable.push(here);
      return;
    }
    for (const name of names) {
      if (name.startsWith('.') || leaveOut?.test(name) === true) continue;
      const path = join(here, name);
      try {
        const stat = statSync(path);
        if (stat.isDirectory()) walk(path);
        else if (stat.isFile()) files.push(path);
      } catch {
        // A link that leads nowhere, or round in a circle.
        unreadable.push(path);
      }
      if (files.length > MOST_FILES)
        throw new LikenessError('file.many', `${folder} holds more than ${MOST_FILES} files.`, {
          hint: 'Take its folders one by one.',
        });
    }
  };
  walk(folder);
  return { files, unreadable };
}
