/** What a bucket refuses, in words. Nothing of the answer but its code is shown: the rest may tell of keys. */
import { LikenessError } from '../../base/index.js';
import type { BucketSettings } from './settings.js';

type Words = readonly [code: string, what: string, hint: string];

/** By the code of S3, or of a server that speaks it. */
const REFUSALS: Readonly<Record<string, Words>> = {
  NoSuchBucket: ['bucket', 'there is no such bucket', 'Make the bucket, or mend LIKENESS_S3_BUCKET.'],
  AccessDenied: ['access', 'access is denied', 'Let the key list, read, write and delete in this bucket.'],
  AllAccessDisabled: ['access', 'access is denied', 'Let the key list, read, write and delete in this bucket.'],
  InvalidAccessKeyId: ['access', 'the access key is not known there', 'Mend LIKENESS_S3_ACCESS_KEY.'],
  SignatureDoesNotMatch: ['access', 'the secret key is not that of the access key', 'Mend LIKENESS_S3_SECRET_KEY.'],
  ExpiredToken: ['access', 'the key has ended', 'Make a new key.'],
  RequestTimeTooSkewed: [
    'clock',
    'the clock of this machine is wrong by more than the server allows',
    'Set the clock; let the machine keep it by NTP.',
  ],
  AuthorizationHeaderMalformed: ['region', 'the region is another one', 'Mend LIKENESS_S3_REGION.'],
  PermanentRedirect: [
    'region',
    'the bucket is asked for elsewhere',
    'Mend LIKENESS_S3_REGION and LIKENESS_S3_ENDPOINT.',
  ],
  TemporaryRedirect: [
    'region',
    'the bucket is asked for elsewhere',
    'Mend LIKENESS_S3_REGION and LIKENESS_S3_ENDPOINT.',
  ],
  QuotaExceeded: ['full', 'it is full', 'Delete files, or give it more room.'],
  XMinioStorageFull: ['full', 'its disk is full', 'Delete files, or give it more room.'],
  SlowDown: ['busy', 'it is asked too much', 'Try again later.'],
  NoSuchKey: ['missing', 'the file is not there', 'It was deleted, or the bucket or the prefix is another one.'],
};

/** By the status, where an answer has no code: those to `HEAD`. */
const BY_STATUS: Readonly<Record<number, string>> = { 301: 'PermanentRedirect', 403: 'AccessDenied', 404: 'NoSuchKey' };

/** By the code of Node.js. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no machine of this name',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped answering',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  CERT_HAS_EXPIRED: 'its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; NODE_EXTRA_CA_CERTS can name one to trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody known; NODE_EXTRA_CA_CERTS can name one to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by nobody known; NODE_EXTRA_CA_CERTS can name one to trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/**
 * The error for an answer that is none of the expected ones.
 *
 * @param body of the answer, as far as it was read
 * @param doing `reading media/x/y.mp4`
 */
export function refusalOf(
  { bucket, endpoint: { host } }: BucketSettings,
  status: number,
  body: string,
  doing: string,
): LikenessError {
  const named = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  const code = named ?? BY_STATUS[status] ?? '';
  const words = REFUSALS[code];
  if (words === undefined)
    return new LikenessError(
      'blobs.failed',
      `The bucket ${bucket} at ${host} answered ${code === '' ? status : `${status} ${code}`} (${doing}).`,
      {
        hint: 'Look at the log of that server.',
      },
    );
  const [kind, what, hint] = words;
  return new LikenessError(`blobs.${kind}`, `The bucket ${bucket} at ${host}: ${what} (${doing}).`, { hint });
}

function codeOf(thrown: unknown): string {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string') return code;
    const [first] = at instanceof AggregateError ? (at.errors as readonly unknown[]) : [];
    if (first !== undefined) return codeOf(first);
  }
  return '';
}

/** The error for a server that could not be asked. */
export function unreachable(
  { bucket, endpoint: { host } }: BucketSettings,
  thrown: unknown,
  doing: string,
): LikenessError {
  const code = codeOf(thrown);
  const why = UNREACHABLE[code] ?? (code === '' ? 'it cannot be reached' : `it cannot be reached, ${code}`);
  return new LikenessError('blobs.unreachable', `The bucket ${bucket} at ${host}: ${why} (${doing}).`, {
    hint: 'Look whether that server runs and LIKENESS_S3_ENDPOINT is right.',
  });
}
