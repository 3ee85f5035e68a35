/** Who decided what, as the owner reads it: people coming and going, too, and nothing that anybody typed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudioWorld } from './studio-world.js';

const world = new StudioWorld();

interface Decision {
  readonly action: string;
  readonly name: string | null;
  readonly about: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

const decisions = async (): Promise<Decision[]> =>
  (await world.json<{ decisions: Decision[] }>('/api/v1/audit?last=200', world.owner)).decisions;
const signIn = (email: string, password: string): Promise<Response> =>
  world.post('/api/v1/session', { email, password }, { headers: { origin: world.studio.origin } });

beforeAll(async () => {
  await world.open();
  await world.signIn();
}, 180_000);

afterAll(() => world.close());

describe('the log of decisions', () => {
  it('has the first owner, and who came in how', async () => {
    const [latest, before] = await decisions();
    expect(latest).toMatchObject({ action: 'session.begin', facts: { by: 'link' } });
    expect(before).toMatchObject({ action: 'users.first', about: latest?.about });
    expect(latest?.name).toBe(before?.name);
    expect(latest?.name).not.toBe('');
  });

  it('has what people change of themselves, refused attempts, and when they left; never what was typed', async () => {
    const maker = await world.invite('maker', 'maker@example.org');
    const me = await world.json<{ user: { id: string; name: string } }>('/api/v1/session', maker);
    const changed = await world.send('PATCH', '/api/v1/session', { name: 'Somebody else' }, maker);
    expect(changed.status).toBe(200);
    expect((await signIn('maker@example.org', 'a secret that is wrong')).status).toBe(401);
    expect((await signIn('nobody@example.org', 'a secret that is wrong')).status).toBe(401);
    expect((await signIn('maker@example.org', 'correct horse battery')).status).toBe(200);
    expect((await world.send('DELETE', '/api/v1/session', '', maker)).status).toBe(204);
    const found = await decisions();
    const { id } = me.user;
    expect(found.slice(0, 5).reverse()).toMatchObject([
      { action: 'users.change', name: 'Somebody else', about: id, facts: { changed: 'name' } },
      { action: 'session.refused', name: null, about: id, facts: { by: 'password' } },
      { action: 'session.refused', name: null, about: null },
      { action: 'session.begin', about: id, facts: { by: 'password' } },
      { action: 'session.end', about: id },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/secret|correct horse|nobody@/);
  });
});

describe('an invitation for a further record', () => {
  const link = async (role: string, consents: readonly string[], email?: string): Promise<string> => {
    const made = await world.post(
      '/api/v1/invitations',
      { role, consents, ...(email === undefined ? {} : { email }) },
      world.owner,
    );
    return ((await made.json()) as { link: string }).link.split('#invitation=')[1] ?? '';
  };

  it('is taken into an account that is there, once; one for another address or another role is not', async () => {
    const her = await world.invite('subject', 'her@example.org');
    const join = (token: string): Promise<Response> => world.post('/api/v1/invitations/records', { token }, her);
    const consent = '11111111-2222-4333-8444-555555555555';
    const token = await link('subject', [consent]);
    expect(
      (await world.post('/api/v1/invitations/records', { token }, { headers: { origin: world.studio.origin } })).status,
    ).toBe(401);
    expect((await join(token)).status).toBe(200);
    expect((await join(token)).status).toBe(403);
    expect((await decisions())[0]).toMatchObject({ action: 'invitations.join' });
    const maker = await join(await link('maker', []));
    expect([maker.status, ((await maker.json()) as { code: string }).code]).toEqual([409, 'invitations.role']);
    const other = await link('subject', [consent], 'other@example.org');
    expect((await join(other)).status).toBe(403);
    // Refused, it is still good for whom it was made.
    const accepted = await world.post(
      '/api/v1/invitations/accept',
      { token: other, name: 'Other', email: 'other@example.org', password: 'correct horse battery' },
      { headers: { origin: world.studio.origin } },
    );
    expect(accepted.status).toBe(201);
  });
});
