/** Who may do what: every route against every role. The letters are what ought to be, not what the table says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STUDIO_ROLES } from '../src/server/access.js';
import { type Caller, StudioWorld } from './studio-world.js';

/** o owner, m maker, r reviewer, s subject; a anybody. */
const OUGHT: Readonly<Record<string, string>> = {
  'GET /health': 'a',
  'GET /ready': 'a',
  'GET /metrics': 'o',
  'GET /api/v1/openapi.json': 'a',
  'GET /api/v1/session': 'a',
  'POST /api/v1/session': 'a',
  'PATCH /api/v1/session': 'omrs',
  'DELETE /api/v1/session': 'a',
  'GET /api/v1/session/oidc': 'a',
  'GET /api/v1/session/oidc/callback': 'a',
  'POST /api/v1/uploads': 'omr',
  'GET /api/v1/uploads/{id}': 'omr',
  'PATCH /api/v1/uploads/{id}': 'omr',
  'DELETE /api/v1/uploads/{id}': 'omr',
  'GET /api/v1/media': 'omrs',
  'GET /api/v1/media/{id}': 'omrs',
  'DELETE /api/v1/media/{id}': 'om',
  'GET /api/v1/media/{id}/file': 'omrs',
  'GET /api/v1/media/{id}/poster': 'omrs',
  'GET /api/v1/media/{id}/people/{person}/face': 'omr',
  'GET /api/v1/consents': 'omrs',
  'POST /api/v1/consents': 'om',
  'GET /api/v1/consents/{id}': 'omrs',
  'GET /api/v1/consents/{id}/record': 'omrs',
  'GET /api/v1/consents/{id}/page': 'omrs',
  'GET /api/v1/consents/{id}/face': 'omrs',
  'GET /api/v1/consents/{id}/media': 'omrs',
  'POST /api/v1/consents/{id}/revocation': 'omrs',
  'POST /api/v1/consents/{id}/approvals': 'omr',
  'POST /api/v1/withdrawals': 'a',
  'GET /api/v1/status-lists/{number}': 'a',
  'POST /api/v1/captures': 'om',
  'GET /api/v1/captures': 'omr',
  'POST /api/v1/captures/{id}/review': 'omr',
  'GET /api/v1/captures/{id}/recording': 'omr',
  'GET /api/v1/capture': 'a',
  'POST /api/v1/capture/challenge': 'a',
  'POST /api/v1/capture/uploads': 'a',
  'GET /api/v1/capture/uploads/{id}': 'a',
  'PATCH /api/v1/capture/uploads/{id}': 'a',
  'POST /api/v1/capture/recording': 'a',
  'POST /api/v1/capture/signature': 'a',
  'GET /api/v1/projects': 'omr',
  'POST /api/v1/projects': 'om',
  'GET /api/v1/projects/{id}': 'omr',
  'PUT /api/v1/projects/{id}': 'om',
  'PATCH /api/v1/projects/{id}': 'om',
  'DELETE /api/v1/projects/{id}': 'om',
  'GET /api/v1/projects/{id}/file': 'omr',
  'POST /api/v1/jobs': 'omr',
  'GET /api/v1/jobs': 'omrs',
  'GET /api/v1/jobs/{id}': 'omrs',
  'PATCH /api/v1/jobs/{id}': 'omr',
  'DELETE /api/v1/jobs/{id}': 'omr',
  'POST /api/v1/jobs/{id}/retries': 'omr',
  'GET /api/v1/face-mesh': 'omr',
  'GET /api/v1/jobs/{id}/masks': 'omr',
  'GET /api/v1/jobs/{id}/events': 'omrs',
  'GET /api/v1/jobs/{id}/preview': 'omr',
  'GET /api/v1/jobs/{id}/files/{name}': 'omrs',
  'GET /api/v1/events': 'omrs',
  'GET /api/v1/demo': 'omr',
  'POST /api/v1/demo': 'om',
  'POST /api/v1/checks': 'omr',
  'GET /api/v1/checks': 'omr',
  'GET /api/v1/checks/{id}': 'omr',
  'GET /api/v1/checks/{id}/page': 'omr',
  'POST /api/v1/verifications': 'omr',
  'GET /api/v1/verifications': 'omr',
  'GET /api/v1/verifications/{id}': 'omr',
  'GET /api/v1/verifications/{id}/page': 'omr',
  'POST /api/v1/benches': 'omr',
  'GET /api/v1/benches': 'omr',
  'GET /api/v1/benches/{id}': 'omr',
  'GET /api/v1/benches/{id}/page': 'omr',
  'GET /api/v1/law': 'omrs',
  'POST /api/v1/law/answers': 'omrs',
  'GET /api/v1/law/letters': 'a',
  'POST /api/v1/law/letters': 'a',
  'GET /api/v1/users': 'o',
  'PATCH /api/v1/users/{id}': 'o',
  'DELETE /api/v1/users/{id}': 'o',
  'POST /api/v1/invitations': 'o',
  'GET /api/v1/invitations': 'o',
  'DELETE /api/v1/invitations/{id}': 'o',
  'POST /api/v1/invitations/accept': 'a',
  'POST /api/v1/invitations/records': 'omrs',
  'GET /api/v1/api-keys': 'omrs',
  'POST /api/v1/api-keys': 'omrs',
  'DELETE /api/v1/api-keys/{id}': 'omrs',
  'GET /api/v1/audit': 'o',
  'GET /api/v1/settings': 'omr',
  'PATCH /api/v1/settings': 'o',
};

const world = new StudioWorld();

beforeAll(async () => {
  await world.open();
  await world.signIn();
  await world.people();
}, 180_000);

afterAll(() => world.close());

/** The code of a refusal, or the status where nothing was refused. */
async function outcome(route: string, who: Caller | null): Promise<string> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern
    .replace('{id}', '01234567-89ab-4def-8123-456789abcdef')
    .replace('{person}', '1')
    .replace('{name}', 'report.html');
  const stop = new AbortController();
  const answer = await world.ask(path, {
    method,
    signal: stop.signal,
    headers: { ...who?.headers, 'content-type': 'application/json', 'tus-resumable': '1.0.0' },
    ...(['POST', 'PATCH', 'PUT'].includes(method) ? { body: '{}' } : {}),
  });
  const { status } = answer;
  const code = status === 401 || status === 403 ? ((await answer.text()) as string) : '';
  stop.abort();
  // HEAD has no body: its status says it.
  if (code === '' && (status === 401 || status === 403)) return status === 401 ? 'session.missing' : 'access.role';
  return code === '' ? String(status) : (JSON.parse(code) as { code: string }).code;
}

describe('access', () => {
  it('has a line here for every route, and for no other', async () => {
    const { paths } = (await (await world.ask('/api/v1/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual(Object.keys(OUGHT).sort());
  });

  it.each(Object.entries(OUGHT))('%s: %s', async (route, letters) => {
    const found: Record<string, boolean> = {};
    const ought: Record<string, boolean> = {};
    for (const role of STUDIO_ROLES) {
      const who = world.keys.get(role);
      if (who === undefined) throw new Error(role);
      found[role] = (await outcome(route, who)) !== 'access.role';
      ought[role] = letters === 'a' || letters.includes(role.charAt(0));
    }
    found['nobody'] = (await outcome(route, null)) !== 'session.missing';
    ought['nobody'] = letters === 'a';
    expect(found).toEqual(ought);
  });
});
