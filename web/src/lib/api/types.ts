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

/** Who asks. */
export interface Session {
  readonly user: StudioUser | null;
  /** Nobody uses this studio yet: the next to sign up is its owner. */
  readonly setup: boolean;
  readonly version: string;
}
