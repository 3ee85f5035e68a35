/** Reading what people and other programs wrote: JSON of a known shape, with one sentence on what is wrong with it. */
import type { z } from 'zod';
import { messageOf } from './errors.js';

/**
 * Text as a value of a shape.
 *
 * @param wrong makes the error out of a clause: `it is not JSON: ...`, or the first field at fault and why
 * @throws what `wrong` makes
 */
export function parseJsonAs<T>(text: string, shape: z.ZodType<T>, wrong: (what: string, cause: unknown) => Error): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(`it is not JSON: ${messageOf(cause)}`, cause);
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw wrong(`${field}${issue?.message ?? 'unknown shape'}`, parsed.error);
}
