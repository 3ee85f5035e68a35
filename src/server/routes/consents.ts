/** `/api/v1/consents`: who allowed what, and withdrawing it. */
import { z } from '@hono/zod-openapi';
import {
  approveItem,
  type ConsentEnvelope,
  consentPage,
  listKeys,
  loadKey,
  parseEnvelope,
  plainName,
  rememberRecord,
  revoke,
  revokeWithToken,
  type SigningKey,
  TERMS_LANGUAGES,
  verifyRecord,
} from '../../consent/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { languageOf } from '../language.js';
import { HttpProblem } from '../problem.js';
import { bytes, json, problems } from '../schemas/common.js';
import { approveSchema, consentListSchema, consentSchema, withdrawSchema } from '../schemas/consents.js';
import { idParam, mediaListSchema, mediaView } from '../schemas/media.js';
import { consentView, needRecord, recordsOf, shortId } from '../services/consents.js';
import { dispositionOf, sendFile } from '../services/send-file.js';
import type { Studio } from '../studio.js';

const tags = ['consents'];
const one = { 200: json(consentSchema, 'The record'), ...problems };

/** A record as whoever asks is shown it. */
export async function viewFor(c: StudioContext, studio: Studio, envelope: ConsentEnvelope, mine: boolean) {
  const view = await consentView(envelope, mine, languageOf(c));
  return { ...view, face: (await studio.recordFaces.of([view])).has(view.id) };
}

/** Ids of the records about the person who asks. */
const ownOf = (c: StudioContext, studio: Studio): Promise<string[]> => studio.subjects.consentsOf(userOf(c));

/** A record, where the person may see it. */
async function seen(
  c: StudioContext,
  studio: Studio,
  id: string,
): Promise<{ envelope: ConsentEnvelope; mine: boolean }> {
  const envelope = needRecord(id);
  const mine = (await ownOf(c, studio)).includes(id);
  if (userOf(c).role === 'subject' && !mine)
    throw new HttpProblem(404, 'consent.unknown', 'There is no such consent record.');
  return { envelope, mine };
}

/**
 * A key of this machine that only its holder can open: with one that opens by itself whoever works here would approve in the
 * subject's name.
 */
async function ownKey(name: string, passphrase: string | undefined): Promise<SigningKey> {
  if (listKeys().find((key) => key.name === name)?.lockedBy === 'machine')
    throw new HttpProblem(403, 'consent.approval.key', `The key "${name}" opens without a passphrase.`, {
      hint: 'Whoever it belongs to approves with the word they were shown, or at the machine: likeness consent approve.',
      errors: [{ field: 'key', message: 'opens without a passphrase' }],
    });
  return loadKey(name, passphrase);
}

function addApproval(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/consents/{id}/approvals',
      tags,
      summary: 'Approve a film or picture that is to be changed, where the record asks that of its subject',
      description:
        'With the word that was shown when the record was signed by link, or with a key of this machine and its passphrase.',
      request: {
        params: idParam,
        body: { required: true, content: { 'application/json': { schema: approveSchema } } },
      },
      responses: one,
    },
    async (c) => {
      studio.limits.signIn.take(`word:${userOf(c).id}`);
      const { envelope, mine } = await seen(c, studio, c.req.valid('param').id);
      const { media, word, key, passphrase, note } = c.req.valid('json');
      if ((word === undefined) === (key === undefined))
        throw new HttpProblem(422, 'consent.approval.how', 'Give the word of the record, or the name of a key.', {
          hint: 'The word was shown once, when the record was signed.',
          errors: [{ field: 'word', message: 'is missing' }],
        });
      const { sha256 } = await studio.media.need(media);
      const signer =
        word === undefined ? await ownKey(key ?? '', passphrase) : await studio.captures.keyOf(shortId(envelope), word);
      await approveItem(envelope, signer, sha256, note ?? null);
      await studio.decisions.add(userOf(c), 'consents.approve', shortId(envelope), { sha256 });
      return c.json(await viewFor(c, studio, envelope, mine), 200);
    },
  );
}

