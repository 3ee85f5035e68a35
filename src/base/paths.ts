import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the installed package: the nearest parent of this file with a `package.json`. */
export const packageRoot: string = (() => {
  let here = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(here, 'package.json'))) {
    const up = dirname(here);
    if (up === here) return here;
    here = up;
  }
  return here;
})();

/** Where the user's keys, certificates, vault and audit log live: `LIKENESS_HOME`, else `~/.likeness`. */
export function likenessHome(): string {
  return process.env['LIKENESS_HOME'] ?? join(homedir(), '.likeness');
}

/** The version of Likeness: what labels, reports of the studio and its API name. */
export const likenessVersion = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
