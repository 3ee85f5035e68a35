/**
 * What a machine elsewhere asks a process that has the studio's home, and what that answers. The way between them (a
 * database) is not trusted: a yes is worth nothing without the keys that come with it, which only the home can derive; it is locked
 * for whoever asked, bound to the very question, and good for a few seconds and one use. From the second question on it
 * is also locked with a word that only the first answer holds, so that nobody else can write one.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomUUID,
} from 'node:crypto';
import { LikenessError, lockWith, unlockWith } from '../../base/index.js';
import { keyFor, lockOf, type RenderLocks } from '../swap/render-locks.js';

/** Seconds that a question is good for: whoever has no answer by then does not go on. */
export const QUESTION_SECONDS = 20;

/** What is asked for: to begin a stretch, to begin a segment of it (its number in the film), to hand the stretch in. */
export type Step = 'begin' | number | 'end';

/** One stretch in the hands of one worker: what all of its questions are about. */
export interface StretchInHand {
  readonly job: string;
  /** The job's ticket, and the turn of the part: another one when the job or the part was given to somebody anew. */
  readonly ticket: number;
  readonly part: number;
  readonly turn: number;
  readonly worker: string;
}

/** A question as it is sent. Nothing in it is secret. */
export interface Question extends StretchInHand {
  /** Never used twice. */
  readonly id: string;
  readonly step: Step;
  /** Public key (X25519, base64url) of whoever asks. */
  readonly publicKey: string;
}

/** An answer as it is sent: keys under lock, or why not. */
export type Answer =
  | { readonly yes: string }
  | { readonly no: { readonly code: string; readonly detail: string; readonly hint: string | null } };

type Keys = Readonly<Record<string, string>>;

const textOf = ({ id, job, ticket, part, turn, worker, step, publicKey }: Question): string =>
  JSON.stringify(['likeness.leave/1', id, job, ticket, part, turn, worker, step, publicKey]);

const pair = (): { readonly publicKey: string; readonly privateKey: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
};

/** What two know of whom each has one half of a pair. */
const between = (privateKey: string, publicKey: string): Buffer =>
  diffieHellman({
    privateKey: createPrivateKey(privateKey),
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: publicKey }, format: 'jwk' }),
  });

const sealingKey = (shared: Uint8Array, word: Uint8Array, question: Question): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', Buffer.concat([shared, word]), question.id, textOf(question), 32));

const NO_WORD = new Uint8Array(0);

/** The word of a stretch in hand: whoever has it has had leave to begin it. */
const wordOf = (key: Uint8Array, { job, ticket, part, turn, worker }: StretchInHand): Uint8Array =>
  keyFor(key, JSON.stringify(['word', job, ticket, part, turn, worker]));

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function keysFor(key: Uint8Array, question: Question): Keys {
  const { step } = question;
  if (step === 'end') return {};
  if (step !== 'begin') return { segment: base64(keyFor(key, `segment ${step}`)) };
  return {
    name: base64(keyFor(key, 'name')),
    plan: base64(keyFor(key, 'plan')),
    cast: base64(keyFor(key, 'cast')),
    word: base64(wordOf(key, question)),
  };
}

/**
 * Writes a yes. To be called only where consent was asked for this very question just now.
 *
 * @param key of the render, 32 bytes
 */
export function writeYes(key: Uint8Array, question: Question): Answer {
  const own = pair();
  const word = question.step === 'begin' ? NO_WORD : wordOf(key, question);
  const sealing = sealingKey(between(own.privateKey, question.publicKey), word, question);
  const locked = lockWith(sealing, Buffer.from(JSON.stringify(keysFor(key, question))), textOf(question));
  return { yes: `${own.publicKey}.${base64(locked)}` };
}

const notHeard = (detail: string): LikenessError =>
  new LikenessError('leave.answer', detail, {
    hint: 'The stretch is left to other workers, and nothing of it is kept.',
  });

/** What is known of a question while it waits for its answer. */
interface Waiting {
  readonly question: Question;
  readonly privateKey: string;
  readonly askedAt: number;
}

/** Asks for one stretch, one question after the other, and keeps the keys that come with the answers. */
export class Asker {
  readonly #stretch: StretchInHand;
  readonly #now: () => number;
  readonly #keys = new Map<string, Uint8Array>();
  #waiting: Waiting | null = null;
  #word: Uint8Array = NO_WORD;
  #name = '';

  /** @param now seconds of a clock that nobody can set */
  constructor(stretch: StretchInHand, now: () => number = () => performance.now() / 1000) {
    this.#stretch = stretch;
    this.#now = now;
  }

  /** The next question. The former one is void, whatever still comes for it. */
  ask(step: Step): Question {
    const { publicKey, privateKey } = pair();
    const question: Question = { ...this.#stretch, id: randomUUID(), step, publicKey };
    this.#waiting = { question, privateKey, askedAt: this.#now() };
    return question;
  }

  /**
   * Takes the answer to the question that waits for one.
   *
   * @throws LikenessError `leave.refused` with the words of the refusal, `leave.answer` where it came too late, is none for
   *   this question, or was written by somebody who has not the key of the render
   */
  hear(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) throw notHeard('An answer came to a question that nobody asked.');
    if (this.#now() - waiting.askedAt > QUESTION_SECONDS) throw notHeard('The answer came too late.');
    if ('no' in answer) {
      const { code, detail, hint } = answer.no;
      throw new LikenessError('leave.refused', `${detail} (${code})`, hint === null ? {} : { hint });
    }
    const keys = this.#open(waiting, answer.yes);
    if (keys === null) throw notHeard('The answer does not open: it is not one to this question.');
    for (const [name, text] of Object.entries(keys)) {
      const bytes = new Uint8Array(Buffer.from(text, 'base64'));
      if (name === 'word') this.#word = bytes;
      else if (name === 'name') this.#name = Buffer.from(bytes).toString('hex');
      else this.#keys.set(name === 'segment' ? `segment ${waiting.question.step}` : name, bytes);
    }
  }

  #open({ question, privateKey }: Waiting, sealed: string): Keys | null {
    const [publicKey = '', locked = ''] = sealed.split('.');
    if (question.step !== 'begin' && this.#word.length === 0) return null;
    const word = question.step === 'begin' ? NO_WORD : this.#word;
    try {
      const key = sealingKey(between(privateKey, publicKey), word, question);
      const plain = unlockWith(key, Buffer.from(locked, 'base64'), textOf(question));
      return plain === null ? null : (JSON.parse(Buffer.from(plain).toString('utf8')) as Keys);
    } catch {
      // A public key that is none.
      return null;
    }
  }

  /** Locks of the pieces that there was leave for, and of no others. */
  get locks(): RenderLocks {
    return {
      id: this.#name,
      of: (piece) => {
        const key = this.#keys.get(piece);
        if (key !== undefined) return lockOf(key);
        throw new LikenessError('leave.missing', `There is no leave for ${piece} of this render.`);
      },
    };
  }
}
