/**
 * The manifest store: what was sealed here, so that a file that lost its label can still be answered for. One file an
 * entry; its name holds the keys it is looked up by, so there is no index that could be damaged. Holds hashes, the label
 * and ids of consent records: no face, no name, no measurement of anybody.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LikenessError, likenessHome, sha256 } from '../../base/index.js';
import { type AuditEntry, readAudit, writePrivate } from '../../consent/index.js';

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));

const entrySchema = z.strictObject({
  type: z.literal('LikenessStoreEntry'),
  version: z.literal(1),
  sealedAt: z.iso.datetime(),
  title: z.string(),
  mime: z.string(),
  operation: z.string(),
  /** SHA-256 of the labelled file. */
  sha256: hex(64),
  /** SHA-256 of the same file before its label was put in. */
  content: hex(64),
  parent: hex(64),
  watermark: z.strictObject({ algorithm: z.string(), payload: z.string().regex(/^[0-9a-f]{2,64}$/) }).nullable(),
  /** Perceptual hashes of frames spread over the film, in order. */
  perceptual: z.array(z.string()).max(64),
  consent: z.array(
    z.strictObject({
      role: z.enum(['source', 'replaced']),
      id: z.string(),
      digest: z.string(),
      status: z.string().nullable(),
    }),
  ),
  /** The manifest store of the label, base64; `null` where it was too large to be kept. */
  manifest: z.string().nullable(),
  /** SHA-256 of the entry without this field, as it is written. */
  digest: hex(64),
});

/** What is kept of one sealed file. */
export type StoreEntry = z.infer<typeof entrySchema>;

/** Entries that are kept; the oldest go first. */
const MOST_ENTRIES = 10_000;
/** A larger label is not kept: those of many parents can be. */
const MOST_MANIFEST = 2 * 2 ** 20;

/** Where the store lies. */
export const storePath = (): string => join(likenessHome(), 'store');

const NAME = /^[0-9a-f]{12}-[0-9a-f]{16}-[0-9a-f]{16}-([0-9a-f]{2,64}|none)\.json$/;

/** File names of the entries, oldest first. */
function names(): string[] {
  return existsSync(storePath())
    ? readdirSync(storePath())
        .filter((name) => NAME.test(name))
        .sort()
    : [];
}

const digestOf = ({ digest: _, ...rest }: StoreEntry): string => sha256(JSON.stringify(rest));

/** What a look into the store found. */
export interface StoreLook {
  readonly entries: readonly StoreEntry[];
  /** Paths of entries that cannot be read or were changed; they are left out. */
  readonly damaged: readonly string[];
}

function read(wanted: readonly string[]): StoreLook {
  const entries: StoreEntry[] = [];
  const damaged: string[] = [];
  for (const name of wanted) {
    const path = join(storePath(), name);
    try {
      const entry = entrySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      if (entry.digest !== digestOf(entry) || nameOf(entry) !== name) damaged.push(path);
      else entries.push(entry);
    } catch {
      damaged.push(path);
    }
  }
  return { entries, damaged };
}

function nameOf(entry: Pick<StoreEntry, 'sealedAt' | 'sha256' | 'content' | 'watermark'>): string {
  const time = Date.parse(entry.sealedAt).toString(16).padStart(12, '0');
  return `${time}-${entry.sha256.slice(0, 16)}-${entry.content.slice(0, 16)}-${entry.watermark?.payload ?? 'none'}.json`;
}

/** Everything of an entry but what this room adds. */
export type NewStoreEntry = Omit<StoreEntry, 'type' | 'version' | 'sealedAt' | 'manifest' | 'digest'> & {
  readonly manifest: Uint8Array | null;
};

/** An entry that is written down whole and that no look-up finds yet. */
export interface PendingEntry {
  /** Lets it be found, and the oldest entries go where there are too many. */
  confirm(): Promise<void>;
  /** Takes it back. */
  drop(): Promise<void>;
}

/**
 * Writes down what is about to be sealed. It counts from {@link PendingEntry.confirm} on, which belongs after the line in the
 * audit log; what a process that ended between the two has left is for {@link settleStore}.
 */
export async function prepareEntry(seal: NewStoreEntry): Promise<PendingEntry> {
  const { manifest, ...rest } = seal;
  const body = {
    type: 'LikenessStoreEntry',
    version: 1,
    sealedAt: new Date().toISOString(),
    ...rest,
    manifest: manifest === null || manifest.length > MOST_MANIFEST ? null : Buffer.from(manifest).toString('base64'),
  } as const;
  // Parsed once, so that the order of the fields is that in which they will be read.
  const entry = entrySchema.parse({ ...body, digest: '0'.repeat(64) });
  const whole = { ...entry, digest: digestOf(entry) };
  const path = join(storePath(), nameOf(entry));
  const pending = `${path}${PENDING}`;
  await writePrivate(pending, `${JSON.stringify(whole)}\n`);
  return {
    async confirm() {
      await moveIn(pending, path);
      const all = names();
      for (const name of all.slice(0, Math.max(0, all.length - MOST_ENTRIES)))
        await rm(join(storePath(), name), { force: true });
    },
    drop: () => rm(pending, { force: true }),
  };
}

/** What a pending entry's name ends in, so that no look-up takes it for one. */
const PENDING = '.pending';
/** A seal takes minutes at most; a pending entry of this age, in milliseconds, belongs to no running process. */
const ABANDONED = 86_400_000;

/** Another process may have done it already. */
async function moveIn(pending: string, path: string): Promise<void> {
  await rename(pending, path).catch((cause: unknown) => {
    if (!existsSync(path)) throw cause;
  });
}

/**
 * Settles what processes left that ended in the middle of a seal: an entry whose seal stands in the audit log counts, one
 * without is removed after a day. Where the log cannot be read all is left as it is.
 */
export async function settleStore(): Promise<void> {
  const folder = storePath();
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(PENDING)) : [];
  if (left.length === 0) return;
  let log: readonly AuditEntry[];
  try {
    log = await readAudit();
  } catch (cause) {
    if (cause instanceof LikenessError) return;
    throw cause;
  }
  const sealed = new Set(log.flatMap(({ kind, facts }) => (kind === 'seal' ? [facts['sha256']] : [])));
  for (const name of left) {
    const pending = join(folder, name);
    const final = name.slice(0, -PENDING.length);
    try {
      const entry = entrySchema.safeParse(JSON.parse(readFileSync(pending, 'utf8')));
      if (entry.success && entry.data.digest === digestOf(entry.data) && sealed.has(entry.data.sha256))
        await moveIn(pending, join(folder, final));
      else if (Date.now() - statSync(pending).mtimeMs > ABANDONED) await rm(pending, { force: true });
    } catch {
      // Not whole, or settled by another process meanwhile.
    }
  }
}

/** Entries of a file with this hash: as it was sealed, or as it was before its label was put in. */
export function entriesByHash(hash: string): StoreLook {
  const short = hash.slice(0, 16);
  const look = read(names().filter((name) => name.slice(13, 29) === short || name.slice(30, 46) === short));
  return { ...look, entries: look.entries.filter((e) => e.sha256 === hash || e.content === hash) };
}

/** Entries whose watermark holds this payload, newest first. */
export function entriesByPayload(payload: string): StoreLook {
  const look = read(names().filter((name) => name.endsWith(`-${payload}.json`)));
  return { ...look, entries: [...look.entries].reverse() };
}

/** All entries, oldest first, and what is damaged. */
export function wholeStore(): StoreLook {
  return read(names());
}
