/** `/api/v1/audit`, `/api/v1/settings`: for whoever runs the studio. */
import { z } from '@hono/zod-openapi';
import { messageOf } from '../../base/index.js';
import { readAudit } from '../../consent/index.js';
import { type Api, userOf } from '../api.js';
import { body, json, problems } from '../schemas/common.js';
import { changeSettings, readSettings, settingsSchema } from '../services/settings.js';
import type { Studio } from '../studio.js';

const facts = z.record(z.string(), z.unknown());

const auditSchema = z
  .object({
    /** The chained log of records, grants and seals; null entries where it is broken. */
    consent: z.object({
      unbroken: z.boolean(),
      problem: z.string().nullable(),
      count: z.int(),
      items: z.array(z.object({ n: z.int(), at: z.string(), kind: z.string(), facts })),
    }),
    /** Who decided what in the studio, newest first. */
    decisions: z.array(
      z.object({
        n: z.int(),
        at: z.iso.datetime(),
        person: z.string().nullable(),
        /** Their name, where they still are of the studio. */
        name: z.string().nullable(),
        action: z.string(),
        about: z.string().nullable(),
        facts,
      }),
    ),
  })
  .openapi('Audit');

/** Adds the routes. */
export function addHouse(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/audit',
      tags: ['audit'],
      summary: 'What was decided: the chained log of consent, and who did what in the studio',
      request: { query: z.object({ last: z.coerce.number().int().min(1).max(1000).default(100) }) },
      responses: { 200: json(auditSchema, 'The logs'), ...problems },
    },
    async (c) => {
      const { last } = c.req.valid('query');
      let problem: string | null = null;
      const entries = await readAudit().catch((cause: unknown) => {
        problem = messageOf(cause);
        return [];
      });
      const items = entries
        .slice(-last)
        .reverse()
        .map(({ n, at, kind, facts: said }) => ({ n, at, kind, facts: said }));
      const found = await studio.decisions.last(last);
      const names = new Map<string, string>();
      for (const id of new Set(found.flatMap(({ person }) => person ?? []))) {
        const user = await studio.auth.byId(id);
        if (user !== null) names.set(id, user.name);
      }
      const decisions = found.map((each) => ({
        ...each,
        at: each.at.toISOString(),
        name: names.get(each.person ?? '') ?? null,
      }));
      return c.json({ consent: { unbroken: problem === null, problem, count: entries.length, items }, decisions }, 200);
    },
  );
  const tags = ['settings'];
  api.add(
    {
      method: 'get',
      path: '/api/v1/settings',
      tags,
      summary: 'How the studio is set',
      responses: { 200: json(settingsSchema, 'Settings'), ...problems },
    },
    async (c) => c.json(await readSettings(studio.db), 200),
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/settings',
      tags,
      summary: 'Change settings',
      request: body(settingsSchema.partial().openapi('ChangeSettings')),
      responses: { 200: json(settingsSchema, 'Settings'), ...problems },
    },
    async (c) => {
      const change = c.req.valid('json');
      const settings = await changeSettings(studio.db, change);
      await studio.decisions.add(userOf(c), 'settings.change', null, { ...change } as Record<string, number>);
      return c.json(settings, 200);
    },
  );
}
