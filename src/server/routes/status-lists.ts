/** `/api/v1/status-lists`: for whoever holds a record, or something made under it, and asks whether it still stands. */
import { z } from '@hono/zod-openapi';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
import { json, problems } from '../schemas/common.js';
import { STATUS_PATH } from '../services/status-lists.js';
import type { Studio } from '../studio.js';

/** Adds the route. */
export function addStatusLists(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: `${STATUS_PATH}/{number}`,
      tags: ['consents'],
      summary: 'Which records by link are withdrawn: a signed list (W3C Bitstring Status List); no account is needed',
      request: { params: z.object({ number: z.coerce.number().int().min(1).max(1_000_000) }) },
      responses: { 200: json(z.record(z.string(), z.unknown()).openapi('StatusList'), 'The list'), ...problems },
    },
    async (c) => {
      const list = await studio.statusLists.find(c.req.valid('param').number);
      if (list === null)
        throw new HttpProblem(404, 'consent.status.missing', 'There is no such list.', {
          hint: 'Its address stands in the record.',
        });
      return c.json({ ...list }, 200);
    },
  );
}
