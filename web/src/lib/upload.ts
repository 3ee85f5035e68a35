/** Uploads that go on where they broke off: tus, in pieces, also after the page was closed. */
import type { HttpStack } from 'tus-js-client';
import { ApiError } from './api/client';
import { t } from './i18n/index.svelte';
import { signedInAgain } from './state/ended.svelte';

/** Bytes of a piece. A lost connection costs at most this much. */
const PIECE = 8 * 1024 * 1024;

/**
 * Sends requests as the library does. One that is refused because the session has ended waits until the person is back, and is
 * sent again: the studio took nothing of it.
 */
function patient(inner: HttpStack, signal: AbortSignal | undefined): HttpStack {
  return {
    getName: () => 'patient',
    createRequest(method, url) {
      const headers: [string, string][] = [];
      let progress: (sent: number) => void = () => undefined;
      let current = inner.createRequest(method, url);
      return {
        getMethod: () => method,
        getURL: () => url,
        setHeader(name, value) {
          headers.push([name, value]);
          current.setHeader(name, value);
        },
        getHeader: (name) => current.getHeader(name),
        setProgressHandler(handler) {
          progress = handler;
          current.setProgressHandler(handler);
        },
        async send(body) {
          for (;;) {
            const answer = await current.send(body);
            if (answer.getStatus() !== 401 || !(await signedInAgain(signal))) return answer;
            current = inner.createRequest(method, url);
            for (const [name, value] of headers) current.setHeader(name, value);
            current.setProgressHandler(progress);
          }
        },
        abort: () => current.abort(),
        getUnderlyingObject: () => current.getUnderlyingObject(),
      };
    },
  };
}

/** How an upload is made. */
export interface UploadOptions {
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal?: AbortSignal;
  /** The project that the file belongs to. */
  readonly project?: string;
  /** Another address than that of people who are signed in, and what it wants to be told. */
  readonly endpoint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The problem that the studio answered with, in its words. */
function problemOf(status: number, text: string): ApiError {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return new ApiError(status, body);
  } catch {
    // No problem details: the status has to do.
  }
  return new ApiError(status, {});
}

/**
 * Uploads a file.
 *
 * @returns its id: that of an upload, and, once it is whole, of the media
 * @throws ApiError what the studio refused; `AbortError` where it was stopped
 */
export async function upload(file: File, options: UploadOptions): Promise<string> {
  const { DefaultHttpStack, Upload } = await import('tus-js-client');
  return new Promise((resolve, reject) => {
    const task = new Upload(file, {
      endpoint: options.endpoint ?? '/api/v1/uploads',
      chunkSize: PIECE,
      // Whoever comes with a link has no session that could end.
      ...(options.endpoint === undefined ? { httpStack: patient(new DefaultHttpStack({}), options.signal) } : {}),
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000],
      removeFingerprintOnSuccess: true,
      // What broke off goes on for the project that it was for, and for no other.
      fingerprint: async (file) =>
        [
          'likeness',
          file.name,
          file.type,
          file.size,
          file.lastModified,
          options.project ?? '',
          options.endpoint ?? '',
        ].join('|'),
      metadata: {
        filename: file.name,
        filetype: file.type,
        ...(options.project === undefined ? {} : { project: options.project }),
      },
      headers: { ...options.headers },
      onProgress: (sent, total) => options.onProgress(total > 0 ? sent / total : 0),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        return status === 0 || status === 423 || status === 429 || (status >= 500 && status !== 507);
      },
      onSuccess: () => {
        const id = task.url?.split('?')[0]?.split('/').pop();
        if (id) resolve(id);
        else reject(new ApiError(0, { detail: t('upload.lost') }));
      },
      onError: (error) => {
        const response = 'originalResponse' in error ? error.originalResponse : null;
        if (response?.getStatus() === 401 && options.endpoint === undefined)
          reject(new ApiError(401, { code: 'page', detail: t('signin.expired'), hint: t('upload.resumes') }));
        else if (response) reject(problemOf(response.getStatus(), response.getBody()));
        else reject(new ApiError(0, { code: 'offline', detail: t('error.offline'), hint: t('upload.resumes') }));
      },
    });
    options.signal?.addEventListener('abort', () => {
      void task.abort(true);
      reject(new DOMException('stopped', 'AbortError'));
    });
    task
      .findPreviousUploads()
      .then((earlier) => {
        const [last] = earlier;
        if (last !== undefined) task.resumeFromPreviousUpload(last);
        if (options.signal?.aborted !== true) task.start();
      })
      .catch(() => task.start());
  });
}
