/** Whether the studio lives, and whether it can work. */
import { z } from '@hono/zod-openapi';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
import { json, problems } from '../schemas/common.js';
import { READY_CHECKS } from '../services/readiness.js';
import type { Studio } from '../studio.js';

const state = z.object({ status: z.literal('ok') });
const ready = state.extend({ checks: z.array(z.enum(READY_CHECKS)) });

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
      summary: 'It can work: database, files, room on the disk, and somebody who does the jobs',
      responses: { 200: json(ready, 'What was asked'), ...problems },
    },
    async (c) => {
      const missing = await studio.readiness.look();
      if (missing.length === 0) return c.json({ status: 'ok' as const, checks: [...READY_CHECKS] }, 200);
      throw new HttpProblem(503, 'studio.not-ready', missing.map(({ message }) => message).join(' '), {
        hint: 'The log of the studio tells more.',
        errors: missing.map(({ check, message }) => ({ field: check, message })),
      });
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
