/** Looks at files that came from outside, in a child process that serves many and goes when nobody has asked for a while. */
import { LikenessError } from '../base/index.js';
import type { MediaInfo } from '../media/index.js';
import { JobProcess } from './child-process.js';
import type { FromChild } from './messages.js';

/** Milliseconds without a question after which the process goes. */
const IDLE = 20_000;
/** Milliseconds for one file. */
const LONGEST = 60_000;

interface Waiting {
  readonly resolve: (info: MediaInfo) => void;
  readonly reject: (cause: LikenessError) => void;
}

const dead = (): LikenessError =>
  new LikenessError('media.damaged', 'The file could not be read; it may be damaged, or made to do harm.', {
    hint: 'Copy or export the file again.',
  });

/** See the head of this file. */
export class Looker {
  #child: JobProcess | null = null;
  #next = 1;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  readonly #waiting = new Map<number, Waiting>();

  /** One file after the other: a file that takes the process down takes no other with it. */
  look(path: string, poster: string): Promise<MediaInfo> {
    const turn = this.#last.then(() => this.#ask(path, poster));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #start(): JobProcess {
    const child = new JobProcess((message) => this.#hear(message));
    void child.ended.then(() => {
      if (this.#child === child) this.#child = null;
      for (const [id, { reject }] of this.#waiting) {
        this.#waiting.delete(id);
        reject(dead());
      }
    });
    return child;
  }

  #hear(message: FromChild): void {
    if (message.type !== 'looked') return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.info !== null) waiting?.resolve(message.info);
    else {
      const { code, detail, hint } = message.error ?? { code: 'media.damaged', detail: 'Damaged.', hint: null };
      waiting?.reject(new LikenessError(code, detail, hint === null ? {} : { hint }));
    }
  }

  async #ask(path: string, poster: string): Promise<MediaInfo> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#child ??= this.#start();
    const child = this.#child;
    const id = this.#next++;
    const limit = setTimeout(() => child.kill(), LONGEST);
    try {
      return await new Promise<MediaInfo>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        child.send({ type: 'look', id, path, poster });
      });
    } finally {
      clearTimeout(limit);
      this.#idle = setTimeout(() => this.close(), IDLE);
      this.#idle.unref();
    }
  }

  /** Ends the process. */
  close(): void {
    this.#child?.kill();
    this.#child = null;
  }
}
