import { api } from '../api/client';
import type { Job } from '../api/types';

/** What a render that is done has to say of itself; lists of jobs leave that out. */
export async function remarksOf(job: string): Promise<string[]> {
  const { result } = await api<Job>(`/jobs/${job}`);
  const said: unknown = typeof result === 'object' && result !== null && 'remarks' in result ? result.remarks : [];
  return Array.isArray(said) ? said.map(String) : [];
}
