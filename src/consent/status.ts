/**
 * Status lists as this machine keeps them: lists of its own, which it signs, and copies of others', which it was handed.
 * A record that names a list stands only while a list that is signed by the issuer named in the record, not outdated and
 * not older than one seen before, says so. Nothing is fetched: a list that is not here refuses.
 */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, LikenessError, likenessHome, sha256, writeAtomic } from '../base/index.js';
import { type AuditEntry, appendAudit, readAudit } from './audit.js';
import { parseJson } from './json.js';
import type { SigningKey } from './keys.js';
import { withLock } from './lock.js';
import type { ConsentEnvelope, StatusEntry } from './record.js';
import { knownRecords } from './registry.js';
import { revokedBecause } from './revocation.js';
import {
  parseStatusList,
  STATUS_LIST_ENTRIES,
  type StatusList,
  type StatusPurpose,
  signStatusList,
  statusAt,
  statusesSet,
} from './status-list.js';

const pathOf = (url: string): string => join(likenessHome(), 'status', `${sha256(url)}.status.json`);
/** A list that begins this many milliseconds in the future is let go: clocks differ. */
const CLOCK_SLACK = 5 * 60_000;
const DAY = 86_400_000;

/** The newest beginning of each list that this process has seen: a file put back to an older one is noticed midway. */
const newestSeen = new Map<string, number>();

function readList(path: string): StatusList {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a status list', cause);
  }
  return parseStatusList(parseJson(text, path), path);
}

/** The beginning of the newest version of an issuer's list that the audit log knows, in milliseconds; 0 for none. */
const newestLogged = (url: string, issuer: string, log: readonly AuditEntry[]): number =>
  log.reduce(
    (newest, { kind, facts }) =>
      kind === 'status' && facts['list'] === url && facts['issuer'] === issuer
        ? Math.max(newest, Date.parse(String(facts['validFrom'])))
        : newest,
    0,
  );

/** Why a record's status does not allow its use. */
export interface StatusProblem {
  readonly rule: 'consent.revoked' | 'consent.suspended' | 'consent.status';
  readonly found: string;
}

function problemOf(entry: StatusEntry, now: Date, log: readonly AuditEntry[]): StatusProblem | null {
  const { statusListCredential: url, statusPurpose: purpose, issuer } = entry;
  const unknown = (why: string): StatusProblem => ({ rule: 'consent.status', found: `the status list ${url} ${why}` });
  if (!existsSync(pathOf(url))) return unknown('is not on this machine');
  let list: StatusList;
  let set: boolean;
  try {
    list = readList(pathOf(url));
    set = statusAt(list, Number(entry.statusListIndex));
  } catch (cause) {
    if (cause instanceof LikenessError) return unknown(`cannot be used (${cause.message.replace(/\.$/, '')})`);
    throw cause;
  }
  if (list.id !== url || list.issuer !== issuer || list.credentialSubject.statusPurpose !== purpose)
    return unknown('is not by the issuer, or not of the kind, that the record names');
  const from = Date.parse(list.validFrom);
  if (set)
    return purpose === 'revocation'
      ? { rule: 'consent.revoked', found: `the status list ${url} says that it was withdrawn` }
      : { rule: 'consent.suspended', found: `the status list ${url} says that it is suspended` };
  if (from < Math.max(newestSeen.get(url) ?? 0, newestLogged(url, issuer, log)))
    return unknown('is older than one that was here before');
  newestSeen.set(url, from);
  if (now.getTime() < from - CLOCK_SLACK) return unknown(`begins only on ${list.validFrom}`);
  if (now.getTime() >= Date.parse(list.validUntil)) return unknown(`was good until ${list.validUntil} only`);
  return null;
}

/**
 * What the status lists say against a record, or `null`. Reads one small file for each list the record names.
 *
 * @param log entries of the audit log, where they are at hand
 */
