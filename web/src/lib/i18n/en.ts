/** English: the language the others are measured against. */
import { common } from './en/common';
import { learn } from './en/learn';

/** Every key with its English text. */
export const en = { ...common, ...learn } as const;
