/**
 * What consent records say is to go once they have ended: recordings of people on the day that was named, faces and nets of pairs.
 * Each machine deletes what lies on its own disk; the studio also clears the copies in the bucket.
 */
import { basename } from 'node:path';
import { messageOf } from '../../base/index.js';
import { sweepEvidence } from '../../consent/index.js';
import type { BlobStore } from '../../jobs/index.js';
import { sweepPairs } from '../../synth/swap/index.js';
import type { Log } from '../log.js';

const EVERY = 3_600_000;

/** One round; how many of each. */
export async function sweepConsents(blobs: BlobStore, now: Date): Promise<{ recordings: number; pairs: number }> {
  const recordings = (await sweepEvidence(now)).length;
  const { deleted, elsewhere } = await sweepPairs(now);
  if (blobs.shared)
    for (const { path } of [...deleted, ...elsewhere]) await blobs.removeFolder(`training/${basename(path)}`);
  return { recordings, pairs: deleted.length };
}

/** One round now and one every hour, for a worker on its own. */
export function keepSweeping(blobs: BlobStore, log: Log): { stop(): void } {
  const round = (): void => {
    sweepConsents(blobs, new Date())
      .then((swept) => {
        if (swept.recordings + swept.pairs > 0) log('info', 'swept', swept);
      })
      .catch((cause: unknown) => log('warn', 'sweep', { problem: messageOf(cause) }));
  };
  round();
  const timer = setInterval(round, EVERY);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