export function statusProblem(
  { record }: ConsentEnvelope,
  now: Date,
  log: readonly AuditEntry[] = [],
): StatusProblem | null {
  for (const entry of record.revocation.status) {
    const problem = problemOf(entry, now, log);
    if (problem !== null) return problem;
  }
  return null;
}

async function keep(list: StatusList, how: 'made' | 'changed' | 'imported'): Promise<void> {
  await writeAtomic(pathOf(list.id), `${JSON.stringify(list, null, 2)}\n`);
  newestSeen.set(list.id, Date.parse(list.validFrom));
  await appendAudit('status', {
    list: list.id,
    purpose: list.credentialSubject.statusPurpose,
    issuer: list.issuer,
    validFrom: list.validFrom,
    set: statusesSet(list).length,
    how,
  });
}

const locked = <T>(work: () => Promise<T>): Promise<T> =>
  withLock(join(likenessHome(), 'status.lock'), 'the status lists', work);

/**
 * Starts a list of one's own.
 *
 * @param url where it will be published
 * @param days how long a version of it is good for
 * @throws LikenessError `consent.status.exists`
 */
export async function createStatusList(
  url: string,
  purpose: StatusPurpose,
  key: SigningKey,
  days = 30,
): Promise<StatusList> {
  if (!URL.canParse(url))
    throw new LikenessError('consent.status.url', `"${url}" is no address.`, {
      hint: 'Give the address at which the list will be published, such as https://studio.example/status/1.',
    });
  return locked(async () => {
    if (existsSync(pathOf(url)))
      throw new LikenessError('consent.status.exists', `There is a status list ${url} already.`, {
        hint: 'Change it with "likeness consent status update", or choose another address.',
      });
    const validFrom = new Date();
    const validUntil = new Date(validFrom.getTime() + days * DAY);
    const list = signStatusList({ url, purpose, set: [], validFrom, validUntil }, key);
    await keep(list, 'made');
    return list;
  });
}

/** A list that is here. */
export function readStatusList(url: string): StatusList {
  if (!existsSync(pathOf(url)))
    throw new LikenessError('consent.status.missing', `The status list ${url} is not on this machine.`, {
      hint: 'Take it in with "likeness consent status import <file>".',
    });
  return readList(pathOf(url));
}

/**
 * The lists of an issuer, in the order in which they were begun here. One that is gone or damaged is not passed over: whoever
 * begins another one for its address would take withdrawals back.
 *
 * @param issuer did of the key that signs them
 * @throws LikenessError `consent.status.missing`, `consent.status.damaged`
 */
export async function statusListsOf(issuer: string): Promise<StatusList[]> {
  const begun = (await readAudit()).flatMap(({ kind, facts }) =>
    kind === 'status' && facts['how'] === 'made' && facts['issuer'] === issuer ? [String(facts['list'])] : [],
  );
  return begun.map(readStatusList);
}

/** The place of a record in a list of an issuer, or null. */
function placeIn({ record }: ConsentEnvelope, url: string, issuer: string): number | null {
  const entry = record.revocation.status.find((e) => e.statusListCredential === url && e.issuer === issuer);
  return entry === undefined ? null : Number(entry.statusListIndex);
}

/** Places in a list of one's own whose records are known here as withdrawn. */
async function withdrawnIn(url: string, issuer: string): Promise<number[]> {
  const log = await readAudit();
  return knownRecords().flatMap((envelope) => {
    const place = placeIn(envelope, url, issuer);
    return place !== null && revokedBecause(envelope, log) !== null ? [place] : [];
  });
}

/**
 * Whether a list of one's own is to be signed anew: a withdrawal that is known here does not stand in it, or it is a day old.
 *
 * @throws LikenessError `consent.status.missing`
 */
export async function isStatusListDue(url: string, now: Date): Promise<boolean> {
  const list = readStatusList(url);
  if (now.getTime() - Date.parse(list.validFrom) > DAY) return true;
  const set = new Set(statusesSet(list));
  return (await withdrawnIn(url, list.issuer)).some((place) => !set.has(place));
}

