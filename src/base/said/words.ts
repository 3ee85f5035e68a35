/** The translations of what the program says, read from where they lie: a file for each room. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../paths.js';
import { type Said, type SaidWords, translator } from './translate.js';

/** Languages that there are besides English. */
export const SAID_LANGUAGES = ['de', 'es'] as const;
/** One of {@link SAID_LANGUAGES}. */
export type SaidLanguage = (typeof SAID_LANGUAGES)[number];

const FOLDER = join(packageRoot, 'src', 'base', 'said', 'words');
const made = new Map<SaidLanguage, (text: string) => Said>();

/** Translates what the program says into a language; made once, some 20 ms. */
export function translatorTo(language: SaidLanguage): (text: string) => Said {
  const before = made.get(language);
  if (before !== undefined) return before;
  const folder = join(FOLDER, language);
  const rooms = readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SaidWords);
  const say = translator(Object.assign({}, ...rooms) as SaidWords);
  made.set(language, say);
  return say;
}