function addWithdrawal(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/consents/{id}/revocation',
      tags,
      summary: 'Withdraw a record: with the word that was shown when it was signed, or with a key of this machine',
      description: 'Takes effect at once, also on renders that run.',
      request: {
        params: idParam,
        body: { required: true, content: { 'application/json': { schema: withdrawSchema } } },
      },
      responses: one,
    },
    async (c) => {
      studio.limits.signIn.take(`word:${userOf(c).id}`);
      const { envelope, mine } = await seen(c, studio, c.req.valid('param').id);
      const { word, key, passphrase, reason } = c.req.valid('json');
      if ((word === undefined) === (key === undefined))
        throw new HttpProblem(422, 'consent.revocation.how', 'Give the word of the record, or the name of a key.', {
          hint: 'The word was shown once, when the record was signed.',
          errors: [{ field: 'word', message: 'is missing' }],
        });
      if (word !== undefined) await revokeWithToken(envelope, word, reason ?? null);
      else await revoke(envelope, await loadKey(key ?? '', passphrase), reason ?? null);
      await studio.statusLists.noteWithdrawal();
      await studio.decisions.add(userOf(c), 'consents.withdraw', shortId(envelope));
      return c.json(await viewFor(c, studio, envelope, mine), 200);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/consents/{id}/media',
      tags,
      summary: 'Everything that was made under a record',
      request: { params: idParam },
      responses: { 200: json(mediaListSchema, 'Files'), ...problems },
    },
    async (c) => {
      const { envelope } = await seen(c, studio, c.req.valid('param').id);
      const ids = await studio.subjects.madeUnder(shortId(envelope));
      return c.json({ items: (await studio.media.list(ids)).map(mediaView) }, 200);
    },
  );
}

/** Adds the routes. */
export function addConsents(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/consents',
      tags,
      summary: 'Consent records; for a subject those about themselves',
      responses: { 200: json(consentListSchema, 'Records'), ...problems },
    },
    async (c) => {
      const own = await ownOf(c, studio);
      const records = recordsOf(userOf(c).role === 'subject' ? own : null);
      const items = await Promise.all(
        records.map((each) => consentView(each, own.includes(shortId(each)), languageOf(c))),
      );
      items.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      const faces = await studio.recordFaces.of(items);
      return c.json({ items: items.map((item) => ({ ...item, face: faces.has(item.id) })) }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/consents',
      tags,
      summary: 'Take in a record: the content of a *.consent.json file',
      request: { body: { required: true, content: { 'application/json': { schema: z.unknown() } } } },
      responses: { 201: json(consentSchema, 'The record'), ...problems },
    },
    async (c) => {
      const envelope = parseEnvelope(c.req.valid('json'), 'The file');
      const { checks } = await verifyRecord(envelope);
      const broken = checks.find(({ rule, passed }) => !passed && /digest|signature/.test(rule));
      if (broken !== undefined)
        throw new HttpProblem(422, broken.rule, `The record cannot be taken in: ${broken.found}.`, {
          hint: broken.todo ?? 'Ask for the record as it was signed.',
        });
      await rememberRecord(envelope);
      await studio.decisions.add(userOf(c), 'consents.import', shortId(envelope), { digest: envelope.digest });
      return c.json(await viewFor(c, studio, envelope, false), 201);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/consents/{id}',
      tags,
      summary: 'One record: every check, and the record in words',
      request: { params: idParam },
      responses: one,
    },
    async (c) => {
      const { envelope, mine } = await seen(c, studio, c.req.valid('param').id);
      return c.json(await viewFor(c, studio, envelope, mine), 200);
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/consents/{id}/face',
      tags,
      summary:
        'The face that a record is about (JPEG), where material compared with it was looked at; none once it has ended',
      request: { params: idParam },
      responses: bytes('JPEG'),
    },
    async (c) => {
      const { envelope, mine } = await seen(c, studio, c.req.param('id') ?? '');
      const view = await consentView(envelope, mine, languageOf(c));
      const picture = (await studio.recordFaces.of([view])).get(view.id);
      if (picture === undefined)
        throw new HttpProblem(404, 'consent.face', 'There is no picture for this record.', {
          hint: 'There is one once the material it was signed or used with was analyzed, and while the record stands.',
        });
      return sendFile(studio.blobs, picture, { type: 'image/jpeg' });
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/consents/{id}/record',
      tags,
      summary: 'The record as a file, to hand it on',
      request: { params: idParam },
      responses: {
        200: { description: 'JSON', content: { 'application/json': { schema: z.unknown() } } },
        ...problems,
      },
    },
    async (c) => {
      const { envelope } = await seen(c, studio, c.req.param('id') ?? '');
      return new Response(`${JSON.stringify(envelope, null, 2)}\n`, {
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': dispositionOf(`${plainName(envelope.record.subject.displayName)}.consent.json`),
        },
      });
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/consents/{id}/page',
      tags,
      summary: 'The record as a page to print',
      request: { params: idParam, query: z.object({ language: z.enum(TERMS_LANGUAGES).optional() }) },
      responses: { 200: { description: 'HTML', content: { 'text/html': { schema: z.unknown() } } }, ...problems },
    },
    async (c) => {
      const { envelope } = await seen(c, studio, c.req.param('id') ?? '');
      return new Response(consentPage(envelope, await verifyRecord(envelope), new Date(), languageOf(c)), {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'",
          'x-frame-options': 'SAMEORIGIN',
        },
      });
    },
  );
  addApproval(api, studio);
  addWithdrawal(api, studio);
}
