/** Text from files that others made, made safe to print: no control characters that move a cursor or begin a line. */

/**
 * One line of printable text.
 *
 * @param limit characters after which it is cut
 */
export function plainText(text: string, limit = 400): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return clean.length <= limit ? clean : `${clean.slice(0, limit)}...`;
}
