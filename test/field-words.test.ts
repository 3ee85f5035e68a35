/** What is wrong with a field, in words. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import '../src/consent/index.js';

const words = (shape: z.ZodType, value: unknown): string[] => {
  const parsed = shape.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
};

describe('the words for a field that cannot be used', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['text that is missing', z.string(), undefined, 'is missing'],
    ['a number for text', z.string(), 3, 'has to be text'],
    ['no number', z.number(), Number.NaN, 'has to be a number'],
    ['half a frame', z.int(), 1.5, 'has to be a whole number'],
    ['too long', z.string().max(3), 'abcd', 'is longer than 3 characters'],
    ['empty', z.string().min(1), '', 'is empty'],
    ['too short', z.string().min(12), 'abc', 'is shorter than 12 characters'],
    ['too much', z.number().max(10), 11, 'is more than 10'],
    ['as much as is too much', z.number().lt(10), 10, 'is not less than 10'],
    ['too little', z.number().min(1), 0, 'is less than 1'],
    ['an empty list', z.array(z.string()).min(1), [], 'is an empty list'],
    ['a long list', z.array(z.string()).max(1), ['a', 'b'], 'holds more than 1 entries'],
    ['none of the choices', z.enum(['a', 'b']), 'c', 'is none of: a, b'],
    ['a choice that is missing', z.enum(['a', 'b']), undefined, 'is missing'],
    ['what is not known', z.strictObject({}), { b: 1 }, 'holds what is not known here: b'],
    ['no address', z.email(), 'x', 'is no e-mail address'],
    ['no day', z.iso.date(), '1.12.2026', 'is no day, such as 2026-11-24'],
    ['another form', z.string().regex(/^a$/), 'b', 'has not the form that is asked'],
    ['nothing that fits', z.union([z.string(), z.number()]), true, 'is none of what can be used here'],
  ])('%s', (_, shape, value, expected) => {
    expect(words(shape, value)).toEqual([expected]);
  });

  it('give way to those that a schema has of its own', () => {
    expect(words(z.string({ error: 'wants a name' }), 1)).toEqual(['wants a name']);
    expect(
      words(
        z.string().refine(() => false, 'is taken'),
        'x',
      ),
    ).toEqual(['is taken']);
  });
});
