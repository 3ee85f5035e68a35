/**
 * A bucket of a server that speaks S3: files in and out, streamed. Requests are signed by aws4fetch (Signature Version 4). What
 * is sent carries the hash of its bytes, which the server compares; large files go in parts, one part in memory at a time.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { fileError, LikenessError, sha256, temporaryBeside } from '../../base/index.js';
import { refusalOf, unreachable } from './bucket-errors.js';
import type { BucketSettings } from './settings.js';

/** Least length of a part in bytes; files that are no longer go whole. */
const PART = 16 * 1024 * 1024;
/** S3 takes 10,000 parts. */
const PARTS = 9000;
/** Times a request is sent before it counts as failed. */
const TRIES = 4;
const BACKOFF = 200;
/** Of an error's body, at most this much is read. */
const ERROR_BODY = 4096;

/** A part of a file, both ends counted. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What may go wrong on the way can be stopped. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes done so far. */
  readonly onBytes?: ((done: number) => void) | undefined;
}

interface Ask extends TransferOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Statuses that are no error. */
  readonly fine: readonly number[];
  readonly doing: string;
}

const xmlText = (text: string): string => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

async function readPart(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(buffer, got, length - got, at + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return buffer.subarray(0, got);
}

/** See the head of this file. */
export class Bucket {
  readonly #settings: BucketSettings;
  readonly #client: AwsClient;

  constructor(settings: BucketSettings) {
    this.#settings = settings;
    const { accessKey, secretKey, region } = settings;
    this.#client = new AwsClient({ accessKeyId: accessKey, secretAccessKey: secretKey, region, service: 's3' });
  }

  #address(name: string, query: Readonly<Record<string, string>> = {}): URL {
    const { endpoint, bucket, prefix, pathStyle } = this.#settings;
    const url = new URL(endpoint);
    if (!pathStyle) url.host = `${bucket}.${endpoint.host}`;
    const key = name === '' ? '' : `${prefix}${name}`;
    const parts = [...(pathStyle ? [bucket] : []), ...key.split('/')].map(encodeURIComponent);
    url.pathname = parts.join('/');
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
    return url;
  }

  /** Sends a request, again where the server is busy or the connection breaks. The body is not read yet. */
  async #ask(method: string, name: string, { query, headers = {}, body, fine, doing, signal }: Ask): Promise<Response> {
    const hash = { 'x-amz-content-sha256': sha256(body ?? '') };
    for (let attempt = 1; ; attempt++) {
      let failure: LikenessError;
      try {
        const request = await this.#client.sign(this.#address(name, query), {
          method,
          headers: { ...headers, ...hash },
          ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
        });
        const answer = await fetch(request, { redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
        if (fine.includes(answer.status)) return answer;
        const text = (await answer.text().catch(() => '')).slice(0, ERROR_BODY);
        failure = refusalOf(this.#settings, answer.status, text, doing);
        if (answer.status < 500 && answer.status !== 429) throw failure;
      } catch (thrown) {
        if (thrown instanceof LikenessError || signal?.aborted === true) throw thrown;
        failure = unreachable(this.#settings, thrown, doing);
      }
      if (attempt === TRIES) throw failure;
      await new Promise((resolve) => setTimeout(resolve, BACKOFF * 2 ** attempt));
    }
  }

  /**
   * Looks whether the bucket is there and can be used.
   *
   * @throws LikenessError `blobs.*`
   */
  async check(): Promise<void> {
    await this.#names({ 'max-keys': '1' }, 'looking at it');
  }

  /** Bytes and hash of a file that was put here, or null where there is none; the hash is null where others put it. */
  async facts(name: string): Promise<{ readonly bytes: number; readonly sha256: string | null } | null> {
    const answer = await this.#ask('HEAD', name, { fine: [200, 404], doing: `looking for ${name}` });
    if (answer.status === 404) return null;
    return {
      bytes: Number(answer.headers.get('content-length') ?? 0),
      sha256: answer.headers.get('x-amz-meta-sha256'),
    };
  }

  /**
   * The bytes of a file, or of a part of it.
   *
   * @throws LikenessError `blobs.missing`, `blobs.*`
   */
  async read(
    name: string,
    range: ByteRange | null,
    options: TransferOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const headers = range === null ? {} : { range: `bytes=${range.start}-${range.end}` };
    const fine = [range === null ? 200 : 206];
    const answer = await this.#ask('GET', name, { ...options, headers, fine, doing: `reading ${name}` });
    return answer.body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /**
   * Fetches a file onto the disk: under another name, then renamed, whole or not at all. Where the connection breaks, it goes on
   * from there.
   *
   * @param hash what its bytes must be, or null where it is not known
   * @throws LikenessError `blobs.changed` where it is another file, `blobs.*`, `file.*`
   */
  async fetch(name: string, path: string, hash: string | null, options: TransferOptions = {}): Promise<void> {
    const facts = await this.facts(name);
    if (facts === null) throw refusalOf(this.#settings, 404, '', `reading ${name}`);
    const wanted = hash ?? facts.sha256;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const part = temporaryBeside(path);
    try {
      const found = createHash('sha256');
      const file = await open(part, 'wx', 0o600);
      try {
        let got = 0;
        for (let attempt = 1; got < facts.bytes; attempt++) {
          try {
            const stream = await this.read(name, { start: got, end: facts.bytes - 1 }, options);
            for await (const chunk of stream) {
              await file.write(chunk);
              found.update(chunk);
              got += chunk.length;
              options.onBytes?.(got);
            }
          } catch (thrown) {
            if (thrown instanceof LikenessError || options.signal?.aborted === true) throw thrown;
            // Written is what was hashed: a disk that fails is no broken connection.
            if (thrown instanceof Error && 'syscall' in thrown && thrown.syscall === 'write')
              throw fileError(path, 'writing it', thrown);
            if (attempt >= TRIES) throw unreachable(this.#settings, thrown, `reading ${name}`);
          }
          if (attempt >= TRIES && got < facts.bytes) break;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      if (wanted !== null && found.digest('hex') !== wanted)
        throw new LikenessError('blobs.changed', `The bucket's ${name} is not the file that was put there.`, {
          hint: 'Somebody changed it, or it is damaged: upload it again.',
        });
      await rename(part, path);
    } catch (thrown) {
      await rm(part, { force: true });
      throw options.signal?.aborted === true ? thrown : fileError(path, 'fetching it', thrown);
    }
  }

  /**
   * Puts a file of the disk into the bucket. One that is there already with the same hash is not sent again.
   *
   * @param hash of the file
   * @throws LikenessError `blobs.*`, `file.*`
   */
  async put(path: string, name: string, hash: string, options: TransferOptions = {}): Promise<void> {
    const there = await this.facts(name);
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw fileError(path, 'putting it into the bucket', cause);
    });
    try {
      const { size } = await file.stat();
      if (there?.sha256 === hash && there.bytes === size) return;
      const doing = `writing ${name}`;
      const headers = { 'x-amz-meta-sha256': hash };
      if (size <= PART)
        await this.#ask('PUT', name, { ...options, headers, body: await readPart(file, 0, size), fine: [200], doing });
      else await this.#putParts(file, size, name, headers, doing, options);
    } finally {
      await file.close();
    }
  }

  async #putParts(
    file: FileHandle,
    size: number,
    name: string,
    headers: Readonly<Record<string, string>>,
    doing: string,
    options: TransferOptions,
  ): Promise<void> {
    const begun = await this.#ask('POST', name, { query: { uploads: '' }, headers, fine: [200], doing });
    const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
    const length = Math.max(PART, Math.ceil(size / PARTS));
    try {
      const parts: string[] = [];
      for (let at = 0; at < size; at += length) {
        const partNumber = String(parts.length + 1);
        const body = await readPart(file, at, Math.min(length, size - at));
        const ask = { ...options, query: { partNumber, uploadId }, body, fine: [200], doing };
        const { headers: answered } = await this.#ask('PUT', name, ask);
        const etag = xmlText(answered.get('etag') ?? '');
        parts.push(`<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`);
        options.onBytes?.(at + body.length);
      }
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const ended = await this.#ask('POST', name, { query: { uploadId }, body, fine: [200], doing });
      const text = await ended.text();
      // The status comes before the work is done, so that a failure of it stands in the body.
      if (text.includes('<Error>')) throw refusalOf(this.#settings, 500, text, doing);
    } catch (thrown) {
      await this.#ask('DELETE', name, { query: { uploadId }, fine: [204, 404], doing }).catch(() => undefined);
      throw thrown;
    }
  }

  async #names(
    query: Readonly<Record<string, string>>,
    doing: string,
  ): Promise<{ names: string[]; next: string | null }> {
    const { prefix } = this.#settings;
    const answer = await this.#ask('GET', '', {
      query: { 'list-type': '2', 'encoding-type': 'url', prefix, ...query },
      fine: [200],
      doing,
    });
    const text = await answer.text();
    const names = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) =>
      decodeURIComponent(key.replaceAll('+', ' ')).slice(prefix.length),
    );
    return { names, next: /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1] ?? null };
  }

  /**
   * The names of all files below a folder.
   *
   * @param folder without a slash at its end
   */
  async list(folder: string): Promise<string[]> {
    const all: string[] = [];
    const prefix = `${this.#settings.prefix}${folder}/`;
    for (let next: string | null = ''; next !== null; ) {
      const more = next === '' ? {} : { 'continuation-token': next };
      const page = await this.#names({ prefix, ...more }, `listing ${folder}`);
      all.push(...page.names);
      next = page.next;
    }
    return all;
  }

  /** Deletes a file; of no effect where there is none. */
  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', name, { fine: [200, 204, 404], doing: `deleting ${name}` });
  }
}
