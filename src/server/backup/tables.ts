/** The studio's tables on a PostgreSQL server as lines of JSON, for backups: all of one moment, however long it takes. */
import type { Database, Queryable } from '../../jobs/index.js';
import { JOB_TABLES, migrate } from '../../jobs/index.js';
import { createAuth } from '../auth.js';
import { SERVER_TABLES } from '../tables.js';
import type { BackupGap } from './list.js';

/** In this order rows find what they point to. */
const TABLES = [
  'studio_users',
  'studio_sessions',
  'studio_accounts',
  'studio_verifications',
  'studio_jobs',
  'studio_media',
  'studio_projects',
  'studio_api_keys',
  'studio_invitations',
  'studio_subjects',
  'studio_made_under',
  'studio_decisions',
  'studio_settings',
  'studio_captures',
];

/** Rows that are in memory at once. */
const ROWS = 200;

/** A file that a row names. */
export interface NamedFile {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
}

/** What the tables of a moment know of files. */
export interface KnownFiles {
  /** ISO 8601. */
  readonly at: string;
  /** Ids of media and jobs: files below them belong to this moment. */
  readonly ids: ReadonlySet<string>;
  readonly files: readonly NamedFile[];
}

async function* rowsOf(sql: Queryable, table: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  await sql.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT to_jsonb(t) AS row FROM ${table} t`);
  for (;;) {
    const rows = await sql.query<{ row: Record<string, unknown> }>(`FETCH ${ROWS} FROM backup_rows`);
    for (const { row } of rows) yield row;
    if (rows.length < ROWS) break;
  }
  await sql.query('CLOSE backup_rows');
}

/**
 * All rows, one JSON object a line: `{ table, row }`. They are those of one moment: what is added, changed or deleted while
 * they are read is not seen.
 *
 * @param write takes a line
 */
export async function exportTables(db: Database, write: (line: string) => Promise<void>): Promise<KnownFiles> {
  return db.transaction(async (sql) => {
    await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // The first look fixes the moment.
    const [now] = await sql.query<{ at: Date }>('SELECT clock_timestamp() AS at FROM studio_users LIMIT 1');
    const ids = new Set<string>();
    const files: NamedFile[] = [];
    for (const table of TABLES)
      for await (const row of rowsOf(sql, table)) {
        if (table === 'studio_jobs' || table === 'studio_media') ids.add(String(row['id']));
        if (table === 'studio_media')
          files.push({ path: String(row['path']), name: String(row['name']), sha256: String(row['sha256']) });
        await write(`${JSON.stringify({ table, row })}\n`);
      }
    return { at: (now?.at ?? new Date()).toISOString(), ids, files };
  });
}

/** True where somebody works with this database already. */
export async function isUsed(db: Database): Promise<boolean> {
  const there = await db.query<{ name: string | null }>("SELECT to_regclass('studio_users')::text AS name");
  if ((there[0]?.name ?? null) === null) return false;
  return (await db.query('SELECT 1 FROM studio_users LIMIT 1')).length > 0;
}

/**
 * Puts rows into an empty database, all or none.
 *
 * @param lines asked for once; whoever reads a file by lines loses those that come before somebody waits for them
 * @param gaps files that the backup has not: what was deleted while it was made is not known any more
 * @returns false where the database is in use
 */
export async function importTables(
  db: Database,
  lines: () => AsyncIterable<string>,
  gaps: readonly BackupGap[],
): Promise<boolean> {
  if (await isUsed(db)) return false;
  await migrate(db, 'jobs', JOB_TABLES);
  await migrate(db, 'server', SERVER_TABLES);
  await createAuth(db, 'http://127.0.0.1');
  await db.transaction(async (sql) => {
    for await (const line of lines()) {
      if (line === '') continue;
      const { table, row } = JSON.parse(line) as { table: string; row: unknown };
      if (TABLES.includes(table))
        await sql.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1::jsonb)`, [
          JSON.stringify(row),
        ]);
    }
    const gone = gaps.filter(({ why }) => why === 'gone').map(({ path }) => path);
    await sql.query('DELETE FROM studio_media WHERE path = ANY($1)', [gone]);
    // The queue is not in a backup: what was under way waits until somebody lets it go on.
    await sql.query("UPDATE studio_jobs SET state = 'paused', worker = NULL WHERE state IN ('running', 'queued')");
    await sql.query("SELECT setval('studio_job_changes', (SELECT coalesce(max(change), 0) + 1 FROM studio_jobs))");
    await sql.query("SELECT setval('studio_decisions_n_seq', (SELECT coalesce(max(n), 0) + 1 FROM studio_decisions))");
  });
  return true;
}
