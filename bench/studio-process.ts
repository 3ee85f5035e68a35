/** A studio as a process of its own, for benches that kill it or load it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What a request answered, as JSON. */
export type Json = Record<string, unknown>;

/** What differs from a studio alone. */
export interface StudioWays {
  /** Further words of the command. */
  readonly args?: readonly string[];
  /** Address of a PostgreSQL server. */
  readonly database?: string | undefined;
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    const text = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='], { encoding: 'utf8' });
    return text
      .split('\n')
      .map(Number)
      .filter((each) => each > 0);
  } catch {
    return [];
  }
}

/** See the head of this file. */
export class StudioProcess {
  readonly #home: string;
  readonly #port: number;
  readonly #ways: StudioWays;
  #child: ChildProcess | null = null;
  #headers: Record<string, string> = {};
  /** Milliseconds from the start of the process to its page, which comes before the database is open. */
  page = 0;
  /** Milliseconds to the first answer that needs the database. */
  ready = 0;

  constructor(home: string, port: number, ways: StudioWays = {}) {
    this.#home = home;
    this.#port = port;
    this.#ways = ways;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resident memory, bytes; Linux. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }

  /** Process ids of the children. */
  get children(): number[] {
    return childrenOf(this.pid);
  }

  /** Starts the process and waits until it answers. */
  async start(): Promise<void> {
    const started = performance.now();
    const child = spawn(
      process.execPath,
      [
        resolve('bin/likeness.mjs'),
        ...['studio', '--port', String(this.#port), '--no-open', '--json'],
        ...(this.#ways.args ?? []),
      ],
      {
        env: { ...process.env, LIKENESS_HOME: this.#home, DATABASE_URL: this.#ways.database ?? '' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let words = '';
    child.stderr.on('data', (text) => {
      words = (words + String(text)).slice(-4000);
    });
    this.#child = child;
    for (const [path, take] of [
      ['/', (ms: number) => (this.page = ms)],
      ['/health', (ms: number) => (this.ready = ms)],
    ] as const) {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`The studio ended: ${words}`);
        const answer = await fetch(`${this.origin}${path}`).catch(() => null);
        if (answer?.status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      take(performance.now() - started);
    }
  }

  /** Signs in by the start link, and makes a key that outlives the process. */
  async signIn(): Promise<void> {
    const link = readFileSync(join(this.#home, 'studio', 'link.token'), 'utf8');
    const json = { 'content-type': 'application/json', origin: this.origin };
    const body = JSON.stringify({ link });
    const session = await fetch(`${this.origin}/api/v1/session`, { method: 'POST', headers: json, body });
    const cookie = session.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    this.#headers = { authorization: `Bearer ${await this.newKey({ ...json, cookie })}` };
  }

  async newKey(headers: Record<string, string>): Promise<string> {
    const answer = await fetch(`${this.origin}/api/v1/api-keys`, { method: 'POST', headers, body: '{"name":"bench"}' });
    return ((await answer.json()) as { key: string }).key;
  }

  get headers(): Record<string, string> {
    return this.#headers;
  }

  /** Goes on with the key of an earlier run. */
  set headers(headers: Record<string, string>) {
    this.#headers = headers;
  }

  /** Kills the process at once and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await fetch(`${this.origin}${path}`, {
      method,
      headers: { ...this.#headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }

  /** Uploads a file; the id of the media. */
  async upload(path: string, name: string, headers = this.#headers): Promise<string> {
    const bytes = readFileSync(path);
    const tus = { ...headers, 'tus-resumable': '1.0.0' };
    const begun = await fetch(`${this.origin}/api/v1/uploads`, {
      method: 'POST',
      headers: {
        ...tus,
        'upload-length': String(bytes.length),
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
      },
    });
    const location = begun.headers.get('location') ?? '';
    const answer = await fetch(`${this.origin}${location}`, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: bytes,
    });
    if (answer.status !== 204) throw new Error(await answer.text());
    return location.split('/').at(-1) ?? '';
  }

  /** Waits until a job has ended, or stands still because the disk is full. */
  async ended(id: string): Promise<Json> {
    for (;;) {
      const job = await this.ask('GET', `/api/v1/jobs/${id}`).catch(() => null);
      if (job !== null && ['done', 'failed', 'cancelled', 'paused'].includes(String(job['state']))) return job;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
