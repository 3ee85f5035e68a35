/**
 * The manifest store: what was sealed here, so that a file that lost its label can still be answered for. One file an
 * entry; its name holds the keys it is looked up by, so there is no index that could be damaged. Holds hashes, the label
 * and ids of consent records: no face, no name, no measurement of anybody.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { likenessHome, sha256 } from '../../base/index.js';
import { writePrivate } from '../../consent/index.js';

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

/** Keeps what was sealed, whole or not at all, and lets the oldest entries go where there are too many. */
export async function keepEntry(seal: NewStoreEntry): Promise<void> {
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
  await writePrivate(join(storePath(), nameOf(entry)), `${JSON.stringify(whole)}\n`);
  const all = names();
  for (const name of all.slice(0, Math.max(0, all.length - MOST_ENTRIES)))
    await rm(join(storePath(), name), { force: true });
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
