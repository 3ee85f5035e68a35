/** The embedded database: PostgreSQL as WebAssembly in this process, its folder on the disk. */
import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import { fileError, LikenessError, packageRoot, temporaryBeside, workerUrl } from '../../base/index.js';
import { DatabaseKeeper } from './keeper.js';
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

/**
 * Where an empty database of this release of PGlite is kept, beside the package: making one takes seconds, a copy a fraction of one.
 * It holds nothing of anybody.
 */
function template(): string {
  const about = fileURLToPath(new URL('../package.json', import.meta.resolve('@electric-sql/pglite')));
  const { version } = JSON.parse(readFileSync(about, 'utf8')) as { version: string };
  return join(packageRoot, 'node_modules', '.cache', 'likeness', `database-${version}`);
}

/** Makes an empty database in a process of its own. */
async function create(folder: string): Promise<void> {
  const code = await new Promise<number | null>((resolve) => {
    const child = fork(fileURLToPath(workerUrl(import.meta.url, 'create.js')), [folder], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('exit', resolve);
    child.on('error', () => resolve(null));
  });
  if (code !== 0) throw new Error(`making it ended with ${code ?? 'no code'}`);
}

/** Milliseconds after which nobody is still making a copy. */
const STALE = 3_600_000;

/** Removes what a process that died while it made `path` left beside it. */
async function sweep(path: string, age: number): Promise<void> {
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith('.part')) continue;
    const part = join(dirname(path), name);
    const facts = await stat(part).catch(() => null);
    if (facts !== null && Date.now() - facts.mtimeMs >= age) await rm(part, { recursive: true, force: true });
  }
}

/** Keeps a copy of a new database for the next one. Where that cannot be, the next one is made as this one was. */
async function keep(folder: string): Promise<void> {
  const kept = template();
  const part = temporaryBeside(kept);
  try {
    await mkdir(dirname(kept), { recursive: true });
    await sweep(kept, STALE);
    await cp(folder, part, { recursive: true });
    await rename(part, kept);
  } catch {
    await rm(part, { recursive: true, force: true });
  }
}

/** Makes a new database under another name and puts it in place: a death on the way leaves nothing half made. */
async function make(folder: string): Promise<void> {
  const part = temporaryBeside(folder);
  try {
    // The caller holds the lock: nobody else is at it.
    await sweep(folder, 0);
    const kept = template();
    if (existsSync(join(kept, 'PG_VERSION'))) {
      await cp(kept, part, { recursive: true });
      await chmod(part, 0o700);
    } else {
      await create(part);
      await keep(part);
    }
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
  let keeper: DatabaseKeeper;
  try {
    db = await PGlite.create(folder);
    keeper = new DatabaseKeeper(db, folder);
    await keeper.start();
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
      await keeper.stop();
      if (!db.closed) await db.close();
    },
  };
}
