/** A trust list as the rest of this folder takes it, wherever it came from. */

/** What a list says of itself. */
export interface ListOrigin {
  readonly title: string;
  /** Its number among the lists of its publisher. */
  readonly sequence: number | null;
  /** ISO 8601. */
  readonly issued: string;
  /** When its publisher meant to issue the next one at the latest; ISO 8601. */
  readonly nextUpdate: string | null;
}

/** A list that counts. */
export interface TrustedList {
  readonly name: string;
  /** Whom it vouches for: signers of labels, time-stamp authorities, or both. */
  readonly purpose: 'labels' | 'time' | 'both';
  /** `null` for a list that says nothing of itself, such as a PEM file. */
  readonly origin: ListOrigin | null;
  /** The file it was imported from, or where this version has it from. */
  readonly from: string;
  /** ISO 8601; `null` for a list that comes with this version. */
  readonly importedAt: string | null;
  readonly usages: readonly string[];
  /** PEM of the certificates that are believed: roots, and authorities below a root. */
  readonly certificates: readonly string[];
  /** PEM of certificates that the list names as not to be believed any more; no path leads through one. */
  readonly distrusted: readonly string[];
}

/** PEM of a certificate in DER and base64. */
export function pemOf(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A day of a list in words: `5 August 2026`. */
export const dayOf = (iso: string): string =>
  new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** What a list is called in a sentence: title and day of issue where it has them. */
export const titleOf = ({ name, origin }: Pick<TrustedList, 'name' | 'origin'>): string =>
  origin === null ? `trust list "${name}"` : `${origin.title} of ${dayOf(origin.issued)}`;

/** Whether the next list was due before `now`. */
export const isOld = ({ origin }: Pick<TrustedList, 'origin'>, now: Date): boolean =>
  origin?.nextUpdate != null && new Date(origin.nextUpdate) < now;
