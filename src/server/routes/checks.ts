/** `/api/v1/checks`, `/api/v1/verifications`, `/api/v1/benches`: looking at files, and measuring how well. All are jobs. */
import { z } from '@hono/zod-openapi';
import type { Job, JobKind } from '../../jobs/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { benchRequestSchema } from '../schemas/bench.js';
import { body, json, problems } from '../schemas/common.js';
import { jobLine, jobListSchema, jobSchema, jobView } from '../schemas/jobs.js';
import { idParam } from '../schemas/media.js';
import type { Studio } from '../studio.js';
import { fileQuery, sendJobFile } from './events.js';
import { askFor, seenJob } from './jobs.js';

const request = z.strictObject({ media: z.uuid('is no id of a file') }).openapi('NewCheck');

interface Looking {
  readonly kind: Extract<JobKind, 'check' | 'verify' | 'bench'>;
  readonly path: string;
  readonly what: string;
}

const BENCH: Looking = {
  kind: 'bench',
  path: '/api/v1/benches',
  what: 'how well the detectors tell labelled files apart',
};

const LOOKS = [
  { kind: 'check', path: '/api/v1/checks', what: 'what detectors find, and the verdict' },
  { kind: 'verify', path: '/api/v1/verifications', what: 'what labels, watermark and the manifest store say' },
] as const;

async function seen(c: StudioContext, studio: Studio, kind: JobKind, id: string): Promise<Job> {
  const job = await seenJob(c, studio, id);
  if (job.kind !== kind) throw new HttpProblem(404, 'jobs.unknown', `There is no such ${kind}.`);
  return job;
}

const tagsOf = ({ path, kind }: Looking): string[] => [path.split('/').at(-1) ?? kind];

function addLook(api: Api, studio: Studio, look: Looking & { readonly kind: 'check' | 'verify' }): void {
  const { kind, path, what } = look;
  api.add(
    {
      method: 'post',
      path,
      tags: tagsOf(look),
      summary: `Look at a file: ${what}`,
      request: body(request),
      responses: { 201: json(jobSchema, 'The job'), ...problems },
    },
    async (c) => c.json(jobView((await askFor(c, studio, { kind, media: c.req.valid('json').media })).job), 201),
  );
  addReading(api, studio, look);
}

function addReading(api: Api, studio: Studio, look: Looking): void {
  const { kind, path } = look;
  const tags = tagsOf(look);
  api.add(
    {
      method: 'get',
      path,
      tags,
      summary: 'Those that were made, newest first: `verdict` is what each came to; the report is left out',
      responses: { 200: json(jobListSchema, 'Jobs'), ...problems },
    },
    async (c) => {
      const owner = userOf(c).role === 'subject' ? userOf(c).id : undefined;
      return c.json({ items: (await studio.jobs.list({ kind, owner })).map(jobLine) }, 200);
    },
  );
  api.add(
    {
      method: 'get',
      path: `${path}/{id}`,
      tags,
      summary: 'One of them; `result` is the report once it is done',
      request: { params: idParam },
      responses: { 200: json(jobSchema, 'The job'), ...problems },
    },
    async (c) => c.json(jobView(await seen(c, studio, kind, c.req.valid('param').id)), 200),
  );
  api.addRaw(
    {
      method: 'get',
      path: `${path}/{id}/page`,
      tags,
      summary: 'The report as a page; ?download=1 to keep it, ?language=de for one in German',
      request: { params: idParam, query: fileQuery },
      responses: { 200: { description: 'HTML', content: { 'text/html': { schema: z.unknown() } } }, ...problems },
    },
    async (c) => {
      const job = await seen(c, studio, kind, c.req.param('id') ?? '');
      return sendJobFile(studio, job, `${kind}.html`, fileQuery.parse(c.req.query()));
    },
  );
}

/** Adds the routes. */
export function addChecks(api: Api, studio: Studio): void {
  for (const look of LOOKS) addLook(api, studio, look);
  api.add(
    {
      method: 'post',
      path: BENCH.path,
      tags: tagsOf(BENCH),
      summary: `Measure ${BENCH.what}`,
      request: body(benchRequestSchema),
      responses: { 201: json(jobSchema, 'The job'), ...problems },
    },
    async (c) => {
      const user = userOf(c);
      const job = await studio.jobs.add(await studio.requests.benchFor(c.req.valid('json'), user));
      await studio.decisions.add(user, 'jobs.bench', job.id, {});
      return c.json(jobView(job), 201);
    },
  );
  addReading(api, studio, BENCH);
}
