/** Shapes that many routes share. */
import { z } from '@hono/zod-openapi';

/** The body of every error. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ example: 'media.not-media' }),
    /** What is wrong, in a sentence. */
    detail: z.string(),
    /** What to do about it. */
    hint: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** An answer as JSON. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A body as JSON. */
export const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** The answer of everything that fails. */
export const problems = {
  default: { description: 'What is wrong', content: { 'application/problem+json': { schema: problemSchema } } },
} as const;

/** The answer of what is no JSON: a file, a picture. */
export const bytes = (description: string) => ({
  200: { description, content: { 'application/octet-stream': { schema: z.unknown() } } },
  ...problems,
});
