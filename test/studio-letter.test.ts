/** The letter that has a fake removed, over the API: with its deadline, without an account, with what is wrong by field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudioWorld } from './studio-world.js';

const world = new StudioWorld();

beforeAll(() => world.open(), 180_000);
afterAll(() => world.close());

interface Letter {
  readonly language: string;
  readonly text: string;
  readonly rights: readonly { readonly id: string; readonly deadline: unknown }[];
  readonly sendTo: readonly string[];
  readonly warnings: readonly string[];
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly hint: string;
}

async function write(body: object): Promise<{ status: number; letter: Letter }> {
  const answer = await world.post('/api/v1/law/letters', body, { headers: {} });
  return { status: answer.status, letter: (await answer.json()) as Letter };
}

describe('a letter', () => {
  it('has everything a platform needs, and the deadline that the letter starts', async () => {
    const { status, letter } = await write({
      places: ['US'],
      facts: { intimate: 'yes' },
      urls: ['https://example.com/v/1', 'https://example.com/v/2'],
      name: 'Alex Example',
      contact: 'alex@example.org',
      service: 'Example Videos',
    });
    expect(status).toBe(200);
    for (const part of ['Example Videos', 'https://example.com/v/1', 'https://example.com/v/2', 'Alex Example'])
      expect(letter.text).toContain(part);
    expect(letter.text).toContain('48 hours after you receive this notice');
    expect(letter.rights[0]).toMatchObject({ deadline: { hours: 48, after: 'notice' } });
    expect(letter.sendTo).toHaveLength(letter.rights.length);
    expect(letter.warnings.join(' ')).toContain('not legal advice');
  });

  it('is in the language of the place, or another', async () => {
    const asked = { places: ['AT'], facts: { intimate: 'no' } };
    expect((await write(asked)).letter).toMatchObject({ language: 'de', rights: [{ deadline: { hours: 720 } }, {}] });
    expect((await write({ ...asked, language: 'fr' })).letter.language).toBe('fr');
  });

  it.each([
    [{ places: ['US'] }, 'facts'],
    [{ places: ['XQ'], facts: { intimate: 'no' } }, 'places'],
    [{ places: ['US'], facts: { intimate: 'no' }, urls: ['javascript:alert(1)'] }, 'urls.0'],
    [{ places: ['US'], facts: { intimate: 'no' }, name: 'Alex\nSigned: somebody else' }, 'name'],
    [{ places: ['US'], facts: { intimate: 'no', consent: 'yes' } }, 'facts'],
  ])('%j is refused beside its field', async (body, field) => {
    const { status, letter } = await write(body);
    expect(status).toBe(422);
    expect(letter.errors[0]?.field).toBe(field);
    expect(letter.hint).not.toContain('--fact');
  });

  it('can be about every place that is offered', async () => {
    const head = (await (await world.ask('/api/v1/law/letters')).json()) as { places: string[]; languages: string[] };
    expect(head.places).toEqual(expect.arrayContaining(['US', 'DE', 'AT', 'IN', 'worldwide']));
    expect(head.languages).toEqual(['en', 'de', 'fr', 'es']);
    for (const place of head.places)
      expect((await write({ places: [place], facts: { intimate: 'yes' } })).status, place).toBe(200);
  });
});
