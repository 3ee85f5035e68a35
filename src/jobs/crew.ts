/**
 * The processes of a worker that render. To make everything ready for a film takes seconds; a process that has, stays for a
 * while when its stretch is finished, and takes the next one of the same film.
 */
import { randomUUID } from 'node:crypto';
import type { LongWork, ProgressEvent } from '../base/index.js';
import type { JobFiles } from './blobs/job-files.js';
import { JobProcess } from './child-process.js';
import { askChild, type Outcome } from './outcome.js';
import type { Job } from './types.js';

/** Milliseconds that a process waits for the next stretch. */
const IDLE = 5000;

interface Mate {
  readonly work: string;
  readonly child: JobProcess;
  /** Lets go of the files that it works from. */
  readonly release: () => Promise<void>;
  timer: NodeJS.Timeout | null;
}

/** What is asked of a crew. */
export interface CrewTask extends LongWork {
  readonly part: 'plan' | 'finish' | number;
  /** Told which process works on it. */
  readonly onChild: (child: JobProcess) => void;
}

/** What a crew has to know of all who take part in renders. */
export interface RenderPool {
  /** The key of a job, locked. */
  readonly key: (job: string) => Promise<string>;
  /** Whether there are guests that could take stretches. */
  readonly guests: () => Promise<boolean>;
}

const nothing = (): undefined => undefined;

/** See the head of this file. */
export class Crew {
  readonly #files: JobFiles;
  readonly #pool: RenderPool;
  readonly #idle = new Set<Mate>();

  constructor(files: JobFiles, pool: RenderPool) {
    this.#files = files;
    this.#pool = pool;
  }

  /** Does a step of a render. @throws LikenessError `blobs.*`, `file.*` */
  async work(job: Job, task: CrewTask): Promise<Outcome> {
    const { part, signal, onProgress, onChild } = task;
    const work = job.plan?.work ?? randomUUID();
    const mate = (await this.#take(work)) ?? (await this.#hire(job, work, task));
    let stays = false;
    try {
      const known = part === 'plan' ? await this.#files.segments(job) : [];
      const release = await this.#files.bringSegments(job, this.#useful(job, part, known), { signal });
      try {
        signal?.throwIfAborted();
        onChild(mate.child);
        const key = await this.#pool.key(job.id);
        const step = { work, part, known, key, packs: part === 'plan' && (await this.#pool.guests()) };
        const tell = (event: ProgressEvent): void => onProgress?.(event);
        const asked = askChild(mate.child, { type: 'job', id: job.id, input: job.input, step }, tell);
        const outcome = await asked.finally(this.#files.showPreview(job, signal));
        await this.#putAway(job, outcome);
        stays = (outcome.type === 'planned' || outcome.type === 'part') && signal?.aborted !== true;
        return outcome;
      } finally {
        await release();
      }
    } finally {
      if (stays) this.#rest(mate);
      else await this.#dismiss(mate);
    }
  }

  /** Names of files in the folder of segments that a step has a use for. */
  #useful(job: Job, part: CrewTask['part'], known: readonly string[]): readonly string[] {
    if (part === 'plan') return known.filter((name) => name.endsWith('.plan'));
    const { file = '', stretches = [] } = job.plan ?? {};
    const of = part === 'finish' ? stretches : stretches.filter(({ index }) => index === part);
    return [file, ...of.flatMap(({ files }) => files)];
  }

  /** What came out is where others see it before it counts as done. */
  async #putAway(job: Job, outcome: Outcome): Promise<void> {
    const files = this.#files;
    if (outcome.type === 'planned') {
      const { file, packed } = outcome.plan;
      await files.keepSegments(job, [file, ...(packed?.files ?? [])]);
    } else if (outcome.type === 'part') await files.keepSegments(job, outcome.files);
    else if (outcome.type === 'done') {
      await files.keep(job, outcome.result);
      await files.dropSegments(job);
    } else if (outcome.error.code.startsWith('consent.')) await files.dropSegments(job);
  }

  /** A process that is ready for this film; those that are ready for others are sent away, for their memory. */
  async #take(work: string): Promise<Mate | null> {
    let found: Mate | null = null;
    for (const mate of [...this.#idle])
      if (mate.work === work && found === null) {
        this.#idle.delete(mate);
        if (mate.timer !== null) clearTimeout(mate.timer);
        found = mate;
      } else if (mate.work !== work) await this.#dismiss(mate);
    return found;
  }

  async #hire(job: Job, work: string, { signal, onProgress }: LongWork): Promise<Mate> {
    const release = await this.#files.bring(job, { signal, onProgress });
    return { work, child: new JobProcess(nothing), release, timer: null };
  }

  #rest(mate: Mate): void {
    mate.child.listen(nothing);
    this.#idle.add(mate);
    mate.timer = setTimeout(() => void this.#dismiss(mate), IDLE);
    // One that dies while it waits is of no use for the next stretch.
    void mate.child.ended.then(() => this.#dismiss(mate));
  }

  async #dismiss(mate: Mate): Promise<void> {
    this.#idle.delete(mate);
    if (mate.timer !== null) clearTimeout(mate.timer);
    mate.child.end();
    await mate.child.ended;
    await mate.release();
  }

  /** Sends away everybody who waits: before other work is begun, and at the end. */
  async rest(): Promise<void> {
    await Promise.all([...this.#idle].map((mate) => this.#dismiss(mate)));
  }
}
