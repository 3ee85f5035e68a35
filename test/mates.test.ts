/** Processes that wait for the next stretch of a film: who is taken, who is sent away, and when. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChildEnd, JobProcess } from '../src/jobs/child-process.js';
import { type Mate, Mates } from '../src/jobs/mates.js';

/** A process that says goodbye as soon as it is asked to, or dies when the test has it die. */
class Made {
  asked = 0;
  released = 0;
  die: () => void = () => undefined;
  readonly mate: Mate;

  constructor(work: string, stubborn = false) {
    const ended = new Promise<ChildEnd>((resolve) => {
      this.die = () => resolve({ code: null, signal: 'SIGKILL', words: '' });
    });
    const child: Pick<JobProcess, 'ended' | 'end' | 'listen'> = {
      ended,
      listen: () => undefined,
      end: () => {
        this.asked++;
        if (!stubborn) this.die();
      },
    };
    this.mate = {
      work,
      child: child as JobProcess,
      release: async () => {
        this.released++;
      },
    };
  }
}

describe('processes that wait', () => {
  let mates: Mates<Mate>;
  beforeEach(() => {
    vi.useFakeTimers();
    mates = new Mates();
  });
  afterEach(() => vi.useRealTimers());

  it('are taken for the work they are ready for, each once', async () => {
    const [one, two] = [new Made('film'), new Made('film')];
    mates.rest(one.mate);
    mates.rest(two.mate);
    expect(await mates.take('film')).toBe(one.mate);
    expect(await mates.take('film')).toBe(two.mate);
    expect(await mates.take('film')).toBe(null);
    expect([one.asked, two.asked]).toEqual([0, 0]);
  });

  it('go when somebody asks for other work, and their files are let go of', async () => {
    const [one, other] = [new Made('film'), new Made('another')];
    mates.rest(one.mate);
    mates.rest(other.mate);
    expect(await mates.take('another')).toBe(other.mate);
    expect([one.asked, one.released, other.asked, other.released]).toEqual([1, 1, 0, 0]);
    expect(await mates.take('film')).toBe(null);
  });

  it('go after a while, and not while they are at work', async () => {
    const [one, taken] = [new Made('film'), new Made('film')];
    mates.rest(taken.mate);
    expect(await mates.take('film')).toBe(taken.mate);
    mates.rest(one.mate);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([one.asked, one.released]).toEqual([1, 1]);
    expect([taken.asked, taken.released]).toEqual([0, 0]);
    expect(await mates.take('film')).toBe(null);
  });

  it('are forgotten where they die while they wait, and let go of once', async () => {
    const one = new Made('film');
    mates.rest(one.mate);
    one.die();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.released).toBe(1);
    expect(await mates.take('film')).toBe(null);
    await mates.dismiss(one.mate);
    expect(one.released).toBe(1);
  });

  it('are let go of only when they are gone, whoever asks', async () => {
    const one = new Made('film', true);
    mates.rest(one.mate);
    const both = Promise.all([mates.dismiss(one.mate), mates.dismissAll(), mates.take('another')]);
    await vi.advanceTimersByTimeAsync(1);
    expect([one.asked, one.released]).toEqual([1, 0]);
    one.die();
    await both;
    expect([one.asked, one.released]).toEqual([1, 1]);
  });
});
