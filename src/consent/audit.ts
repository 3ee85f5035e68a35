/**
 * The audit log: one JSON line for every grant, refusal, seal, publication and withdrawal, each with the hash of the line
 * before. A separate head file, authenticated with the machine key, says how long the log is, so that lines cut off its
 * end are missed too. It holds hashes and names of records, never faces or keys.
 *
 * What it proves: the log was not changed by anyone who cannot read the machine key. Whoever owns the account can
 * rewrite everything on it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { fileError, hasErrno, LikenessError, likenessHome } from '../base/index.js';
import { digestOf } from './canonical.js';
import { machineKey, writePrivate } from './private-files.js';

/** What an entry tells of. */
export const AUDIT_KINDS = ['record', 'grant', 'refusal', 'revocation', 'seal', 'publish'] as const;
/** One of {@link AUDIT_KINDS}. */
export type AuditKind = (typeof AUDIT_KINDS)[number];

const entrySchema = z.strictObject({
  /** 1, 2, 3, ... */
  n: z.number().int().positive(),
  at: z.iso.datetime(),
  kind: z.enum(AUDIT_KINDS),
  /** Flat facts: record ids, digests, file hashes, rules. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  /** Hash of the entry before; of nothing for the first. */
  previous: z.string(),
  /** SHA-256 of the JCS form of this entry without this field. */
  hash: z.string(),
});

/** One line of the log. */
export type AuditEntry = z.infer<typeof entrySchema>;
/** The part of an entry that callers give. */
export type AuditFacts = AuditEntry['facts'];

const headSchema = z.strictObject({
  entries: z.number().int().min(0),
  bytes: z.number().int().min(0),
  hash: z.string(),
  mac: z.string(),
});
type Head = z.infer<typeof headSchema>;

const GENESIS = `sha256:${'0'.repeat(64)}`;

/** Where the log lies. */
export const auditLogPath = (): string => join(likenessHome(), 'audit.jsonl');
const headPath = (): string => join(likenessHome(), 'audit.head.json');
const lockPath = (): string => join(likenessHome(), 'audit.lock');

function broken(where: string, why: string): LikenessError {
  return new LikenessError('consent.audit.broken', `The audit log ${auditLogPath()} is broken at ${where}: ${why}.`, {
    hint: 'Keep the file as it is for whoever looks into it, then restore the log and its head from a backup.',
  });
}

async function macOf(head: Omit<Head, 'mac'>): Promise<string> {
  const key = await machineKey();
  const mac = createHmac('sha256', key).update(`likeness.audit/1 ${head.entries} ${head.bytes} ${head.hash}`);
  key.fill(0);
  return mac.digest('hex');
}

async function readHead(): Promise<Head | null> {
  if (!existsSync(headPath())) return null;
  let head: Head;
  try {
    head = headSchema.parse(JSON.parse(readFileSync(headPath(), 'utf8')));
  } catch {
    throw broken('its head', 'audit.head.json cannot be read');
  }
  const expected = Buffer.from(await macOf(head));
  const found = Buffer.from(head.mac);
  if (expected.length !== found.length || !timingSafeEqual(expected, found))
    throw broken('its head', 'audit.head.json was not written with the key of this machine');
  return head;
}

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { n, at, kind, facts, previous } = entry;
  return digestOf({ n, at, kind, facts, previous });
}

/** Parses and checks a run of lines that must follow on `previous`. */
function parseLines(text: string, n: number, previous: string): AuditEntry[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw broken('its end', 'the last line is not complete');
  let last = previous;
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, i) => {
      const where = `line ${n + i + 1}`;
      let entry: AuditEntry;
      try {
        entry = entrySchema.parse(JSON.parse(line));
      } catch {
        throw broken(where, 'it is not an entry');
      }
      if (entry.n !== n + i + 1) throw broken(where, `it is numbered ${entry.n}`);
      if (entry.previous !== last) throw broken(where, 'it does not follow on the line before');
      if (entry.hash !== hashOf(entry)) throw broken(where, 'its content does not match its hash');
      last = entry.hash;
      return entry;
    });
}

