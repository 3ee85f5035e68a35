/** Streams of events, previews and files of jobs. */
import { posix } from 'node:path';
import { z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { SAID_LANGUAGES, translateHtml, translatorTo } from '../../base/index.js';
import type { Job } from '../../jobs/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { problems } from '../schemas/common.js';
import { jobLine, jobView } from '../schemas/jobs.js';
import { idParam } from '../schemas/media.js';
import { hasPreview, previewOf } from '../services/preview.js';
import { sendFile } from '../services/send-file.js';
import type { Studio } from '../studio.js';
import { seenJob } from './jobs.js';

/** Streams at once. */
const STREAMS = 1000;
/** Milliseconds between two signs of life, so that proxies and browsers keep the connection. */
const PULSE = 15_000;

const stream = (description: string) => ({
  200: { description, content: { 'text/event-stream': { schema: z.unknown() } } },
  ...problems,
});

let open = 0;

/** Sends jobs as they change. The id of an event is the number of the change; whoever comes back says the last one seen. */
function sendJobs(
  c: StudioContext,
  studio: Studio,
  concerns: (job: Job) => boolean,
  view: typeof jobView,
  first: (since: number | null) => Promise<readonly Job[]>,
): Response {
  if (open >= STREAMS)
    throw new HttpProblem(503, 'events.streams', 'Too many pages listen at once.', { hint: 'Close some.' });
  const given = c.req.header('last-event-id') ?? '';
  const since = /^\d{1,9}$/.test(given) ? Number(given) : null;
  // Proxies must not collect events before they pass them on.
  c.header('x-accel-buffering', 'no');
  open++;
  return streamSSE(c, async (sse) => {
    const sent = new Map<string, number>();
    let last: Promise<unknown> = Promise.resolve();
    const send = (job: Job): void => {
      if ((sent.get(job.id) ?? -1) >= job.change) return;
      sent.set(job.id, job.change);
      last = last
        .then(() => sse.writeSSE({ event: 'job', id: String(job.change), data: JSON.stringify(view(job)) }))
        .catch(() => undefined);
    };
    let over: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      over = resolve;
    });
    const stop = studio.feed.listen((job) => {
      if (concerns(job)) send(job);
    });
    const release = studio.onClose(() => over());
    sse.onAbort(() => over());
    const pulse = setInterval(() => void sse.write(': still here\n\n').catch(() => over()), PULSE);
    try {
      await sse.write('retry: 2000\n\n');
      for (const job of await first(since)) send(job);
      await end;
    } finally {
      clearInterval(pulse);
      stop();
      release();
      open--;
    }
  });
}

/** Adds the routes. */
export function addEvents(api: Api, studio: Studio): void {
  const tags = ['jobs'];
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/events',
      tags,
      summary: 'All jobs as they change (server-sent events, `event: job`)',
      responses: stream('Events'),
    },
    (c) => {
      const user = userOf(c);
      const concerns = (job: Job): boolean => user.role !== 'subject' || job.owner === user.id;
      return sendJobs(c, studio, concerns, jobLine, async (since) =>
        since === null ? [] : (await studio.jobs.changedSince(since)).filter(concerns),
      );
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/jobs/{id}/events',
      tags,
      summary: 'One job as it changes; its state now comes first',
      request: { params: idParam },
      responses: stream('Events'),
    },
    async (c) => {
      const { id } = await seenJob(c, studio, c.req.param('id') ?? '');
      return sendJobs(
        c,
        studio,
        (job) => job.id === id,
        jobView,
        async (since) => {
          const job = await studio.jobs.get(id);
          return job === null || (since !== null && job.change <= since) ? [] : [job];
        },
      );
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/jobs/{id}/preview',
      tags,
      summary: 'The latest preview of a training or a render (PNG, labelled)',
      request: { params: idParam },
      responses: { 200: { description: 'PNG', content: { 'image/png': { schema: z.unknown() } } }, ...problems },
    },
    async (c) => {
      const job = await seenJob(c, studio, c.req.param('id') ?? '');
      if (!hasPreview(job.kind))
        throw new HttpProblem(404, 'jobs.preview', 'Only trainings and renders have a preview.', {
          hint: 'Wait for the result.',
        });
      const png = await previewOf(job, studio);
      if (png === null) throw new HttpProblem(404, 'media.gone', 'There is no preview yet.', { hint: 'Wait for it.' });
      return new Response(new Uint8Array(png), { headers: { 'content-type': 'image/png' } });
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/jobs/{id}/files/{name}',
      tags,
      summary: 'A file that a job left, such as report.html; ?download=1 to keep it, ?language=de for a page in German',
      request: {
        params: idParam.extend({ name: z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'is no name of a file') }),
        query: fileQuery,
      },
      responses: {
        200: { description: 'The file', content: { 'application/octet-stream': { schema: z.unknown() } } },
        ...problems,
      },
    },
    async (c) => {
      const job = await seenJob(c, studio, c.req.param('id') ?? '');
      return sendJobFile(studio, job, c.req.param('name') ?? '', fileQuery.parse(c.req.query()));
    },
  );
}

/** Pages that rooms write: their own styles and pictures, and no script; a sandbox keeps them apart from the studio. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups; frame-ancestors 'self'";

/** How a file of a job is asked for: to keep, and in which language, where it is a page. */
export const fileQuery = z.object({
  download: z.literal('1').optional(),
  language: z.enum(['en', ...SAID_LANGUAGES]).optional(),
});

/**
 * Sends a file that a job left.
 *
 * @throws HttpProblem `jobs.file`
 */
export async function sendJobFile(
  studio: Studio,
  job: Job,
  name: string,
  { download, language = 'en' }: z.infer<typeof fileQuery>,
): Promise<Response> {
  const file = job.files.find((each) => each.name.replaceAll('/', '-') === name);
  if (file === undefined)
    throw new HttpProblem(404, 'jobs.file', `The job left no file ${name}.`, {
      hint: `It left ${job.files.map((each) => each.name.replaceAll('/', '-')).join(', ') || 'none'}.`,
    });
  const folder = `jobs/${job.id}/`;
  const path = posix.normalize(`${folder}${file.name}`);
  if (!path.startsWith(folder)) throw new HttpProblem(404, 'jobs.file', 'There is no such file.');
  const attachment = download === undefined ? undefined : name;
  let answer = await sendFile(studio.blobs, path, { type: file.type, attachment });
  if (file.type === 'text/html') {
    if (language !== 'en') {
      const { headers } = answer;
      headers.delete('content-length');
      headers.delete('accept-ranges');
      answer = new Response(translateHtml(await answer.text(), translatorTo(language), language), { headers });
    }
    answer.headers.set('content-type', 'text/html; charset=utf-8');
    answer.headers.set('content-security-policy', PAGE_POLICY);
    answer.headers.set('x-frame-options', 'SAMEORIGIN');
  }
  return answer;
}
