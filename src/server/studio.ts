/** What the routes share: one open studio. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/index.js';
import type { Database } from '../jobs/index.js';
import type { StudioContext } from './api.js';
import type { StudioAuth } from './auth.js';
import { RateLimit } from './limits.js';
import type { Log } from './log.js';
import type { StartLink } from './start-link.js';

/** Limits by caller. */
export interface Limits {
  readonly signIn: RateLimit;
  /** Everything else. */
  readonly all: RateLimit;
}

/** The limits of a studio. */
export const newLimits = (): Limits => ({
  signIn: new RateLimit({ burst: 10, perSecond: 0.1, what: 'attempts to sign in' }),
  all: new RateLimit({ burst: 600, perSecond: 100, what: 'requests' }),
});

/** One open studio, as its routes see it. */
export interface Studio {
  readonly version: string;
  readonly db: Database;
  readonly auth: StudioAuth;
  readonly link: StartLink;
  readonly limits: Limits;
  readonly log: Log;
  /** Scheme, host and port that browsers use: `http://127.0.0.1:4848`. */
  readonly origin: string;
  /** True where only this machine can reach it. */
  readonly local: boolean;
  /** Who is at the other end, for limits: the address. */
  peer(c: StudioContext): string;
}

/** The version of Likeness. */
export const likenessVersion = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
