/** Until when what was learned of somebody may be kept: records name what happens to models after their end. */

import type { ConsentRecord } from './record.js';
import { knownRecord, knownRecords } from './registry.js';
import { withdrawn } from './revocation.js';

/** Why the models of a record are to be deleted. */
export type ModelsEnd = 'term' | 'withdrawn';

const inTerm = ({ term }: ConsentRecord, now: Date): boolean =>
  Date.parse(term.notBefore) <= now.getTime() && now.getTime() <= Date.parse(term.notAfter);

/**
 * Why what was learned under a record has to go now, or null where it may stay: the record stands, it lets things be kept
 * (`keepPublished`), it is not known here, or another record of the same person that stands allows training.
 *
 * @param id `urn:uuid:...`
 */
export function modelsEnd(id: string, now: Date = new Date()): ModelsEnd | null {
  const known = knownRecord(id);
  if (known === null || known.record.term.postTerm === 'keepPublished') return null;
  const over = now.getTime() > Date.parse(known.record.term.notAfter);
  const why = withdrawn(known) ? 'withdrawn' : over ? 'term' : null;
  if (why === null) return null;
  const { did } = known.record.subject;
  const renewed = knownRecords().some(
    (other) =>
      other.record.id !== id &&
      other.record.subject.did === did &&
      other.record.scope.operations.includes('train') &&
      inTerm(other.record, now) &&
      !withdrawn(other),
  );
  return renewed ? null : why;
}
