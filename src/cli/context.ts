/**
 * What every command is given: where its result goes, where remarks and progress go, and the signal that asks it to
 * stop. Results go to stdout, everything else to stderr; with `--json` both are JSON, stderr one object a line.
 */
import type { ProgressListener } from '../base/index.js';
import { ProgressBar } from './progress-bar.js';

/** Handed to the `register` function of every command file. */
export interface CommandContext {
  /** Whether the user asked for JSON. */
  readonly json: boolean;
  /** Whether the user asked for causes and details. */
  readonly verbose: boolean;
  /** The one result of a command: `value` as JSON with `--json`, else `text`. */
  result(value: unknown, text: string | (() => string)): void;
  /** A remark for the person at the terminal. */
  note(text: string): void;
  /** Draws a bar, or sparse lines; hand it to whatever takes `LongWork`. */
  readonly progress: ProgressListener;
  /** Aborts at the first Ctrl-C or SIGTERM; hand it to whatever takes `LongWork`. */
  readonly signal: AbortSignal;
  /** Resolves at the first Ctrl-C or SIGTERM: for commands that serve until they are told to end. */
  stopped(): Promise<void>;
  /** Says how to go on after a stop; replaces the usual sentence until the command ends. */
  resumeWith(sentence: string): void;
  /** Ends the command with this code although it did its work: what it looked at does not hold. */
  exitWith(code: number): void;
}

/** The outside world of the command line; tests bring their own. */
export interface Terminal {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether stderr is a screen that can redraw a line. */
  readonly live: boolean;
  readonly columns: number;
  /** Whether signals of this process belong to the command. */
  readonly ownsProcess: boolean;
}

/** The real terminal. */
export function processTerminal(): Terminal {
  // `likeness inspect x | head` closes the pipe early; that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    stdout: (text) => {
      process.stdout.write(text);
    },
    stderr: (text) => {
      process.stderr.write(text);
    },
    live: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    get columns() {
      return process.stderr.columns ?? 80;
    },
    ownsProcess: true,
  };
}

/** Typed arrays as plain lists, so that JSON shows numbers and not an object of indexes. */
function plain(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<number>);
  return value;
}

/** JSON as the commands print it. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, plain, indent) ?? 'null';
}

const USUAL_RESUME = 'Run the same command again to go on from there.';

/** The context with what only `main` may do with it. */
export class Session implements CommandContext {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly #terminal: Terminal;
  readonly #bar: ProgressBar;
  readonly #abort = new AbortController();
  #resume = USUAL_RESUME;
  #exitCode = 0;
  #stoppedBy: NodeJS.Signals | null = null;

  constructor(terminal: Terminal, flags: { json: boolean; verbose: boolean }) {
    this.#terminal = terminal;
    this.json = flags.json;
    this.verbose = flags.verbose;
    this.#bar = new ProgressBar({
      write: (text) => terminal.stderr(text),
      live: terminal.live,
      get columns() {
        return terminal.columns;
      },
      now: () => performance.now(),
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stopped(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      else this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Which signal asked the command to stop, or null. */
  get stoppedBy(): NodeJS.Signals | null {
    return this.#stoppedBy;
  }

  /** How to go on after a stop. */
  get resume(): string {
    return this.#resume;
  }

  readonly progress: ProgressListener = (event) => {
    if (this.json) this.#jsonProgress(event.stage, { progress: event });
    else this.#bar.update(event);
  };

  #jsonStage = '';
  #jsonShown = Number.NEGATIVE_INFINITY;

  /** At most one line a second and stage, so that a log stays readable. */
  #jsonProgress(stage: string, line: unknown): void {
    const now = performance.now();
    if (stage === this.#jsonStage && now - this.#jsonShown < 1000) return;
    this.#jsonStage = stage;
    this.#jsonShown = now;
    this.#terminal.stderr(`${toJson(line)}\n`);
  }

  result(value: unknown, text: string | (() => string)): void {
    this.#bar.close();
    if (this.json) this.#terminal.stdout(`${toJson(value, 2)}\n`);
    else this.#terminal.stdout(`${(typeof text === 'string' ? text : text()).trimEnd()}\n`);
  }

  note(text: string): void {
    if (this.json) this.#terminal.stderr(`${toJson({ note: text })}\n`);
    else this.#bar.interleave(`${text}\n`);
  }

  resumeWith(sentence: string): void {
    this.#resume = sentence;
  }

  exitWith(code: number): void {
    this.#exitCode = code;
  }

  /** The code of a command that did its work. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** The first signal asks the work to stop; the second ends the process. */
  stop(signal: NodeJS.Signals): void {
    if (this.#stoppedBy !== null) process.exit(signal === 'SIGINT' ? 130 : 143);
    this.#stoppedBy = signal;
    this.note(
      `Stopping at the next safe point; what is done is kept. ${this.#resume} Press Ctrl-C again to quit at once.`,
    );
    this.#abort.abort();
  }

  /** Leaves the terminal tidy. */
  close(): void {
    this.#bar.close();
  }
}
