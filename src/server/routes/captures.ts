/**
 * `/api/v1/captures` for the studio, `/api/v1/capture` for the person with the link: no account is needed, the token of the
 * link speaks, in the header `X-Capture-Token`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { extractEvidence, TERMS_LANGUAGES } from '../../consent/index.js';
import { captureTermsSchema, studioFolder } from '../../jobs/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { languageOf } from '../language.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import { consentSchema } from '../schemas/consents.js';
import { idParam } from '../schemas/media.js';
import { nameSchema } from '../schemas/session.js';
import type { Capture } from '../services/captures.js';
import type { Studio } from '../studio.js';
import { viewFor } from './consents.js';

const terms = captureTermsSchema.clone().openapi('CaptureTerms');

const captureSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['open', 'checking', 'failed', 'ready', 'signed', 'expired']),
    expiresAt: z.iso.datetime(),
    /** Id of the record, once it is signed. */
    consent: z.string().nullable(),
    /** What is asked, in sentences; once there is a record, the record. */
    words: z.array(z.string()),
    /** Of the words: by `Accept-Language`. */
    wordsLanguage: z.enum(TERMS_LANGUAGES),
    /** SHA-256 of the sentences of the record, a line feed behind each. Null before there is a record. */
    wordsSha256: z.string().nullable(),
    challenge: z
      .object({
        words: z.array(z.string()),
        moves: z.array(z.object({ id: z.string(), words: z.string() })),
        expiresAt: z.string(),
      })
      .nullable(),
    checks: z
      .array(
        z.object({
          name: z.string(),
          asks: z.string(),
          outcome: z.enum(['passed', 'failed', 'review']),
          found: z.string(),
        }),
      )
      .nullable(),
    error: z.object({ code: z.string(), detail: z.string(), hint: z.string().nullable() }).nullable(),
  })
  .openapi('Capture');

const reviewedSchema = captureSchema
  .extend({
    /** What whoever reviews compares: words that were to be said, and the file that shows the person. Null before a recording. */
    review: z.object({ words: z.array(z.string()), material: z.string(), person: z.int().nullable() }).nullable(),
  })
  .openapi('CaptureToReview');

const one = { 200: json(captureSchema, 'The invitation'), ...problems };
const token = z.object({ 'x-capture-token': z.string().max(200) });

/** The invitation whose token a request carries. */
async function asked(c: StudioContext, studio: Studio): Promise<Capture> {
  studio.limits.capture.take(studio.peer(c));
  return studio.captures.byToken(c.req.header('x-capture-token') ?? '');
}

function addUploads(api: Api, studio: Studio): void {
  const base = '/api/v1/capture/uploads';
  const tags = ['capture'];
  const answers = {
    200: { description: 'Done', content: { 'text/plain': { schema: z.unknown() } } },
    ...problems,
  };
  const handle = async (c: StudioContext, id: string | null): Promise<Response> =>
    studio.uploads.handle(c.req.raw, { id: `capture:${(await asked(c, studio)).id}`, base }, id);
  api.addRaw(
    { method: 'post', path: base, tags, summary: 'Begin the upload of a recording (tus)', responses: answers },
    (c) => handle(c, null),
  );
  for (const method of ['get', 'patch'] as const)
    api.addRaw(
      {
        method,
        path: `${base}/{id}`,
        tags,
        summary: method === 'get' ? 'How far it is (HEAD)' : 'The next bytes',
        request: { params: idParam },
        responses: answers,
      },
      (c) => {
        if (c.req.raw.method === 'GET')
          throw new HttpProblem(405, 'uploads.protocol', 'An upload is asked for with HEAD.');
        return handle(c, c.req.param('id') ?? '');
      },
    );
}

