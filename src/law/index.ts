/** What the rules say: a dated table of law with sources, and answers in three truth values. Never legal advice. */
export { kindWords, type PlainAnswer, plainAnswers } from './answers.js';
export {
  type Answer,
  ask,
  DISCLAIMER,
  type Hit,
  type Inquiry,
  parseDay,
  type Question,
  STALE_DAYS,
  today,
} from './ask.js';
export { type Duties, dutiesFor, factsOfUse, LABEL_KINDS, type LabelKind, type Work } from './duties.js';
export { FACTS, type Fact, type Facts, isFact, mergeFacts, parseFacts, type Truth } from './facts.js';
export { LETTER_LANGUAGES, type Letter, type LetterLanguage, type LetterRequest, writeLetter } from './letter.js';
export { concerns, EU_MEMBERS, HOUSE, parsePlace, placeName, WORLDWIDE } from './places.js';
export { renderAnswer, renderRows, renderSources, tableMarkdown } from './render.js';
export { RULESET_FOLDER, type Ruleset, readRuleset, ruleset } from './ruleset.js';
export { ACTS, type Act, LAW_MEDIA, type LawMedium, type LawRow } from './schema.js';
