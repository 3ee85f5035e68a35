/** What is asked for as a job, made into one. */
import type { z } from '@hono/zod-openapi';
import { plainName } from '../../consent/index.js';
import type { Job, JobInput, JobStore, NewJob, StoredFile } from '../../jobs/index.js';
import { HttpProblem } from '../problem.js';
import { type BenchRequest, LAB_PROJECT } from '../schemas/bench.js';
import type { newJobSchema } from '../schemas/jobs.js';
import type { Media, MediaStore } from './media-store.js';
import type { Projects } from './projects.js';

/** Files that are looked up at once. */
const PAGE = 200;

type Request = z.infer<typeof newJobSchema>;

/** Titles that people see, as whole templates: the pages translate them. */
const TITLES: Readonly<Record<'analyze' | 'check' | 'verify', (name: string) => string>> = {
  analyze: (name) => `People in ${name}`,
  check: (name) => `Check ${name}`,
  verify: (name) => `Verify ${name}`,
};

/** A file as jobs name it. */
const stored = ({ path, sha256, name }: Media): StoredFile => ({ path, sha256, name });

/** A title that people see, without what would break a line. */
const title = (words: string): string => plainName(words).slice(0, 160);

/** The job that looks for people in a file. */
export const analysisOf = (media: Media, owner: string): NewJob => ({
  owner,
  input: { kind: 'analyze', media: stored(media) },
  media: media.id,
  title: title(TITLES.analyze(media.name)),
});

/** Makes jobs of requests. */
export class JobRequests {
  readonly #jobs: JobStore;
  readonly #media: MediaStore;
  readonly #projects: Projects;

  constructor(jobs: JobStore, media: MediaStore, projects: Projects) {
    this.#jobs = jobs;
    this.#media = media;
    this.#projects = projects;
  }

  async #report(job: string): Promise<{ input: JobInput; media: string; project: string | null; name: string }> {
    const render = await this.#jobs.need(job);
    if (render.input.kind !== 'render' || render.state !== 'done')
      throw new HttpProblem(409, 'jobs.state', 'A report is about a render that is done.', {
        hint: 'Name the job of a finished render.',
        errors: [{ field: 'job', message: 'is no finished render' }],
      });
    if (render.input.trial !== undefined)
      throw new HttpProblem(409, 'jobs.trial', 'A report is about a whole film; this job made a part of one.', {
        hint: 'Name the job of a whole render.',
        errors: [{ field: 'job', message: 'is a trial' }],
      });
    const made = await this.#media.need(render.id);
    const { target, routes } = render.input;
    return {
      input: { kind: 'report', target, output: stored(made), routes },
      media: made.id,
      project: render.project,
      name: made.name,
    };
  }

  /**
   * The job that a request asks for.
   *
   * @throws HttpProblem `media.unknown`, `project.*`, `jobs.*`
   */
  async jobFor(request: Request, user: { readonly id: string }): Promise<NewJob> {
    const common = { owner: user.id, priority: request.priority ?? 0 };
    if (request.kind === 'train' || request.kind === 'render') {
      const project = await this.#projects.need(request.project);
      const training = request.kind === 'train';
      const input =
        request.kind === 'train'
          ? await this.#projects.trainInput(project, request.route)
          : await this.#projects.renderInput(project, request.trial);
      const { name } = project;
      const words = training ? `Train ${name}` : request.trial === undefined ? `Render ${name}` : `Trial of ${name}`;
      return { ...common, input, project: project.id, title: title(words) };
    }
    if (request.kind === 'report') {
      const { input, media, project, name } = await this.#report(request.job);
      return { ...common, input, media, project, title: title(`Quality of ${name}`) };
    }
    const media = await this.#media.need(request.media);
    if (request.kind === 'analyze' && media.kind === 'sound')
      throw new HttpProblem(422, 'jobs.sound', `${media.name} is sound; nobody can be seen in it.`, {
        hint: 'Choose a video or a picture.',
        errors: [{ field: 'media', message: 'is sound' }],
      });
    return {
      ...common,
      input: { kind: request.kind, media: stored(media) },
      media: media.id,
      title: title(TITLES[request.kind](media.name)),
    };
  }
  /**
   * The job of a bench.
   *
   * @throws HttpProblem `media.unknown`
   */
  async benchFor(request: BenchRequest, user: { readonly id: string }): Promise<NewJob> {
    const known = new Map<string, Media>();
    const ids = request.files.map(({ media }) => media);
    for (let at = 0; at < ids.length; at += PAGE)
      for (const media of await this.#media.list(ids.slice(at, at + PAGE))) known.set(media.id, media);
    const files = request.files.map(({ media, label, source, generator }, i) => {
      const found = known.get(media);
      if (found === undefined)
        throw new HttpProblem(404, 'media.unknown', 'There is no such file in the studio.', {
          errors: [{ field: `files.${i}.media`, message: 'is no file of the studio' }],
        });
      const fake = label === 'fake';
      return { ...stored(found), fake, source, generator: fake ? (generator ?? source) : null };
    });
    const { name, levels, equalise } = request;
    return {
      owner: user.id,
      input: { kind: 'bench', name, files, levels, equalise },
      title: title(`Bench ${name}`),
    };
  }
  /** Deletes the files of a bench that is forgotten, but for those that came by another way or that another bench has. */
  async forgetBench(bench: Job): Promise<void> {
    if (bench.input.kind !== 'bench') return;
    const others = (await this.#jobs.list({ kind: 'bench' })).filter(({ id }) => id !== bench.id);
    const kept = new Set(others.flatMap(({ input }) => (input.kind === 'bench' ? input.files.map((f) => f.path) : [])));
    for (const { path, sha256 } of bench.input.files) {
      const media = kept.has(path) ? null : await this.#media.bySha256(sha256);
      if (media?.project === LAB_PROJECT && media.path === path) await this.#media.remove(media);
    }
  }
}