/** True where the process that holds the lock is gone. */
function isStale(): boolean {
  try {
    const pid = Number(readFileSync(lockPath(), 'utf8'));
    // A lock without a number is one whose owner is between making and filling it, unless it is old.
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(lockPath()).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return hasErrno(cause, 'ESRCH');
  }
}

/** Runs `work` while no other process or task writes the log. */
async function locked<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockPath()), { recursive: true, mode: 0o700 });
  const giveUp = Date.now() + 15_000;
  for (;;) {
    try {
      const lock = openSync(lockPath(), 'wx', 0o600);
      writeSync(lock, String(process.pid));
      closeSync(lock);
      break;
    } catch (cause) {
      if (!hasErrno(cause, 'EEXIST')) throw fileError(lockPath(), 'locking the audit log', cause);
      if (isStale()) rmSync(lockPath(), { force: true });
      else if (Date.now() > giveUp)
        throw new LikenessError('consent.audit.locked', `Another process holds ${lockPath()}.`, {
          hint: 'Wait for it to end, or remove the file if no Likeness process is running.',
        });
      else await sleep(10);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath(), { force: true });
  }
}

/** Where the chain ends, by head and file; checks what stands behind the head. */
async function tail(): Promise<{ entries: number; hash: string; bytes: number }> {
  const head = await readHead();
  const path = auditLogPath();
  const bytes = existsSync(path) ? statSync(path).size : 0;
  if (head === null) {
    if (bytes > 0) throw broken('its head', 'audit.head.json is missing');
    return { entries: 0, hash: GENESIS, bytes: 0 };
  }
  if (bytes < head.bytes) throw broken('its end', `${head.bytes - bytes} bytes are missing`);
  if (bytes === head.bytes) return head;
  // A crash between the line and the head leaves exactly one whole line more than the head knows.
  const extra = parseLines(readFileSync(path).subarray(head.bytes).toString('utf8'), head.entries, head.hash);
  if (extra.length !== 1) throw broken('its end', `${extra.length} entries are not covered by the head`);
  return { entries: head.entries + 1, hash: extra[0]?.hash ?? head.hash, bytes };
}

/**
 * Adds an entry. Fails rather than go on where the log was cut or its head forged.
 *
 * @throws LikenessError `consent.audit.broken`
 */
export async function appendAudit(kind: AuditKind, facts: AuditFacts, at: Date = new Date()): Promise<AuditEntry> {
  return locked(async () => {
    const end = await tail();
    const body = { n: end.entries + 1, at: at.toISOString(), kind, facts, previous: end.hash };
    const entry: AuditEntry = { ...body, hash: hashOf(body) };
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    const path = auditLogPath();
    try {
      appendFileSync(path, line, { mode: 0o600 });
      const handle = openSync(path, 'r+');
      fsyncSync(handle);
      closeSync(handle);
    } catch (cause) {
      throw fileError(path, 'writing the audit log', cause);
    }
    const head = { entries: entry.n, bytes: end.bytes + line.length, hash: entry.hash };
    await writePrivate(headPath(), `${JSON.stringify({ ...head, mac: await macOf(head) })}\n`);
    return entry;
  });
}

/**
 * Reads the whole log and proves the chain unbroken, from the first line to the head.
 *
 * @throws LikenessError `consent.audit.broken` that names the first line that does not hold
 */
export async function readAudit(): Promise<AuditEntry[]> {
  return locked(async () => {
    const path = auditLogPath();
    const entries = parseLines(existsSync(path) ? readFileSync(path, 'utf8') : '', 0, GENESIS);
    const end = await tail();
    if (end.entries !== entries.length || (entries.at(-1)?.hash ?? GENESIS) !== end.hash)
      throw broken('its end', 'the head tells of another log');
    return entries;
  });
}
