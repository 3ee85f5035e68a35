/** What the person with the link and the studio say to each other. No account: the token of the link speaks. */
import { untrack } from 'svelte';
import { API, ApiError, errorOf } from '../api/client';
import { type Locale, locale, t } from '../i18n/index.svelte';
import { lost, reached } from '../state/connection.svelte';

/** How far an invitation is. */
export type CaptureState = 'open' | 'checking' | 'failed' | 'ready' | 'signed' | 'expired';

/** An invitation to consent. */
export interface Capture {
  readonly id: string;
  readonly name: string;
  readonly state: CaptureState;
  readonly expiresAt: string;
  readonly consent: string | null;
  readonly words: readonly string[];
  readonly wordsLanguage: Locale;
  /** Of the record, once there is one: goes back with the signature. */
  readonly wordsSha256: string | null;
  readonly challenge: {
    readonly words: readonly string[];
    readonly moves: readonly { readonly id: string; readonly words: string }[];
    readonly expiresAt: string;
  } | null;
  readonly checks:
    | readonly {
        readonly name: string;
        readonly asks: string;
        readonly outcome: 'passed' | 'failed' | 'review';
        readonly found: string;
      }[]
    | null;
  readonly error: { readonly detail: string; readonly hint: string | null } | null;
  /** For whoever reviews: what to listen for, and what to compare the face with. */
  readonly review?: {
    readonly words: readonly string[];
    readonly material: string;
    readonly person: number | null;
  } | null;
}

const TOKEN = 'likeness.capture.token';
const WORD = 'likeness.capture.word';

/** Kept for this window alone, so that a page that is loaded again goes on. */
function kept(key: string, value?: string | null): string | null {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else if (value !== undefined) sessionStorage.setItem(key, value);
    return sessionStorage.getItem(key);
  } catch {
    return value ?? null;
  }
}

/** The token of the link, or null. */
export const captureToken = (given?: string): string | null => kept(TOKEN, given);

/** The word between recording and signature, or null. */
export const captureWord = (given?: string | null): string | null => kept(WORD, given);

/** A request of the person with the link. */
export async function asPerson<T>(path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${API}/capture${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        'accept-language': untrack(locale),
        'x-capture-token': captureToken() ?? '',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    lost();
    throw new ApiError(0, { code: 'offline', detail: t('error.offline') });
  }
  reached();
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as T;
}
