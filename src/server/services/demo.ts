/**
 * The guided demo: two drawn people sign, a pair is trained, a labelled swap is rendered and measured. Each step is a job
 * like any other; when one is done, the next is asked for, also after a restart in between.
 */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LikenessError, messageOf, sha256File } from '../../base/index.js';
import {
  type BlobStore,
  type CastMember,
  type Database,
  dataFolder,
  type Job,
  type JobFeed,
  type JobStore,
  projectFileSchema,
} from '../../jobs/index.js';
import type { Log } from '../log.js';
import type { JobRequests } from './job-requests.js';
import type { Media, MediaStore } from './media-store.js';
import type { Projects } from './projects.js';

/** The jobs of the demo, in order. */
export const DEMO_STEPS = ['cast', 'train', 'render', 'report'] as const;
/** One of {@link DEMO_STEPS}. */
export type DemoStep = (typeof DEMO_STEPS)[number];

/** What is kept of a demo, among the settings. */
interface Kept {
  readonly owner: string;
  readonly minutes: number;
  readonly project: string | null;
  readonly jobs: Partial<Record<DemoStep, string>>;
}

/** How the demo stands. */
export interface DemoView {
  readonly project: string | null;
  /** In order; null where a step has not begun. */
  readonly steps: readonly { readonly step: DemoStep; readonly job: Job | null }[];
}

/** Owner of what a demo makes that the command began before anybody signed in. */
export const DEMO_OWNER = 'demo';
const NAME = 'Guided demo';
/** Minutes of training. */
const MINUTES = 2;

interface Parts {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly jobs: JobStore;
  readonly feed: JobFeed;
  readonly media: MediaStore;
  readonly projects: Projects;
  readonly requests: JobRequests;
  readonly log: Log;
}

