/**
 * What is wrong with a field of a request or a file, in the words of the house in place of a schema's: they follow the name
 * of the field, "count: is less than 1". Words that a schema has of its own go before these.
 */
import { z } from 'zod';

/** The part of an issue that words are made of; what of it there is depends on the code. */
type Issue = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'has to be text',
  number: 'has to be a number',
  int: 'has to be a whole number',
  bigint: 'has to be a whole number',
  boolean: 'has to be true or false',
  array: 'has to be a list',
  tuple: 'has to be a list',
  object: 'has to hold fields of its own',
  record: 'has to hold fields of its own',
  null: 'has to be null',
  date: 'has to be a day',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'is no e-mail address',
  url: 'is no web address',
  uuid: 'is no number of the form that is asked',
  guid: 'is no number of the form that is asked',
  date: 'is no day, such as 2026-11-24',
  datetime: 'is no moment, such as 2026-11-24T12:00:00Z',
  duration: 'is no length of time, such as P30D',
};

function tooLarge(origin: string, most: unknown, inclusive: boolean): string {
  if (origin === 'string') return `is longer than ${most} characters`;
  if (origin === 'array' || origin === 'set') return `holds more than ${most} entries`;
  return inclusive ? `is more than ${most}` : `is not less than ${most}`;
}

function tooSmall(origin: string, least: unknown, inclusive: boolean): string {
  if (origin === 'string') return least === 1 ? 'is empty' : `is shorter than ${least} characters`;
  if (origin === 'array' || origin === 'set')
    return least === 1 ? 'is an empty list' : `holds fewer than ${least} entries`;
  return inclusive ? `is less than ${least}` : `is not more than ${least}`;
}

/** The words for one issue; undefined where the schema's own are as good. */
export function fieldWords(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return KINDS[issue.expected] ?? undefined;
    case 'too_big':
      return tooLarge(issue.origin, issue.maximum, issue.inclusive !== false);
    case 'too_small':
      return tooSmall(issue.origin, issue.minimum, issue.inclusive !== false);
    case 'invalid_value':
      if (issue.input === undefined) return 'is missing';
      return issue.values.length === 1
        ? `has to be ${String(issue.values[0])}`
        : `is none of: ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'has not the form that is asked';
    case 'unrecognized_keys':
      return `holds what is not known here: ${issue.keys.join(', ')}`;
    case 'not_multiple_of':
      return `is no multiple of ${issue.divisor}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'is none of what can be used here';
    case 'invalid_key':
      return 'has a name that cannot be used';
    default:
      return undefined;
  }
}

z.config({ customError: fieldWords });
