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

/** Roles inside of a sentence. */
export const ROLE_WORDS: Readonly<Record<StudioRole, string>> = {
  owner: 'an owner',
  maker: 'a maker',
  reviewer: 'a reviewer',
  subject: 'a subject',
};

/** `public`: without signing in. */
export type Access = 'public' | readonly StudioRole[];

const OWNER = ['owner'] as const;
const MAKERS = ['owner', 'maker'] as const;
const STAFF = ['owner', 'maker', 'reviewer'] as const;
const ALL = STUDIO_ROLES;

/** Method and path of a route, `{id}` for its parameters. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /health': 'public',
  'GET /ready': 'public',
  'GET /metrics': OWNER,
  'GET /api/v1/openapi.json': 'public',

  'GET /api/v1/session': 'public',
  'POST /api/v1/session': 'public',
  'PATCH /api/v1/session': ALL,
  'DELETE /api/v1/session': 'public',
  'GET /api/v1/session/oidc': 'public',
  'GET /api/v1/session/oidc/callback': 'public',

  'POST /api/v1/uploads': STAFF,
  'GET /api/v1/uploads/{id}': STAFF,
  'PATCH /api/v1/uploads/{id}': STAFF,
  'DELETE /api/v1/uploads/{id}': STAFF,
  'GET /api/v1/media': ALL,
  'GET /api/v1/media/{id}': ALL,
  'DELETE /api/v1/media/{id}': MAKERS,
  'GET /api/v1/media/{id}/file': ALL,
  'GET /api/v1/media/{id}/poster': ALL,
  'GET /api/v1/media/{id}/people/{person}/face': STAFF,

  'GET /api/v1/consents': ALL,
  'POST /api/v1/consents': MAKERS,
  'GET /api/v1/consents/{id}': ALL,
  'GET /api/v1/consents/{id}/record': ALL,
  'GET /api/v1/consents/{id}/page': ALL,
  'GET /api/v1/consents/{id}/face': ALL,
  'GET /api/v1/consents/{id}/media': ALL,
  'POST /api/v1/consents/{id}/revocation': ALL,
  'POST /api/v1/consents/{id}/approvals': STAFF,

  // For whoever has the word of a record: it is looked at by the route.
  'POST /api/v1/withdrawals': 'public',
  // Bits and a signature; nobody can be told from them.
  'GET /api/v1/status-lists/{number}': 'public',

  'POST /api/v1/captures': MAKERS,
  'GET /api/v1/captures': STAFF,
  'POST /api/v1/captures/{id}/review': STAFF,
  'GET /api/v1/captures/{id}/recording': STAFF,
  // For whoever has the link: its token is looked at by each of them.
  'GET /api/v1/capture': 'public',
  'POST /api/v1/capture/challenge': 'public',
  'POST /api/v1/capture/uploads': 'public',
  'GET /api/v1/capture/uploads/{id}': 'public',
  'PATCH /api/v1/capture/uploads/{id}': 'public',
  'POST /api/v1/capture/recording': 'public',
  'POST /api/v1/capture/signature': 'public',

  'GET /api/v1/projects': STAFF,
  'POST /api/v1/projects': MAKERS,
  'GET /api/v1/projects/{id}': STAFF,
  'PUT /api/v1/projects/{id}': MAKERS,
  'PATCH /api/v1/projects/{id}': MAKERS,
  'DELETE /api/v1/projects/{id}': MAKERS,
  'GET /api/v1/projects/{id}/file': STAFF,

  'GET /api/v1/demo': STAFF,
  'POST /api/v1/demo': MAKERS,

  // Which kinds of job a reviewer may ask for is decided by the kind, see routes/jobs.ts.
  'POST /api/v1/jobs': STAFF,
  'GET /api/v1/jobs': ALL,
  'GET /api/v1/jobs/{id}': ALL,
  'PATCH /api/v1/jobs/{id}': STAFF,
  'DELETE /api/v1/jobs/{id}': STAFF,
  'POST /api/v1/jobs/{id}/retries': STAFF,
  'GET /api/v1/jobs/{id}/events': ALL,
  'GET /api/v1/jobs/{id}/preview': STAFF,
  'GET /api/v1/jobs/{id}/masks': STAFF,
  'GET /api/v1/face-mesh': STAFF,
  'GET /api/v1/jobs/{id}/files/{name}': ALL,
  'GET /api/v1/events': ALL,

  'POST /api/v1/checks': STAFF,
  'GET /api/v1/checks': STAFF,
  'GET /api/v1/checks/{id}': STAFF,
  'GET /api/v1/checks/{id}/page': STAFF,
  'POST /api/v1/verifications': STAFF,
  'GET /api/v1/verifications': STAFF,
  'GET /api/v1/verifications/{id}': STAFF,
  'GET /api/v1/verifications/{id}/page': STAFF,

  'POST /api/v1/benches': STAFF,
  'GET /api/v1/benches': STAFF,
  'GET /api/v1/benches/{id}': STAFF,
  'GET /api/v1/benches/{id}/page': STAFF,

  'GET /api/v1/law': ALL,
  'POST /api/v1/law/answers': ALL,
  // Whoever finds a fake of themselves has no account here; nothing of what they write is kept.
  'GET /api/v1/law/letters': 'public',
  'POST /api/v1/law/letters': 'public',

  'GET /api/v1/users': OWNER,
  'PATCH /api/v1/users/{id}': OWNER,
  'DELETE /api/v1/users/{id}': OWNER,
  'POST /api/v1/invitations': OWNER,
  'GET /api/v1/invitations': OWNER,
  'DELETE /api/v1/invitations/{id}': OWNER,
  'POST /api/v1/invitations/accept': 'public',
  'POST /api/v1/invitations/records': ALL,
  'GET /api/v1/api-keys': ALL,
  'POST /api/v1/api-keys': ALL,
  'DELETE /api/v1/api-keys/{id}': ALL,

  'GET /api/v1/audit': OWNER,
  'GET /api/v1/settings': STAFF,
  'PATCH /api/v1/settings': OWNER,
};
