/**
 * The link that the command prints and opens: whoever has it is signed in as the owner of the studio, and becomes the
 * owner where there is none yet. It works once; then the next one is made. The file that holds it can be read by the
 * owner's account of this machine alone, so that nobody else on the machine comes first.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivate } from '../consent/index.js';
import { studioFolder } from '../jobs/index.js';

const linkPath = (): string => join(studioFolder(), 'link.token');

/** The current token of a running studio, or null where none runs. */
export async function currentStartToken(): Promise<string | null> {
  const text = await readFile(linkPath(), 'utf8').catch(() => '');
  return /^[\w-]{43}$/.test(text) ? text : null;
}

/** See the head of this file. */
export class StartLink {
  #token = '';

  /** The token that works now. */
  get current(): string {
    return this.#token;
  }

  /** Makes the next token and writes it down. */
  async renew(): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    // On a full disk the former one stays good.
    await writePrivate(linkPath(), token);
    this.#token = token;
    return token;
  }

  /** True once for the right token. */
  async use(token: string): Promise<boolean> {
    const given = Buffer.from(token);
    const wanted = Buffer.from(this.#token);
    if (this.#token === '' || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
    await this.renew();
    return true;
  }

  async close(): Promise<void> {
    this.#token = '';
    await rm(linkPath(), { force: true });
  }
}
