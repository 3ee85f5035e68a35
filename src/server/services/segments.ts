/** Finished segments of renders that were given up: they are kept for a while, so that the job can be started again. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, dataFolder, type JobStore, segmentsPath } from '../../jobs/index.js';

/** Milliseconds after which nobody comes back to them. */
const FORGET = 7 * 86_400_000;

/** Deletes the segments of a job, here and in the bucket. */
export async function forgetSegments(blobs: BlobStore, job: string): Promise<void> {
  await rm(join(dataFolder(), segmentsPath(job)), { recursive: true, force: true });
  await blobs.removeFolder(segmentsPath(job));
}

/** When a job's segments were last written to, or null where it has none. */
async function writtenAt(job: string): Promise<number | null> {
  const folder = join(dataFolder(), segmentsPath(job));
  const names = await readdir(folder).catch(() => null);
  if (names === null) return null;
  let latest = 0;
  for (const name of ['', ...names]) {
    const facts = await stat(join(folder, name)).catch(() => null);
    latest = Math.max(latest, facts?.mtimeMs ?? 0);
  }
  return latest;
}

/**
 * Deletes segments that are a week old, of jobs that have ended or that are not known any more.
 *
 * @returns of how many jobs
 */
export async function sweepSegments(blobs: BlobStore, jobs: JobStore, now: number): Promise<number> {
  let gone = 0;
  for (const job of await readdir(join(dataFolder(), 'jobs')).catch(() => [])) {
    const at = await writtenAt(job);
    if (at === null || now - at < FORGET) continue;
    const state = (await jobs.get(job))?.state;
    if (state === 'queued' || state === 'running') continue;
    await forgetSegments(blobs, job);
    await jobs.keys.forget(job);
    gone++;
  }
  // Those whose segments lie in a bucket alone.
  await jobs.keys.sweep(FORGET);
  return gone;
}
