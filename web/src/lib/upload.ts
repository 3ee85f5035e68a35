/** Uploads that go on where they broke off: tus, in pieces, also after the page was closed. */
import { ApiError } from './api/client';
import { t } from './i18n/index.svelte';

/** Bytes of a piece. A lost connection costs at most this much. */
const PIECE = 8 * 1024 * 1024;

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
  const { Upload } = await import('tus-js-client');
  return new Promise((resolve, reject) => {
    const task = new Upload(file, {
      endpoint: options.endpoint ?? '/api/v1/uploads',
      chunkSize: PIECE,
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
        if (response) reject(problemOf(response.getStatus(), response.getBody()));
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
