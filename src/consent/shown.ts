/**
 * Copies of the texts that people were shown before they signed, under the hash that the audit log has of them: what a
 * sentence said can be told when later versions say it in other words.
 */
import { join } from 'node:path';
import { likenessHome, writeAtomic } from '../base/index.js';
import type { ShownTerms } from './describe.js';

/** Keeps a text; the same text twice is one file. */
export async function keepShown({ sha256, text }: ShownTerms): Promise<void> {
  await writeAtomic(join(likenessHome(), 'shown', `${sha256}.txt`), text, 0o600);
}
