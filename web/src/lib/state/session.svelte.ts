/** Who is signed in, and what this studio offers. Asked once on every start of the page. */
import { api } from '../api/client';
import type { Session, StudioUser } from '../api/types';
import { resume } from './connection.svelte';
import { askAgain, isEnded, setPresent } from './ended.svelte';

let now = $state.raw<Session | null>(null);

/** The session, or null before the studio has answered. */
export function session(): Session | null {
  return now;
}

/** The person who is signed in, or null. */
export function user(): StudioUser | null {
  return now?.user ?? null;
}

/** Asks the studio who is signed in. Where nobody is any more, the page keeps whose it was, and they are asked to sign in again. */
export async function loadSession(): Promise<Session> {
  const fresh = await api<Session>('/session');
  const before = now?.user ?? null;
  if (fresh.user === null && before !== null) {
    now = { ...fresh, user: before };
    askAgain();
    return fresh;
  }
  const ended = isEnded();
  if (ended && fresh.user !== null && fresh.user.id !== before?.id) {
    // What is open, and what waits to be sent, is somebody else's.
    location.reload();
    return fresh;
  }
  now = fresh;
  setPresent(fresh.user !== null);
  if (ended && fresh.user !== null) resume();
  return fresh;
}

/** Signs out. */
export async function signOut(): Promise<void> {
  await api('/session', { method: 'DELETE' });
  if (now !== null) now = { ...now, user: null };
  setPresent(false);
}