/** See the head of this file. */
export class Demo {
  readonly #parts: Parts;
  #turn: Promise<unknown> = Promise.resolve();
  #stop: (() => void) | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async #kept(): Promise<Kept | null> {
    const rows = await this.#parts.db.query<{ value: Kept }>("SELECT value FROM studio_settings WHERE name = 'demo'");
    return rows[0]?.value ?? null;
  }

  async #keep(kept: Kept): Promise<void> {
    await this.#parts.db.query(
      `INSERT INTO studio_settings (name, value) VALUES ('demo', $1::jsonb)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [JSON.stringify(kept)],
    );
  }

  /** How the demo stands, or null where nobody has begun one. */
  async view(): Promise<DemoView | null> {
    const kept = await this.#kept();
    if (kept === null) return null;
    const steps = [];
    for (const step of DEMO_STEPS) {
      const id = kept.jobs[step];
      steps.push({ step, job: id === undefined ? null : await this.#parts.jobs.get(id) });
    }
    return { project: kept.project, steps };
  }

  /**
   * Begins the demo, or goes on with it. What an older one made stays.
   *
   * @param how `keep` leaves a finished demo as it is, `again` renders it once more, `fresh` begins with other people's records
   * @param minutes of training, for a demo that begins here
   */
  async begin(owner: string, how: 'keep' | 'again' | 'fresh' = 'keep', minutes = MINUTES): Promise<DemoView> {
    const before = how === 'fresh' ? null : await this.view();
    const kept = before === null ? null : await this.#kept();
    // Where somebody deleted the first job, nothing is left to go on from.
    if (before === null || kept === null || before.steps[0]?.job == null) {
      // A second click on the button that begins it casts nobody else.
      const begun = { input: { kind: 'cast' as const }, title: `${NAME}: two drawn people`, owner };
      const { job: cast } = await this.#parts.jobs.addOnce(begun);
      await this.#keep({ owner, minutes, project: null, jobs: { cast: cast.id } });
    } else if (how === 'again') await this.#again(before, kept);
    this.#listen();
    return (await this.view()) as DemoView;
  }

  async #again({ steps }: DemoView, kept: Kept): Promise<void> {
    const { jobs } = this.#parts;
    for (const { job } of steps)
      if (job?.state === 'paused') await jobs.resume(job.id);
      else if (job?.state === 'failed' || job?.state === 'cancelled') await jobs.retry(job.id, null);
    const { cast, train } = kept.jobs;
    if (cast !== undefined && train !== undefined && steps.every(({ job }) => job?.state === 'done'))
      await this.#keep({ ...kept, jobs: { cast, train } });
  }

  /** Goes on with a demo that was under way when the studio was closed. */
  async resume(): Promise<void> {
    const view = await this.view();
    if (view?.steps.some(({ job }) => job?.state !== 'done')) this.#listen();
  }

  /** Asks for the next step whenever one is done, until the last is. */
  #listen(): void {
    const next = (): void => {
      this.#turn = this.#turn
        .then(() => this.#advance())
        .catch((cause: unknown) => this.#parts.log('warn', 'demo', { problem: messageOf(cause) }));
    };
    this.#stop ??= this.#parts.feed.listen((job) => {
      if (job.state === 'done' && DEMO_STEPS.some((step) => step === job.kind)) next();
    });
    next();
  }

  async #advance(): Promise<void> {
    const { jobs, requests } = this.#parts;
    const kept = await this.#kept();
    const view = await this.view();
    if (kept === null || view === null) return;
    const at = view.steps.findLastIndex(({ job }) => job !== null);
    const job = view.steps[at]?.job ?? null;
    const next = view.steps[at + 1]?.step;
    if (job?.state !== 'done') return;
    if (next === undefined) {
      this.#stop?.();
      this.#stop = null;
      return;
    }
    const owner = { id: kept.owner };
    const project = kept.project ?? (await this.#project(job, kept));
    const request =
      next === 'train'
        ? ({ kind: 'train', project, route: 0 } as const)
        : next === 'render'
          ? ({ kind: 'render', project } as const)
          : ({ kind: 'report', job: job.id } as const);
    const { id } = await jobs.add(await requests.jobFor(request, owner));
    await this.#keep({ ...kept, project, jobs: { ...kept.jobs, [next]: id } });
  }

  /** Takes a drawn clip into the media of the studio, unless it is there. */
  async #takeIn(cast: string, clip: string, owner: string): Promise<Media> {
    const { blobs, media } = this.#parts;
    const path = await blobs.bring(`jobs/${cast}/${clip}`, null);
    const known = await media.bySha256(await sha256File(path));
    if (known !== null) return known;
    const id = randomUUID();
    const arrived = join(dataFolder(), 'uploads', id);
    await mkdir(join(dataFolder(), 'uploads'), { recursive: true, mode: 0o700 });
    await copyFile(path, arrived);
    await media.takeIn({ id, path: arrived, name: clip, owner, project: null });
    return media.need(id);
  }

  /** Makes the project of the demo out of its cast. */
  async #project(cast: Job, { owner, minutes }: Kept): Promise<string> {
    const { jobs, projects, requests } = this.#parts;
    const { members } = cast.result as { members: readonly CastMember[] };
    const [source, target] = members;
    if (source === undefined || target === undefined)
      throw new LikenessError('demo.cast', 'The demo has no cast.', { hint: 'Begin it anew.' });
    const clips = [];
    for (const { clip } of [source, target]) {
      const media = await this.#takeIn(cast.id, clip, owner);
      if (media.people === null)
        await jobs.add(await requests.jobFor({ kind: 'analyze', media: media.id }, { id: owner }));
      clips.push({ sha256: media.sha256, name: media.name });
    }
    const [from, to] = clips;
    const file = projectFileSchema.parse({
      name: NAME,
      target: to,
      routes: [
        {
          person: 1,
          engine: 'gan',
          source: from,
          sourcePerson: 1,
          sourceConsent: source.consent,
          targetConsent: target.consent,
          training: { preset: 'standard', minutes },
        },
      ],
    });
    return (await projects.add(file, owner)).id;
  }
}
