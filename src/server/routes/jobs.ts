/** `/api/v1/jobs`: work under way, and asking for it. */
import { z } from '@hono/zod-openapi';
import { plainName } from '../../consent/index.js';
import { JOB_KINDS, JOB_STATES, type Job } from '../../jobs/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import {
  changeJobSchema,
  jobDetailSchema,
  jobLine,
  jobListSchema,
  jobSchema,
  jobView,
  newJobSchema,
} from '../schemas/jobs.js';
import { idParam } from '../schemas/media.js';
import { inputAgain } from '../services/again.js';
import { forgetSegments } from '../services/segments.js';
import { trainingCurve } from '../services/training-curve.js';
import type { Studio } from '../studio.js';

const tags = ['jobs'];
const one = { 200: json(jobSchema, 'The job'), ...problems };

/** A job, where the person may see it; subjects see their own alone. */
export async function seenJob(c: StudioContext, studio: Studio, id: string): Promise<Job> {
  const job = await studio.jobs.get(id);
  if (job === null || (userOf(c).role === 'subject' && job.owner !== userOf(c).id))
    throw new HttpProblem(404, 'jobs.unknown', 'There is no such job.', { hint: 'It may have been deleted.' });
  return job;
}

/** A job that the person may change: their own, or any for the owner. */
async function ownJob(c: StudioContext, studio: Studio, id: string): Promise<Job> {
  const job = await seenJob(c, studio, id);
  const user = userOf(c);
  if (user.role !== 'owner' && job.owner !== user.id)
    throw new HttpProblem(403, 'jobs.owner', 'This job was started by somebody else.', {
      hint: 'They, or the owner of the studio, can change it.',
    });
  return job;
}

/** Kinds that only makers may ask for. */
const MAKING = new Set(['train', 'render', 'report']);

/** Kinds that nobody wants twice at once from the same input: a second click, or a program that lost the answer. */
const ONCE = new Set(['analyze', 'train', 'render', 'report']);

/** A job for a request, and whether it was added for that. */
export async function askFor(
  c: StudioContext,
  studio: Studio,
  request: z.infer<typeof newJobSchema>,
): Promise<{ readonly job: Job; readonly added: boolean }> {
  const user = userOf(c);
  if (MAKING.has(request.kind) && user.role !== 'owner' && user.role !== 'maker')
    throw new HttpProblem(403, 'access.role', `A ${user.role} may not make anything.`, {
      hint: 'It takes owner or maker; ask the owner of the studio.',
    });
  const wanted = await studio.requests.jobFor(request, user);
  const { job, added } = ONCE.has(request.kind)
    ? await studio.jobs.addOnce(wanted)
    : { job: await studio.jobs.add(wanted), added: true };
  if (added) await studio.decisions.add(user, `jobs.${job.kind}`, job.id, { project: job.project, media: job.media });
  return { job, added };
}

function addOne(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/jobs/{id}',
      tags,
      summary:
        'One job with its result; of a training also its loss curve so far, of a render that is shared out its parts',
      request: { params: idParam },
      responses: {
        200: json(jobDetailSchema, 'The job'),
        ...problems,
      },
    },
    async (c) => {
      const job = await seenJob(c, studio, c.req.valid('param').id);
      const curve = job.input.kind === 'train' ? await trainingCurve(job.input, studio.snapshots) : null;
      return c.json({ ...jobView(job), curve, parts: await studio.jobs.parts.list(job.id) }, 200);
    },
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/jobs/{id}',
      tags,
      summary: 'Pause, resume ("queued"), cancel, or change the priority',
      request: { params: idParam, ...body(changeJobSchema) },
      responses: one,
    },
    async (c) => {
      const { id } = await ownJob(c, studio, c.req.valid('param').id);
      const { priority, state } = c.req.valid('json');
      if (priority !== undefined) await studio.jobs.setPriority(id, priority);
      if (state === 'queued') await studio.jobs.resume(id);
      else if (state !== undefined) await studio.jobs.stop(id, state);
      await studio.decisions.add(userOf(c), 'jobs.change', id, { priority: priority ?? null, state: state ?? null });
      return c.json(jobView(await studio.jobs.need(id)), 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/jobs/{id}/retries',
      tags,
      summary: 'Start a failed or cancelled job again; what it had finished is found again',
      request: {
        params: idParam,
        ...body(
          z.strictObject({
            reason: z.string().overwrite(plainName).max(500).optional(),
            /** Of a bench that was refused: measure re-encoded copies only. */
            equalise: z.boolean().default(false),
          }),
        ),
      },
      responses: one,
    },
    async (c) => {
      const job = await ownJob(c, studio, c.req.valid('param').id);
      const { id } = job;
      const { reason, equalise } = c.req.valid('json');
      await studio.jobs.retry(id, reason ?? null, inputAgain(job, equalise));
      await studio.decisions.add(userOf(c), 'jobs.retry', id, { reason: reason ?? null, equalise });
      return c.json(jobView(await studio.jobs.need(id)), 200);
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/jobs/{id}',
      tags,
      summary: 'Forget a job that has ended; what it made stays, the files of a bench do not',
      request: { params: idParam },
      responses: { 204: { description: 'Forgotten' }, ...problems },
    },
    async (c) => {
      const job = await ownJob(c, studio, c.req.valid('param').id);
      const { id } = job;
      await studio.jobs.remove(id);
      await studio.requests.forgetBench(job);
      await forgetSegments(studio.blobs, id);
      await studio.decisions.add(userOf(c), 'jobs.delete', id);
      return c.body(null, 204);
    },
  );
}

/** Adds the routes. */
export function addJobs(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/jobs',
      tags,
      summary: 'Ask for work',
      request: body(newJobSchema),
      description:
        'Where the same training, render, report or analysis waits or runs already, from the same settings, that one is the answer, with 200.',
      responses: {
        200: json(jobSchema, 'The same job, which waits or runs already'),
        201: json(jobSchema, 'The job'),
        ...problems,
      },
    },
    async (c) => {
      const { job, added } = await askFor(c, studio, c.req.valid('json'));
      return c.json(jobView(job), added ? 201 : 200);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/jobs',
      tags,
      summary: 'Jobs, newest first, without their results',
      request: {
        query: z.object({
          state: z.enum(JOB_STATES).optional(),
          kind: z.enum(JOB_KINDS).optional(),
          project: z.uuid().optional(),
          media: z.uuid().optional(),
        }),
      },
      responses: { 200: json(jobListSchema, 'Jobs'), ...problems },
    },
    async (c) => {
      const { state, kind, project, media } = c.req.valid('query');
      const owner = userOf(c).role === 'subject' ? userOf(c).id : undefined;
      const jobs = await studio.jobs.list({ state, kind, project, media, owner });
      return c.json({ items: jobs.map(jobLine) }, 200);
    },
  );
  addOne(api, studio);
}
