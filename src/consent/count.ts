/**
 * Records that allow a number of renders. A grant takes one of them, in the audit log and under its lock, so that of many
 * who ask at once no more get one than there are. It is given back where the work failed and said so; where the process
 * died, whoever asks for the same work again takes it over. The processes that share a piece of work take one together.
 */
import { isAlive } from '../base/index.js';
import { type AuditEntry, type AuditFacts, decideInAudit } from './audit.js';
import type { Grant } from './grant.js';
import { PARTY_WORDS } from './party.js';
import type { ConsentRecord, Role } from './record.js';
import { ConsentRefusedError } from './rules.js';

/** Grants of this process that are neither given back nor sealed, by id. */
export const openSlots = new Set<string>();

const listed = (facts: AuditFacts, name: string): readonly string[] => {
  const value = facts[name];
  return Array.isArray(value) ? value : [];
};

/** What makes two grants be for the same work. */
const SAME_WORK = ['operations', 'use', 'sourceDigest', 'sourceFootage', 'replacedDigest', 'replacedFootage'] as const;

const sameWork = (x: AuditFacts, y: AuditFacts): boolean =>
  SAME_WORK.every((name) => JSON.stringify(x[name] ?? null) === JSON.stringify(y[name] ?? null));

/** What a grant takes: a render of its own, or one together with the other grants of a piece of work that is shared. */
const slotOf = (facts: AuditFacts): string =>
  typeof facts['work'] === 'string'
    ? JSON.stringify([facts['work'], ...SAME_WORK.map((name) => facts[name] ?? null)])
    : String(facts['grant']);

/** Renders under which something was sealed. */
function sealedSlots(entries: readonly AuditEntry[]): Set<string> {
  const sealed = sealedGrants(entries);
  return new Set(
    entries.flatMap(({ kind, facts }) =>
      kind === 'grant' && sealed.has(String(facts['grant'])) ? [slotOf(facts)] : [],
    ),
  );
}

/** Grants that hold a render of the record: not given back, not taken over by a later grant. */
function holders(recordId: string, entries: readonly AuditEntry[]): AuditEntry[] {
  const gone = new Set(
    entries.flatMap(({ kind, facts }) => (kind === 'release' ? [facts['grant']] : [facts['resumes']])),
  );
  const sealed = sealedGrants(entries);
  return entries.filter(
    ({ kind, facts }) =>
      kind === 'grant' &&
      listed(facts, 'counts').includes(recordId) &&
      // What came out stays counted, whatever was said of its grant later.
      (sealed.has(String(facts['grant'])) || !gone.has(facts['grant'] ?? null)),
  );
}

const sealedGrants = (entries: readonly AuditEntry[]): Set<string> =>
  new Set(entries.flatMap(({ kind, facts }) => (kind === 'seal' ? listed(facts, 'grants') : [])));

const isAbandoned = ({ facts }: AuditEntry): boolean => {
  const pid = Number(facts['process']);
  return pid === process.pid ? !openSlots.has(String(facts['grant'])) : !isAlive(pid);
};

/**
 * The facts with which a new grant takes its renders.
 *
 * @param facts what the grant is for, as the audit log has it
 * @throws ConsentRefusedError `consent.scope.count` where a record has none left
 */
export function countRenders(
  parties: readonly { readonly role: Role; readonly record: ConsentRecord }[],
  facts: AuditFacts,
  entries: readonly AuditEntry[],
): AuditFacts {
  if (listed(facts, 'operations').every((operation) => operation === 'train')) return {};
  const limited = parties.filter(({ record }) => record.scope.count !== null);
  if (limited.length === 0) return {};
  const sealed = sealedGrants(entries);
  const resumed = entries.find(
    (entry) =>
      limited.every(({ record }) => holders(record.id, entries).includes(entry)) &&
      !sealed.has(String(entry.facts['grant'])) &&
      sameWork(entry.facts, facts) &&
      isAbandoned(entry),
  );
  const mine = typeof facts['work'] === 'string' ? slotOf(facts) : null;
  const shared = mine !== null && !sealedSlots(entries).has(mine) ? mine : null;
  for (const { role, record } of limited) {
    const others = holders(record.id, entries).filter((entry) => entry !== resumed);
    const used = new Set(others.map((entry) => slotOf(entry.facts)).filter((slot) => slot !== shared)).size;
    if (used >= (record.scope.count ?? 0))
      throw new ConsentRefusedError(
        {
          rule: 'consent.scope.count',
          passed: false,
          found: `it is good for ${record.scope.count} renders, and ${used} were made or are under way`,
          todo: 'Ask the subject for a new record.',
        },
        record.id,
        PARTY_WORDS[role],
      );
  }
  return {
    counts: limited.map(({ record }) => record.id),
    process: process.pid,
    ...(resumed === undefined ? {} : { resumes: String(resumed.facts['grant']) }),
  };
}

/**
 * Writes a seal into the audit log. A grant that counts as one render is good for one seal.
 *
 * @throws ConsentRefusedError `consent.scope.count` where it was sealed before, or given back
 */
export async function recordSeal(grants: readonly Grant[], facts: AuditFacts): Promise<void> {
  const ids = grants.map((grant) => grant.terms.id);
  await decideInAudit('seal', (entries) => {
    const sealed = sealedGrants(entries);
    const slots = sealedSlots(entries);
    for (const grant of grants) {
      const { id, source } = grant.terms;
      const given = entries.find((e) => e.kind === 'grant' && e.facts['grant'] === id);
      const counts = given !== undefined && listed(given.facts, 'counts').length > 0;
      const released = entries.some(
        ({ kind, facts }) => (kind === 'release' && facts['grant'] === id) || facts['resumes'] === id,
      );
      if (given === undefined || released || (counts && (sealed.has(id) || slots.has(slotOf(given.facts)))))
        throw new ConsentRefusedError(
          {
            rule: 'consent.scope.count',
            passed: false,
            found: counts ? `grant ${id} is good for one render, and it was used` : `grant ${id} is not in the log`,
            todo: 'Ask authorize() for another one.',
          },
          source.recordId,
          PARTY_WORDS.source,
        );
    }
    return { ...facts, grants: ids };
  });
  for (const id of ids) openSlots.delete(id);
}
