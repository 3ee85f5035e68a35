/** The link that withdraws a record: its number and its word stand behind the `#`, which browsers send to nobody. */

/** A record, and the word that withdraws it. */
export interface Withdrawal {
  readonly record: string;
  readonly word: string;
}

/** The form of a record's number. */
export const RECORD = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The form of a word. */
export const WORD = /^[A-Za-z0-9_-]{43}$/;

/** The link, to be kept by the person who signed. */
export function withdrawLink({ record, word }: Withdrawal, origin: string = location.origin): string {
  return `${origin}/withdraw#record=${record}&word=${word}`;
}

/** What a link, or what stands behind its `#`, holds; null where it is no such link. */
export function readWithdrawLink(text: string): Withdrawal | null {
  const [, record, word] = /#record=([^&]+)&word=(.+)$/.exec(text.trim()) ?? [];
  return record !== undefined && word !== undefined && RECORD.test(record) && WORD.test(word) ? { record, word } : null;
}
