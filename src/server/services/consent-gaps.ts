/** Whether the records that a project names still stand: what is missing, in words, before anything is begun. */
import { knownRecord, plainName, verifyRecord } from '../../consent/index.js';
import type { ProjectFile, ProjectGap } from '../../jobs/index.js';
import { type ConsentState, stateOf } from './consents.js';

/** A record that a project names, and how it stands; `unknown` where the studio does not have it. */
export interface NamedRecord {
  readonly id: string;
  /** Of the person it is about; null where the record is unknown. */
  readonly name: string | null;
  readonly status: ConsentState | 'unknown';
}

/** What is missing, and the record that it is about, where there is one. */
export interface StudioGap extends ProjectGap {
  readonly record?: NamedRecord;
}

/** What a record is instead of standing, and what to do. */
const WORDS: Readonly<Record<Exclude<NamedRecord['status'], 'stands' | 'unknown'>, string>> = {
  withdrawn: 'was withdrawn: choose another record, or let this person stay as they are',
  suspended: 'is suspended: wait until that is over, or choose another record',
  ended: 'has ended: ask for a new record, and choose that',
  notYet: 'does not hold yet: wait until it begins, or choose another record',
  unsigned: 'is not signed by everybody: have it signed, and take it in again',
  replaced: 'was replaced by a newer one: choose the newer one',
  pending: 'has to be looked at first: see its checks under People',
  broken: 'does not hold: see its checks under People, or choose another record',
};

const FIELDS = ['sourceConsent', 'targetConsent'] as const;

async function lookUp(id: string): Promise<NamedRecord> {
  const envelope = knownRecord(`urn:uuid:${id}`);
  if (envelope === null) return { id, name: null, status: 'unknown' };
  const { checks } = await verifyRecord(envelope);
  return { id, name: plainName(envelope.record.subject.displayName), status: stateOf(envelope, checks) };
}

/** Looks records up, each once for as long as this is kept: for one answer. */
export class RecordLook {
  readonly #known = new Map<string, Promise<NamedRecord>>();

  #state(id: string): Promise<NamedRecord> {
    const found = this.#known.get(id) ?? lookUp(id);
    this.#known.set(id, found);
    return found;
  }

  /** The records of a project that nothing can be made with now. What no record is named for is not among them. */
  async gaps({ routes }: ProjectFile): Promise<StudioGap[]> {
    const found: StudioGap[] = [];
    for (const [at, route] of routes.entries())
      for (const each of FIELDS) {
        const id = route[each];
        const record = id === null ? null : await this.#state(id);
        if (record === null || record.status === 'stands') continue;
        const field = `routes.${at}.${each}`;
        found.push({
          field,
          message:
            record.status === 'unknown'
              ? 'names a record that is not in the studio: take it in under People, or choose another'
              : `names the record of ${record.name}, which ${WORDS[record.status]}`,
          record,
        });
      }
    return found;
  }
}
