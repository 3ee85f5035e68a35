/** What breaks while a page is shown. A part that cannot be fetched means that the studio is gone: the page waits for it. */
import type { HandleClientError } from '@sveltejs/kit';
import { t } from '$lib/i18n/index.svelte';
import { lost } from '$lib/state/connection.svelte';

export const handleError: HandleClientError = ({ error, status, message }) => {
  const text = error instanceof Error ? error.message : message;
  if (/dynamically imported module|preload|importing a module|Failed to fetch|NetworkError|Load failed/i.test(text)) {
    lost();
    return { message: t('error.offline'), offline: true };
  }
  return { message: status === 404 ? message : text };
};

// A style sheet that could not be fetched stays named in the page, and would be taken for one that is there.
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLLinkElement) target.remove();
  },
  true,
);
