/** In which language a request wants records read out. */
import { TERMS_LANGUAGES, type TermsLanguage, termsLanguageOf } from '../consent/index.js';
import type { StudioContext } from './api.js';
import { HttpProblem } from './problem.js';

/**
 * `?language=`, else the first in `Accept-Language` that there is, else English.
 *
 * @throws HttpProblem `request.language` for a query that names another
 */
export function languageOf(c: StudioContext): TermsLanguage {
  const asked = c.req.query('language');
  if (asked !== undefined) {
    const language = TERMS_LANGUAGES.find((each) => each === asked);
    if (language === undefined)
      throw new HttpProblem(422, 'request.language', 'Records cannot be read in this language.', {
        hint: `Choose from: ${TERMS_LANGUAGES.join(', ')}.`,
        errors: [{ field: 'language', message: 'is none of those that there are' }],
      });
    return language;
  }
  for (const range of (c.req.header('accept-language') ?? '').slice(0, 500).split(',')) {
    const language = termsLanguageOf(range.split(';')[0] ?? '');
    if (language !== null) return language;
  }
  return 'en';
}
