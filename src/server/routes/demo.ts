/** `/api/v1/demo`: the guided demo on drawn people. */
import { z } from '@hono/zod-openapi';
import { type Api, userOf } from '../api.js';
import { body, json, problems } from '../schemas/common.js';
import { jobLine, jobSchema } from '../schemas/jobs.js';
import { DEMO_STEPS, type DemoView } from '../services/demo.js';
import type { Studio } from '../studio.js';

const demoSchema = z
  .object({
    /** Null where nobody has begun it. */
    demo: z
      .object({
        /** Null until the people are drawn. */
        project: z.string().nullable(),
        /** In order; `job` is null where a step has not begun. */
        steps: z.array(z.object({ step: z.enum(DEMO_STEPS), job: jobSchema.nullable() })),
      })
      .nullable(),
  })
  .openapi('Demo');

const view = (demo: DemoView | null): z.infer<typeof demoSchema> => ({
  demo:
    demo === null
      ? null
      : {
          project: demo.project,
          steps: demo.steps.map(({ step, job }) => ({ step, job: job === null ? null : jobLine(job) })),
        },
});

/** Adds the routes. */
export function addDemo(api: Api, studio: Studio): void {
  const tags = ['demo'];
  api.add(
    {
      method: 'get',
      path: '/api/v1/demo',
      tags,
      summary: 'How the guided demo stands',
      responses: { 200: json(demoSchema, 'The demo'), ...problems },
    },
    async (c) => c.json(view(await studio.demo.view()), 200),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/demo',
      tags,
      summary: 'Begin the guided demo; `fresh` begins it anew where there was one',
      request: body(z.strictObject({ fresh: z.boolean() })),
      responses: { 201: json(demoSchema, 'The demo'), ...problems },
    },
    async (c) => {
      const user = userOf(c);
      const demo = await studio.demo.begin(user.id, c.req.valid('json').fresh ? 'fresh' : 'keep');
      await studio.decisions.add(user, 'demo.begin');
      return c.json(view(demo), 201);
    },
  );
}
