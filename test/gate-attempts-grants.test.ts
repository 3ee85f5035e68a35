/** Attempts to get past the gate with grants: made up, kept, bent, shared. None gets a picture out. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizationRequest, Grant } from '../src/consent/index.js';
import { type Attempt, GateWorld, type Plan } from './gate-world.js';

const w = new GateWorld();
beforeAll(async () => w.build());
afterEach(() => w.restore());
afterAll(() => w.remove());

const asks = (request: Partial<AuthorizationRequest>): Partial<Plan> => ({ request });

describe('a grant', () => {
  const other = w.path.bind(w, 'other.png');
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['made up', /grant\.forged/, () => ({ grant: () => Object.create(Grant.prototype) as Grant })],
    ['copied', /grant\.forged/, () => ({ grant: (g) => structuredClone(g.terms) as unknown as Grant })],
    ['behind a proxy', /grant\.forged/, () => ({ grant: (g) => new Proxy(g, {}) })],
    ['as its own heir', /grant\.forged/, () => ({ grant: (g) => Object.create(g) as Grant })],
    ['none', /grant\.missing/, () => ({ grant: () => [] })],
    [
      'one good and one made up',
      /grant\.forged/,
      () => ({ grant: (g) => [g, { terms: g.terms } as unknown as Grant] }),
    ],
    ['given back', /grant\.released/, () => ({ meanwhile: (g) => g.release() })],
    ['for training, used for a swap', /scope\.operation/, () => asks({ operation: 'train' })],
    ['for a swap, used for training', /scope\.operation/, () => ({ operation: 'train' })],
    [
      'for another target',
      /footage/,
      () => ({
        meanwhile: (g) => g.assertCovers({ operation: 'faceSwap', targetSha256: 'c'.repeat(64) }),
      }),
    ],
    [
      'bent to other terms',
      /TypeError/,
      () => ({ meanwhile: (g) => Object.assign(g.terms, { operations: ['lipSync'] }) }),
    ],
    [
      'with its method replaced',
      /TypeError/,
      () => ({ meanwhile: (g) => Object.assign(g, { assertCovers: () => undefined }) }),
    ],
    ['with its class replaced', /TypeError/, () => ({ meanwhile: () => Object.assign(Grant, { is: () => true }) })],
    [
      'kept for another file',
      /footage|destination/,
      async () => {
        let kept: Grant | undefined;
        const keep = (grant: Grant): void => {
          kept = grant;
        };
        await w.go({ meanwhile: keep }, 'first-again.png').catch(() => undefined);
        w.restore();
        return { target: other(), targetFaces: w.bob.face(9), grant: () => kept as Grant };
      },
    ],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));

  it('counted once is good for one picture, however many ask at once', async () => {
    const plan = await w.signed((r) => ({ ...r, scope: { ...r.scope, count: 2 } }));
    const targets = ['target.png', 'other.png', 'made.png', 'source.png'].map((name) => w.path(name));
    let grants = 0;
    const asked = await Promise.allSettled(
      targets.map((target, i) => w.go({ ...plan, target, meanwhile: () => void grants++ }, `counted-${i}.png`)),
    );
    expect(grants).toBe(2);
    expect(asked.filter((one) => one.status === 'fulfilled').length).toBeLessThanOrEqual(2);
    for (const one of asked)
      if (one.status === 'rejected') expect((one.reason as { code: string }).code).toMatch(/count|destination/);
  });

  it('counted cannot be sealed twice, and comes free when it is given back', async () => {
    const plan = await w.signed((r) => ({ ...r, scope: { ...r.scope, count: 1 } }));
    let kept: Grant | undefined;
    const keep = (grant: Grant): void => {
      kept = grant;
    };
    await expect(
      w.go({
        ...plan,
        meanwhile: async (grant) => {
          kept = grant;
          await grant.release();
        },
      }),
    ).rejects.toMatchObject({ code: 'consent.grant.released' });
    await w.go({ ...plan, meanwhile: keep }, 'one.png');
    const again = w.go({ ...plan }, 'two.png');
    await expect(again).rejects.toMatchObject({ code: 'consent.scope.count' });
    const { recordSeal } = await import('../src/consent/index.js');
    await expect(recordSeal([kept as Grant], {})).rejects.toMatchObject({ code: 'consent.scope.count' });
  });

  it('counted is one render for all who share a piece of work, and one seal', async () => {
    const plan = await w.signed((r) => ({ ...r, scope: { ...r.scope, count: 1 } }));
    const shared = { ...plan, request: { work: 'a film in parts' } };
    const grants: Grant[] = [];
    const second = (grant: Grant): void => void grants.push(grant);
    // Another process takes part while the first is at it, and nobody else gets in.
    const first = async (grant: Grant): Promise<void> => {
      grants.push(grant);
      await expect(w.go(plan, 'stranger.png')).rejects.toMatchObject({ code: 'consent.scope.count' });
      await expect(w.go({ ...plan, request: { work: 'another film' } }, 'other.png')).rejects.toMatchObject({
        code: 'consent.scope.count',
      });
      await w.go({ ...shared, meanwhile: second }, 'by-the-second.png');
    };
    await expect(w.go({ ...shared, meanwhile: first }, 'by-the-first.png')).rejects.toMatchObject({
      code: 'consent.scope.count',
    });
    expect(grants).toHaveLength(2);
    await expect(w.go(shared, 'by-a-third.png')).rejects.toMatchObject({ code: 'consent.scope.count' });
  });
});
