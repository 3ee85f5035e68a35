/** The processes of a worker that render; each takes the next stretch of the film that it has made ready. */
import { randomUUID } from 'node:crypto';
import type { LongWork, ProgressEvent } from '../base/index.js';
import type { JobFiles } from './blobs/job-files.js';
import { JobProcess } from './child-process.js';
import { type Mate, Mates } from './mates.js';
import { askChild, type Outcome } from './outcome.js';
import type { Job, SharedPack } from './types.js';

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
  /** Lets guests take stretches of a job, from what was packed for them; false where they may not any more. */
  readonly pack: (job: Job, pack: SharedPack) => Promise<boolean>;
}

/** See the head of this file. */
export class Crew {
  readonly #files: JobFiles;
  readonly #pool: RenderPool;
  readonly #mates = new Mates<Mate>();

  constructor(files: JobFiles, pool: RenderPool) {
    this.#files = files;
    this.#pool = pool;
  }

  /** Does a step of a render. @throws LikenessError `blobs.*`, `file.*` */
  async work(job: Job, task: CrewTask): Promise<Outcome> {
    const { part, signal, onProgress, onChild } = task;
    const work = job.plan?.work ?? randomUUID();
    const mate = (await this.#mates.take(work)) ?? (await this.#hire(job, work, task));
    let stays = false;
    try {
      const known = part === 'plan' ? await this.#files.segments(job) : [];
      const release = await this.#files.bringSegments(job, this.#useful(job, part, known), { signal });
      try {
        signal?.throwIfAborted();
        onChild(mate.child);
        const key = await this.#pool.key(job.id);
        const step = { work, part, known, key, packs: await this.#packs(job, part) };
        let packing = Promise.resolve();
        const meanwhile = {
          onProgress: (event: ProgressEvent): void => onProgress?.(event),
          onPacked: (pack: SharedPack): void => {
            packing = this.#letIn(job, pack);
          },
        };
        const asked = askChild(mate.child, { type: 'job', id: job.id, input: job.input, step }, meanwhile);
        const outcome = await asked.finally(this.#files.showPreview(job, signal));
        // Nothing is put there when the job may be done already.
        await packing;
        await this.#putAway(job, outcome);
        stays = (outcome.type === 'planned' || outcome.type === 'part') && signal?.aborted !== true;
        return outcome;
      } finally {
        await release();
      }
    } finally {
      if (stays) this.#mates.rest(mate);
      else await this.#mates.dismiss(mate);
    }
  }

  /** Whether a film is to be packed: guests may come when it was planned long ago. */
  async #packs({ plan }: Job, part: CrewTask['part']): Promise<boolean> {
    return part !== 'finish' && (plan?.packed ?? null) === null && (await this.#pool.guests());
  }

  /** Puts what was packed to where guests find it. They are a help: where that fails the film is rendered without. */
  async #letIn(job: Job, pack: SharedPack): Promise<void> {
    let taken = false;
    try {
      await this.#files.keepSegments(job, pack.files);
      taken = await this.#pool.pack(job, pack);
    } catch {
      // The bucket or the database does not answer; what has to be put there says so.
    }
    if (!taken) await this.#files.dropFiles(job, pack.files).catch(() => undefined);
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

  async #hire(job: Job, work: string, { signal, onProgress }: LongWork): Promise<Mate> {
    const release = await this.#files.bring(job, { signal, onProgress });
    return { work, child: new JobProcess(() => undefined), release };
  }

  /** Sends away everybody who waits: before other work is begun, and at the end. */
  rest(): Promise<void> {
    return this.#mates.dismissAll();
  }
}
