/** One page application: nothing is rendered ahead, the words and the session are there before anything shows. */
import { startLocale } from '$lib/i18n/index.svelte';
import { loadSession } from '$lib/state/session.svelte';
import type { LayoutLoad } from './$types';

export const ssr = false;

let started: Promise<unknown> | undefined;

export const load: LayoutLoad = async () => {
  // The session may fail: the frame then says that the studio does not answer, and goes on when it does.
  started ??= Promise.all([startLocale(), loadSession().catch(() => null)]);
  await started;
};
