/** Shapes of the answers about the law. */

/** One line of an answer. */
export interface Hit {
  readonly id: string;
  readonly place: string;
  readonly instrument: string;
  readonly article: string;
  readonly text: string;
  readonly penalty: string | null;
  readonly deadline: { readonly hours: number; readonly after: 'notice' | 'request' | 'order' | 'regulator' } | null;
  readonly where: string | null;
  readonly from: string | null;
  readonly status: string;
  readonly letter: 'P' | 'S' | 'U' | 'H';
  readonly source: { readonly title: string; readonly url: string | null };
  readonly verifiedOn: string;
  readonly dependsOn: readonly string[];
  readonly unless: readonly string[];
}

/** What the table says. */
export interface LawAnswer {
  readonly ruleset: { readonly version: string; readonly asOf: string; readonly ageDays: number };
  readonly blocked: readonly Hit[];
  readonly must: readonly Hit[];
  readonly should: readonly Hit[];
  readonly open: readonly Hit[];
  readonly questions: readonly { readonly fact: string; readonly text: string; readonly decides: readonly string[] }[];
  readonly rights: readonly Hit[];
  readonly upcoming: readonly Hit[];
  readonly notes: readonly { readonly id: string; readonly place: string; readonly text: string }[];
  readonly notCovered: readonly { readonly place: string; readonly only: readonly string[] }[];
}

/** A sentence that answers a question people come with. */
export interface PlainAnswer {
  readonly question: string;
  readonly verdict: 'no' | 'open' | 'duties' | 'none';
  readonly text: string;
}

/** Answer of `POST /law/answers`. */
export interface LawReply extends LawAnswer {
  readonly plain: readonly PlainAnswer[];
}

/** Answer of `POST /law/letters`: a letter to a platform, and what it rests on. */
export interface Letter {
  readonly language: string;
  readonly text: string;
  readonly rights: readonly Hit[];
  readonly sendTo: readonly string[];
  readonly warnings: readonly string[];
}

/** Answer of `GET /law/letters`: what a letter can be about. */
export interface LetterHead {
  readonly places: readonly string[];
  readonly languages: readonly string[];
}

/** Answer of `GET /law`: what may be asked. */
export interface LawHead {
  readonly acts: readonly string[];
  readonly media: readonly string[];
  readonly places: readonly { readonly code: string; readonly name: string }[];
}
