/** `/api/v1/law`: the table of law, asked as on the command line. */
import { z } from '@hono/zod-openapi';
import { LikenessError } from '../../base/index.js';
import {
  ACTS,
  ask,
  EU_MEMBERS,
  FACTS,
  HOUSE,
  LAW_MEDIA,
  LETTER_LANGUAGES,
  type LetterLanguage,
  mergeFacts,
  parseFacts,
  placeName,
  plainAnswers,
  renderAnswer,
  ruleset,
  WORLDWIDE,
  writeLetter,
} from '../../law/index.js';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
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

/** One line that can stand in a letter; left out, it becomes a blank. */
const line = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u, 'is no single line of 1 to 200 printable characters');

const letterRequest = z
  .strictObject({
    /** Where the person shown lives, or where the service is: a code of `GET /api/v1/law/letters`, or any other. */
    places: z.array(z.string().max(20)).min(1, 'name no place').max(40),
    /** That of the place where left out. */
    language: z.enum(LETTER_LANGUAGES as [LetterLanguage, ...LetterLanguage[]]).optional(),
    /** `intimate` at least, where a deadline hangs on it. */
    facts: z.record(z.string().max(60), z.enum(['yes', 'no', 'unknown'])).default({}),
    date: z.string().max(10).optional(),
    name: line.optional(),
    contact: line.optional(),
    service: line.optional(),
    /** Addresses of the material. */
    urls: z
      .array(z.url({ protocol: /^https?$/, error: 'is no web address: it begins with https://' }).max(2000))
      .max(50)
      .default([]),
  })
  .openapi('LetterRequest');

const letter = z
  .object({
    language: z.string(),
    text: z.string(),
    /** What it relies on, each with its `deadline` (`{ hours, after }` or null); what starts with the letter itself comes first. */
    rights: hits,
    sendTo: z.array(z.string()),
    /** What the writer should know and the letter does not say. */
    warnings: z.array(z.string()),
  })
  .openapi('LawLetter');

/** Which field of a request an error of the letter is about. */
const LETTER_FIELDS: Readonly<Record<string, string>> = {
  'law.letter.url': 'urls',
  'law.letter.facts': 'facts',
  'law.letter.consent': 'facts',
  'law.facts.contradiction': 'facts',
  'law.place': 'places',
};

const tags = ['law'];

/** Places of the table, without the rules of the house. */
const tablePlaces = (): string[] =>
  [...new Set(ruleset().rows.map(({ place }) => place))].filter((code) => code !== HOUSE);

function addLetters(api: Api): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/law/letters',
      tags,
      summary: 'What a letter can be about: places and languages; no account is needed',
      responses: {
        200: json(
          z.object({ places: z.array(z.string()), languages: z.array(z.string()) }).openapi('LetterHead'),
          'Places whose law the table holds, the states of the European Union, and `worldwide` for any other',
        ),
        ...problems,
      },
    },
    (c) => {
      const places = [...new Set([...tablePlaces(), ...EU_MEMBERS, WORLDWIDE])];
      return c.json({ places, languages: [...LETTER_LANGUAGES] }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/law/letters',
      tags,
      summary: 'Write the letter that has a fake removed, as "likeness law letter"; no account is needed',
      description: 'Nothing is sent, and nothing is kept.',
      request: body(letterRequest),
      responses: { 200: json(letter, 'The letter, and what it rests on'), ...problems },
    },
    (c) => {
      const { facts, ...asked } = c.req.valid('json');
      try {
        const known = parseFacts(Object.entries(facts).map(([name, value]) => `${name}=${value}`));
        const written = writeLetter({ ...asked, facts: known });
        return c.json(written as unknown as z.infer<typeof letter>, 200);
      } catch (thrown) {
        const field = thrown instanceof LikenessError ? LETTER_FIELDS[thrown.code] : undefined;
        if (!(thrown instanceof LikenessError) || field === undefined) throw thrown;
        // The hints of the room name options of the command line.
        const hint = thrown.code === 'law.letter.facts' ? 'Answer that with yes or no, in "facts".' : thrown.hint;
        throw new HttpProblem(422, thrown.code, thrown.message, {
          ...(hint === undefined ? {} : { hint }),
          errors: [{ field, message: thrown.message }],
          cause: thrown,
        });
      }
    },
  );
}

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
      return c.json(
        {
          version: table.version,
          asOf: table.asOf,
          note: table.note,
          places: tablePlaces().map((code) => ({ code, name: placeName(code) })),
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
  addLetters(api);
}
