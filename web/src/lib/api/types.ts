/** Shapes of the API, as `docs/studio.md` and `/api/v1/openapi.json` describe them. */

/** Roles of a studio. */
export type Role = 'owner' | 'maker' | 'reviewer' | 'subject';

/** Somebody who is signed in. */
export interface StudioUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

/** Who asks, and what this studio is. */
export interface Session {
  readonly user: StudioUser | null;
  readonly studio: {
    readonly version: string;
    /** True while nobody owns it: the link that the command printed makes the owner. */
    readonly setup: boolean;
    readonly signIn: readonly ('link' | 'password' | 'provider')[];
    /** What people call the provider to sign in with; null where there is none. */
    readonly provider: string | null;
  };
}

/** A list. */
export interface Items<T> {
  readonly items: readonly T[];
}

/** A person in a file. */
export interface Person {
  readonly id: number;
  readonly frames: number;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Median width of the face in pixels. */
  readonly width: number;
  readonly confidence: number;
}

/** A file of the studio. */
export interface Media {
  readonly id: string;
  readonly name: string;
  readonly kind: 'video' | 'picture' | 'sound';
  readonly origin: 'upload' | 'made';
  readonly bytes: number;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
  readonly frameRate: number | null;
  readonly createdAt: string;
  /** Null where nobody looked for people yet. */
  readonly people: readonly Person[] | null;
  readonly project: string | null;
  /** The job that made it. */
  readonly job: string | null;
}

/** Kinds of jobs. */
export type JobKind = 'analyze' | 'train' | 'render' | 'check' | 'report' | 'verify' | 'capture' | 'cast' | 'bench';

/** States of jobs. */
export type JobState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

/** Work that outlives a request. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly priority: number;
  readonly title: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly attempts: number;
  readonly progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number | null;
    readonly unit: string | null;
    readonly note: string | null;
    /** 0 to 1. */
    readonly share: number | null;
    readonly secondsLeft: number | null;
    /** Of the whole job, about. */
    readonly whole?: { readonly share: number; readonly secondsLeft: number | null } | null;
  } | null;
  /** Whether a render makes a part only. */
  readonly trial: boolean;
  readonly preview: boolean;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string | null } | null;
  /** Whether starting it again helps: as it is, on re-encoded copies only, or not at all; null where it cannot be. */
  readonly again: 'same' | 'equalise' | 'none' | null;
  readonly result: unknown;
  /** What a check or verification that is done came to. */
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: number }[];
  readonly media: string | null;
  readonly project: string | null;
  /** Who asked for it; null where it was nobody with an account. */
  readonly owner: string | null;
  /** Of a training, only where the job was asked for alone: rows of the loss by step. */
  readonly curve?: readonly Readonly<Record<string, number | null>>[] | null;
}

/** How the guided demo stands; null where nobody has begun one. */
export interface DemoAnswer {
  readonly demo: {
    readonly project: string | null;
    readonly steps: readonly { readonly step: 'cast' | 'train' | 'render' | 'report'; readonly job: Job | null }[];
  } | null;
}
