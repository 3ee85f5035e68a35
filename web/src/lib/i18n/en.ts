/** English: the language the others are measured against. */
import { capture } from './en/capture';
import { check } from './en/check';
import { common } from './en/common';
import { demo } from './en/demo';
import { docs } from './en/docs';
import { lab } from './en/lab';
import { law } from './en/law';
import { learn } from './en/learn';
import { make } from './en/make';
import { people } from './en/people';

/** Every key with its English text. */
export const en = {
  ...common,
  ...capture,
  ...check,
  ...demo,
  ...docs,
  ...lab,
  ...law,
  ...learn,
  ...make,
  ...people,
} as const;
