/** Where the studio's files lie: on a disk, or in a bucket that speaks S3, as the environment says. */
import { readFileSync } from 'node:fs';
import { fileError, LikenessError } from '../../base/index.js';

/** A bucket, and how it is asked. */
export interface BucketSettings {
  /** Scheme, host and port: `https://s3.example.org`. */
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Stands before every name: empty, or ends in a slash. */
  readonly prefix: string;
  /** True: `https://host/bucket/name`; false: `https://bucket.host/name`. */
  readonly pathStyle: boolean;
}

/** Names that must not be handed to processes that open files from outside. */
export const BUCKET_SECRETS = ['LIKENESS_S3_ACCESS_KEY', 'LIKENESS_S3_SECRET_KEY', 'LIKENESS_S3_SECRET_KEY_FILE'];

const GB = 1024 ** 3;
const CACHE_GB = 50;

const wrong = (message: string, hint: string): LikenessError => new LikenessError('blobs.settings', message, { hint });

/** A variable without what surrounds it; undefined where it is empty. */
function variable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}

/**
 * A secret of the environment: the value itself in `name`, or the path of a file that holds it in `name` and `_FILE`.
 *
 * @throws LikenessError `file.*`
 */
export function secretVariable(name: string): string | undefined {
  const path = variable(`${name}_FILE`);
  if (path === undefined) return variable(name);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw fileError(path, `reading the secret that ${name}_FILE names`, cause);
  }
}

function need(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw wrong(`LIKENESS_S3_BUCKET is set, but ${name} is not.`, 'docs/studio.md lists what a bucket needs.');
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw wrong(
      'LIKENESS_S3_ENDPOINT is no address of a server.',
      'Give scheme, host and port alone: https://s3.example.org',
    );
  if (url.username !== '' || url.password !== '')
    throw wrong(
      'LIKENESS_S3_ENDPOINT holds a name or a password.',
      'Give them as LIKENESS_S3_ACCESS_KEY and LIKENESS_S3_SECRET_KEY.',
    );
  return url;
}

/**
 * The bucket that the environment names, or null where files lie on the disk.
 *
 * @throws LikenessError `blobs.settings`, `file.*` for a secret that cannot be read
 */
export function bucketSettings(): BucketSettings | null {
  const bucket = variable('LIKENESS_S3_BUCKET');
  if (bucket === undefined) return null;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw wrong(
      'LIKENESS_S3_BUCKET is no name of a bucket.',
      'Buckets have 3 to 63 small letters, digits, - and dots.',
    );
  const prefix = (variable('LIKENESS_S3_PREFIX') ?? '').replace(/^\/+|\/+$/g, '');
  if (!/^[\w./-]*$/.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..'))
    throw wrong('LIKENESS_S3_PREFIX has signs that a prefix may not have.', 'Use letters, digits, -, _ and slashes.');
  const style = variable('LIKENESS_S3_STYLE') ?? 'path';
  if (style !== 'path' && style !== 'host')
    throw wrong(`LIKENESS_S3_STYLE is "${style}".`, 'Set it to "path" (most servers) or "host".');
  const region = variable('LIKENESS_S3_REGION') ?? 'us-east-1';
  return {
    endpoint: endpointOf(variable('LIKENESS_S3_ENDPOINT') ?? `https://s3.${region}.amazonaws.com`),
    bucket,
    region,
    accessKey: need('LIKENESS_S3_ACCESS_KEY', variable('LIKENESS_S3_ACCESS_KEY')),
    secretKey: need('LIKENESS_S3_SECRET_KEY', secretVariable('LIKENESS_S3_SECRET_KEY')),
    prefix: prefix === '' ? '' : `${prefix}/`,
    pathStyle: style === 'path',
  };
}

/**
 * Bytes that local copies of a bucket's files may take: `LIKENESS_CACHE_GB`, else 50 GB.
 *
 * @throws LikenessError `blobs.settings`
 */
export function cacheLimit(): number {
  const text = variable('LIKENESS_CACHE_GB');
  const value = Number(text ?? CACHE_GB);
  if (!(value >= 0)) throw wrong(`LIKENESS_CACHE_GB is "${text}".`, 'Give a number of gigabytes.');
  return value * GB;
}
