/**
 * Who may do what: one line for every route. The router reads this table and nothing else; a route that is missing here
 * does not start, neither does a line without a route.
 */

/**
 * - `owner`: runs the studio: people, settings, audit
 * - `maker`: makes media under consent
 * - `reviewer`: checks media and looks at consent, makes nothing
 * - `subject`: sees what was made with their own likeness, signs and withdraws consent
 */
export const STUDIO_ROLES = ['owner', 'maker', 'reviewer', 'subject'] as const;
/** One of {@link STUDIO_ROLES}. */
export type StudioRole = (typeof STUDIO_ROLES)[number];

/** `public`: without signing in. */
export type Access = 'public' | readonly StudioRole[];

const ALL = STUDIO_ROLES;

/** Method and path of a route, `{id}` for its parameters. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /health': 'public',
  'GET /ready': 'public',
  'GET /api/v1/openapi.json': 'public',
  'GET /api/v1/session': 'public',
  'POST /api/v1/session': 'public',
  'PATCH /api/v1/session': ALL,
  'DELETE /api/v1/session': 'public',
};
