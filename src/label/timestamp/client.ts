/** Asking a time-stamp authority over HTTP (RFC 3161, 3.4). Only a hash leaves this machine. */
import { createHash, randomBytes } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { MessageImprint, PKIStatus, TimeStampReq, TimeStampResp } from '@peculiar/asn1-tsp';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { LikenessError, messageOf } from '../../base/index.js';
import { checkToken } from './token.js';

const SHA256 = '2.16.840.1.101.3.4.2.1';
/** An answer takes a few kilobytes; more is none. */
const MOST = 64 * 1024;
const PATIENCE = 20_000;
/** A stamp may be this many milliseconds from the clock of this machine. */
const SKEW = 5 * 60_000;

const hint =
  'Check the address and the network: likeness label timestamp show. To go on without: likeness label timestamp off.';

async function post(url: string, body: Uint8Array): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: Uint8Array.from(body),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (cause) {
    const under = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new LikenessError(
      'label.timestamp.unreachable',
      `The time-stamp authority ${url} cannot be reached: ${messageOf(under)}.`,
      {
        hint,
        cause,
      },
    );
  }
  const refuse = (why: string, cause?: unknown): LikenessError =>
    new LikenessError('label.timestamp.answer', `The time-stamp authority ${url} ${why}.`, { hint, cause });
  if (!response.ok) {
    await response.body?.cancel();
    throw refuse(`answered ${response.status} ${response.statusText}`.trimEnd());
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > MOST) throw refuse(`answered with more than ${MOST / 1024} KB`);
      parts.push(part);
    }
  } catch (cause) {
    throw cause instanceof LikenessError ? cause : refuse(`broke off: ${messageOf(cause)}`, cause);
  }
  return Buffer.concat(parts);
}

/**
 * A time stamp over some bytes, checked: hash, nonce, signature, and that its clock and ours agree.
 *
 * @returns the TimeStampToken, DER
 * @throws LikenessError `label.timestamp.unreachable|answer|invalid|clock`
 */
export async function requestTimestamp(url: string, data: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(8);
  // A positive number without leading zeros has one encoding only.
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40;
  const request = new TimeStampReq({
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256, parameters: null }),
      hashedMessage: new OctetString(createHash('sha256').update(data).digest()),
    }),
    nonce: Uint8Array.from(nonce).buffer,
    certReq: true,
  });
  const answer = await post(url, new Uint8Array(AsnConvert.serialize(request)));
  const refuse = (why: string, cause?: unknown): LikenessError =>
    new LikenessError('label.timestamp.answer', `The time-stamp authority ${url} ${why}.`, { hint, cause });
  let response: TimeStampResp;
  try {
    response = AsnConvert.parse(answer, TimeStampResp);
  } catch (cause) {
    throw refuse('answered with something else than a time stamp', cause);
  }
  const { status } = response.status;
  if ((status !== PKIStatus.granted && status !== PKIStatus.grantedWithMods) || response.timeStampToken === undefined)
    throw refuse(`refused (status ${status})`);
  const token = new Uint8Array(AsnConvert.serialize(response.timeStampToken));
  const { time, nonce: echoed } = checkToken(token, data);
  if (echoed === null || !nonce.equals(echoed)) throw refuse('answered an older question (the nonce differs)');
  const off = time.getTime() - Date.now();
  if (Math.abs(off) > SKEW)
    throw new LikenessError(
      'label.timestamp.clock',
      `The clock of this machine and that of ${url} are ${Math.round(Math.abs(off) / 60_000)} minutes apart.`,
      { hint: 'Set the clock of this machine, then run the command again.' },
    );
  return token;
}
