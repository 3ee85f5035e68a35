/** What the studio asks of a database: PostgreSQL's dialect, whether embedded or a server. Types only. */
import type { ConstructorOptions } from 'pg-boss';

/** How the queue reaches a database. */
export type QueueDatabase = NonNullable<ConstructorOptions['db']>;

/** A value that goes into a query. Objects go in as JSON text with a cast: `$1::jsonb`. */
export type SqlValue = string | number | boolean | Date | null | readonly string[];

/** Runs one statement. */
export interface Queryable {
  /** Rows of one statement with `$1, $2, ...`; column types as PostgreSQL gives them, numbers as `number`. */
  query<Row extends object>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** The connection pool that query builders expect; both kinds of database look like this to them. */
export interface PoolLike {
  connect(): Promise<PoolClientLike>;
  end(): Promise<void>;
}

/** One connection of a {@link PoolLike}. */
export interface PoolClientLike {
  query(text: string, values: readonly unknown[]): Promise<PoolResultLike>;
  release(): void;
}

/** What a {@link PoolClientLike} answers. */
export interface PoolResultLike {
  command: 'UPDATE' | 'DELETE' | 'INSERT' | 'SELECT' | 'MERGE';
  rowCount: number;
  rows: Record<string, unknown>[];
}

/** An open database. */
export interface Database extends Queryable {
  /** `embedded`: a folder of this machine that this process alone may use. `server`: PostgreSQL. */
  readonly kind: 'embedded' | 'server';
  /** For the query builder of the sign-in library. */
  readonly pool: PoolLike;
  /** For the queue. */
  readonly queue: QueueDatabase;
  /** Runs several statements without values. */
  run(script: string): Promise<void>;
  /** All or nothing; rolled back where `work` rejects. */
  transaction<T>(work: (sql: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
