/** What every language of the removal letter has to say. */
import type { Deadline } from '../schema.js';

/** The sentences of one language. */
export interface LetterWords {
  readonly language: string;
  /** What stands where the writer has to fill something in. */
  readonly blanks: {
    readonly name: string;
    readonly contact: string;
    readonly address: string;
    readonly service: string;
  };
  readonly date: string;
  readonly subject: string;
  readonly opening: string;
  /** The material is a fake that shows the writer. */
  readonly shows: string;
  readonly intimate: string;
  readonly minor: string;
  readonly where: string;
  readonly noConsent: string;
  readonly asks: readonly string[];
  readonly basis: string;
  /** A basis with its clock. */
  deadline(basis: string, deadline: Deadline): string;
  /** A basis without one. */
  promptly(basis: string): string;
  forbidden(basis: string): string;
  readonly goodFaith: string;
  readonly contact: string;
  readonly signature: string;
}

/** `48` as `48`, `720` as one month: the clocks of the table in the words of a language. */
export function span(hours: number, hour: string, month: string): string {
  return hours === 720 ? month : `${hours} ${hour}`;
}
