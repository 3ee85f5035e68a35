/** Shapes of jobs. */
import { z } from '@hono/zod-openapi';
import { JOB_KINDS, JOB_STATES, type Job, type JobWhole, PART_STATES } from '../../jobs/index.js';
import { AGAIN, againOf } from '../services/again.js';
import { hasPreview } from '../services/preview.js';

/** A job as the API shows it. */
export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS),
    state: z.enum(JOB_STATES),
    title: z.string(),
    priority: z.int(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    attempts: z.int(),
    reason: z.string().nullable(),
    progress: z
      .object({
        stage: z.string(),
        done: z.number(),
        total: z.number(),
        unit: z.string(),
        note: z.string().nullable(),
        share: z.number().nullable(),
        secondsLeft: z.number().nullable(),
        /** Of the whole job, about, from how earlier ones went; the share never falls, the seconds never rise. */
        whole: z.object({ share: z.number(), secondsLeft: z.number().nullable() }).nullable(),
      })
      .nullable(),
    /** Whether a render makes a part only, to see early what the whole will be like. */
    trial: z.boolean(),
    /** Whether GET /jobs/{id}/preview may have a picture. */
    preview: z.boolean(),
    error: z.object({ code: z.string(), detail: z.string(), hint: z.string().nullable() }).nullable(),
    /** Of a job that failed or was cancelled: whether to start it again helps, as it is or with another setting. */
    again: z.enum(AGAIN).nullable(),
    result: z.unknown(),
    /** What a check or verification that is done came to, also where `result` is left out. */
    verdict: z.string().nullable(),
    files: z.array(z.object({ name: z.string(), type: z.string(), bytes: z.number() })),
    /** The file it looks at; of a render that is done the file it made. */
    media: z.string().nullable(),
    project: z.string().nullable(),
    /** Who asked for it, and may change it beside the owner of the studio; null where it was nobody with an account. */
    owner: z.string().nullable(),
    /** Rises with every change. */
    change: z.int(),
  })
  .openapi('Job');

/** A job with what only a look at it alone shows. */
export const jobDetailSchema = jobSchema.extend({
  /** Of a training: its log so far, thinned out. */
  curve: z.array(z.record(z.string(), z.number().nullable())).nullable(),
  /** Of a render that was shared out: its stretches, in order; none of all others. */
  parts: z.array(
    z.object({
      part: z.int(),
      state: z.enum(PART_STATES),
      frames: z.int(),
      done: z.int(),
      attempts: z.int(),
      worker: z.string().nullable(),
    }),
  ),
});

/** A list of them. */
export const jobListSchema = z.object({ items: z.array(jobSchema) }).openapi('JobList');

const priority = z.int().min(-10).max(10).optional();
const media = z.uuid('is no id of a file');

/** What job is wanted. */
export const newJobSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('analyze'), media, priority }),
    z.strictObject({ kind: z.literal('check'), media, priority }),
    z.strictObject({ kind: z.literal('verify'), media, priority }),
    z.strictObject({ kind: z.literal('train'), project: z.uuid(), route: z.int().min(0).max(100), priority }),
    z.strictObject({
      kind: z.literal('render'),
      project: z.uuid(),
      trial: z
        .strictObject({
          /** How much is made, from where the first person who is replaced comes in. */
          seconds: z.number().min(0.5).max(60),
        })
        .optional(),
      priority,
    }),
    z.strictObject({ kind: z.literal('report'), job: z.uuid(), priority }),
  ])
  .openapi('NewJob');

/** What may be changed of a job. */
export const changeJobSchema = z
  .strictObject({
    priority: z.int().min(-10).max(10).optional(),
    state: z.enum(['paused', 'queued', 'cancelled']).optional(),
  })
  .openapi('ChangeJob');

const wholeView = (whole: JobWhole | null): Omit<JobWhole, 'least'> | null =>
  whole === null ? null : { share: whole.share, secondsLeft: whole.secondsLeft };

/** A job as the API shows it. */
export function jobView(job: Job): z.infer<typeof jobSchema> {
  const { input, owner, plan: _, spent: __, course: ___, progress, createdAt, startedAt, endedAt, ...shown } = job;
  const { id, kind, state, media, files } = shown;
  return {
    ...shown,
    owner: owner.includes(':') ? null : owner,
    progress: progress === null ? null : { ...progress, whole: wholeView(progress.whole ?? null) },
    again: againOf(job),
    trial: input.kind === 'render' && input.trial !== undefined,
    files: [...files],
    media: kind === 'render' && state === 'done' ? id : media,
    preview: hasPreview(kind),
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** The same without its result, which may be long: for lists and events. */
export function jobLine(job: Job): z.infer<typeof jobSchema> {
  return { ...jobView(job), result: null };
}
