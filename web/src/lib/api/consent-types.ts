/** Shapes of consent records. */

/** Where a record stands. */
export type ConsentStatus =
  | 'stands'
  | 'withdrawn'
  | 'suspended'
  | 'ended'
  | 'notYet'
  | 'unsigned'
  | 'replaced'
  | 'pending'
  | 'broken';

/** A record in short and in words. */
export interface Consent {
  readonly id: string;
  readonly digest: string;
  readonly name: string;
  readonly adult: boolean;
  readonly likeness: readonly string[];
  readonly licensee: string | null;
  readonly project: string;
  readonly roles: readonly string[];
  readonly operations: readonly string[];
  readonly uses: readonly string[];
  readonly prohibitedUses: readonly string[];
  readonly media: readonly string[];
  readonly territories: readonly string[];
  readonly count: number | null;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly method: string | null;
  readonly signatures: readonly { readonly role: string; readonly created: string }[];
  readonly createdAt: string;
  readonly status: ConsentStatus;
  readonly checks: readonly {
    readonly rule: string;
    readonly passed: boolean;
    readonly found: string;
    readonly todo: string | null;
  }[];
  /** The record in plain sentences. */
  readonly words: readonly string[];
  /** About the person who asks. */
  readonly mine: boolean;
}
