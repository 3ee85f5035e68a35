/** Looking for people in a file: asked for once, waited for by the stream of events. */
import { api } from '../api/client';
import type { Job, Media } from '../api/types';
import { keepJob } from '../state/jobs.svelte';

/** Starts the job, unless the people are known. Gives its id, or null. */
export async function lookForPeople(media: Media): Promise<string | null> {
  if (media.people !== null) return null;
  const job = await api<Job>('/jobs', { body: { kind: 'analyze', media: media.id } });
  keepJob(job);
  return job.id;
}
