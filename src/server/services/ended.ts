/**
 * What consent records say is to go once they have ended: recordings of people on the day that was named, faces and nets of pairs.
 * Each machine deletes what lies on its own disk; the studio also clears the copies in the bucket.
 */
import { basename } from 'node:path';
import { sweepEvidence } from '../../consent/index.js';
import type { BlobStore } from '../../jobs/index.js';
import { sweepPairs } from '../../synth/swap/index.js';

/** One round; how many of each. */
export async function sweepConsents(blobs: BlobStore, now: Date): Promise<{ recordings: number; pairs: number }> {
  const recordings = (await sweepEvidence(now)).length;
  const { deleted, elsewhere } = await sweepPairs(now);
  if (blobs.shared)
    for (const { path } of [...deleted, ...elsewhere]) await blobs.removeFolder(`training/${basename(path)}`);
  return { recordings, pairs: deleted.length };
}
