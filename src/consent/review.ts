/**
 * What a person says of a captured recording. Some things no net that ships can check (that the three words were said),
 * so a record from a live capture allows nothing until a person with a key of their own has looked and signed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LikenessError, likenessHome, writeAtomic } from '../base/index.js';
import { appendAudit, readAudit } from './audit.js';
import { canonicalBytes } from './canonical.js';
import { verifyWith } from './did.js';
import { parseJson } from './json.js';
import type { SigningKey } from './keys.js';
import { type ConsentRecord, type Review, reviewSchema } from './record.js';
import type { RuleCheck } from './rules.js';

/** What a review is signed over. */
export function reviewedBytes(captureHash: string, review: Omit<Review, 'value'>): Uint8Array {
  const { by, at, accepted, note } = review;
  return canonicalBytes({ type: 'LikenessCaptureReview', captureHash, by, at, accepted, note });
}

/** Whether a review is about this capture and by the key it names. */
export function reviewHolds(captureHash: string, review: Review): boolean {
  return verifyWith(review.by, reviewedBytes(captureHash, review), review.value);
}

const pathOf = (captureHash: string): string =>
  join(likenessHome(), 'captures', `${captureHash.slice('sha256:'.length)}.review.json`);

/** The review of a capture that is kept here, or `null`. */
export function knownReview(captureHash: string): Review | null {
  const path = pathOf(captureHash);
  if (!existsSync(path)) return null;
  try {
    const review = reviewSchema.parse(parseJson(readFileSync(path, 'utf8'), path));
    return reviewHolds(captureHash, review) ? review : null;
  } catch {
    // What cannot be read is no review.
    return null;
  }
}

/**
 * Signs a review and keeps it. A later one takes the place of an earlier one; the audit log has both.
 *
 * @throws LikenessError `consent.review` for a capture that this machine did not make, or that failed
 */
export async function signReview(captureHash: string, accepted: boolean, key: SigningKey, note = ''): Promise<Review> {
  if (!/^sha256:[0-9a-f]{64}$/.test(captureHash))
    throw new LikenessError('consent.review', `"${captureHash}" names no capture.`, {
      hint: 'Name the *.capture.json that "likeness consent capture" wrote.',
    });
  // A report is not signed: the log is what tells a real one from one that was written by hand.
  const made = (await readAudit()).find((e) => e.kind === 'capture' && e.facts['capture'] === captureHash);
  if (made === undefined || made.facts['outcome'] !== 'pending')
    throw new LikenessError(
      'consent.review',
      made === undefined
        ? 'This capture was not made on this machine, or was changed afterwards.'
        : 'This capture failed its checks; there is nothing to review.',
      { hint: 'Review captures where they were made, or ask for a new challenge.' },
    );
  const said = { by: key.did, at: `${new Date().toISOString().slice(0, 19)}Z`, accepted, note };
  const review: Review = { ...said, value: key.sign(reviewedBytes(captureHash, said)) };
  await writeAtomic(pathOf(captureHash), `${JSON.stringify(review, null, 2)}\n`);
  await appendAudit('review', { capture: captureHash, by: key.did, accepted });
  return review;
}

/** The rule `consent.evidence`. */
export function evidenceCheck({ subject, evidence }: ConsentRecord): RuleCheck {
  const rule = 'consent.evidence';
  if (evidence === null || evidence.method === 'referenceFootage')
    return { rule, passed: true, found: 'it rests on its signatures; nobody was filmed for it' };
  const todo = 'Have the recording reviewed: likeness consent review <capture> --key <reviewer> --accept.';
  const fails = (found: string): RuleCheck => ({ rule, passed: false, found, todo });
  if (subject.deceased) return fails('it speaks of a live capture of someone who is dead');
  const { captureHash } = evidence;
  if (captureHash === null) return fails('it speaks of a live capture and names none');
  const review = evidence.review ?? knownReview(captureHash);
  if (review === null) return fails('the review of its live capture is pending');
  if (!reviewHolds(captureHash, review)) return fails('the review of its live capture is not by the key it names');
  if (review.by === subject.did || review.by === subject.representative?.did)
    return fails('its live capture was reviewed by the subject');
  return review.accepted
    ? { rule, passed: true, found: `its live capture was reviewed on ${review.at} and accepted` }
    : fails(`its live capture was reviewed on ${review.at} and not accepted`);
}
