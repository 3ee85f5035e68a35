/** Sending a file, whole or a part of it, to a reader that may go away. */
import type { BlobStore } from '../../jobs/index.js';
import { HttpProblem } from '../problem.js';

/** How a file is sent. */
export interface SendOptions {
  readonly type: string;
  /** Given as a file to keep, under this name. */
  readonly attachment?: string | undefined;
  readonly range?: string | undefined;
  /** The hash of the file: what the whole of it must be. */
  readonly etag?: string | undefined;
  readonly head?: boolean;
}

/** A name in a header: plain ASCII, and the true one beside it. */
export function dispositionOf(name: string): string {
  const plain = name.replace(/[^\w. -]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}

/** The part that is asked for; null for all; several parts count as all, as the standard allows. */
function partOf(range: string | undefined, size: number): { start: number; end: number } | null | 'outside' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  return start > end || start >= size ? 'outside' : { start, end };
}

/**
 * Answers with a file of the studio. Parts are read where the file is kept: nothing but what is asked for comes over.
 *
 * @param path below the data folder
 * @throws HttpProblem `media.gone`, LikenessError `blobs.*`
 */
export async function sendFile(blobs: BlobStore, path: string, options: SendOptions): Promise<Response> {
  const size = await blobs.size(path);
  if (size === null) throw new HttpProblem(404, 'media.gone', 'The file is not there.');
  const headers = new Headers({
    'content-type': options.type,
    'accept-ranges': 'bytes',
    ...(options.etag === undefined ? {} : { etag: `"${options.etag}"` }),
    ...(options.attachment === undefined ? {} : { 'content-disposition': dispositionOf(options.attachment) }),
  });
  const part = partOf(options.range, size);
  if (part === 'outside') {
    headers.set('content-range', `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = part ?? { start: 0, end: size - 1 };
  headers.set('content-length', String(end - start + 1));
  if (part !== null) headers.set('content-range', `bytes ${start}-${end}/${size}`);
  const status = part === null ? 200 : 206;
  if (options.head === true || size === 0) return new Response(null, { status, headers });
  return new Response(await blobs.read(path, part, options.etag ?? null), { status, headers });
}
