/** Whether the studio lives, and whether it can work. */
import { z } from '@hono/zod-openapi';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
import { json, problems } from '../schemas/common.js';
import type { Studio } from '../studio.js';

const state = z.object({ status: z.literal('ok') });

/** Adds the routes. */
export function addHealth(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: '/health',
      tags: ['service'],
      summary: 'The process lives',
      responses: { 200: json(state, 'It does'), ...problems },
    },
    (c) => c.json({ status: 'ok' as const }, 200),
  );
  api.add(
    {
      method: 'get',
      path: '/ready',
      tags: ['service'],
      summary: 'The database answers',
      responses: { 200: json(state, 'It does'), ...problems },
    },
    async (c) => {
      await studio.db.query('SELECT 1').catch((cause: unknown) => {
        throw new HttpProblem(503, 'studio.database', 'The database does not answer.', { cause });
      });
      return c.json({ status: 'ok' as const }, 200);
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/metrics',
      tags: ['service'],
      summary: 'Numbers for Prometheus; with an API key of the owner',
      responses: { 200: { description: 'Text', content: { 'text/plain': { schema: z.unknown() } } }, ...problems },
    },
    async () =>
      new Response(await studio.metrics.text(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
  );
}
