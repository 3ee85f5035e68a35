/** Shapes of signing in. */
import { z } from '@hono/zod-openapi';
import { plainName } from '../../consent/index.js';
import { STUDIO_ROLES } from '../access.js';

/** A person of the studio. */
export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.enum(STUDIO_ROLES),
  })
  .openapi('User');

/** Who is signed in, and what this studio offers. */
export const sessionSchema = z
  .object({
    user: userSchema.nullable(),
    studio: z.object({
      version: z.string(),
      /** True while the studio has no owner: open the link that the command printed. */
      setup: z.boolean(),
      /** `link`: the link that the command prints; only from this machine. */
      signIn: z.array(z.enum(['link', 'password', 'provider'])),
      /** What people call the provider; null where there is none. */
      provider: z.string().nullable(),
    }),
  })
  .openapi('Session');

/** A name of a person, as people write theirs. */
export const nameSchema = z.string().overwrite(plainName).min(1, 'is missing').max(120, 'is longer than 120 letters');

/** An address. */
export const emailSchema = z.email('is no e-mail address').max(200);

/** A new password. */
export const passwordSchema = z
  .string()
  .min(12, 'must have at least 12 characters')
  .max(256, 'is longer than 256 characters');

/** How to sign in. */
export const signInSchema = z
  .union([
    z.strictObject({ link: z.string().min(1).max(200) }),
    z.strictObject({ email: z.string().max(200), password: z.string().max(256) }),
  ])
  .openapi('SignIn');

/** What somebody may change of themselves. */
export const changeSelfSchema = z
  .strictObject({
    name: nameSchema.optional(),
    email: emailSchema.optional(),
    password: passwordSchema.optional(),
  })
  .openapi('ChangeSelf');
