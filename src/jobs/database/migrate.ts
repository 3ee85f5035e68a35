/** Tables of the studio, as numbered steps that each run once. */
import type { Database } from './types.js';

/** One step: its number orders it, its name is for people. */
export interface Migration {
  readonly name: string;
  readonly script: string;
}

/**
 * Brings the tables of one part of the studio up to date. Steps that ran before are skipped; a step runs whole or not
 * at all, and of two processes that start at once the second waits.
 *
 * @param part whose steps: `jobs`, `server`
 */
export async function migrate(db: Database, part: string, steps: readonly Migration[]): Promise<void> {
  await db.run(
    'CREATE TABLE IF NOT EXISTS studio_migrations (part text, name text, at timestamptz DEFAULT now(), PRIMARY KEY (part, name))',
  );
  for (const { name, script } of steps)
    await db.transaction(async (sql) => {
      await sql.query('LOCK TABLE studio_migrations IN EXCLUSIVE MODE');
      const done = await sql.query('SELECT 1 FROM studio_migrations WHERE part = $1 AND name = $2', [part, name]);
      if (done.length > 0) return;
      for (const statement of script.split(';\n').filter((text) => text.trim() !== '')) await sql.query(statement);
      await sql.query('INSERT INTO studio_migrations (part, name) VALUES ($1, $2)', [part, name]);
    });
}
