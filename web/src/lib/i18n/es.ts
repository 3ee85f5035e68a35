/** Spanish. */
import { check } from './es/check';
import { common } from './es/common';
import { law } from './es/law';
import { learn } from './es/learn';
import { make } from './es/make';
import { people } from './es/people';
import type { Dictionary } from './index.svelte';

/** Every key with its Spanish text. */
export const es: Dictionary = { ...common, ...check, ...law, ...learn, ...make, ...people };
