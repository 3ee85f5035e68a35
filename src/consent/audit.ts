/**
 * The audit log: one JSON line for every grant, refusal, seal, publication and withdrawal, each with the hash of the line
 * before. A separate head file, authenticated with the machine key, says how long the log is, so that lines cut off its
 * end are missed too. Before a line is written it is put down as an intent, so that a death at any moment leaves a log
 * that is whole. It holds hashes and names of records, never faces or keys.
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
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, sha256 } from '../base/index.js';
import { digestOf } from './canonical.js';
import { withLock } from './lock.js';
import { machineKey, writePrivate } from './private-files.js';

/** What an entry tells of. */
export const AUDIT_KINDS = [
  'record',
  'grant',
  'release',
  'refusal',
  'revocation',
  'approval',
  'status',
  'challenge',
  'capture',
  'review',
  'evidence',
  'models',
  'seal',
  'publish',
] as const;
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
const intentPath = (): string => join(likenessHome(), 'audit.intent.json');
const lockPath = (): string => join(likenessHome(), 'audit.lock');

function broken(where: string, why: string): LikenessError {
  return new LikenessError('consent.audit.broken', `The audit log ${auditLogPath()} is broken at ${where}: ${why}.`, {
    hint: 'Keep the file as it is for whoever looks into it, then restore the log and its head from a backup.',
  });
}

const intentSchema = z.strictObject({ line: z.string(), mac: z.string() });

const sameText = (x: string, y: string): boolean => {
  const [a, b] = [Buffer.from(x), Buffer.from(y)];
  return a.length === b.length && timingSafeEqual(a, b);
};

async function macOf(what: 'head' | 'intent', head: Omit<Head, 'mac'>): Promise<string> {
  const key = await machineKey();
  // The first version had heads alone, without a word for what is authenticated.
  const purpose = what === 'head' ? 'likeness.audit/1' : 'likeness.audit.intent/1';
  const mac = createHmac('sha256', key).update(`${purpose} ${head.entries} ${head.bytes} ${head.hash}`);
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
  if (!sameText(await macOf('head', head), head.mac))
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

const END_NONE = { entries: 0, hash: GENESIS, bytes: 0 } as const;
type End = Omit<Head, 'mac'>;

async function writeHead(end: End): Promise<void> {
  await writePrivate(headPath(), `${JSON.stringify({ ...end, mac: await macOf('head', end) })}\n`);
}

function appendLine(line: string): void {
  const path = auditLogPath();
  try {
    appendFileSync(path, line, { mode: 0o600 });
    const handle = openSync(path, 'r+');
    fsyncSync(handle);
    closeSync(handle);
  } catch (cause) {
    throw fileError(path, 'writing the audit log', cause);
  }
}

/**
 * Finishes an entry whose writer died midway. The intent beside the log is authenticated, so nobody without the machine
 * key can pass a line off as an unfinished one.
 */
async function finishIntent(end: End, bytes: number): Promise<End> {
  if (!existsSync(intentPath())) return end;
  let line: string;
  try {
    const intent = intentSchema.parse(JSON.parse(readFileSync(intentPath(), 'utf8')));
    line = intent.line;
    const expected = await macOf('intent', { entries: 0, bytes: line.length, hash: sha256(line) });
    if (!sameText(expected, intent.mac)) throw new Error('mac');
  } catch {
    throw broken('its end', 'audit.intent.json was not written by this machine');
  }
  const after = (): AuditEntry | undefined => {
    try {
      return parseLines(line, end.entries, end.hash)[0];
    } catch {
      return undefined;
    }
  };
  const entry = after();
  let now = end;
  // Otherwise the line is in the log already, and only the intent was left.
  if (entry !== undefined) {
    if (bytes > end.bytes) truncateSync(auditLogPath(), end.bytes);
    appendLine(line);
    now = { entries: entry.n, bytes: end.bytes + Buffer.byteLength(line), hash: entry.hash };
    await writeHead(now);
  }
  rmSync(intentPath(), { force: true });
  return now;
}

/** Where the chain ends, by head and file. Finishes what a crash left unfinished. */
async function tail(): Promise<End> {
  const head = await readHead();
  const path = auditLogPath();
  const size = (): number => (existsSync(path) ? statSync(path).size : 0);
  if (head !== null && size() < head.bytes) throw broken('its end', `${head.bytes - size()} bytes are missing`);
  const end = await finishIntent(head ?? END_NONE, size());
  if (end.entries === 0 && size() > 0) throw broken('its head', 'audit.head.json is missing');
  if (size() !== end.bytes) throw broken('its end', `${size() - end.bytes} bytes are not covered by the head`);
  return end;
}

async function readWhole(): Promise<{ entries: AuditEntry[]; end: End }> {
  const path = auditLogPath();
  const parsed = (): AuditEntry[] => parseLines(existsSync(path) ? readFileSync(path, 'utf8') : '', 0, GENESIS);
  // The lines first, so that a message names the one that does not hold; after a crash the last may be torn.
  const early = existsSync(intentPath()) ? null : parsed();
  const end = await tail();
  const entries = early ?? parsed();
  if (end.entries !== entries.length || (entries.at(-1)?.hash ?? GENESIS) !== end.hash)
    throw broken('its end', 'the head tells of another log');
  return { entries, end };
}

const locked = <T>(work: () => Promise<T>): Promise<T> => withLock(lockPath(), 'the audit log', work);

async function write(end: End, kind: AuditKind, facts: AuditFacts, at: Date): Promise<AuditEntry> {
  const body = { n: end.entries + 1, at: at.toISOString(), kind, facts, previous: end.hash };
  const entry: AuditEntry = { ...body, hash: hashOf(body) };
  const line = `${JSON.stringify(entry)}\n`;
  const mac = await macOf('intent', { entries: 0, bytes: line.length, hash: sha256(line) });
  await writePrivate(intentPath(), JSON.stringify({ line, mac }));
  appendLine(line);
  await writeHead({ entries: entry.n, bytes: end.bytes + Buffer.byteLength(line), hash: entry.hash });
  rmSync(intentPath(), { force: true });
  return entry;
}

/**
 * Adds an entry. Fails rather than go on where the log was cut or its head forged. A process that dies meanwhile leaves
 * either no trace of the entry, or one that the next reader finishes.
 *
 * @throws LikenessError `consent.audit.broken`
 */
export async function appendAudit(kind: AuditKind, facts: AuditFacts, at: Date = new Date()): Promise<AuditEntry> {
  return locked(async () => write(await tail(), kind, facts, at));
}

/**
 * Adds an entry that depends on those before: nobody writes between the look and the entry, in this process or another.
 *
 * @param decide gets the whole proven log; throws where there shall be no entry
 */
export async function decideInAudit(
  kind: AuditKind,
  decide: (entries: readonly AuditEntry[]) => AuditFacts,
  at: Date = new Date(),
): Promise<AuditEntry> {
  return locked(async () => {
    const { entries, end } = await readWhole();
    return write(end, kind, decide(entries), at);
  });
}

/**
 * Reads the whole log and proves the chain unbroken, from the first line to the head.
 *
 * @throws LikenessError `consent.audit.broken` that names the first line that does not hold
 */
export async function readAudit(): Promise<AuditEntry[]> {
  return locked(async () => (await readWhole()).entries);
}
