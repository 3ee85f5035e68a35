/** A PostgreSQL server, named by an address such as `postgres://user:word@host:5432/likeness`. */
import pg from 'pg';
import { LikenessError, messageOf } from '../../base/index.js';
import type { Database, PoolClientLike, Queryable, SqlValue } from './types.js';

const over = (db: pg.Pool | pg.PoolClient): Queryable => ({
  query: async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
    (await db.query(text, [...values])).rows as Row[],
});

/**
 * Connects to a PostgreSQL server.
 *
 * @throws LikenessError `studio.database` where it does not answer; the address is not shown, it may hold a password
 */
export async function openServer(address: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: address, max: 12, application_name: 'likeness' });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end().catch(() => undefined);
    throw new LikenessError('studio.database', `PostgreSQL does not answer: ${messageOf(cause)}.`, {
      hint: 'Check DATABASE_URL: postgres://user:password@host:5432/database.',
      cause,
    });
  }
  return {
    kind: 'server',
    ...over(pool),
    pool: {
      connect: async () => (await pool.connect()) as unknown as PoolClientLike,
      end: async () => undefined,
    },
    queue: {
      executeSql: async (text, values) => {
        const answer = (await pool.query(text, values)) as pg.QueryResult | pg.QueryResult[];
        // Several statements in one text: the queue wants the rows of all of them.
        const rows = Array.isArray(answer) ? answer.flatMap((each) => each.rows) : answer.rows;
        return { rows: rows as unknown[] };
      },
    },
    run: async (script) => {
      await pool.query(script);
    },
    transaction: async (work) => {
      const one = await pool.connect();
      try {
        await one.query('BEGIN');
        const result = await work(over(one));
        await one.query('COMMIT');
        return result;
      } catch (thrown) {
        await one.query('ROLLBACK').catch(() => undefined);
        throw thrown;
      } finally {
        one.release();
      }
    },
    close: () => pool.end(),
  };
}
