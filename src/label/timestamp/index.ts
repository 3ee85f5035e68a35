/** Time stamps of labels: when something was sealed, by a clock that is not the signer's. */
import { randomBytes } from 'node:crypto';
import { LikenessError } from '../../base/index.js';
import type { Stamper } from '../c2pa/cose.js';
import { requestTimestamp } from './client.js';
import { readTimestampSettings, type TimestampSettings, timestampUrl, writeTimestampSettings } from './settings.js';

export { readTimestampSettings, type TimestampSettings } from './settings.js';
export { checkToken, readToken } from './token.js';

/** Tokens of one authority differ by a few bytes: serial numbers, fractions of seconds, signatures. */
const SLACK = 160;

/** Asks for one stamp as a trial: whether the authority answers, and how long its tokens are. */
async function stamperFor(url: string): Promise<Stamper> {
  const trial = await requestTimestamp(url, randomBytes(32));
  return { room: trial.length + SLACK, stamp: (data) => requestTimestamp(url, data) };
}

/**
 * Who is to be asked for time stamps, as set; one trial stamp is asked for.
 *
 * @throws LikenessError `label.timestamp.*` where a stamp is required and cannot be had; else that is a remark
 */
export async function timestamper(): Promise<{
  readonly stamper: Stamper | null;
  readonly remarks: readonly string[];
}> {
  const settings = readTimestampSettings();
  if (settings === null) return { stamper: null, remarks: [] };
  try {
    return { stamper: await stamperFor(settings.url), remarks: [] };
  } catch (cause) {
    if (settings.required || !(cause instanceof LikenessError)) throw cause;
    return { stamper: null, remarks: [`Sealed without a time stamp. ${cause.message}`] };
  }
}

/**
 * Sets the authority to ask from now on, after one stamp was had from it; `null` asks nobody.
 *
 * @throws LikenessError `label.timestamp.*`, and the old setting stays
 */
export async function setTimestampAuthority(settings: TimestampSettings | null): Promise<void> {
  if (settings === null) {
    await writeTimestampSettings(null);
    return;
  }
  const url = timestampUrl(settings.url);
  await stamperFor(url);
  await writeTimestampSettings({ ...settings, url });
}
