/** A child process that does work for a worker: started, listened to, stopped, and told apart from its results. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NATIVE_MEMORY, workerUrl } from '../base/index.js';
import { BUCKET_SECRETS } from './blobs/settings.js';
import type { FromChild, ToChild } from './messages.js';

/** Names that a child has no business with. */
const KEPT_BACK = ['DATABASE_URL', 'LIKENESS_OIDC_SECRET', 'LIKENESS_OIDC_SECRET_FILE', ...BUCKET_SECRETS];

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to stderr: what a crash of native code leaves. */
  readonly words: string;
}

/** Milliseconds that a child has to stop by itself. */
const PATIENCE = 30_000;
const WORDS = 2000;

/** See the head of this file. */
export class JobProcess {
  readonly #child: ChildProcess;
  #onMessage: (message: FromChild) => void;
  #words = '';
  /** Resolves when the process is gone. */
  readonly ended: Promise<ChildEnd>;

  /** @param onMessage called for everything the child says */
  constructor(onMessage: (message: FromChild) => void) {
    this.#onMessage = onMessage;
    const given = Object.entries(process.env).filter(([name]) => !KEPT_BACK.includes(name));
    const env = { ...NATIVE_MEMORY, ...Object.fromEntries(given) };
    this.#child = fork(fileURLToPath(workerUrl(import.meta.url, 'child.js')), [], {
      env,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#words = (this.#words + text.toString('utf8')).slice(-WORDS);
    });
    this.#child.on('message', (message) => this.#onMessage(message as FromChild));
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null): void =>
        resolve({ code, signal, words: this.#words.trim() });
      this.#child.on('exit', end);
      this.#child.on('error', (error) => {
        this.#words += error.message;
        end(null, null);
      });
    });
  }

  /** Process id; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Calls somebody else from now on. */
  listen(onMessage: (message: FromChild) => void): void {
    this.#onMessage = onMessage;
  }

  /** Tells the child something; of no effect where it is gone. */
  send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Asks the child to stop at the next safe point, and ends it where it does not. */
  stop(): void {
    this.#askToGo({ type: 'stop' });
  }

  /** Tells the child that nothing more comes, and ends it where it stays all the same. */
  end(): void {
    this.#askToGo({ type: 'end' });
  }

  #askToGo(message: ToChild): void {
    this.send(message);
    const timer = setTimeout(() => this.kill(), PATIENCE);
    timer.unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Ends the child at once. Whatever it does survives that. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
