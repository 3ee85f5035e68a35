/** The shape of a bench that is asked for. */
import { z } from '@hono/zod-openapi';
import { plainName } from '../../consent/index.js';

/** Files of one bench at most. */
const FILES = 2000;

/** What is asked for as `POST /api/v1/benches`. */
export const benchRequestSchema = z
  .strictObject({
    /** What the set is called. */
    name: z.string().overwrite(plainName).min(1, 'is missing').max(120),
    files: z
      .array(
        z.strictObject({
          media: z.uuid('is no id of a file'),
          label: z.enum(['real', 'fake']),
          /** Camera, collection or corpus. */
          source: z.string().overwrite(plainName).max(120).default('all'),
          /** What made a synthetic file. */
          generator: z.string().overwrite(plainName).max(120).optional(),
        }),
      )
      .min(2, 'are fewer than two')
      .max(FILES, `are more than ${FILES}`),
    /** Compression to measure at. */
    levels: z
      .array(z.enum(['original', 'web', 'hard']))
      .min(1, 'name none')
      .default(['original', 'web', 'hard']),
    /** Measure a set whose classes differ in form on re-encoded copies only. */
    equalise: z.boolean().default(false),
  })
  .openapi('NewBench');

/** See {@link benchRequestSchema}. */
export type BenchRequest = z.infer<typeof benchRequestSchema>;

/** The project under which files of the lab are uploaded: they are nobody's to make something of. */
export const LAB_PROJECT = 'lab';
