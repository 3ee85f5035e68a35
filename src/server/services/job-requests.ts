/** What is asked for as a job, made into one. */
import type { z } from '@hono/zod-openapi';
import type { JobInput, JobStore, NewJob, StoredFile } from '../../jobs/index.js';
import type { StudioUser } from '../auth.js';
import { HttpProblem } from '../problem.js';
import type { newJobSchema } from '../schemas/jobs.js';
import type { Media, MediaStore } from './media-store.js';
import type { Projects } from './projects.js';

type Request = z.infer<typeof newJobSchema>;

const TITLES = { analyze: 'People in', check: 'Check', verify: 'Verify' } as const;

const stored = ({ path, sha256, name }: Media): StoredFile => ({ path, sha256, name });

/** A title that people see, without what would break a line. */
const title = (words: string, name: string): string => `${words} ${name}`.replace(/\s+/g, ' ').slice(0, 160);

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
  async jobFor(request: Request, user: StudioUser): Promise<NewJob> {
    const common = { owner: user.id, priority: request.priority ?? 0 };
    if (request.kind === 'train' || request.kind === 'render') {
      const project = await this.#projects.need(request.project);
      const training = request.kind === 'train';
      const input = training
        ? await this.#projects.trainInput(project, request.route)
        : await this.#projects.renderInput(project);
      return { ...common, input, project: project.id, title: title(training ? 'Train' : 'Render', project.name) };
    }
    if (request.kind === 'report') {
      const { input, media, project, name } = await this.#report(request.job);
      return { ...common, input, media, project, title: title('Quality of', name) };
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
      title: title(TITLES[request.kind], media.name),
    };
  }
}
