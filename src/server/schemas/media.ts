/** Shapes of media. */
import { z } from '@hono/zod-openapi';
import { plainName } from '../../consent/index.js';
import type { Media } from '../services/media-store.js';

/** A person of a file. */
export const personSchema = z
  .object({
    id: z.int(),
    frames: z.int(),
    from: z.number(),
    to: z.number(),
    width: z.number(),
    confidence: z.number(),
  })
  .openapi('Person');

/** A file of the studio. */
export const mediaSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['video', 'picture', 'sound']),
    origin: z.enum(['upload', 'made']),
    bytes: z.number(),
    sha256: z.string(),
    container: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    seconds: z.number().nullable(),
    frameRate: z.number().nullable(),
    createdAt: z.iso.datetime(),
    /** `null` where it was not analyzed yet. */
    people: z.array(personSchema).nullable(),
    project: z.string().nullable(),
    /** The job that made it. */
    job: z.string().nullable(),
  })
  .openapi('Media');

/** A list of them. */
export const mediaListSchema = z.object({ items: z.array(mediaSchema) }).openapi('MediaList');

/** A page of them; `next` is what `before` of the next page must be, null where there is none. */
export const mediaPageSchema = mediaListSchema.extend({ next: z.string().nullable() }).openapi('MediaPage');

/** An id in a path. */
export const idParam = z.object({ id: z.uuid('is no id') });

/** A file as the API shows it. */
export function mediaView({ path: _, owner: __, createdAt, ...rest }: Media): z.infer<typeof mediaSchema> {
  return {
    ...rest,
    name: plainName(rest.name),
    createdAt: createdAt.toISOString(),
    people: rest.people === null ? null : [...rest.people],
  };
}
