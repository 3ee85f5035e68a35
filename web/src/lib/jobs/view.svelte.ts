/** What a page about one job, or about all of a kind, needs: loading, following, deleting. */
import { goto } from '$app/navigation';
import { api, asApiError } from '../api/client';
import type { Items, Job } from '../api/types';
import { dropJob, job, keepJob, listen, loadJob } from '../state/jobs.svelte';
import { toast } from '../state/toasts.svelte';

/** One job with its result, followed while its page is open; to be made where a component begins. */
export class JobView<R> {
  readonly #id: () => string;
  /** Why it could not be loaded. */
  failure = $state.raw<unknown>(null);
  /** Whether deleting is being asked about. */
  deleting = $state(false);

  constructor(id: () => string) {
    this.#id = id;
    $effect(() => {
      void this.load();
      return listen();
    });
    // What comes by the stream lacks the result, which may be long; it is asked for once the job is done.
    $effect(() => {
      if (this.job?.state === 'done' && this.job.result === null) void this.load();
    });
  }

  get id(): string {
    return this.#id();
  }

  /** The job, as far as it is known. */
  get job(): Job | undefined {
    return job(this.id);
  }

  /** What it came to; null until it is done. */
  get result(): R | null {
    return this.job?.state === 'done' ? (this.job.result as R | null) : null;
  }

  load = async (): Promise<void> => {
    this.failure = null;
    try {
      await loadJob(this.id);
    } catch (thrown) {
      this.failure = thrown;
    }
  };

  /** Forgets the job, and goes to a page with a word on it. */
  async remove(to: string, words: string): Promise<void> {
    try {
      await api(`/jobs/${this.id}`, { method: 'DELETE' });
      dropJob(this.id);
      toast(words, 'good');
      await goto(to);
    } catch (thrown) {
      this.deleting = false;
      toast(asApiError(thrown).message, 'bad');
    }
  }
}

/** All jobs of a kind, each as it is now; to be made where a component begins. */
export class JobList {
  readonly #path: string;
  #items = $state.raw<readonly Job[] | null>(null);
  /** Why they could not be loaded. */
  failure = $state.raw<unknown>(null);

  /** @param path of the list, below the API */
  constructor(path: string) {
    this.#path = path;
    $effect(() => {
      void this.load();
      return listen();
    });
  }

  /** Newest first; null until they are loaded. */
  get items(): readonly Job[] | null {
    return this.#items?.map((each) => job(each.id) ?? each) ?? null;
  }

  load = async (): Promise<void> => {
    try {
      const { items } = await api<Items<Job>>(this.#path);
      for (const each of items) keepJob(each);
      this.#items = items;
      this.failure = null;
    } catch (thrown) {
      this.failure = thrown;
    }
  };
}
