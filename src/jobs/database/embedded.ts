/** The embedded database: PostgreSQL as WebAssembly in this process, its folder on the disk. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import { fileError, LikenessError, temporaryBeside, workerUrl } from '../../base/index.js';
import type { Database, PoolClientLike, PoolResultLike, Queryable, SqlValue } from './types.js';

const COMMANDS = ['UPDATE', 'DELETE', 'INSERT', 'SELECT', 'MERGE'] as const;

/** The first word of a statement, as a PostgreSQL server reports it. */
function commandOf(text: string): PoolResultLike['command'] {
  const word = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase();
  return COMMANDS.find((each) => each === word) ?? 'SELECT';
}

const over = (db: PGlite | Transaction): Queryable => ({
  query: async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
    (await db.query<Row>(text, [...values])).rows,
});

/** A query builder's connection. It has one, whose transactions must not mix with the statements of others. */
const client = (db: PGlite): PoolClientLike => ({
  query: async (text, values) => {
    const { rows, affectedRows } = await db.query<Record<string, unknown>>(text, [...values]);
    return { command: commandOf(text), rowCount: affectedRows ?? rows.length, rows };
  },
  release: () => undefined,
});

/** Makes a new database under another name and puts it in place: a death on the way leaves nothing half made. */
async function make(folder: string): Promise<void> {
  const part = temporaryBeside(folder);
  const code = await new Promise<number | null>((resolve) => {
    const child = fork(fileURLToPath(workerUrl(import.meta.url, 'create.js')), [part], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('exit', resolve);
    child.on('error', () => resolve(null));
  });
  try {
    if (code !== 0) throw new Error(`making it ended with ${code ?? 'no code'}`);
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    throw fileError(folder, 'making the database', cause);
  }
}

/**
 * Opens the database in a folder, making it where there is none. The caller holds the lock of the folder: two processes
 * on one folder lose rows without a word.
 *
 * @throws LikenessError `studio.database` where the folder holds something that does not open
 */
export async function openEmbedded(folder: string): Promise<Database> {
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileError(folder, 'making the folder of the database', cause);
  }
  if (!existsSync(join(folder, 'PG_VERSION'))) await make(folder);
  let db: PGlite;
  try {
    db = await PGlite.create(folder);
  } catch (cause) {
    throw new LikenessError('studio.database', `The database in ${folder} does not open.`, {
      hint: 'Restore it with "likeness restore", or move the folder away to begin with an empty studio.',
      cause,
    });
  }
  return {
    kind: 'embedded',
    ...over(db),
    pool: { connect: async () => client(db), end: async () => undefined },
    queue: fromPglite(db),
    run: async (script) => {
      await db.exec(script);
    },
    transaction: (work) => db.transaction((tx) => work(over(tx))),
    close: async () => {
      if (!db.closed) await db.close();
    },
  };
}
