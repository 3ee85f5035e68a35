/** A studio on a real PostgreSQL server and a bucket, a worker that shares its home, and guests that have homes of their own. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openServer } from '../src/jobs/database/server.js';
import type { Database } from '../src/jobs/index.js';
import { film, toAndFro } from './long-film.js';
import { PostgresServer, WorkerProcess } from './postgres.js';
import { RenderWorld } from './render-world.js';
import { S3Server } from './s3-server.js';

/** A stretch of a render, as the API shows it. */
export interface Part {
  readonly part: number;
  readonly state: string;
  readonly done: number;
  readonly attempts: number;
  readonly worker: string | null;
}

/** A job, as the API shows it. */
export interface ShownJob {
  readonly state: string;
  readonly parts: readonly Part[];
  readonly error: { readonly code: string } | null;
}

/** All files below a folder. */
export const filesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((name) => join(folder, String(name)))
        .filter((path) => statSync(path).isFile())
    : [];

/** The stretches that a worker has or had. */
export const partsOf = (worker: WorkerProcess, { parts }: ShownJob): Part[] =>
  parts.filter((part) => part.worker?.includes(worker.name));

/** See the head of this file. */
export class GuestWorld extends RenderWorld {
  readonly #server = new PostgresServer();
  readonly s3 = new S3Server();
  db!: Database;

  readonly guestHome = this.at('home-of-guest');
  readonly guestData = this.at('data-of-guest');

  /** Starts the server; why that cannot be done here, else null. */
  startServer(): Promise<string | null> {
    return this.#server.start(['studio']);
  }

  /** Opens the studio, with a on b: a film of so many frames, three a second, in stretches of 48. */
  async begin(frames: number): Promise<void> {
    await this.s3.start();
    Object.assign(process.env, this.s3.environment, {
      DATABASE_URL: this.#server.address('studio'),
      LIKENESS_DATA: this.at('data-of-studio'),
    });
    await this.open({ quick: 0, long: 0 });
    await this.signIn();
    for (const [name, seed] of [
      ['a', 3],
      ['b', 21],
    ] as const) {
      const path = this.at(`${name}.mp4`);
      await toAndFro(await this.clip(`short-${name}.mp4`, seed, 2), path, name === 'b' ? frames : 16, 3);
      await this.cast(name, path);
    }
    this.db = await openServer(this.#server.address('studio'));
  }

  /** A worker with a home of its own. */
  startGuest(): Promise<WorkerProcess> {
    return WorkerProcess.start(['--quick', '0'], { LIKENESS_HOME: this.guestHome, LIKENESS_DATA: this.guestData });
  }

  /** A worker that shares the home of the studio. */
  startHome(): Promise<WorkerProcess> {
    return WorkerProcess.start(['--quick', '0'], { LIKENESS_DATA: this.at('data-of-home') });
  }

  /** What lies in the bucket of a render under way. */
  stored(id: string): string[] {
    return [...this.s3.objects.keys()].filter((name) => name.includes(`${id}/segments/`));
  }

  /** Waits until a job is as wanted, or has ended. */
  async until(id: string, wanted: (job: ShownJob) => boolean): Promise<ShownJob> {
    for (const end = Date.now() + 400_000; ; ) {
      const job = await this.json<ShownJob>(`/api/v1/jobs/${id}`, this.owner);
      if (Date.now() > end) throw new Error(`${JSON.stringify(job)}`);
      if (wanted(job) || ['done', 'failed', 'cancelled'].includes(job.state)) return job;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** The film of a job, from the bucket, without its label. */
  async filmOf(id: string): Promise<[string, string][]> {
    const answer = await this.ask(`/api/v1/media/${id}/file`, { headers: this.owner.headers });
    writeFileSync(this.at('made.mp4'), Buffer.from(await answer.arrayBuffer()));
    return film(this.at('made.mp4'));
  }

  /** Ends the studio, the bucket and the server. */
  async end(): Promise<void> {
    await this.db?.close();
    await this.close().catch(() => undefined);
    for (const name of [...Object.keys(this.s3.environment), 'DATABASE_URL', 'LIKENESS_DATA']) delete process.env[name];
    await this.s3.close();
    await this.#server.close();
  }
}
