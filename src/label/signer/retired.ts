/** Roots of signers that are no longer used here: labels made under them stay trusted on this machine. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { likenessHome, writeAtomic } from '../../base/index.js';

const folder = (): string => join(likenessHome(), 'ca', 'retired');

/** Keeps a root. */
export async function retireRoot(pem: string): Promise<void> {
  const { fingerprint256 } = new X509Certificate(pem);
  await writeAtomic(join(folder(), `${fingerprint256.replaceAll(':', '').toLowerCase()}.pem`), pem);
}

/** All of them, PEM; one that cannot be read is left out. */
export function retiredRoots(): string[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .filter((file) => file.endsWith('.pem') && !file.startsWith('.'))
    .sort()
    .flatMap((file) => {
      try {
        return [new X509Certificate(readFileSync(join(folder(), file))).toString()];
      } catch {
        return [];
      }
    });
}
