/** Questions of guests and their answers: what is forged, replayed, late or meant for somebody else opens nothing. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Answer, Asker, QUESTION_SECONDS, type StretchInHand, writeYes } from '../src/synth/guest/index.js';
import { locksOf } from '../src/synth/swap/render-locks.js';

const KEY = randomBytes(32);
const STRETCH: StretchInHand = { job: 'j', ticket: 3, part: 1, turn: 0, worker: 'w' };

/** Somebody who had leave to begin. */
function begun(stretch: StretchInHand = STRETCH, now?: () => number): Asker {
  const asker = new Asker(stretch, now);
  asker.hear(writeYes(KEY, asker.ask('begin')));
  return asker;
}
const code = (code: string): object => expect.objectContaining({ code });

describe('an answer to a guest', () => {
  it('gives the keys of what was asked for, and of nothing else', async () => {
    const asker = begun();
    expect(() => asker.locks.of('segment 4')).toThrow(code('leave.missing'));
    asker.hear(writeYes(KEY, asker.ask(4)));
    const locked = await asker.locks.of('segment 4').lock(Buffer.from('frames'), 'place');
    const home = locksOf(KEY);
    expect(asker.locks.id).toBe(home.id);
    expect(Buffer.from((await home.of('segment 4').unlock(locked, 'place')) ?? []).toString()).toBe('frames');
    expect(await home.of('segment 5').unlock(locked, 'place')).toBeNull();
    for (const other of ['segment 3', 'segment 5', 'masks'])
      expect(() => asker.locks.of(other)).toThrow(code('leave.missing'));
  });

  it('is not one to another question, segment, stretch, turn or worker', () => {
    const asker = begun();
    const old = writeYes(KEY, asker.ask(4));
    asker.hear(old);
    asker.ask(5);
    expect(() => asker.hear(old)).toThrow(code('leave.answer'));
    asker.ask(4);
    expect(() => asker.hear(old)).toThrow(code('leave.answer'));
    for (const other of [
      { job: 'k' },
      { ticket: 4 },
      { part: 2 },
      { turn: 1 },
      { worker: 'v' },
      { step: 6 },
      { id: 'x' },
    ]) {
      const question = asker.ask(5);
      expect(() => asker.hear(writeYes(KEY, { ...question, ...other }))).toThrow(code('leave.answer'));
    }
    expect(() => asker.locks.of('segment 5')).toThrow(code('leave.missing'));
  });

  it('cannot be written without the key of the render', () => {
    const asker = begun();
    const question = asker.ask(4);
    expect(() => asker.hear(writeYes(randomBytes(32), question))).toThrow(code('leave.answer'));
    // One that was written as if it were the first holds no word of the stretch.
    expect(() => asker.hear(writeYes(KEY, { ...asker.ask(4), step: 'begin' }))).toThrow(code('leave.answer'));
    for (const yes of ['', '.', 'AAAA.BBBB', `${question.publicKey}.${'A'.repeat(80)}`]) {
      asker.ask(4);
      expect(() => asker.hear({ yes })).toThrow(code('leave.answer'));
    }
    expect(() => asker.locks.of('segment 4')).toThrow(code('leave.missing'));
  });

  it('comes too late after some seconds, is heard once, and by whoever asked alone', () => {
    let now = 0;
    const asker = begun(STRETCH, () => now);
    const late = writeYes(KEY, asker.ask(4));
    now += QUESTION_SECONDS + 1;
    expect(() => asker.hear(late)).toThrow(code('leave.answer'));
    const answer: Answer = writeYes(KEY, asker.ask(4));
    asker.hear(answer);
    expect(() => asker.hear(answer)).toThrow(code('leave.answer'));
    const other = begun();
    other.ask(4);
    expect(() => other.hear(answer)).toThrow(code('leave.answer'));
  });

  it('that says no gives no key, with the words of the refusal', () => {
    const asker = begun();
    asker.ask(4);
    const no = { code: 'consent.revoked', detail: 'She has withdrawn.', hint: null };
    expect(() => asker.hear({ no })).toThrow(/She has withdrawn.*consent\.revoked/);
    expect(() => asker.locks.of('segment 4')).toThrow(code('leave.missing'));
  });
});
