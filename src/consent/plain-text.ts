/**
 * Text from files that others made, made safe to print: no control characters that move a cursor or begin a line. And names that
 * people give: nothing in them that cannot be seen, or that turns round what stands beside it.
 */

/** Scripts in which a joiner or non-joiner between two letters is spelling. */
const JOINING = [
  'Arab',
  'Syrc',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
  'Khmr',
]
  .map((script) => `\\p{scx=${script}}`)
  .join('');
/** A joiner that belongs where it stands: in such a script, or between the parts of an emoji. */
const JOINER = new RegExp(
  `(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}])|(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})`,
  'gu',
);
/** What is not seen: marks of direction, zero-width characters, fillers, tags, halves of characters. */
const UNSEEN = /(?![\uFE00-\uFE0F])[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\p{Cs}]/gu;
/** Chooses between looks of the character before it; what follows nothing is seen by nobody. */
const LOOK = /(?<=^|\s|[\uFE00-\uFE0F])[\uFE00-\uFE0F]+/gu;

/**
 * One line of printable text.
 *
 * @param limit characters after which it is cut
 */
export function plainText(text: string, limit = 400): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return clean.length <= limit ? clean : `${clean.slice(0, limit)}...`;
}

/**
 * A name as people give it to a project, a file or themselves: on one line, without what cannot be seen. U+202E in the name of a
 * file shows `gpj.exe` as `exe.jpg`. Empty where nothing is left.
 */
export function plainName(text: string): string {
  const joiners = new Set([...text.matchAll(JOINER)].map(({ index }) => index));
  return text
    .replace(UNSEEN, (mark, at: number) => (joiners.has(at) ? mark : ''))
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(LOOK, '')
    .trim();
}
