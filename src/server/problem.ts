/** Errors as RFC 9457 problem details, in words: what is wrong, where, what to do. */
import type { z } from '@hono/zod-openapi';
import { isDiskFull, LikenessError } from '../base/index.js';

/** One field of a request that cannot be used. */
export interface FieldError {
  /** Path in the body, dotted: `routes.0.person`. Empty for the whole. */
  readonly field: string;
  readonly message: string;
}

/** The body of every answer that is not a success. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint?: string;
  readonly errors?: readonly FieldError[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible as things are',
  411: 'The length is missing',
  413: 'Too large',
  415: 'Not a kind of file or body that can be used',
  421: 'Asked under a wrong name',
  422: 'The input cannot be used',
  429: 'Too many requests',
  431: 'The headers are too large',
  500: 'A fault of Likeness',
  503: 'Not ready',
  507: 'No room left',
};

/** An answer that is an error, thrown anywhere below a route. */
export class HttpProblem extends LikenessError {
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(
    status: number,
    code: string,
    message: string,
    details: { readonly hint?: string; readonly cause?: unknown; readonly errors?: readonly FieldError[] } = {},
  ) {
    super(code, message, details);
    this.status = status;
    this.errors = details.errors ?? [];
  }
}

/** Codes whose status is not that of their room. */
const STATUS: Readonly<Record<string, number>> = {
  'file.missing': 404,
  'file.full': 507,
  'file.permission': 503,
  'studio.busy': 409,
  'project.busy': 409,
  'oidc.unreachable': 503,
  'law.blocked': 403,
  'law.question': 403,
};

/** What is no fault of the request: the server that keeps the files. */
const NOT_READY = /^blobs\./;

/** The HTTP status of an error of the rooms. */
function statusOf(error: LikenessError): number {
  if (error instanceof HttpProblem) return error.status;
  if (NOT_READY.test(error.code)) return 503;
  return STATUS[error.code] ?? (error.code.endsWith('.locked') ? 409 : 422);
}

/** What is said where a disk has no room; which one, and what lies there, is in the log. */
export const fullDisk = (hint = 'Free some space, then try again. What was done is kept.'): HttpProblem =>
  new HttpProblem(507, 'file.full', 'The disk of the studio is full.', { hint });

/** What is said of `thrown`. */
function errorOf(thrown: unknown): LikenessError {
  if (thrown instanceof HttpProblem) return thrown;
  if (isDiskFull(thrown)) return fullDisk();
  return thrown instanceof LikenessError
    ? thrown
    : new HttpProblem(500, 'studio.fault', 'Something went wrong inside of Likeness.', {
        hint: 'Try again; the log of the studio tells more.',
      });
}

/** The problem that tells of `thrown`; what was not foreseen is not shown to the world. */
export function problemOf(thrown: unknown): Problem {
  const error = errorOf(thrown);
  const status = statusOf(error);
  return {
    type: `urn:likeness:${error.code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error instanceof HttpProblem && error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}

/** The answer that carries a problem. */
export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
  });
}

/** What a schema found wrong, field by field. */
export function invalidRequest(error: z.core.$ZodError, where: string): HttpProblem {
  const errors = error.issues.map((issue) => ({ field: issue.path.map(String).join('.'), message: issue.message }));
  const first = errors[0];
  return new HttpProblem(
    422,
    'request.fields',
    first === undefined
      ? 'The request cannot be used.'
      : `${first.field === '' ? where : first.field}: ${first.message}.`,
    { hint: 'Mend the fields named in "errors".', errors },
  );
}
