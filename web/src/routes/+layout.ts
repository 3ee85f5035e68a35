/** One page application: nothing is rendered ahead, the words and the session are there before anything shows. */
import { redirect } from '@sveltejs/kit';
import { api, asApiError } from '$lib/api/client';
import { captureToken } from '$lib/capture/api';
import { startLocale } from '$lib/i18n/index.svelte';
import { keepInvitation } from '$lib/state/invitation';
import { takeNext } from '$lib/state/next';
import { loadSession, user } from '$lib/state/session.svelte';
import { toast } from '$lib/state/toasts.svelte';
import type { LayoutLoad } from './$types';

export const ssr = false;

let started: Promise<unknown> | undefined;

/** Signs in with the link that the command printed, or takes an invitation; no token stays in the address. */
async function enter(): Promise<string | null> {
  const invited = /^#invitation=([\w-]+)$/.exec(location.hash)?.[1];
  if (invited !== undefined) {
    keepInvitation(invited);
    history.replaceState(history.state, '', location.pathname);
    return '/invitation';
  }
  const asked = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (asked !== undefined && location.pathname === '/capture') {
    captureToken(asked);
    return null;
  }
  const token = /^#link=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return null;
  history.replaceState(history.state, '', location.pathname);
  try {
    await api('/session', { body: { link: token } });
    const session = await loadSession();
    return session.user?.email.endsWith('@studio.invalid') === true ? '/welcome' : null;
  } catch (thrown) {
    toast(asApiError(thrown).message, 'bad');
    return '/sign-in';
  }
}

export const load: LayoutLoad = async () => {
  // The session may fail: the frame then says that the studio does not answer, and goes on when it does.
  started ??= Promise.all([startLocale(), loadSession().catch(() => null)]);
  await started;
  const next = await enter();
  if (next !== null) redirect(307, next);
  // Whoever comes back from a provider goes on where they wanted to be.
  const kept = location.pathname === '/' && user() !== null ? takeNext() : null;
  if (kept !== null && kept !== '/') redirect(307, kept);
};
