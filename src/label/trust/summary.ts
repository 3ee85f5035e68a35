/** The lists in words: what each holds, and that one is old. */
import { X509Certificate } from 'node:crypto';
import type { LabelReport } from '../report.js';
import { commonName } from '../signer/certificates.js';
import { OWN_LIST } from './judge.js';
import { trustLists } from './lists.js';
import { isShipped, shippedFile } from './shipped.js';
import { dayOf, isOld, type TrustedList, titleOf } from './types.js';

/** A list as it is shown. */
export interface ListSummary extends Omit<TrustedList, 'certificates' | 'distrusted'> {
  readonly count: number;
  /** How many of them are valid today. */
  readonly valid: number;
  /** How many certificates the list names as not to be believed. */
  readonly distrusted: number;
  /** Whether the next list was due before today. */
  readonly old: boolean;
  /** Names of the first few certificates. */
  readonly names: readonly string[];
  /** The list in words. */
  readonly sentences: readonly string[];
}

/** What a list holds today. */
export function listSummary(list: TrustedList, now = new Date()): ListSummary {
  const { certificates, distrusted, ...rest } = list;
  const all = certificates.map((pem) => new X509Certificate(pem));
  const valid = all.filter((c) => new Date(c.validFrom) <= now && new Date(c.validTo) >= now).length;
  const names = all.slice(0, 5).map((c) => commonName(c));
  const { origin, importedAt, from } = list;
  const next = origin?.nextUpdate == null ? '' : `, the next due by ${dayOf(origin.nextUpdate)}`;
  const old = isOld(list, now);
  const more = all.length > names.length ? ', ...' : '';
  const without = distrusted.length === 0 ? '' : `; ${distrusted.length} named as no longer trusted`;
  return {
    ...rest,
    count: all.length,
    valid,
    distrusted: distrusted.length,
    old,
    names,
    sentences: [
      `${titleOf(list)}${next}${old ? ' (OLD)' : ''}`,
      `${all.length} ${all.length === 1 ? 'certificate' : 'certificates'}, ${valid} valid today (${names.join(', ')}${more})${without}`,
      {
        labels: 'for signers of labels',
        time: 'for time-stamp authorities',
        both: 'for signers of labels and time-stamp authorities',
      }[list.purpose],
      importedAt === null ? `comes with Likeness: ${from}` : `from ${from}, imported ${importedAt}`,
    ],
  };
}

/** What is to be said where a label was held against a list whose next one is due. */
export function oldListRemarks({ found, signer, timestamp }: LabelReport, now: Date): string[] {
  if (found !== 'label') return [];
  const asked = trustLists().filter(
    ({ purpose }) => (purpose !== 'time' && signer?.list !== OWN_LIST) || (purpose !== 'labels' && timestamp !== null),
  );
  return asked.flatMap((list) => {
    const { name, origin } = list;
    if (origin?.nextUpdate == null || !isOld(list, now)) return [];
    const where = isShipped(name) ? ` (${shippedFile(name).source.repository})` : '';
    return [
      `The ${titleOf(list)} is old: its publisher meant to replace it by ${dayOf(origin.nextUpdate)}, and who was added or withdrawn since is not known here. Fetch the new list${where} and import it: likeness label trust import <file> --name ${name}`,
    ];
  });
}
