/** Masks of a render, frame by frame, and the flattened face to paint on. */
import { z } from '@hono/zod-openapi';
import { masksOf } from '../../jobs/index.js';
import { flatMesh, type MaskFrame, readMasks } from '../../synth/mask/index.js';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
import { json, problems } from '../schemas/common.js';
import { idParam } from '../schemas/media.js';
import type { Studio } from '../studio.js';
import { seenJob } from './jobs.js';

const tags = ['jobs'];

const masksSchema = z
  .object({
    /** Number of the frame in the target, from 0. */
    frame: z.int(),
    seconds: z.number(),
    /** First frame of its shot, and of the next one, or null where there is none. */
    shot: z.tuple([z.int(), z.int().nullable()]),
    people: z.array(
      z.object({
        person: z.int(),
        /** What the mask covers, pixels of the frame. */
        box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
        columns: z.int(),
        rows: z.int(),
        /** One byte a place, row by row, in base64: how much of it is the new face. */
        alpha: z.string(),
        /** The mesh of the face in the frame: x y pairs, pixels. */
        points: z.array(z.number()),
      }),
    ),
  })
  .openapi('FrameMasks');

const meshSchema = z
  .object({
    /** Three points each. */
    triangles: z.array(z.int()),
    /** Places on the flattened face: x y pairs, centimetres. */
    points: z.array(z.number()),
  })
  .openapi('FaceMesh');

/** To a tenth of a pixel. */
const tenth = (v: number): number => Math.round(v * 10) / 10;

const view = ({ frame, timestamp, shot, people }: MaskFrame): z.infer<typeof masksSchema> => ({
  frame,
  seconds: timestamp / 1e6,
  shot: [...shot],
  people: people.map(({ alpha, points, ...rest }) => ({
    ...rest,
    alpha: Buffer.from(alpha).toString('base64'),
    points: Array.from(points, tenth),
  })),
});

/** Adds the routes. */
export function addMasks(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/jobs/{id}/masks',
      tags,
      summary: 'Where the new face is in the frame of a render that is shown at a time',
      request: { params: idParam, query: z.object({ seconds: z.coerce.number().min(0).max(1e6).default(0) }) },
      responses: { 200: json(masksSchema, 'The masks of the frame'), ...problems },
    },
    async (c) => {
      const job = await seenJob(c, studio, c.req.valid('param').id);
      // Where another machine rendered, they lie in the bucket alone.
      for (const path of await studio.blobs.list(`jobs/${job.id}/masks`)) await studio.blobs.bring(path, null);
      const found = job.input.kind === 'render' ? await readMasks(masksOf(job.id), c.req.valid('query').seconds) : null;
      if (found === null)
        throw new HttpProblem(404, 'jobs.masks', 'No masks were kept of this job.', {
          hint: 'Render the project again: every render keeps its masks.',
        });
      return c.json(view(found), 200);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/face-mesh',
      tags,
      summary: 'The flattened face that strokes of the mask brush lie on',
      responses: { 200: json(meshSchema, 'The mesh'), ...problems },
    },
    (c) => {
      const { triangles, points } = flatMesh();
      return c.json({ triangles: [...triangles], points: [...points] }, 200);
    },
  );
}
