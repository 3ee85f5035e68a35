/** `/api/v1/uploads` and `/api/v1/media`: files in, files out. */
import { z } from '@hono/zod-openapi';
import { type Api, type StudioContext, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { bytes, json, problems } from '../schemas/common.js';
import { idParam, mediaPageSchema, mediaSchema, mediaView } from '../schemas/media.js';
import type { Media } from '../services/media-store.js';
import { sendFile } from '../services/send-file.js';
import type { Studio } from '../studio.js';

/** Types by container. What is not listed is sent as bytes. */
const TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
};

const protocol = (description: string) => ({
  200: { description, content: { 'text/plain': { schema: z.unknown() } } },
  ...problems,
});

/** A file, where the person may see it; else it is not there. */
export async function seenMedia(c: StudioContext, studio: Studio, id: string): Promise<Media> {
  const media = await studio.media.need(id);
  if (userOf(c).role === 'subject' && !(await studio.subjects.maySee(userOf(c), media)))
    throw new HttpProblem(404, 'media.unknown', 'There is no such file in the studio.');
  return media;
}

function addUploads(api: Api, studio: Studio): void {
  const tags = ['uploads'];
  const handle = (c: StudioContext, id: string | null) =>
    studio.uploads.handle(c.req.raw, { id: userOf(c).id, base: '/api/v1/uploads' }, id);
  api.addRaw(
    {
      method: 'post',
      path: '/api/v1/uploads',
      tags,
      summary: 'Begin an upload (tus 1.0.0, creation); `Location` says where it goes on',
      description: 'Metadata: `filename`, and `project` where it belongs to one. The id becomes that of the media.',
      responses: protocol('Begun'),
    },
    (c) => handle(c, null),
  );
  for (const [method, summary] of [
    // The framework answers HEAD with the route of GET.
    ['get', 'How far an upload is: HEAD of it; the bytes are those of the media, once they are whole'],
    ['patch', 'The next bytes of an upload; the last ones make it media'],
    ['delete', 'Give an upload up'],
  ] as const)
    api.addRaw(
      {
        method,
        path: '/api/v1/uploads/{id}',
        tags,
        summary,
        request: { params: idParam },
        responses: protocol('Done'),
      },
      (c) => {
        if (c.req.raw.method === 'GET')
          throw new HttpProblem(405, 'uploads.protocol', 'An upload is asked for with HEAD.', {
            hint: 'Once it is whole, it is at /api/v1/media/{id}/file.',
          });
        return handle(c, c.req.param('id') ?? '');
      },
    );
}

/** Adds the routes. */
export function addMedia(api: Api, studio: Studio): void {
  addUploads(api, studio);
  const tags = ['media'];
  api.add(
    {
      method: 'get',
      path: '/api/v1/media',
      tags,
      summary: 'Files of the studio, newest first, a page at a time',
      request: {
        query: z.object({
          limit: z.coerce.number().int().min(1).max(500).default(100),
          before: z.uuid('is no id of a file').optional(),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
            .optional(),
        }),
      },
      responses: { 200: json(mediaPageSchema, 'Files'), ...problems },
    },
    async (c) => {
      const user = userOf(c);
      const ids = user.role === 'subject' ? await studio.subjects.mediaOf(user) : undefined;
      const query = c.req.valid('query');
      const files = await studio.media.page({ ...query, ids, limit: query.limit + 1 });
      const items = files.slice(0, query.limit);
      return c.json(
        { items: items.map(mediaView), next: files.length > items.length ? (items.at(-1)?.id ?? null) : null },
        200,
      );
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/media/{id}',
      tags,
      summary: 'One file',
      request: { params: idParam },
      responses: { 200: json(mediaSchema, 'The file'), ...problems },
    },
    async (c) => c.json(mediaView(await seenMedia(c, studio, c.req.valid('param').id)), 200),
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/media/{id}',
      tags,
      summary: 'Delete a file',
      request: { params: idParam },
      responses: { 204: { description: 'Deleted' }, ...problems },
    },
    async (c) => {
      const media = await seenMedia(c, studio, c.req.valid('param').id);
      await studio.media.remove(media);
      await studio.decisions.add(userOf(c), 'media.delete', media.id, { sha256: media.sha256 });
      return c.body(null, 204);
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/media/{id}/file',
      tags,
      summary: 'The bytes of a file, whole or a range; ?download=1 to keep it',
      request: { params: idParam, query: z.object({ download: z.literal('1').optional() }) },
      responses: bytes('The bytes'),
    },
    async (c) => {
      const media = await seenMedia(c, studio, c.req.param('id') ?? '');
      return sendFile(studio.blobs, media.path, {
        type: TYPES[media.container] ?? 'application/octet-stream',
        range: c.req.header('range'),
        etag: media.sha256,
        attachment: c.req.query('download') === '1' ? media.name : undefined,
        head: c.req.method === 'HEAD',
      });
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/media/{id}/poster',
      tags,
      summary: 'A small picture of a video or picture (JPEG)',
      request: { params: idParam },
      responses: bytes('JPEG'),
    },
    async (c) => {
      const media = await seenMedia(c, studio, c.req.param('id') ?? '');
      return sendFile(studio.blobs, studio.media.poster(media.id), { type: 'image/jpeg' });
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/media/{id}/people/{person}/face',
      tags,
      summary: 'The head of a person of an analyzed file (JPEG)',
      request: { params: idParam.extend({ person: z.coerce.number().int().min(1).max(10_000) }) },
      responses: bytes('JPEG'),
    },
    async (c) => {
      const media = await seenMedia(c, studio, c.req.param('id') ?? '');
      return sendFile(studio.blobs, studio.media.face(media, Number(c.req.param('person'))), { type: 'image/jpeg' });
    },
  );
}