/** A free place in a list, chosen at random, so that neighbours in time are not neighbours in the list. */
export function reserveStatusEntry(url: string): StatusEntry {
  const list = readStatusList(url);
  const taken = new Set(
    knownRecords().flatMap(({ record }) =>
      record.revocation.status.filter((e) => e.statusListCredential === url).map((e) => Number(e.statusListIndex)),
    ),
  );
  for (const index of statusesSet(list)) taken.add(index);
  let index = randomInt(STATUS_LIST_ENTRIES);
  while (taken.has(index)) index = randomInt(STATUS_LIST_ENTRIES);
  return {
    type: 'BitstringStatusListEntry',
    statusPurpose: list.credentialSubject.statusPurpose,
    statusListIndex: String(index),
    statusListCredential: url,
    issuer: list.issuer,
  };
}

/**
 * Signs a new version of one's own list: every record that is known here as withdrawn gets its bit, and a suspension can
 * be set or lifted. A withdrawal is never taken back.
 *
 * @param change for a list of suspensions: which record, and whether it is suspended now
 * @throws LikenessError `consent.status.key` where the key is not the list's
 */
export async function updateStatusList(
  url: string,
  key: SigningKey,
  change: { readonly envelope: ConsentEnvelope; readonly suspended: boolean } | null = null,
  days = 30,
): Promise<StatusList> {
  return locked(async () => {
    const before = readStatusList(url);
    const purpose = before.credentialSubject.statusPurpose;
    if (key.did !== before.issuer)
      throw new LikenessError('consent.status.key', `The status list ${url} belongs to ${before.issuer}.`, {
        hint: 'Sign it with the key that made it.',
      });
    const set = new Set(statusesSet(before));
    if (purpose === 'revocation') for (const place of await withdrawnIn(url, key.did)) set.add(place);
    if (change !== null) {
      const place = placeIn(change.envelope, url, key.did);
      if (purpose !== 'suspension' || place === null)
        throw new LikenessError('consent.status.entry', `${change.envelope.record.id} has no place in ${url}.`, {
          hint: 'Name a list of suspensions that stands in the record. A withdrawal is made with "consent revoke".',
        });
      if (change.suspended) set.add(place);
      else set.delete(place);
    }
    const validFrom = new Date(Math.max(Date.now(), Date.parse(before.validFrom) + 1));
    const validUntil = new Date(validFrom.getTime() + days * DAY);
    const list = signStatusList({ url, purpose, set, validFrom, validUntil }, key);
    await keep(list, 'changed');
    return list;
  });
}

/**
 * Takes in a list that was published by somebody else.
 *
 * @throws LikenessError `consent.status.rollback` where a later version was here before
 */
export async function importStatusList(path: string): Promise<StatusList> {
  const list = readList(path);
  statusAt(list, 0);
  if (Date.parse(list.validFrom) > Date.now() + CLOCK_SLACK)
    throw new LikenessError('consent.status.future', `${path} begins only on ${list.validFrom}.`, {
      hint: 'Set the clock of this machine, or ask the issuer.',
    });
  return locked(async () => {
    const newest = Math.max(newestSeen.get(list.id) ?? 0, newestLogged(list.id, list.issuer, await readAudit()));
    if (Date.parse(list.validFrom) < newest)
      throw new LikenessError('consent.status.rollback', `${path} is older than the list that was here before.`, {
        hint: 'Fetch the present version from its address.',
      });
    if (existsSync(pathOf(list.id)) && readList(pathOf(list.id)).issuer !== list.issuer)
      throw new LikenessError('consent.status.key', `${path} is signed by another issuer than the list that is here.`, {
        hint: 'Ask where it comes from; a list does not change hands.',
      });
    await keep(list, 'imported');
    return list;
  });
}
