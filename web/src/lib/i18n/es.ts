/** Spanish. */
import { capture } from './es/capture';
import { check } from './es/check';
import { common } from './es/common';
import { demo } from './es/demo';
import { docs } from './es/docs';
import { lab } from './es/lab';
import { law } from './es/law';
import { learn } from './es/learn';
import { make } from './es/make';
import { people } from './es/people';
import type { Dictionary } from './index.svelte';

/** Every key with its Spanish text. */
export const es: Dictionary = {
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
};
