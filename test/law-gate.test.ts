/** What the law of a territory does to a request that both records allow, and what it puts into the grant. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizeWith } from '../src/consent/grant.js';
import { type AuthorizationRequest, authorize, ConsentRefusedError, readAudit } from '../src/consent/index.js';
import { goodRequest, makePerson, type Person, temporaryHome } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  at = temporaryHome();
  [ann, bob] = (await Promise.all(
    [1, 2].map((seed) =>
      makePerson(`person${seed}`, seed, (r) => ({
        ...r,
        scope: { ...r.scope, uses: ['film', 'campaign', 'unheard'], prohibitedUses: [] },
      })),
    ),
  )) as [Person, Person];
});
afterEach(() => at.remove());

const request = (change: Partial<AuthorizationRequest>): AuthorizationRequest => ({
  ...goodRequest(ann, bob),
  ...change,
});

async function refusal(change: Partial<AuthorizationRequest>): Promise<ConsentRefusedError> {
  return authorize(request(change)).then(
    () => {
      throw new Error('it was granted');
    },
    (error: unknown) => {
      if (error instanceof ConsentRefusedError) return error;
      throw error;
    },
  );
}

describe('authorize and the law', () => {
  it('refuses what the law of the territory forbids, though both agreed, and names row and source', async () => {
    const error = await refusal({ use: 'campaign', territory: 'BR' });
    expect(error.code).toBe('law.blocked');
    expect(error.message).toMatch(/^Refused for the use in BR .*br-tse-9c\.deepfake, letter S/);
    expect(error.message).toContain('https://www.tse.jus.br/');
    expect((await readAudit()).at(-1)).toMatchObject({
      kind: 'refusal',
      facts: { rule: 'law.blocked', territory: 'BR' },
    });
  });

  it('refuses where a prohibition hangs on what is not known, until it is said', async () => {
    const error = await refusal({ use: 'unheard', territory: 'BR' });
    expect(error.code).toBe('law.question');
    expect(error.hint).toContain('election=yes or no');
    const grant = await authorize(request({ use: 'unheard', territory: 'BR', facts: { election: 'no' } }));
    expect(grant.terms.law.ruleset).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect((await refusal({ use: 'unheard', territory: 'BR', facts: { election: 'yes' } })).code).toBe('law.blocked');
  });

  it('asks the law of every place for the whole world, and none where no place was named', async () => {
    expect((await refusal({ use: 'campaign', territory: 'worldwide' })).code).toBe('law.blocked');
    const grant = await authorize(request({ use: 'film' }));
    expect(grant.terms.law.required).toEqual([]);
    expect(grant.terms.law.defaults).toEqual(['label.visible', 'mark.metadata', 'mark.watermark']);
  });

  it('puts the labels of the territory into the grant, frozen, with sources', async () => {
    const { law } = (await authorize(request({ use: 'film', territory: 'CN' }))).terms;
    expect(law.required).toEqual(['label.visible', 'mark.metadata', 'mark.metadata.cn']);
    expect(law.duties.find((duty) => duty.id === 'cn-labelling.label')).toMatchObject({ place: 'CN', letter: 'S' });
    expect(Object.isFrozen(law.required)).toBe(true);
    expect((await authorize(request({ use: 'film', territory: 'CH' }))).terms.law.notCovered).toEqual(['CH']);
  });

  it('does not let facts speak against the records', async () => {
    await expect(authorize(request({ facts: { consent: 'no' } }))).rejects.toMatchObject({
      code: 'law.facts.contradiction',
    });
    await expect(authorize(request({ territory: 'DE', facts: { minor: 'yes' } }))).rejects.toMatchObject({
      code: 'law.facts.contradiction',
    });
    await expect(
      authorize(request({ use: 'campaign', territory: 'BR', facts: { election: 'no' } })),
    ).rejects.toMatchObject({ code: 'law.facts.contradiction' });
  });

  it('goes by the day of the request: the grace for old systems ends on 2 December 2026', async () => {
    const facts = { provider: 'yes', professional: 'no', oldSystem: 'yes' } as const;
    // The log's clock must not run back, so the later day is asked last.
    const required = async (now: Date): Promise<readonly string[]> =>
      (await authorizeWith(request({ use: 'film', territory: 'DE', facts }), () => now)).terms.law.required;
    const later = new Date(Math.max(Date.now() + 1000, Date.parse('2026-12-02T12:00:00Z')));
    expect(await required(later)).toEqual(['mark.metadata', 'mark.watermark']);
  });
});
