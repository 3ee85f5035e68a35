/**
 * A server that speaks S3, for tests: objects in memory, every request's signature computed again and compared, parts, ranges,
 * listing, and the refusals of a real one. It knows nothing of the code it tests.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly bytes: Buffer;
  readonly hash: string | null;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** See the head of this file. */
export class S3Server {
  readonly accessKey = 'AKIATEST';
  readonly secretKey = 'a-secret/that+nobody=sees';
  readonly bucket = 'likeness-test';
  readonly region = 'eu-test-1';
  readonly objects = new Map<string, Stored>();
  /** Every request: method, name, range. */
  readonly asked: { readonly method: string; readonly name: string; readonly range: string | undefined }[] = [];
  /** Milliseconds by which this server's clock is off. */
  skew = 0;
  /** All is forbidden. */
  denies = false;
  /** How many of the next reads break off in the middle. */
  breaks = 0;
  /** How many of the next requests are answered with 503. */
  busy = 0;
  #parts = new Map<string, Map<number, Buffer>>();
  #server: Server | null = null;

  async start(): Promise<void> {
    const server = createServer((request, answer) => {
      void this.#serve(request, answer).catch((thrown: unknown) => {
        const { status, code } = thrown instanceof Refusal ? thrown : new Refusal(500, 'InternalError');
        // A real one tells of the key and of what it signed, too.
        const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message><AWSAccessKeyId>${this.accessKey}</AWSAccessKeyId></Error>`;
        answer.writeHead(status, { 'content-type': 'application/xml' });
        answer.end(request.method === 'HEAD' ? undefined : body);
      });
    });
    this.#server = server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  }

  get endpoint(): string {
    const bound = this.#server?.address() as AddressInfo | undefined;
    return `http://127.0.0.1:${bound?.port}`;
  }

  /** The environment of a studio that keeps its files here. */
  get environment(): Record<string, string> {
    return {
      LIKENESS_S3_ENDPOINT: this.endpoint,
      LIKENESS_S3_BUCKET: this.bucket,
      LIKENESS_S3_REGION: this.region,
      LIKENESS_S3_ACCESS_KEY: this.accessKey,
      LIKENESS_S3_SECRET_KEY: this.secretKey,
      LIKENESS_S3_PREFIX: 'studio-one',
    };
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #verify(request: IncomingMessage, url: URL, body: Buffer): void {
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/.exec(
        request.headers.authorization ?? '',
      );
    if (match === null) throw new Refusal(403, 'AccessDenied');
    const [, key = '', day = '', region = '', names = '', signature = ''] = match;
    if (key !== this.accessKey) throw new Refusal(403, 'InvalidAccessKeyId');
    if (region !== this.region) throw new Refusal(400, 'AuthorizationHeaderMalformed');
    const stamp = String(request.headers['x-amz-date']);
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
    const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    if (!(Math.abs(Date.now() + this.skew - at) < 15 * 60_000)) throw new Refusal(403, 'RequestTimeTooSkewed');
    if (!names.split(';').includes('host') || !names.includes('x-amz-content-sha256'))
      throw new Refusal(403, 'AccessDenied');
    const query = [...url.searchParams]
      .map(([name, value]) => `${strict(name)}=${strict(value)}`)
      .sort()
      .join('&');
    const payload = String(request.headers['x-amz-content-sha256']);
    const canonical = [
      request.method,
      decodeURIComponent(url.pathname).split('/').map(strict).join('/'),
      query,
      ...names.split(';').map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, ' ')}`),
      '',
      names,
      payload,
    ].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const signing = [`AWS4${this.secretKey}`, day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
      (secret, text, i) => (i === 0 ? text : hmac(secret, text)),
      '',
    );
    const expected = hmac(signing, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')).toString('hex');
    if (expected !== signature) throw new Refusal(403, 'SignatureDoesNotMatch');
    if (payload !== sha256(body)) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', 'http://s3');
    const [bucket = '', ...rest] = decodeURIComponent(url.pathname.slice(1)).split('/');
    const name = rest.join('/');
    this.asked.push({ method: request.method ?? '', name, range: request.headers.range });
    if (this.busy > 0) {
      this.busy--;
      throw new Refusal(503, 'SlowDown');
    }
    this.#verify(request, url, body);
    if (this.denies) throw new Refusal(403, 'AccessDenied');
    if (bucket !== this.bucket) throw new Refusal(404, 'NoSuchBucket');
    const query = url.searchParams;
    if (name === '') return this.#list(query, answer);
    if (request.method === 'PUT' && query.has('uploadId')) {
      const parts = this.#parts.get(query.get('uploadId') ?? '');
      if (parts === undefined) throw new Refusal(404, 'NoSuchUpload');
      parts.set(Number(query.get('partNumber')), body);
      answer.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
      return;
    }
    if (request.method === 'POST') return this.#multipart(name, query, body, request, answer);
    if (request.method === 'PUT') {
      this.objects.set(name, { bytes: body, hash: String(request.headers['x-amz-meta-sha256']) });
      answer.writeHead(200).end();
      return;
    }
    if (request.method === 'DELETE') {
      if (query.has('uploadId')) this.#parts.delete(query.get('uploadId') ?? '');
      else this.objects.delete(name);
      answer.writeHead(204).end();
      return;
    }
    this.#read(name, request, answer);
  }

  #hashes = new Map<string, string>();

  #multipart(
    name: string,
    query: URLSearchParams,
    body: Buffer,
    request: IncomingMessage,
    answer: ServerResponse,
  ): void {
    answer.setHeader('content-type', 'application/xml');
    if (query.has('uploads')) {
      const id = randomUUID();
      this.#parts.set(id, new Map());
      this.#hashes.set(id, String(request.headers['x-amz-meta-sha256']));
      answer.end(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
      return;
    }
    const id = query.get('uploadId') ?? '';
    const parts = this.#parts.get(id);
    if (parts === undefined) throw new Refusal(404, 'NoSuchUpload');
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
    const joined = named.map(([, n = '', etag = '']) => {
      const part = parts.get(Number(n));
      const plain = etag.replaceAll('&#34;', '').replaceAll('&quot;', '');
      if (part === undefined || plain !== createHash('md5').update(part).digest('hex'))
        throw new Refusal(400, 'InvalidPart');
      return part;
    });
    if (joined.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024)) throw new Refusal(400, 'EntityTooSmall');
    this.objects.set(name, { bytes: Buffer.concat(joined), hash: this.#hashes.get(id) ?? null });
    this.#parts.delete(id);
    answer.end('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  }

  /** Multipart uploads that were begun and neither finished nor given up. */
  get unfinished(): number {
    return this.#parts.size;
  }

  #read(name: string, request: IncomingMessage, answer: ServerResponse): void {
    const stored = this.objects.get(name);
    if (stored === undefined) throw new Refusal(404, 'NoSuchKey');
    const { bytes, hash } = stored;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1);
    answer.writeHead(from === undefined ? 200 : 206, {
      'content-length': part.length,
      ...(hash === null ? {} : { 'x-amz-meta-sha256': hash }),
    });
    if (request.method === 'HEAD') answer.end();
    else if (this.breaks > 0) {
      this.breaks--;
      answer.write(part.subarray(0, part.length / 2), () => setTimeout(() => answer.destroy(), 50));
    } else answer.end(part);
  }

  #list(query: URLSearchParams, answer: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    // Three a page, so that pages are asked for.
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
    const page = names.slice(0, 3);
    const next = names.length > 3 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const keys = page.map((name) => `<Contents><Key>${encodeURIComponent(name)}</Key></Contents>`);
    answer.setHeader('content-type', 'application/xml');
    answer.end(`<ListBucketResult>${keys.join('')}${next}</ListBucketResult>`);
  }
}
