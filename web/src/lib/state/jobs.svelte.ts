/** All jobs of the studio, kept up to date by its stream of events. One stream for the whole page. */
import { SvelteMap } from 'svelte/reactivity';
import { API, api } from '../api/client';
import type { Items, Job } from '../api/types';
import { lost, onReconnect, reached } from './connection.svelte';
import { isEnded } from './ended.svelte';
import { loadSession } from './session.svelte';

const known = new SvelteMap<string, Job>();
let stream: EventSource | null = null;
let listeners = 0;

/** Nobody may be signed in any more: then the stream waits for that, else it is tried again. */
async function refused(): Promise<void> {
  await loadSession().catch(() => null);
  if (!isEnded()) lost();
}

function open(): void {
  stream?.close();
  stream = new EventSource(`${API}/events`);
  stream.onopen = reached;
  stream.onerror = () => {
    // The browser tries again by itself, unless the studio refused.
    if (stream?.readyState === EventSource.CLOSED && !isEnded()) void refused();
  };
  stream.addEventListener('job', (event: MessageEvent<string>) => {
    const job = JSON.parse(event.data) as Job;
    // What comes by the stream lacks the result, which may be long: one that is known is kept.
    const before = known.get(job.id);
    known.set(job.id, {
      ...before,
      ...job,
      result: job.result ?? (job.state === 'done' ? (before?.result ?? null) : null),
    });
  });
}

/** Listens while a part of the page needs it. Returns what ends that. */
export function listen(): () => void {
  listeners++;
  if (listeners === 1) open();
  const again = onReconnect(open);
  return () => {
    again();
    listeners--;
    if (listeners > 0) return;
    stream?.close();
    stream = null;
  };
}

/** Loads a job as it is now. */
export async function loadJob(id: string): Promise<Job> {
  const job = await api<Job>(`/jobs/${id}`);
  known.set(id, job);
  return job;
}

/** Loads all jobs. */
export async function loadJobs(): Promise<void> {
  const { items } = await api<Items<Job>>('/jobs');
  const there = new Set(items.map(({ id }) => id));
  for (const id of known.keys()) if (!there.has(id)) known.delete(id);
  for (const job of items) known.set(job.id, job);
}

/** A job, as far as it is known. */
export function job(id: string): Job | undefined {
  return known.get(id);
}

/** All jobs, newest first. */
export function jobs(): Job[] {
  return [...known.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** Takes a job that an answer brought. */
export function keepJob(fresh: Job): void {
  known.set(fresh.id, fresh);
}

/** Forgets a job that was deleted. */
export function dropJob(id: string): void {
  known.delete(id);
}

/** Whether a job has come to its end. */
export const isOver = ({ state }: Job): boolean => state === 'done' || state === 'failed' || state === 'cancelled';
