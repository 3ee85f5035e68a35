/** What stands in a backup beside the files themselves: their hashes, and what is not there. */
import { z } from 'zod';

/** The name of the list in a backup. */
export const LIST = 'backup.json';
/** The rows of a PostgreSQL server, see tables.ts. */
export const TABLES = 'tables.jsonl';
/** The folder of what lies below LIKENESS_HOME, and that of what lies in a bucket. */
export const HOME = 'home';
/** See {@link HOME}. */
export const BUCKET = 'bucket';

const hashes = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

const gapSchema = z.strictObject({
  /** Below the data folder. */
  path: z.string(),
  /** What people call it; null where nobody does. */
  name: z.string().nullable(),
  /** `gone`: deleted while the backup was made; `changed`: not what the database says. */
  why: z.enum(['gone', 'changed']),
});

/** A file that the tables know and the backup has not. */
export type BackupGap = z.infer<typeof gapSchema>;

/** The list. Backups of before have less. */
export const listSchema = z.strictObject({
  backup: z.enum(['likeness-backup/1', 'likeness-backup/2']),
  madeAt: z.iso.datetime(),
  /** Of the tables: all rows are of this moment. */
  tablesAt: z.iso.datetime().optional(),
  files: hashes,
  /** All folders, those without a file too: a database does not open without them. */
  folders: z.array(z.string()),
  /** What lies in a bucket, by its path below the data folder. */
  bucket: hashes.default({}),
  /** Paths in the bucket that were left out as it was asked for. */
  leftOut: z.array(z.string()).default([]),
  missing: z.array(gapSchema).default([]),
});

/** See {@link listSchema}. */
export type BackupList = z.infer<typeof listSchema>;