function addSubject(api: Api, studio: Studio): void {
  const tags = ['capture'];
  const view = async (c: StudioContext, capture: Capture) => studio.captures.view(capture, languageOf(c));
  api.add(
    {
      method: 'get',
      path: '/api/v1/capture',
      tags,
      summary: 'What is asked of the person with the link, and how far it is',
      request: { headers: token },
      responses: one,
    },
    async (c) => c.json(await view(c, await asked(c, studio)), 200),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/capture/challenge',
      tags,
      summary: 'Three words to say and five moves to make, good for ten minutes and one recording',
      request: { headers: token },
      responses: one,
    },
    async (c) => c.json(await view(c, await studio.captures.challenge(await asked(c, studio))), 200),
  );
  addUploads(api, studio);
  api.add(
    {
      method: 'post',
      path: '/api/v1/capture/recording',
      tags,
      summary: 'Hand in the recording that was uploaded; it is checked, then deleted',
      description:
        'Answers with a word, once. The page keeps it until the signature, then shows it to the person: it withdraws the record.',
      request: {
        headers: token,
        ...body(z.strictObject({ media: z.uuid(), mirrored: z.boolean().default(false) }).openapi('HandIn')),
      },
      responses: { 200: json(captureSchema.extend({ word: z.string() }), 'Being checked'), ...problems },
    },
    async (c) => {
      const capture = await asked(c, studio);
      const { media, mirrored } = c.req.valid('json');
      const [recording] = await studio.media.list([media], true);
      if (recording === undefined || recording.owner !== `capture:${capture.id}`)
        throw new HttpProblem(404, 'media.unknown', 'There is no such recording.', { hint: 'Upload it first.' });
      const word = await studio.captures.record(capture, recording, mirrored);
      return c.json({ ...(await view(c, await studio.captures.need(capture.id))), word }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/capture/signature',
      tags,
      summary: 'Sign the record, as an adult who agrees to it',
      request: {
        headers: token,
        ...body(
          z
            .strictObject({
              word: z.string().max(200),
              agree: z.literal(true),
              adult: z.literal(true),
              /** Which text was read: `wordsLanguage` and `wordsSha256`, as they came. Goes into the audit log. */
              shown: z
                .strictObject({ language: z.enum(TERMS_LANGUAGES), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
                .optional(),
            })
            .openapi('Signature'),
        ),
      },
      responses: { 200: json(consentSchema, 'The signed record: the receipt'), ...problems },
    },
    async (c) => {
      const { word, shown } = c.req.valid('json');
      const signed = await studio.captures.sign(await asked(c, studio), word, shown ?? null);
      await studio.decisions.add(null, 'captures.sign', signed.record.id);
      return c.json(await viewFor(c, studio, signed, true), 200);
    },
  );
}

/** Adds the routes. */
export function addCaptures(api: Api, studio: Studio): void {
  const tags = ['captures'];
  api.add(
    {
      method: 'post',
      path: '/api/v1/captures',
      tags,
      summary: 'Invite a person to consent; the link is shown once and is good for a week',
      request: body(
        z
          .strictObject({
            name: nameSchema,
            /** A clip or picture of the person, already in the studio. */
            material: z.uuid('is no id of a file'),
            person: z.int().min(1).nullable().default(null),
            terms,
          })
          .openapi('NewCapture'),
      ),
      responses: {
        201: json(
          z.object({ id: z.string(), link: z.string(), expiresAt: z.iso.datetime() }).openapi('CaptureLink'),
          'The link',
        ),
        ...problems,
      },
    },
    async (c) => {
      const { id, token: secret, expiresAt } = await studio.captures.add(c.req.valid('json'), userOf(c));
      await studio.decisions.add(userOf(c), 'captures.add', id);
      const link = `${studio.origin}/capture#token=${secret}`;
      return c.json({ id, link, expiresAt: expiresAt.toISOString() }, 201);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/captures',
      tags,
      summary: 'Invitations to consent, newest first',
      responses: {
        200: json(z.object({ items: z.array(reviewedSchema) }).openapi('CaptureList'), 'Invitations'),
        ...problems,
      },
    },
    async (c) => {
      const items = [];
      for (const capture of await studio.captures.list())
        items.push(await studio.captures.viewForReview(capture, languageOf(c)));
      return c.json({ items }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/captures/{id}/review',
      tags,
      summary: 'Say, as a person who has looked, whether the recording is as it should be',
      request: {
        params: idParam,
        ...body(z.strictObject({ accept: z.boolean(), note: z.string().max(2000).default('') }).openapi('NewReview')),
      },
      responses: { 200: json(reviewedSchema, 'The invitation'), ...problems },
    },
    async (c) => {
      const capture = await studio.captures.need(c.req.valid('param').id);
      const { accept, note } = c.req.valid('json');
      await studio.captures.review(capture, accept, note, userOf(c));
      await studio.decisions.add(userOf(c), 'captures.review', capture.id, { accept });
      return c.json(await studio.captures.viewForReview(capture, languageOf(c)), 200);
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/captures/{id}/recording',
      tags,
      summary: 'The recording, for whoever reviews it',
      request: { params: idParam },
      responses: { 200: { description: 'Video', content: { 'video/mp4': { schema: z.unknown() } } }, ...problems },
    },
    async (c) => {
      const capture = await studio.captures.need(c.req.param('id') ?? '');
      const folder = await mkdtemp(join(studioFolder(), 'look-'));
      try {
        const path = join(folder, 'recording');
        await extractEvidence(await studio.captures.evidence(capture), path);
        await studio.decisions.add(userOf(c), 'captures.look', capture.id);
        // Whole in memory, two minutes at most, so that nothing in the clear stays on the disk.
        return new Response(new Uint8Array(await readFile(path)), { headers: { 'content-type': 'video/mp4' } });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
  addSubject(api, studio);
}
