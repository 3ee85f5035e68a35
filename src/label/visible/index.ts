/** The visible label: a sign that says in plain words that AI changed what one sees. */
export { drawLabel, type LabelKind, layOver, type Overlay } from './draw.js';
export { isLabelLanguage, VisibleLabel, type VisibleLabelChoice, type VisibleLabelFootage } from './label.js';
export { LABEL_LANGUAGES, LABEL_WORDS, type LabelLanguage, languageFor } from './words.js';
