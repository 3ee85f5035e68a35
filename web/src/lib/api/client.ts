/** Talks to the studio's own API: JSON in and out, one error in words, and a sign when the studio cannot be reached. */
import { untrack } from 'svelte';
import { locale, t } from '../i18n/index.svelte';
import { lost, reached } from '../state/connection.svelte';
import { signedInAgain } from '../state/ended.svelte';

/** Where every resource lies. */
export const API = '/api/v1';

/** Problem details (RFC 9457) as the studio writes them. */
interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** What the studio refused, in its words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  /** What is wrong with which field of the body. */
  readonly errors: readonly { readonly field: string; readonly message: string }[];

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? t('error.unknown', { status }));
    this.status = status;
    this.code = problem.code ?? `http.${status}`;
    this.hint = problem.hint ?? null;
    this.errors = problem.errors ?? [];
  }

  /** The sentence for one field, or null. */
  of(field: string): string | null {
    return this.errors.find((each) => each.field === field || each.field.startsWith(`${field}.`))?.message ?? null;
  }
}

/** The error of an answer, whatever its body is. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  return new ApiError(response.status, typeof body === 'object' && body !== null ? body : {});
}

/** An error of any kind as one that can be shown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(0, { code: 'page', detail: thrown instanceof Error ? thrown.message : String(thrown) });
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Goes on when the page is left. Browsers do that for bodies of less than {@link KEPT_BYTES}. */
  readonly keepalive?: boolean;
}

/** See `keepalive`: the limit of browsers is 64 KiB, of everything under way together. */
export const KEPT_BYTES = 60_000;

/** Sends a request. @throws ApiError where no answer comes */
async function send(path: string, { method, body, headers, signal, keepalive = false }: Options): Promise<Response> {
  try {
    const response = await fetch(path.startsWith('/api/') ? path : API + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      credentials: 'same-origin',
      keepalive,
      headers: {
        accept: 'application/json',
        // A record comes in words of this language. Pages that show one say themselves that they hang on it.
        'accept-language': untrack(locale),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    reached();
    return response;
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    lost();
    throw new ApiError(0, { code: 'offline', detail: t('error.offline'), hint: t('error.offline.hint') });
  }
}

/**
 * One request. Where the session has ended meanwhile, the person is asked to sign in again, and it is sent once more.
 *
 * @param path below {@link API}, or an address that begins with `/api/`
 * @throws ApiError
 */
export async function api<T>(path: string, options: Options = {}): Promise<T> {
  for (;;) {
    const response = await send(path, options);
    if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
    // Signing in itself is refused with the same status.
    const ended = response.status === 401 && (path !== '/session' || options.method === 'PATCH');
    if (!ended || !(await signedInAgain(options.signal))) throw await errorOf(response);
  }
}
