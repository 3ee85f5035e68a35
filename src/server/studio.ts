/** What the routes share: one open studio. */
import type { BlobStore, Database, JobFeed, JobStore, Snapshots } from '../jobs/index.js';
import type { StudioContext } from './api.js';
import type { StudioAuth } from './auth.js';
import { RateLimit } from './limits.js';
import type { Log } from './log.js';
import type { ProviderSignIn } from './oidc/sign-in.js';
import type { Captures } from './services/captures.js';
import type { Decisions } from './services/decisions.js';
import type { Demo } from './services/demo.js';
import type { JobRequests } from './services/job-requests.js';
import type { MediaStore } from './services/media-store.js';
import type { Metrics } from './services/metrics.js';
import type { People } from './services/people.js';
import type { Projects } from './services/projects.js';
import type { Readiness } from './services/readiness.js';
import type { RecordFaces } from './services/record-faces.js';
import type { StatusLists } from './services/status-lists.js';
import type { Subjects } from './services/subjects.js';
import type { Uploads } from './services/uploads.js';
import type { StartLink } from './start-link.js';

/** Limits by caller. */
export interface Limits {
  readonly signIn: RateLimit;
  /** People with the link of an invitation to consent. */
  readonly capture: RateLimit;
  /** Wrong words of people who withdraw without an account. */
  readonly withdraw: RateLimit;
  /** Everything else. */
  readonly all: RateLimit;
}

/** The limits of a studio. */
export const newLimits = (): Limits => ({
  signIn: new RateLimit({ burst: 10, perSecond: 0.1, what: 'attempts to sign in' }),
  capture: new RateLimit({ burst: 60, perSecond: 5, what: 'requests' }),
  withdraw: new RateLimit({ burst: 10, perSecond: 0.1, what: 'words that were wrong' }),
  all: new RateLimit({ burst: 600, perSecond: 100, what: 'requests' }),
});

/** One open studio, as its routes see it. */
export interface Studio {
  readonly version: string;
  readonly db: Database;
  readonly auth: StudioAuth;
  /** Signing in elsewhere; null where the studio has no provider. */
  readonly provider: ProviderSignIn | null;
  readonly link: StartLink;
  readonly blobs: BlobStore;
  /** Folders of trainings. */
  readonly snapshots: Snapshots;
  readonly media: MediaStore;
  readonly uploads: Uploads;
  readonly subjects: Subjects;
  readonly recordFaces: RecordFaces;
  readonly people: People;
  readonly projects: Projects;
  readonly jobs: JobStore;
  readonly feed: JobFeed;
  readonly requests: JobRequests;
  readonly captures: Captures;
  readonly statusLists: StatusLists;
  readonly decisions: Decisions;
  readonly demo: Demo;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly limits: Limits;
  readonly log: Log;
  /** Scheme, host and port that browsers use: `http://127.0.0.1:4848`. */
  readonly origin: string;
  /** True where only this machine can reach it. */
  readonly local: boolean;
  /** Calls back when the studio closes, so that open streams end; the returned function forgets it. */
  onClose(callback: () => void): () => void;
  /** Who is at the other end, for limits: the address. */
  peer(c: StudioContext): string;
}
