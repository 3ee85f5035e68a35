/** German. */
import { capture } from './de/capture';
import { check } from './de/check';
import { common } from './de/common';
import { demo } from './de/demo';
import { docs } from './de/docs';
import { lab } from './de/lab';
import { law } from './de/law';
import { learn } from './de/learn';
import { make } from './de/make';
import { people } from './de/people';
import type { Dictionary } from './index.svelte';

/** Every key with its German text. */
export const de: Dictionary = {
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
