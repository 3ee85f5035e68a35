/** Who is signed in, and what this studio offers. Asked once on every start of the page. */
import { api } from '../api/client';
import type { Session, StudioUser } from '../api/types';

let now = $state.raw<Session | null>(null);

/** The session, or null before the studio has answered. */
export function session(): Session | null {
  return now;
}

/** The person who is signed in, or null. */
export function user(): StudioUser | null {
  return now?.user ?? null;
}

/** Asks the studio who is signed in. */
export async function loadSession(): Promise<Session> {
  now = await api<Session>('/session');
  return now;
}

/** Forgets who was signed in: the studio said that the session is over. */
export function forget(): void {
  if (now !== null) now = { ...now, user: null };
}
