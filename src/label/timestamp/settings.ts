/** Which time-stamp authority labels ask, as the user set it. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LikenessError, likenessHome, messageOf, writeAtomic } from '../../base/index.js';

const schema = z.strictObject({
  type: z.literal('LikenessTimestamp'),
  url: z.string(),
  required: z.boolean(),
});

/** The authority to ask, and what happens where it cannot be reached. */
export interface TimestampSettings {
  readonly url: string;
  /** True: nothing is sealed without a time stamp. False: it is sealed without, and that is said. */
  readonly required: boolean;
}

/** Where the setting lies. */
export const timestampPath = (): string => join(likenessHome(), 'timestamp.json');

/** The address of an authority, checked. */
export function timestampUrl(text: string): string {
  let url: URL | null = null;
  try {
    url = new URL(text);
  } catch {
    url = null;
  }
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new LikenessError(
      'label.timestamp.url',
      `"${text.slice(0, 100)}" is not the address of a time-stamp authority.`,
      {
        hint: 'Give an http or https address without a user name, as the authority publishes it.',
      },
    );
  return url.href;
}

/** The authority to ask, or `null` where none is set. */
export function readTimestampSettings(): TimestampSettings | null {
  if (!existsSync(timestampPath())) return null;
  try {
    const { url, required } = schema.parse(JSON.parse(readFileSync(timestampPath(), 'utf8')));
    return { url: timestampUrl(url), required };
  } catch (cause) {
    throw new LikenessError(
      'label.timestamp.settings',
      `${timestampPath()} is damaged: ${messageOf(cause).slice(0, 200)}`,
      {
        hint: 'Set it again: likeness label timestamp set <url>, or likeness label timestamp off.',
        cause,
      },
    );
  }
}

/** Sets or, with `null`, removes the authority. */
export async function writeTimestampSettings(settings: TimestampSettings | null): Promise<void> {
  if (settings === null) await rm(timestampPath(), { force: true });
  else await writeAtomic(timestampPath(), `${JSON.stringify({ type: 'LikenessTimestamp', ...settings }, null, 2)}\n`);
}
