/** The studio's tables on a PostgreSQL server as lines of JSON, for backups. */
import type { Database } from '../../jobs/index.js';
import { JOB_TABLES, migrate } from '../../jobs/index.js';
import { createAuth } from '../auth.js';
import { SERVER_TABLES } from '../tables.js';

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

/** All rows, one JSON object a line: `{ table, row }`. */
export async function exportTables(db: Database): Promise<string> {
  const lines: string[] = [];
  for (const table of TABLES) {
    const rows = await db.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
    for (const { row } of rows) lines.push(JSON.stringify({ table, row }));
  }
  return `${lines.join('\n')}\n`;
}

/** True where somebody works with this database already. */
async function isUsed(db: Database): Promise<boolean> {
  const there = await db.query<{ name: string | null }>("SELECT to_regclass('studio_users')::text AS name");
  if ((there[0]?.name ?? null) === null) return false;
  return (await db.query('SELECT 1 FROM studio_users LIMIT 1')).length > 0;
}

/**
 * Puts rows into an empty database.
 *
 * @returns false where the database is in use
 */
export async function importTables(db: Database, text: string): Promise<boolean> {
  if (await isUsed(db)) return false;
  await migrate(db, 'jobs', JOB_TABLES);
  await migrate(db, 'server', SERVER_TABLES);
  await createAuth(db, 'http://127.0.0.1');
  await db.transaction(async (sql) => {
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const { table, row } = JSON.parse(line) as { table: string; row: unknown };
      if (TABLES.includes(table))
        await sql.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1::jsonb)`, [
          JSON.stringify(row),
        ]);
    }
    // The queue is not in a backup: what was under way waits until somebody lets it go on.
    await sql.query("UPDATE studio_jobs SET state = 'paused', worker = NULL WHERE state IN ('running', 'queued')");
    await sql.query("SELECT setval('studio_job_changes', (SELECT coalesce(max(change), 0) + 1 FROM studio_jobs))");
    await sql.query("SELECT setval('studio_decisions_n_seq', (SELECT coalesce(max(n), 0) + 1 FROM studio_decisions))");
  });
  return true;
}
