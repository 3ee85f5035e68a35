/** `/api/v1/law`: the table of law, asked as on the command line. */
import { z } from '@hono/zod-openapi';
import {
  ACTS,
  ask,
  FACTS,
  HOUSE,
  LAW_MEDIA,
  mergeFacts,
  parseFacts,
  placeName,
  plainAnswers,
  renderAnswer,
  ruleset,
} from '../../law/index.js';
import type { Api } from '../api.js';
import { body, json, problems } from '../schemas/common.js';

const inquiry = z
  .strictObject({
    /** ISO 3166 codes, `EU` or `worldwide`. */
    places: z.array(z.string().max(20)).min(1, 'name no place').max(40),
    acts: z.array(z.enum(ACTS)).min(1, 'name nothing that is done'),
    medium: z.enum(LAW_MEDIA).optional(),
    facts: z.record(z.string().max(60), z.enum(['yes', 'no', 'unknown'])).default({}),
    date: z.string().max(10).optional(),
  })
  .openapi('LawInquiry');

const hits = z.array(z.record(z.string(), z.unknown()));
const answer = z
  .object({
    /** The questions people come with, a sentence each. */
    plain: z.array(
      z.object({ question: z.string(), verdict: z.string(), text: z.string(), because: z.array(z.string()) }),
    ),
    /** Facts that are still needed, the most telling first. */
    questions: z.array(z.object({ fact: z.string(), text: z.string(), decides: z.array(z.string()) })),
    blocked: hits,
    must: hits,
    should: hits,
    open: hits,
    rights: hits,
    upcoming: hits,
    notes: hits,
    stale: hits,
    notCovered: hits,
    asked: z.record(z.string(), z.unknown()),
    ruleset: z.record(z.string(), z.unknown()),
    disclaimer: z.string(),
    /** Everything as text, as the command line prints it. */
    text: z.string(),
  })
  .openapi('LawAnswer');

const tags = ['law'];

/** Adds the routes. */
export function addLaw(api: Api): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/law',
      tags,
      summary: 'What can be asked: places, acts, media, facts',
      responses: {
        200: json(
          z
            .object({
              version: z.string(),
              asOf: z.string(),
              note: z.string(),
              places: z.array(z.object({ code: z.string(), name: z.string() })),
              acts: z.array(z.string()),
              media: z.array(z.string()),
              facts: z.array(z.object({ id: z.string(), question: z.string() })),
            })
            .openapi('Law'),
          'The table in short',
        ),
        ...problems,
      },
    },
    (c) => {
      const table = ruleset();
      const codes = [...new Set(table.rows.map(({ place }) => place))].filter((code) => code !== HOUSE);
      return c.json(
        {
          version: table.version,
          asOf: table.asOf,
          note: table.note,
          places: codes.map((code) => ({ code, name: placeName(code) })),
          acts: [...ACTS],
          media: [...LAW_MEDIA],
          facts: Object.entries(FACTS).map(([id, question]) => ({ id, question })),
        },
        200,
      );
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/law/answers',
      tags,
      summary: 'Ask: the same answers as "likeness law ask"',
      request: body(inquiry),
      responses: { 200: json(answer, 'What the table says'), ...problems },
    },
    (c) => {
      const { places, acts, medium, facts, date } = c.req.valid('json');
      const known = parseFacts(Object.entries(facts).map(([name, value]) => `${name}=${value}`));
      const found = ask({
        places,
        acts,
        facts: mergeFacts({}, known),
        ...(medium === undefined ? {} : { medium }),
        ...(date === undefined ? {} : { date }),
      });
      const value = { ...found, plain: plainAnswers(found), text: renderAnswer(found) };
      return c.json(value as unknown as z.infer<typeof answer>, 200);
    },
  );
}
