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
  /** The same in the language of the sentences. */
  readonly usesInWords: string;
  readonly prohibitedInWords: string;
  readonly media: readonly string[];
  readonly territories: readonly string[];
  readonly count: number | null;
  readonly scriptApproval: 'none' | 'perItem';
  readonly approvals: readonly { readonly sha256: string; readonly approvedAt: string }[];
  readonly pay: { readonly kind: string; readonly note: string } | null;
  readonly legalBasis: string;
  readonly governingLaw: string | null;
  readonly noticeHours: number;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly method: string | null;
  readonly signatures: readonly { readonly role: string; readonly created: string }[];
  readonly createdAt: string;
  /** Whether there is a picture of whom it is about. */
  readonly face: boolean;
  readonly status: ConsentStatus;
  readonly checks: readonly {
    readonly rule: string;
    readonly passed: boolean;
    readonly found: string;
    readonly todo: string | null;
  }[];
  /** The record in plain sentences. */
  readonly words: readonly string[];
  /** Of the sentences. */
  readonly wordsLanguage: string;
  /** About the person who asks. */
  readonly mine: boolean;
}
